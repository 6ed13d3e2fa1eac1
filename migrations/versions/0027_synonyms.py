"""Synonyms of search, with who proposed and who put them into force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLE = "synonym_change"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("words", sa.String(400), server_default="", nullable=False),
        sa.Column("narrower", sa.String(400), server_default="", nullable=False),
        sa.Column("removes", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("state", sa.String(10), server_default="proposed", nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_for_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(1000), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'rejected')", name=op.f("ck_synonym_change_state_known")),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_synonym_change_two_persons")),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_synonym_change_decided_when_closed")
        ),
        sa.CheckConstraint("removes = (words = '')", name=op.f("ck_synonym_change_words_unless_removed")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_synonym_change_decided_by_id_person")),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["person.id"], name=op.f("fk_synonym_change_proposed_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_for_id"], ["organisation.id"], name=op.f("fk_synonym_change_proposed_for_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_change")),
    )
    op.create_index(
        "uq_synonym_change_open", TABLE, ["code"], unique=True, postgresql_where=sa.text("state = 'proposed'")
    )
    op.create_index("ix_synonym_change_in_force", TABLE, ["code", "id"], postgresql_where=sa.text("state = 'approved'"))


def downgrade() -> None:
    op.drop_table(TABLE)
