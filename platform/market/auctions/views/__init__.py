"""Pages of the auctions."""

from market.auctions.views import console, hall, lot, suspension
from market.auctions.views.shared import blueprint

__all__ = ["blueprint", "console", "hall", "lot", "suspension"]
