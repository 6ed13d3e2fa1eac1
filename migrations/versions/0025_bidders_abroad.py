"""Bidders say when they register whether whoever acquires is abroad."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLE = "lot_registration"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("is_abroad", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column(TABLE, "is_abroad")
