"""Lots for tests: announced through the service; to run or end one, its times are moved, never the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from market.accounts.models import Organisation, Person
from market.accounts.rules import Actor, OrganisationKind, Role
from market.auctions import service
from market.auctions.models import Lot
from market.auctions.rules import Announcement, suggested_times
from market.kernel.money import Money
from market.listings.models import Listing
from tests.conftest import NOW
from tests.factories.public_listings import make_public_listing
from tests.factories.world import Institution, actor_of, make_institution, make_organisation, make_person

START_FEN = 50_000_000
STEP_FEN = 1_000_000
"""50 万元 and 1 万元."""


def announcement(session: Session, *, title: str = "高温密封件", now: datetime = NOW) -> Announcement:
    """Terms that the rules allow."""
    opens_at, closes_at = suggested_times(now, service.announcement_limits(session, now))
    return Announcement(title, Money(STEP_FEN), opens_at, closes_at)


def make_auction_listing(session: Session, institution: Institution, title: str = "高温密封件") -> Listing:
    """A published listing that is offered by 网络竞价 from 50 万元."""
    return make_public_listing(session, title, organisation=institution.organisation, ways=("auction",))


def make_lot(
    session: Session,
    institution: Institution | None = None,
    *,
    listings: Sequence[Listing] = (),
    title: str = "高温密封件",
    now: datetime = NOW,
) -> Lot:
    """An announced lot over new (or the given) listings of the institution."""
    institution = institution or make_institution(session)
    listings = listings or [make_auction_listing(session, institution, title)]
    offers = [listing.offers[0].id for listing in listings]
    return service.announce_lot(
        session, actor_of(institution.officer), offers, announcement(session, title=title, now=now), now
    )


def move_times(
    session: Session, lot: Lot, *, opens_in: timedelta = -timedelta(hours=1), closes_in: timedelta = timedelta(hours=1)
) -> None:
    """Let the lot open and close so long from now by the bids' clock."""
    at = service.bid_time(session)
    lot.opens_at, lot.announced_closes_at, lot.closes_at = at + opens_in, at + closes_in, at + closes_in
    session.flush()


def make_coming_lot(session: Session, institution: Institution | None = None, *, title: str = "高温密封件") -> Lot:
    """An announced lot that opens in a day, whatever day it is."""
    lot = make_lot(session, institution, title=title)
    move_times(session, lot, opens_in=timedelta(days=1), closes_in=timedelta(days=2))
    return lot


def make_running_lot(session: Session, institution: Institution | None = None) -> Lot:
    """A lot that opened an hour ago and closes in an hour."""
    lot = make_lot(session, institution)
    move_times(session, lot)
    return lot


def make_buyer(session: Session, *, name: str | None = None, is_verified: bool = True) -> tuple[Organisation, Person]:
    """An enterprise and its user."""
    organisation = make_organisation(session, OrganisationKind.ENTERPRISE, name=name, is_verified=is_verified)
    return organisation, make_person(session, organisation, Role.ENTERPRISE_USER)


def make_bidder(session: Session, lot: Lot, *, name: str | None = None) -> Actor:
    """An enterprise registered for the lot."""
    actor = actor_of(make_buyer(session, name=name)[1])
    service.register_bidder(session, actor, lot.id, service.bid_time(session))
    return actor


def bid(session: Session, actor: Actor, lot: Lot, yuan: int, token: str | None = None) -> service.BidReceipt:
    """Bid so many yuan by a fresh form."""
    return service.place_bid(session, actor, lot.id, str(yuan), token or service.new_form_token())
