"""Imports: dry runs, columns remembered per institution."""

from __future__ import annotations

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in by the capability that it belongs to."""


def downgrade() -> None:
    """Nothing to take back yet."""
