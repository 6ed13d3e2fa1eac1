"""The register: shares, maturity with evidence, funding, fees."""

from __future__ import annotations

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in by the capability that it belongs to."""


def downgrade() -> None:
    """Nothing to take back yet."""
