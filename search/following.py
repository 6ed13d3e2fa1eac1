"""What the index holds of a listing beyond its own rows, followed: its achievements, its lot, who watches it, ended terms.

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
from search.jobs import current_engine, reconcile

LOCK = "search.index"
FOLLOWERS = {
    "search.index_listing": LOCK,
    "search.match_saved": "search.saved",
    "search.keep_terms": "search.suggestions",
}
"""Jobs that bring search to what a listing says now, each with the lock that it shares."""
REGISTERED = "achievement.registered"
REMINDERS = frozenset({"achievement.expiry_near", "achievement.fee_due"})
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


def changes_an_achievement(event: Event) -> bool:
    """Whether what listings say of an achievement may be another; of an import one job hears when it ends."""
    is_quiet = event.action == REGISTERED or event.action in REMINDERS
    return event.subject_kind == "achievement" and not is_quiet and "import_run_id" not in event.payload


def ends_a_changing_import(event: Event) -> bool:
    """Whether an import has changed what was there, in the transaction of this event; what is new nobody offers yet."""
    return event.action == "import.finished" and bool(event.payload.get("changed"))


def watchers_changed(session: Session, listing_id: int) -> None:
    """Somebody watches a listing from now on, or no longer: in the same transaction the index hears of it."""
    touch(session, [listing_id])
    jobs.defer(session, "search.index_listing", lock=LOCK, listing_id=listing_id)


@jobs.job("search.follow_achievement")
def follow_achievement(achievement_id: int) -> None:
    """An achievement or one of its rights changed: index, alerts and suggestions look at the listings that offer it."""
    with transaction() as session:
        statement = (
            select(ListingMember.listing_id)
            .join(Listing, Listing.id == ListingMember.listing_id)
            .where(ListingMember.achievement_id == achievement_id, Listing.state.in_(PUBLIC_STATES))
            .order_by(ListingMember.listing_id)
        )
        for listing_id in session.scalars(statement).all():
            for job, lock in FOLLOWERS.items():
                jobs.defer(session, job, lock=lock, listing_id=listing_id)


@jobs.job("search.follow_import")
def follow_import() -> None:
    """An import may have changed thousands: every row is compared, once, rather than each looked for by a job."""
    reconcile()


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
