"""Listings: terms of each way, drafts that are being typed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LISTING_COLUMNS = (
    "application",
    "abstract",
    "technical_level",
    "technical_level_report",
    "applied_industries",
    "contact_name",
    "contact_role",
    "contact_phone",
    "no_secret_by_id",
    "no_secret_at",
    "fingerprint",
)
LEVELS = "'world_leading', 'world_advanced', 'national_leading', 'national_advanced', 'national_general'"
CHECKS = {
    "technical_level_known": f"technical_level IN ({LEVELS})",
    "technical_level_reported": "technical_level IS NULL OR technical_level_report <> ''",
    "no_secret_whole": "(no_secret_by_id IS NULL) = (no_secret_at IS NULL)",
}


def upgrade() -> None:
    columns = (
        sa.Column("application", sa.Text(), server_default="", nullable=False),
        sa.Column("abstract", sa.Text(), server_default="", nullable=False),
        sa.Column("technical_level", sa.String(24)),
        sa.Column("technical_level_report", sa.String(200), server_default="", nullable=False),
        sa.Column("applied_industries", ARRAY(sa.String(5)), server_default="{}", nullable=False),
        sa.Column("contact_name", sa.String(60), server_default="", nullable=False),
        sa.Column("contact_role", sa.String(100), server_default="", nullable=False),
        sa.Column("contact_phone", sa.String(40), server_default="", nullable=False),
        sa.Column("no_secret_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.Column("no_secret_at", sa.DateTime(timezone=True)),
        sa.Column("fingerprint", ARRAY(sa.Integer()), server_default="{}", nullable=False),
    )
    for column in columns:
        op.add_column("listing", column)
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_listing_{name}"), "listing", condition)
    op.create_index("ix_listing_fingerprint", "listing", ["fingerprint"], postgresql_using="gin")
    op.create_table(
        "unsaved_listing",
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("achievement_id", sa.BigInteger(), sa.ForeignKey("achievement.id"), primary_key=True),
        sa.Column("base_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("content", JSONB(), server_default="{}", nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("unsaved_listing")
    op.drop_index("ix_listing_fingerprint", table_name="listing")
    for name in CHECKS:
        op.drop_constraint(f"ck_listing_{name}", "listing")
    for column in LISTING_COLUMNS:
        op.drop_column("listing", column)
