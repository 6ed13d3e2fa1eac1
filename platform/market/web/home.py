"""What the home page shows: counts, running lots, fresh listings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from market.auctions.queries import HallTab, LotRow, count_lots, list_lots, tab_condition
from market.kernel.db import current_session
from market.listings.models import Listing
from market.listings.queries import ListingRow, fresh_listings
from market.listings.vocabulary import PUBLIC_STATES

FRESH = 6
LOTS = 4


@dataclass(frozen=True)
class HomePage:
    """Everything of the home page."""

    listing_count: int
    lot_count: int
    institution_count: int
    lots: tuple[LotRow, ...]
    fresh: tuple[ListingRow, ...]


def load(now: datetime) -> HomePage:
    """A handful of queries, whatever the size of the market."""
    session = current_session()
    running = tab_condition(HallTab.RUNNING, now)
    on_market = Listing.state.in_([state.value for state in PUBLIC_STATES])
    institutions = select(func.count(func.distinct(Listing.organisation_id))).where(on_market)
    return HomePage(
        listing_count=session.scalar(select(func.count(Listing.id)).where(on_market)) or 0,
        institution_count=session.scalar(institutions) or 0,
        lot_count=count_lots([running]),
        lots=tuple(list_lots([running], now, limit=LOTS)),
        fresh=tuple(fresh_listings(FRESH)),
    )
