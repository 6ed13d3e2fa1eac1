"""Questions, enquiries, watched listings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOTICE_KINDS = ("register", "listing", "application", "lot", "organisation")
NEW_NOTICE_KINDS = ("enquiry", "watch")


def upgrade() -> None:
    _create_questions()
    _create_enquiries()
    _create_messages()
    _create_watches()
    _know_notice_kinds((*NOTICE_KINDS, *NEW_NOTICE_KINDS))


def _create_questions() -> None:
    table = "listing_question"
    op.create_table(
        table,
        _identity(),
        *_numbers("listing_id", "seller_organisation_id", "asker_organisation_id", "asked_by_id"),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.String(64), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("answered_by_id", sa.BigInteger()),
        sa.Column("answered_at", MOMENT),
        sa.Column("hidden_by_id", sa.BigInteger()),
        sa.Column("hidden_at", MOMENT),
        sa.Column("hidden_reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _points_at(table, "listing_id", "listing"),
        _points_at(table, "seller_organisation_id", "organisation"),
        _points_at(table, "asker_organisation_id", "organisation"),
        *(_points_at(table, column, "person") for column in ("asked_by_id", "answered_by_id", "hidden_by_id")),
        sa.UniqueConstraint(
            "listing_id",
            "asker_organisation_id",
            "text_digest",
            name=op.f(f"uq_{table}_listing_id_asker_organisation_id_text_digest"),
        ),
        _check(table, "state_known", "state IN ('waiting', 'answered', 'hidden')"),
        _check(table, "answer_whole", "(answer IS NULL) = (answered_at IS NULL)"),
        _check(table, "answered_with_answer", "state <> 'answered' OR answer IS NOT NULL"),
        _check(table, "hidden_with_reason", "state <> 'hidden' OR hidden_reason IS NOT NULL"),
    )
    op.create_index(f"ix_{table}_seller_organisation_id_state", table, ["seller_organisation_id", "state"])
    op.create_index(f"ix_{table}_asker_organisation_id_asked_at", table, ["asker_organisation_id", "asked_at"])


def _create_enquiries() -> None:
    table = "enquiry"
    op.create_table(
        table,
        _identity(),
        sa.Column("number", sa.String(20), nullable=False),
        *_numbers("listing_id", "seller_organisation_id", "enquirer_organisation_id", "asked_by_id"),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=False),
        sa.Column("first_answered_at", MOMENT),
        sa.Column("waiting_since", MOMENT),
        sa.Column("due_on", sa.Date()),
        sa.Column("contact_offered_at", MOMENT),
        sa.Column("contact_offered_by_id", sa.BigInteger()),
        sa.Column("contact_accepted_at", MOMENT),
        sa.Column("contact_accepted_by_id", sa.BigInteger()),
        sa.Column("closed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{table}_number")),
        _points_at(table, "listing_id", "listing"),
        _points_at(table, "seller_organisation_id", "organisation"),
        _points_at(table, "enquirer_organisation_id", "organisation"),
        *(
            _points_at(table, column, "person")
            for column in ("asked_by_id", "contact_offered_by_id", "contact_accepted_by_id")
        ),
        _check(table, "state_known", "state IN ('waiting', 'answered', 'closed')"),
        _check(table, "waiting_since_when_waiting", "(state = 'waiting') = (waiting_since IS NOT NULL)"),
        _check(table, "clock_whole", "(waiting_since IS NULL) = (due_on IS NULL)"),
        _check(table, "exchange_offered", "contact_accepted_at IS NULL OR contact_offered_at IS NOT NULL"),
        _check(
            table,
            "exchange_accepted_by_somebody",
            "(contact_accepted_at IS NULL) = (contact_accepted_by_id IS NULL)",
        ),
    )
    op.create_index(
        "uq_enquiry_open",
        table,
        ["listing_id", "enquirer_organisation_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(f"ix_{table}_seller_organisation_id_state", table, ["seller_organisation_id", "state"])
    op.create_index(f"ix_{table}_enquirer_organisation_id_id", table, ["enquirer_organisation_id", "id"])


def _create_messages() -> None:
    table = "enquiry_message"
    op.create_table(
        table,
        _identity(),
        *_numbers("enquiry_id", "organisation_id", "written_by_id"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.String(64), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _points_at(table, "enquiry_id", "enquiry"),
        _points_at(table, "organisation_id", "organisation"),
        _points_at(table, "written_by_id", "person"),
    )
    op.create_index(f"ix_{table}_enquiry_id_id", table, ["enquiry_id", "id"])
    op.create_index(f"ix_{table}_organisation_id_written_at", table, ["organisation_id", "written_at"])


def _create_watches() -> None:
    op.create_table(
        "watch",
        *_numbers("organisation_id", "listing_id", "watched_by_id"),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("watched_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "listing_id", name=op.f("pk_watch")),
        _points_at("watch", "organisation_id", "organisation"),
        _points_at("watch", "listing_id", "listing"),
        _points_at("watch", "watched_by_id", "person"),
    )
    op.create_index("ix_watch_listing_id", "watch", ["listing_id"])


def _know_notice_kinds(kinds: tuple[str, ...]) -> None:
    name = op.f("ck_muted_notice_kind_kind_known")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(name, "muted_notice_kind", type_="check")
    op.create_check_constraint(name, "muted_notice_kind", f"kind IN ({listed})")


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _points_at(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def downgrade() -> None:
    muted = sa.table("muted_notice_kind", sa.column("kind", sa.String))
    op.execute(muted.delete().where(muted.c.kind.in_(NEW_NOTICE_KINDS)))
    _know_notice_kinds(NOTICE_KINDS)
    for table in ("watch", "enquiry_message", "enquiry", "listing_question"):
        op.drop_table(table)
