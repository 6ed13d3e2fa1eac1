"""Saved searches with their keys and hits, what listings were when they were compared last, a kind of notice, a limit."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
RHYTHMS = ("instant", "daily", "off")
NOTICE_KINDS = ("register", "listing", "application", "lot", "enquiry", "watch", "organisation")
NEW_NOTICE_KINDS = ("saved_search",)
PUBLIC_STATES = ("published", "negotiating", "publicity", "bidding", "trial")
LIMIT = ("saved_search.limit", "50", "searches", "平台检索规则", date(2017, 10, 1))
UNKNOWN_VERSION = -1


def upgrade() -> None:
    _create_searches()
    _create_keys()
    _create_hits()
    _create_compared()
    _know_notice_kinds((*NOTICE_KINDS, *NEW_NOTICE_KINDS))
    names = ("key", "value", "unit", "source")
    table = sa.table("parameter", *(sa.column(name, sa.String) for name in names), sa.column("valid_from", sa.Date))
    op.bulk_insert(table, [dict(zip((*names, "valid_from"), LIMIT, strict=True))])


def _create_searches() -> None:
    listed = ", ".join(f"'{rhythm}'" for rhythm in RHYTHMS)
    op.create_table(
        "saved_search",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("rhythm", sa.String(10), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("derivation", sa.String(40), nullable=False),
        sa.Column("seen_through", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("person_id", "digest", name=op.f("uq_saved_search_person_id_digest")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_saved_search_person_id_name")),
        sa.CheckConstraint(f"rhythm IN ({listed})", name=op.f("ck_saved_search_rhythm_known")),
        _points_at("saved_search", "person_id", "person"),
        _points_at("saved_search", "organisation_id", "organisation"),
    )
    op.create_index("ix_saved_search_derivation", "saved_search", ["derivation"])


def _create_keys() -> None:
    op.create_table(
        "saved_search_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("saved_search_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("needs", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "saved_search_id", name=op.f("pk_saved_search_key")),
        sa.CheckConstraint("weight > 0 AND needs > 0", name=op.f("ck_saved_search_key_positive")),
        _points_at("saved_search_key", "saved_search_id", "saved_search", ondelete="CASCADE"),
    )
    op.create_index("ix_saved_search_key_saved_search_id", "saved_search_key", ["saved_search_id"])


def _create_hits() -> None:
    op.create_table(
        "saved_search_hit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("saved_search_id", sa.BigInteger(), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search_hit")),
        sa.UniqueConstraint(
            "saved_search_id", "listing_id", name=op.f("uq_saved_search_hit_saved_search_id_listing_id")
        ),
        _points_at("saved_search_hit", "saved_search_id", "saved_search", ondelete="CASCADE"),
        _points_at("saved_search_hit", "listing_id", "listing", ondelete="CASCADE"),
    )
    op.create_index("ix_saved_search_hit_listing_id", "saved_search_hit", ["listing_id"])
    untold = sa.text("is_new AND told_at IS NULL")
    op.create_index("ix_saved_search_hit_untold", "saved_search_hit", ["saved_search_id"], postgresql_where=untold)


def _create_compared() -> None:
    op.create_table(
        "compared_listing",
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("layout", sa.SmallInteger(), nullable=False),
        sa.Column("compared_at", MOMENT, nullable=False),
        sa.Column("turns_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_compared_listing")),
        _points_at("compared_listing", "listing_id", "listing", ondelete="CASCADE"),
    )
    turns = sa.text("turns_at IS NOT NULL")
    op.create_index("ix_compared_listing_turns_at", "compared_listing", ["turns_at"], postgresql_where=turns)
    op.create_index("ix_compared_listing_layout", "compared_listing", ["layout"])
    _know_what_is_public()


def _know_what_is_public() -> None:
    """What is public already is new to nobody."""
    listing = sa.table("listing", sa.column("id", sa.BigInteger), sa.column("state", sa.String))
    compared = sa.table(
        "compared_listing", *(sa.column(name) for name in ("listing_id", "version", "layout", "compared_at"))
    )
    public = sa.select(listing.c.id, sa.literal(UNKNOWN_VERSION), sa.literal(0), sa.func.now())
    public = public.where(listing.c.state.in_(PUBLIC_STATES))
    op.execute(sa.insert(compared).from_select(["listing_id", "version", "layout", "compared_at"], public))


def _points_at(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def _know_notice_kinds(kinds: tuple[str, ...]) -> None:
    name = op.f("ck_muted_notice_kind_kind_known")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(name, "muted_notice_kind", type_="check")
    op.create_check_constraint(name, "muted_notice_kind", f"kind IN ({listed})")


def downgrade() -> None:
    op.execute("ALTER TABLE parameter DISABLE TRIGGER USER")
    parameter = sa.table("parameter", sa.column("key", sa.String))
    op.execute(parameter.delete().where(parameter.c.key == LIMIT[0]))
    op.execute("ALTER TABLE parameter ENABLE TRIGGER USER")
    muted = sa.table("muted_notice_kind", sa.column("kind", sa.String))
    op.execute(muted.delete().where(muted.c.kind.in_(NEW_NOTICE_KINDS)))
    _know_notice_kinds(NOTICE_KINDS)
    for table in ("compared_listing", "saved_search_hit", "saved_search_key", "saved_search"):
        op.drop_table(table)
