"""Identity providers: which account at a provider belongs to which person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_identity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_provider_identity_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_provider_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_provider_identity_issuer_subject"),
        sa.UniqueConstraint("person_id", "issuer", name="uq_provider_identity_person_id_issuer"),
    )
    op.drop_column("sign_in_session", "needs_second_factor")


def downgrade() -> None:
    op.add_column(
        "sign_in_session",
        sa.Column("needs_second_factor", sa.Boolean(), server_default="false", nullable=False),
    )
    op.drop_table("provider_identity")
