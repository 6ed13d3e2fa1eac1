"""What the search box suggests: terms of the public listings, which listing gives which, and as of which version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TERMS, USES, LISTINGS = "suggestion_term", "suggestion_use", "suggestion_listing"
TYPED = ("key", "pinyin", "initials")


def upgrade() -> None:
    op.create_table(
        TERMS,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("mirror", sa.String(60), nullable=False),
        sa.Column("syllables", sa.String(500), nullable=False),
        sa.Column("pinyin", sa.String(440), nullable=False),
        sa.Column("initials", sa.String(60), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.CheckConstraint("uses > 0", name=op.f("ck_suggestion_term_used")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_term")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_suggestion_term_kind_key")),
    )
    for name in (*TYPED, "mirror"):
        op.create_index(
            f"ix_suggestion_term_{name}_begins", TERMS, ["kind", name], postgresql_ops={name: "text_pattern_ops"}
        )
    for name in TYPED:
        op.create_index(
            f"ix_suggestion_term_{name}_short",
            TERMS,
            ["kind", sa.text(f'"left"({name}, 2)'), sa.text("uses DESC"), sa.text("id DESC")],
        )
    op.create_table(
        USES,
        sa.Column("term_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["suggestion_term.id"],
            name=op.f("fk_suggestion_use_term_id_suggestion_term"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_suggestion_use_listing_id_listing"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("term_id", "listing_id", name=op.f("pk_suggestion_use")),
    )
    op.create_index(op.f("ix_suggestion_use_listing_id"), USES, ["listing_id"])
    op.create_table(
        LISTINGS,
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_suggestion_listing_listing_id_listing"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_suggestion_listing")),
    )


def downgrade() -> None:
    op.drop_table(LISTINGS)
    op.drop_table(USES)
    op.drop_table(TERMS)
