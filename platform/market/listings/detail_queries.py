"""What the pages of one listing show: its offers, rights and completers as frozen views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, literal, or_, select
from sqlalchemy.orm import joinedload, undefer

from market.accounts.models import Organisation
from market.accounts.rules import split_names
from market.achievements.claims import public_claims
from market.achievements.industries import industry_name
from market.achievements.models import Achievement, Completer, Encumbrance, IPRight
from market.achievements.vocabulary import (
    AchievementKind,
    EncumbranceKind,
    Industry,
    LegalStatus,
    MaturityStage,
    OwnershipForm,
    TechnicalField,
)
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session
from market.kernel.money import Money
from market.listings.models import Listing, ListingMember, Offer
from market.listings.terms import TermLine, terms_in_words
from market.listings.vocabulary import ListingState, PriceBasis, Pricing, TechnicalLevel, TransferWay


@dataclass(frozen=True)
class OfferView:
    """One way of transfer on a page."""

    id: int
    way: TransferWay
    pricing: Pricing
    price: Money | None
    basis: PriceBasis | None
    price_note: str
    trial_months: int | None
    evidence: tuple[tuple[str, str], ...]
    lines: tuple[TermLine, ...] = ()
    """The way's own terms in words."""


@dataclass(frozen=True)
class EncumbranceView:
    """What limits disposing of a right today; who holds it is not told."""

    kind: EncumbranceKind
    until_on: date | None


@dataclass(frozen=True)
class CompleterView:
    """One completer, as the institution publishes her."""

    name: str
    unit: str


@dataclass(frozen=True)
class RightView:
    """One right on a public page."""

    number: str
    kind: AchievementKind
    title: str
    filing_date: date | None
    expires_on: date | None
    legal_status: LegalStatus
    legal_status_confirmed_at: datetime | None
    main_class: str
    applicants: tuple[str, ...]
    inventors: tuple[str, ...]
    publication_number: str | None = None
    grant_date: date | None = None
    legal_status_on: date | None = None
    encumbrances: tuple[EncumbranceView, ...] = ()
    claims: str = ""
    """As far as everybody may read them."""


@dataclass(frozen=True)
class PartView:
    """One of several achievements that a listing offers together."""

    achievement_id: int
    title: str
    kind: AchievementKind
    abstract: str
    completers: str
    completer_rows: tuple[CompleterView, ...]
    rights: tuple[RightView, ...]
    trl: int | None
    trl_evidence: str
    ownership_form: OwnershipForm | None
    is_fiscally_funded: bool | None


@dataclass(frozen=True)
class ListingView:
    """Everything that a listing's page shows. `parts`: what a bundle offers, the leading achievement first."""

    id: int
    number: str
    version: int
    state: ListingState
    title: str
    summary: str
    problem: str
    advantage: str
    abstract: str
    kind: AchievementKind
    technical_field: TechnicalField
    industry: Industry
    maturity_stage: MaturityStage
    county_code: str
    organisation_id: int
    organisation_code: str
    organisation_name: str
    organisation_introduction: str
    achievement_id: int
    completers: str
    published_at: datetime | None
    expires_on: date | None
    review_reason: str | None
    offers: tuple[OfferView, ...]
    rights: tuple[RightView, ...]
    application: str = ""
    trl: int | None = None
    trl_evidence: str = ""
    technical_level: TechnicalLevel | None = None
    technical_level_report: str = ""
    applied_industries: tuple[str, ...] = ()
    ownership_form: OwnershipForm | None = None
    is_fiscally_funded: bool | None = None
    completer_rows: tuple[CompleterView, ...] = ()
    shown_version: int | None = None
    shown_since: datetime | None = None
    updated_at: datetime | None = None
    parts: tuple[PartView, ...] = ()

    def offer(self, way: TransferWay) -> OfferView | None:
        """The offer of one way."""
        return next((offer for offer in self.offers if offer.way is way), None)


def load_view(listing: Listing) -> ListingView:
    """The view of a listing that access.py let through."""
    return load_views([listing])[0]


def load_views(listings: Sequence[Listing]) -> list[ListingView]:
    """Views in the given order: three queries beside the listings' organisations."""
    listing_ids = [listing.id for listing in listings]
    offers = _offer_views(listing_ids)
    offered = (
        _RIGHTS.add_columns(ListingMember.listing_id)
        .join(ListingMember, ListingMember.achievement_id == Achievement.id)
        .where(ListingMember.listing_id.in_(listing_ids))
        .order_by(ListingMember.listing_id, ListingMember.position, IPRight.id, Encumbrance.id)
    )
    parts = _part_views(offered)
    return [_listing_view(listing, offers.get(listing.id, ()), parts[listing.id]) for listing in listings]


def view_of_unsaved(listing: Listing) -> ListingView:
    """The view of a listing that no session knows, for a preview (editing.unsaved_listing)."""
    offered = _RIGHTS.add_columns(literal(0)).where(Achievement.id.in_(listing.achievement_ids))
    found = {part.achievement_id: part for part in _part_views(offered.order_by(IPRight.id, Encumbrance.id))[0]}
    parts = tuple(found[one] for one in listing.achievement_ids)
    return _listing_view(listing, tuple(map(offer_view, listing.offers)), parts)


_RIGHTS: Select[*tuple[Any, ...]] = (
    select(Achievement, IPRight, Encumbrance)
    .outerjoin(IPRight, IPRight.achievement_id == Achievement.id)
    .outerjoin(
        Encumbrance,
        and_(
            Encumbrance.right_id == IPRight.id,
            Encumbrance.from_on <= bindparam("today"),
            or_(Encumbrance.until_on.is_(None), Encumbrance.until_on >= bindparam("today")),
            or_(Encumbrance.ended_on.is_(None), Encumbrance.ended_on > bindparam("today")),
        ),
    )
    .options(undefer(IPRight.claims))
)
"""Achievements with their rights, each with what limits it on the day `today`."""


def _part_views(offered: Select[*tuple[Any, ...]]) -> dict[int, tuple[PartView, ...]]:
    """By listing: what it offers, in the order of the rows; two queries."""
    achievements: dict[int, dict[int, Achievement]] = {}
    rights: dict[int, dict[int, tuple[IPRight, dict[int, EncumbranceView]]]] = {}
    today = local_date(current_time())
    for achievement, right, burden, listing_id in current_session().execute(offered, {"today": today}):
        achievements.setdefault(listing_id, {})[achievement.id] = achievement
        if right is not None:
            held = rights.setdefault(achievement.id, {}).setdefault(right.id, (right, {}))[1]
            if burden is not None:
                held[burden.id] = EncumbranceView(EncumbranceKind(burden.kind), burden.until_on)
    completers = _completer_views(sorted({one for of_listing in achievements.values() for one in of_listing}))
    shown = {
        achievement_id: tuple(_right_view(right, tuple(held.values())) for right, held in of_one.values())
        for achievement_id, of_one in rights.items()
    }
    return {
        listing_id: tuple(
            _part_view(one, shown.get(one.id, ()), completers.get(one.id, ())) for one in of_listing.values()
        )
        for listing_id, of_listing in achievements.items()
    }


def _part_view(
    achievement: Achievement, rights: tuple[RightView, ...], completers: tuple[CompleterView, ...]
) -> PartView:
    return PartView(
        achievement_id=achievement.id,
        title=achievement.title,
        kind=AchievementKind(achievement.kind),
        abstract=achievement.abstract,
        completers=achievement.completers,
        completer_rows=completers,
        rights=rights,
        trl=achievement.trl,
        trl_evidence=achievement.trl_evidence,
        ownership_form=OwnershipForm(achievement.ownership_form) if achievement.ownership_form else None,
        is_fiscally_funded=achievement.is_fiscally_funded,
    )


def _listing_view(listing: Listing, offers: tuple[OfferView, ...], parts: tuple[PartView, ...]) -> ListingView:
    lead = parts[0]
    organisation = current_session().get_one(Organisation, listing.organisation_id)
    return ListingView(
        id=listing.id,
        number=listing.number,
        version=listing.version,
        state=ListingState(listing.state),
        title=listing.title,
        summary=listing.summary,
        problem=listing.problem,
        advantage=listing.advantage,
        abstract=listing.abstract or lead.abstract,
        kind=lead.kind,
        technical_field=TechnicalField(listing.technical_field),
        industry=Industry(listing.industry),
        maturity_stage=MaturityStage(listing.maturity_stage),
        county_code=listing.county_code,
        organisation_id=organisation.id,
        organisation_code=organisation.code,
        organisation_name=organisation.name,
        organisation_introduction=organisation.introduction,
        achievement_id=lead.achievement_id,
        completers="；".join(dict.fromkeys(one.completers for one in parts if one.completers)),
        published_at=listing.published_at,
        expires_on=listing.expires_on,
        review_reason=listing.review_reason,
        offers=offers,
        rights=tuple(right for one in parts for right in one.rights),
        application=listing.application,
        trl=lead.trl,
        trl_evidence=lead.trl_evidence,
        technical_level=TechnicalLevel(listing.technical_level) if listing.technical_level else None,
        technical_level_report=listing.technical_level_report,
        applied_industries=tuple(industry_name(code) for code in listing.applied_industries),
        ownership_form=lead.ownership_form,
        is_fiscally_funded=lead.is_fiscally_funded,
        completer_rows=tuple(dict.fromkeys(row for one in parts for row in one.completer_rows)),
        shown_version=listing.shown_version,
        shown_since=listing.shown_since,
        updated_at=listing.updated_at,
        parts=parts if len(parts) > 1 else (),
    )


def _offer_views(listing_ids: Sequence[int]) -> dict[int, tuple[OfferView, ...]]:
    statement = (
        select(Offer)
        .where(Offer.listing_id.in_(listing_ids))
        .order_by(Offer.listing_id, Offer.position)
        .options(joinedload(Offer.preconditions))
    )
    found: dict[int, tuple[OfferView, ...]] = {}
    for offer in current_session().scalars(statement).unique():
        found[offer.listing_id] = (*found.get(offer.listing_id, ()), offer_view(offer))
    return found


def _completer_views(achievement_ids: Sequence[int]) -> dict[int, tuple[CompleterView, ...]]:
    statement = select(Completer.achievement_id, Completer.name, Completer.unit)
    rows = current_session().execute(
        statement.where(Completer.achievement_id.in_(achievement_ids)).order_by(Completer.position)
    )
    found: dict[int, tuple[CompleterView, ...]] = {}
    for achievement_id, name, unit in rows:
        found[achievement_id] = (*found.get(achievement_id, ()), CompleterView(name, unit))
    return found


def offer_view(offer: Offer) -> OfferView:
    """One stored offer as pages show it."""
    return OfferView(
        id=offer.id,
        way=TransferWay(offer.transfer_way),
        pricing=Pricing(offer.pricing),
        price=Money(offer.price_fen, offer.currency) if offer.price_fen is not None else None,
        basis=PriceBasis(offer.price_basis) if offer.price_basis else None,
        price_note=offer.price_note,
        trial_months=offer.terms.get("trial_months"),
        evidence=tuple((row.article, row.evidence) for row in offer.preconditions),
        lines=terms_in_words(TransferWay(offer.transfer_way), offer.terms),
    )


def _right_view(right: IPRight, encumbrances: tuple[EncumbranceView, ...]) -> RightView:
    return RightView(
        number=right.number,
        kind=AchievementKind(right.kind),
        title=right.title,
        filing_date=right.filing_date,
        expires_on=right.expires_on,
        legal_status=LegalStatus(right.legal_status),
        legal_status_confirmed_at=right.legal_status_confirmed_at,
        main_class=right.main_class,
        applicants=tuple(split_names(right.applicants)),
        inventors=tuple(split_names(right.inventors)),
        publication_number=right.publication_number,
        grant_date=right.grant_date,
        legal_status_on=right.legal_status_on,
        encumbrances=encumbrances,
        claims=public_claims(right),
    )
