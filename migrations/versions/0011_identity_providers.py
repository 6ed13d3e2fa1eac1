"""Identity providers: which account at a provider belongs to which person."""

from __future__ import annotations

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in by the capability that it belongs to."""


def downgrade() -> None:
    """Nothing to take back yet."""
