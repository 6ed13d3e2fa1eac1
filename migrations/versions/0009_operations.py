"""Holiday tables, changes of parameters by two persons, what each person wants by mail."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

VALID_FROM = date(2017, 10, 1)
SERVICE_TIMES = (("service.reply_days", "3"), ("service.review_days", "5"), ("service.verification_days", "5"))
STATES = ("proposed", "approved", "rejected")


def upgrade() -> None:
    _holidays()
    _proposals()
    _service_times()
    _mailing()


def _mailing() -> None:
    op.add_column("notice", sa.Column("due_on", sa.Date()))
    op.create_table(
        "notification_preference",
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("is_digest", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("quiet_from", sa.Time()),
        sa.Column("quiet_until", sa.Time()),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_whole"),
    )
    kinds = ", ".join(f"'{kind}'" for kind in ("register", "listing", "application", "lot", "organisation"))
    op.create_table(
        "muted_notice_kind",
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.CheckConstraint(f"kind IN ({kinds})", name="kind_known"),
    )
    op.create_table(
        "notice_delivery",
        sa.Column("notice_id", sa.BigInteger(), sa.ForeignKey("notice.id"), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_notice_delivery_due_at", "notice_delivery", ["due_at"])


def _service_times() -> None:
    names = ("key", "value", "unit", "source")
    table = sa.table("parameter", *(sa.column(name, sa.String) for name in names), sa.column("valid_from", sa.Date))
    rows = [
        {"key": key, "value": value, "unit": "working_days", "source": "平台服务规则", "valid_from": VALID_FROM}
        for key, value in SERVICE_TIMES
    ]
    op.bulk_insert(table, rows)


def _holidays() -> None:
    from market.kernel.holidays import published_years

    table = op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
    )
    rows = [
        {"day": row.day, "is_working": row.is_working, "name": row.name, "source": row.source}
        for days in published_years().values()
        for row in days
    ]
    op.bulk_insert(table, rows)


def _proposals() -> None:
    listed = ", ".join(f"'{state}'" for state in STATES)
    op.create_table(
        "parameter_proposal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("value", sa.String(60), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("state", sa.String(10), server_default="proposed", nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("proposed_for_id", sa.BigInteger(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decision_reason", sa.String(1000), server_default="", nullable=False),
        sa.CheckConstraint(f"state IN ({listed})", name="state_known"),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name="two_persons"),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_when_closed"),
    )
    op.create_index(
        "uq_parameter_proposal_open",
        "parameter_proposal",
        ["key"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )


def downgrade() -> None:
    op.execute("ALTER TABLE parameter DISABLE TRIGGER USER")
    op.execute("DELETE FROM parameter WHERE key LIKE 'service.%'")
    op.execute("ALTER TABLE parameter ENABLE TRIGGER USER")
    for table in ("notice_delivery", "muted_notice_kind", "notification_preference"):
        op.drop_table(table)
    op.drop_column("notice", "due_on")
    op.drop_table("parameter_proposal")
    op.drop_table("holiday")
