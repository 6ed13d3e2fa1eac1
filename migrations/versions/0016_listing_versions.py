"""Listings: versions as they were shown, changes of published ones, comments at fields."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
WITHDRAWAL_KINDS = "'retracted', 'right_lost', 'reported', 'life_ended'"
CHANGE_STATES = "'editing', 'institution_review', 'platform_review', 'published', 'rejected', 'discarded'"


def upgrade() -> None:
    op.add_column("listing", sa.Column("shown_version", sa.Integer()))
    op.add_column("listing", sa.Column("shown_since", MOMENT))
    op.add_column("listing", sa.Column("withdrawal_kind", sa.String(12)))
    op.add_column("listing", sa.Column("expiry_told_for", sa.Date()))
    op.create_check_constraint(
        op.f("ck_listing_withdrawal_kind_known"), "listing", f"withdrawal_kind IN ({WITHDRAWAL_KINDS})"
    )
    _create_versions()
    _create_changes()
    _create_comments()


def _create_versions() -> None:
    op.create_table(
        "listing_version",
        _identity(),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("written_by_id", sa.BigInteger()),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_version")),
        _points_at("listing_version", "listing_id", "listing"),
        _points_at("listing_version", "written_by_id", "person"),
        sa.UniqueConstraint("listing_id", "number", name=op.f("uq_listing_version_listing_id_number")),
    )
    op.execute(
        "CREATE TRIGGER listing_version_is_append_only BEFORE UPDATE OR DELETE ON listing_version "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER listing_version_is_never_emptied BEFORE TRUNCATE ON listing_version "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _create_changes() -> None:
    op.create_table(
        "listing_change",
        _identity(),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("content", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("review_reason", sa.Text()),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("institution_reviewed_by_id", sa.BigInteger()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_change")),
        _points_at("listing_change", "listing_id", "listing"),
        _points_at("listing_change", "created_by_id", "person"),
        _points_at("listing_change", "institution_reviewed_by_id", "person"),
        sa.CheckConstraint(f"state IN ({CHANGE_STATES})", name=op.f("ck_listing_change_state_known")),
    )
    op.create_index(
        "uq_listing_change_open",
        "listing_change",
        ["listing_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('discarded', 'published')"),
    )


def _create_comments() -> None:
    op.create_table(
        "listing_comment",
        _identity(),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.BigInteger()),
        sa.Column("written_by_organisation_id", sa.BigInteger()),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_comment")),
        _points_at("listing_comment", "listing_id", "listing"),
        _points_at("listing_comment", "written_by_id", "person"),
        _points_at("listing_comment", "written_by_organisation_id", "organisation"),
        sa.CheckConstraint("text <> ''", name=op.f("ck_listing_comment_text_given")),
    )
    op.create_index("ix_listing_comment_listing_id_id", "listing_comment", ["listing_id", "id"])


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _points_at(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def downgrade() -> None:
    for table in ("listing_comment", "listing_change", "listing_version"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_listing_withdrawal_kind_known"), "listing", type_="check")
    for column in ("expiry_told_for", "withdrawal_kind", "shown_since", "shown_version"):
        op.drop_column("listing", column)
