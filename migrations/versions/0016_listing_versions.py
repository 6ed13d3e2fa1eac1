"""Listings: versions as they were shown, comments at fields."""

from __future__ import annotations

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in by the capability that it belongs to."""


def downgrade() -> None:
    """Nothing to take back yet."""
