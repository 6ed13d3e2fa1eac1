"""Passkeys: the public keys that people sign in with."""

from __future__ import annotations

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in by the capability that it belongs to."""


def downgrade() -> None:
    """Nothing to take back yet."""
