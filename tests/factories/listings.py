"""Achievements, and listings on each step of their way: written, submitted and reviewed through the services."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.rules import Actor, OrganisationKind
from market.achievements.models import Achievement, IPRight
from market.kernel.money import Money
from market.listings import service
from market.listings.models import Listing, Offer
from market.listings.rules import ListingDraft, OfferDraft
from market.listings.vocabulary import PriceBasis, Pricing, TransferWay
from tests.conftest import NOW
from tests.factories.office_files import number_of
from tests.factories.world import Institution, actor_of, make_actor

ALIVE_UNTIL = date(2039, 5, 6)
PRICE = Money(12_000_000)
"""12 万元."""
_serials = count(1)

SALE = OfferDraft(TransferWay.ASSIGNMENT, Pricing.FIXED, PRICE, PriceBasis.AGREEMENT)
LICENCE = OfferDraft(TransferWay.ORDINARY_LICENCE, Pricing.FIXED, PRICE, PriceBasis.COMPARABLE)
INVESTMENT = OfferDraft(TransferWay.INVEST_FIRST, Pricing.NEGOTIABLE)
TRIAL = OfferDraft(TransferWay.TRY_FIRST, Pricing.FREE_TRIAL, trial_months=6)
AUCTION = OfferDraft(TransferWay.AUCTION, Pricing.STARTING, PRICE, PriceBasis.APPRAISAL)


def make_achievement(
    session: Session,
    organisation: Organisation,
    *,
    title: str = "耐高温泵阀密封件",
    applicants: str | None = None,
    ownership: str = "own",
    kind: str = "invention",
    legal_status: str = "alive",
    expires_on: date | None = ALIVE_UNTIL,
) -> Achievement:
    """An achievement of the register with one patent, applied for by the institution unless said otherwise."""
    number = number_of(2019, "1", next(_serials)).removeprefix("CN")
    achievement = Achievement(
        organisation_id=organisation.id,
        kind=kind,
        title=title,
        abstract="一种密封件。",
        completers="林某",
        trl=6,
        ownership_status=ownership,
        created_at=NOW,
        updated_at=NOW,
    )
    right = IPRight(
        kind=kind,
        number=number,
        number_as_given=f"CN{number}",
        has_check_digit=True,
        title=title,
        applicants=applicants or organisation.name,
        filing_date=date(2019, 5, 6),
        expires_on=expires_on,
        legal_status=legal_status,
        content_digest="0" * 64,
        created_at=NOW,
    )
    achievement.rights = [right]
    session.add(achievement)
    session.flush()
    return achievement


def draft(*offers: OfferDraft, **texts: Any) -> ListingDraft:
    """What an officer writes; offers default to a sale."""
    known: dict[str, Any] = {
        "title": "耐高温泵阀密封件",
        "summary": "用在高温泵阀上，寿命是常用件的三倍。",
        "abstract": "一种高温泵阀用的密封件，由改性石墨和金属骨架压制而成。",
        "problem": "高温下密封件磨损快。",
        "advantage": "350 度下连续运行 2000 小时。",
        "technical_field": "materials",
        "industry": "BF",
        "maturity_stage": "pilot",
        "offers": offers or (SALE,),
        "confirms_no_secret": True,
    }
    return ListingDraft(**(known | texts))


def make_draft_listing(
    session: Session,
    institution: Institution,
    *offers: OfferDraft,
    achievement: Achievement | None = None,
    now: datetime = NOW,
) -> Listing:
    """A draft that the officer wrote."""
    achievement = achievement or make_achievement(session, institution.organisation)
    return service.create_listing(session, actor_of(institution.officer), achievement.id, draft(*offers), now=now)


def make_submitted_listing(session: Session, institution: Institution, *offers: OfferDraft) -> Listing:
    """A listing that waits for the institution's second person."""
    listing = make_draft_listing(session, institution, *offers)
    return service.submit_listing(
        session, actor_of(institution.officer), listing.id, confirms_legal_status=False, now=NOW
    )


def make_approved_listing(session: Session, institution: Institution, *offers: OfferDraft) -> Listing:
    """A listing that waits for the platform's review."""
    listing = make_submitted_listing(session, institution, *offers)
    head = actor_of(institution.head)
    return service.review_by_institution(session, head, listing.id, approves=True, reason="", now=NOW)


def make_published_listing(
    session: Session, institution: Institution, *offers: OfferDraft, operator: Actor | None = None
) -> Listing:
    """A listing that everybody sees."""
    listing = make_approved_listing(session, institution, *offers)
    operator = operator or make_actor(session, OrganisationKind.OPERATOR)
    return service.review_by_platform(session, operator, listing.id, approves=True, reason="", now=NOW)


def offer_of(listing: Listing, way: TransferWay = TransferWay.ASSIGNMENT) -> Offer:
    """The listing's offer of this way."""
    return next(offer for offer in listing.offers if offer.transfer_way == way)
