"""Public listings that differ in everything that facets count and orders compare."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from market.accounts.models import Organisation, Person
from market.accounts.rules import OrganisationKind
from market.achievements.vocabulary import AchievementKind, Industry, LegalStatus, MaturityStage, TechnicalField
from market.auctions.models import Lot, LotItem
from market.enquiries.models import Watch
from market.kernel.clock import local_date
from market.listings.models import Listing, Offer
from market.listings.rules import PRICINGS_OF_WAY
from market.listings.vocabulary import Pricing, TransferWay
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation, make_person

TITLES = ("激光焊接设备", "激光切割头", "高温密封件", "水泵叶轮", "近视防控镜片")
CLASSES = ("F16J15/06", "F16K 1/00", "A61F 9/007", "A61B 3/10", "B23K26/21", "09-03", "")
COUNTIES = ("330302", "330381", "330304")
PRICES_FEN = (1, 10_000_000, 10_000_001, 50_000_000, 200_000_000, 200_000_001)
TIES = 5
"""So many listings are published in the same second."""
_numbers = count(1)


def make_varied_listings(session: Session, wanted: int, now: datetime, seed: int = 1) -> list[Listing]:
    """So many listings; the same `seed` draws the same ones. Some have lots around `now`, some are watched."""
    draw = random.Random(seed)
    institutions = [make_organisation(session, county_code=county) for county in COUNTIES]
    watchers = [make_organisation(session, OrganisationKind.ENTERPRISE) for _ in range(4)]
    people = [make_person(session, one) for one in watchers]
    listings = []
    for place in range(wanted):
        listing = _listing(session, draw, draw.choice(institutions), now - timedelta(days=place // TIES))
        for organisation, person in draw.sample([*zip(watchers, people, strict=True)], draw.randrange(4)):
            _watch(session, listing, organisation, person, now)
        listings.append(listing)
    session.flush()
    return listings


def _listing(session: Session, draw: random.Random, organisation: Organisation, at: datetime) -> Listing:
    ways = draw.sample([one for one in TransferWay if one is not TransferWay.AUCTION], draw.randrange(1, 4))
    at_auction = draw.random() < 0.3
    listing = make_public_listing(
        session,
        draw.choice(TITLES),
        organisation=organisation,
        ways=tuple(one.value for one in ways) + (("auction",) if at_auction else ()),
        patent_numbers=tuple(f"2023{next(_numbers):08d}" for _ in range(draw.randrange(3))),
        main_class=draw.choice(CLASSES),
        technical_field=draw.choice([*TechnicalField]).value,
        industry=draw.choice([*Industry]).value,
        maturity_stage=draw.choice([*MaturityStage]).value,
        published_at=at,
    )
    listing.achievement.kind = draw.choice([*AchievementKind]).value
    listing.achievement.trl = draw.choice([None, 1, 4, 6, 9])
    for right in listing.achievement.rights:
        right.legal_status = draw.choice([*LegalStatus]).value
        right.expires_on = draw.choice(
            [None, local_date(at) - timedelta(days=400), local_date(at) + timedelta(days=4000)]
        )
        right.further_classes = draw.sample([one for one in CLASSES if one], draw.randrange(3))
    for offer in listing.offers:
        _price(draw, offer)
    if at_auction:
        _lots(session, draw, listing, at)
    session.flush()
    return listing


def _price(draw: random.Random, offer: Offer) -> None:
    pricing = draw.choice(PRICINGS_OF_WAY[TransferWay(offer.transfer_way)])
    is_priced = pricing in {Pricing.FIXED, Pricing.STARTING}
    offer.pricing = pricing.value
    offer.price_fen = draw.choice(PRICES_FEN) if is_priced else None
    offer.price_basis = "agreement" if is_priced else None


def _lots(session: Session, draw: random.Random, listing: Listing, at: datetime) -> None:
    """One lot: suspended, over, running or to come; its row may still say that it is announced when it is over."""
    opens_at = at + timedelta(days=draw.randrange(-3, 4))
    closes_at = opens_at + timedelta(days=draw.randrange(1, 5))
    lot = Lot(
        number=f"JJ2026001{next(_numbers):05d}7",
        seller_organisation_id=listing.organisation_id,
        title=listing.title,
        mode="ascending",
        state=draw.choice(["announced", "announced", "announced", "suspended", "unsold"]),
        start_price_fen=listing.offers[-1].price_fen,
        step_fen=1,
        deposit_fen=0,
        notice_days=1,
        minimum_hours=1,
        soft_close_seconds=0,
        announced_at=at,
        opens_at=opens_at,
        announced_closes_at=closes_at,
        closes_at=closes_at,
        created_by_id=listing.created_by_id,
        created_at=at,
    )
    lot.items = [LotItem(offer=listing.offers[-1], position=0)]
    session.add(lot)


def _watch(session: Session, listing: Listing, organisation: Organisation, person: Person, now: datetime) -> None:
    session.add(
        Watch(
            organisation_id=organisation.id,
            listing_id=listing.id,
            watched_by_id=person.id,
            title=listing.title,
            watched_at=now,
        )
    )
