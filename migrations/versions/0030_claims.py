"""Claims (权利要求) of rights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ip_right", sa.Column("claims", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("ip_right", "claims")
