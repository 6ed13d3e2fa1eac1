"""What the index holds of a listing beyond its own rows, followed: its lot, who watches it, rights whose term ends.

Jobs that write share the lock `search.index` (app.py names it where it subscribes).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.achievements.models import IPRight
from market.auctions.models import Lot, LotItem
from market.kernel import jobs
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.events import Event
from market.listings.models import Listing, ListingMember, Offer
from market.listings.vocabulary import PUBLIC_STATES
from search import service
from search.entries import touch
from search.jobs import current_engine

LOCK = "search.index"
LOT_EVENTS = frozenset(
    {"lot.announced", "lot.withdrawn", "lot.suspended", "lot.resumed", "lot.terminated", "lot.sold", "lot.unsold"}
)
BID = "lot.bid_accepted"
NEAR_THE_END = timedelta(minutes=30)
"""Longer than any soft close: an earlier bid does not move the end of its lot."""
LOOKED_BACK = timedelta(days=7)
"""Terms that ended while the worker stood still so long are followed too."""


def moves_a_lot(event: Event) -> bool:
    """Whether a lot may open, close, stand still or close later by what happened; most bids leave its end as it is."""
    if event.action == BID:
        return datetime.fromisoformat(event.payload["closes_at_after"]) - event.occurred_at <= NEAR_THE_END
    return event.action in LOT_EVENTS


def watchers_changed(session: Session, listing_id: int) -> None:
    """Somebody watches a listing from now on, or no longer: in the same transaction the index hears of it."""
    touch(session, [listing_id])
    jobs.defer(session, "search.index_listing", lock=LOCK, listing_id=listing_id)


@jobs.job("search.follow_lot")
def follow_lot(lot_id: int) -> None:
    """A lot changed: the listings that it sells are indexed with it as it is now."""
    with transaction() as session:
        lot = session.get_one(Lot, lot_id)
        statement = (
            select(Offer.listing_id)
            .distinct()
            .join(LotItem, LotItem.offer_id == Offer.id)
            .where(LotItem.lot_id == lot.id)
            .order_by(Offer.listing_id)
        )
        listings = session.scalars(statement).all()
        touch(session, listings)
    for listing_id in listings:
        service.index_listing(current_engine(), listing_id)


@jobs.job("search.follow_terms", cron="5 16 * * *", runs_at_start=True)
def follow_terms() -> None:
    """Each midnight in Wenzhou: listings of which a right's term has ended say so in the facet of legal status."""
    today = local_date(current_time())
    with transaction() as session:
        statement = (
            select(ListingMember.listing_id)
            .distinct()
            .join(IPRight, IPRight.achievement_id == ListingMember.achievement_id)
            .join(Listing, Listing.id == ListingMember.listing_id)
            .where(IPRight.expires_on > today - LOOKED_BACK, IPRight.expires_on <= today)
            .where(Listing.state.in_(PUBLIC_STATES))
        )
        listings = session.scalars(statement).all()
        touch(session, listings)
        for listing_id in sorted(listings):
            jobs.defer(session, "search.index_listing", lock=LOCK, listing_id=listing_id)
