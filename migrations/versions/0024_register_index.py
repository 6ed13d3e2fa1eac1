"""The register's head, its first page and its years are read from one index of the rights, not from their rows."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLE = "ip_right"
READ = ["kind", "filing_date", "grant_date", "expires_on", "legal_status", "annual_fee_paid_until"]


def upgrade() -> None:
    """The index of `achievement_id` alone is a beginning of the new one and goes."""
    op.create_index("ix_ip_right_achievement_id_id", TABLE, ["achievement_id", "id"], postgresql_include=READ)
    op.drop_index(op.f("ix_ip_right_achievement_id"), table_name=TABLE)


def downgrade() -> None:
    op.create_index(op.f("ix_ip_right_achievement_id"), TABLE, ["achievement_id"])
    op.drop_index("ix_ip_right_achievement_id_id", table_name=TABLE)
