"""Publicities of agreed prices with the objections to them; reports of wrongs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_publicities()
    _create_objections()
    _create_reports()
    _create_evidence()


def _create_publicities() -> None:
    table = "publicity"
    op.create_table(
        table,
        _identity(),
        sa.Column("number", sa.String(20), nullable=False),
        *_numbers("deal_id", "listing_id", "seller_organisation_id"),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("transfer_way", sa.String(24), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), server_default="CNY", nullable=False),
        sa.Column("is_related", sa.Boolean(), nullable=False),
        sa.Column("related_note", sa.String(200), server_default="", nullable=False),
        sa.Column("price_basis", sa.String(500), nullable=False),
        sa.Column("unit_notice", sa.String(300), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("started_by_id", sa.BigInteger()),
        sa.Column("started_at", MOMENT),
        sa.Column("days", sa.Integer()),
        sa.Column("ends_on", sa.Date()),
        sa.Column("paused_on", sa.Date()),
        sa.Column("paused_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("void_reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{table}_number")),
        _points_at(table, "deal_id", "deal"),
        _points_at(table, "listing_id", "listing"),
        _points_at(table, "seller_organisation_id", "organisation"),
        _points_at(table, "confirmed_by_id", "person"),
        _points_at(table, "started_by_id", "person"),
        _check(table, "state_known", "state IN ('confirmed', 'running', 'completed', 'voided')"),
        _check(table, "price_positive", "price_fen > 0"),
        _check(table, "start_whole", "num_nulls(started_by_id, started_at, days, ends_on) IN (0, 4)"),
        _check(table, "runs_after_start", "state NOT IN ('running', 'completed') OR ends_on IS NOT NULL"),
        _check(table, "voided_with_reason", "state <> 'voided' OR void_reason IS NOT NULL"),
        _check(table, "related_with_note", "NOT is_related OR related_note <> ''"),
        _check(table, "two_persons", "confirmed_by_id <> started_by_id"),
    )
    still_open = sa.text("state IN ('confirmed', 'running')")
    op.create_index("uq_publicity_open", table, ["deal_id"], unique=True, postgresql_where=still_open)
    op.create_index("ix_publicity_listing_id", table, ["listing_id"])
    op.create_index("ix_publicity_state_started_at", table, ["state", "started_at"])


def _create_objections() -> None:
    table = "publicity_objection"
    op.create_table(
        table,
        _identity(),
        *_numbers("publicity_id", "raised_by_id"),
        sa.Column("raised_by_organisation_id", sa.BigInteger()),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.String(64), nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger()),
        sa.Column("decided_at", MOMENT),
        sa.Column("decision_reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _points_at(table, "publicity_id", "publicity"),
        _points_at(table, "raised_by_id", "person"),
        _points_at(table, "raised_by_organisation_id", "organisation"),
        _points_at(table, "decided_by_id", "person"),
        _check(table, "state_known", "state IN ('open', 'upheld', 'rejected', 'dropped')"),
        _check(table, "decided_when_not_open", "(state = 'open') = (decided_at IS NULL)"),
        _check(table, "decided_with_reason", "state = 'open' OR decision_reason IS NOT NULL"),
    )
    same = ["publicity_id", "raised_by_id", "text_digest"]
    op.create_index("uq_publicity_objection_same", table, same, unique=True)


def _create_reports() -> None:
    table = "wrong_report"
    op.create_table(
        table,
        _identity(),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("network_digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("listing_id", sa.BigInteger()),
        sa.Column("reported_organisation_id", sa.BigInteger()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.String(64), nullable=False),
        sa.Column("reporter_name", sa.String(60)),
        sa.Column("email", sa.String(254)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger()),
        sa.Column("decided_at", MOMENT),
        sa.Column("decision", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{table}_number")),
        _points_at(table, "listing_id", "listing"),
        _points_at(table, "reported_organisation_id", "organisation"),
        _points_at(table, "decided_by_id", "person"),
        _check(table, "state_known", "state IN ('received', 'upheld', 'rejected')"),
        _check(table, "kind_known", "kind IN ('false_content', 'rights', 'collusion', 'conduct', 'other')"),
        _check(table, "decided_when_over", "(state = 'received') = (decided_at IS NULL)"),
        _check(table, "decided_with_reason", "state = 'received' OR decision IS NOT NULL"),
    )
    op.create_index(f"ix_{table}_network_digest_received_at", table, ["network_digest", "received_at"])
    op.create_index(f"ix_{table}_state_due_on", table, ["state", "due_on"])


def _create_evidence() -> None:
    table = "report_evidence"
    op.create_table(
        table,
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f(f"pk_{table}")),
        _points_at(table, "report_id", "wrong_report"),
        _check(table, "not_empty", "byte_size > 0"),
    )


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _points_at(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def downgrade() -> None:
    op.drop_table("report_evidence")
    op.drop_table("wrong_report")
    op.drop_table("publicity_objection")
    op.drop_table("publicity")
