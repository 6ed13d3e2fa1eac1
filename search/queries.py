"""Rows of the hits that a page shows, read from PostgreSQL: three queries, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements.models import Achievement, IPRight
from market.achievements.vocabulary import MaturityStage, TechnicalField
from market.kernel.money import Money
from market.listings.attachments.queries import cover_id
from market.listings.models import Listing, ListingMember, Offer
from market.listings.vocabulary import PUBLIC_STATES, Pricing, TransferWay


@dataclass(frozen=True)
class OfferRow:
    """One way of transfer on offer; `price` None where it is by agreement, by formula or free."""

    way: TransferWay
    pricing: Pricing
    price: Money | None


@dataclass(frozen=True)
class HitRow:
    """A public listing as the result list shows it; `texts` are searched for the best passage, best source first."""

    id: int
    number: str
    title: str
    texts: tuple[str, ...]
    institution_code: str
    institution_name: str
    county_code: str
    field: TechnicalField
    stage: MaturityStage
    published_at: datetime | None
    offers: tuple[OfferRow, ...]
    patent_numbers: tuple[str, ...]
    cover_id: int | None


def hit_rows(session: Session, ids: Sequence[int]) -> dict[int, HitRow]:
    """Rows by id. A listing that left the market since the index was written is not among them."""
    if not ids:
        return {}
    statement = (
        select(Listing, Achievement.abstract, Organisation.code, Organisation.name, cover_id())
        .join(Achievement, Achievement.id == Listing.achievement_id)
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .where(Listing.id.in_(ids), Listing.state.in_(PUBLIC_STATES))
    )
    found = session.execute(statement).all()
    offers = _offers(session, ids)
    numbers, bundled = _offered(session, ids)
    return {
        listing.id: HitRow(
            id=listing.id,
            number=listing.number,
            title=listing.title,
            texts=(listing.summary, listing.problem, listing.advantage, abstract, *bundled[listing.id]),
            institution_code=code,
            institution_name=name,
            county_code=listing.county_code,
            field=TechnicalField(listing.technical_field),
            stage=MaturityStage(listing.maturity_stage),
            published_at=listing.published_at,
            offers=tuple(offers[listing.id]),
            patent_numbers=tuple(numbers[listing.id]),
            cover_id=cover,
        )
        for listing, abstract, code, name, cover in found
    }


def _offers(session: Session, ids: Sequence[int]) -> dict[int, list[OfferRow]]:
    statement = select(Offer.listing_id, Offer.transfer_way, Offer.pricing, Offer.price_fen, Offer.currency)
    rows = session.execute(statement.where(Offer.listing_id.in_(ids)).order_by(Offer.listing_id, Offer.position))
    found: dict[int, list[OfferRow]] = defaultdict(list)
    for listing_id, way, pricing, price_fen, currency in rows:
        price = None if price_fen is None else Money(price_fen, currency)
        found[listing_id].append(OfferRow(TransferWay(way), Pricing(pricing), price))
    return found


def _offered(session: Session, ids: Sequence[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """By listing: the numbers of all rights, and the titles of what it bundles."""
    statement = (
        select(ListingMember.listing_id, ListingMember.position, Achievement.title, IPRight.number)
        .join(Achievement, Achievement.id == ListingMember.achievement_id)
        .outerjoin(IPRight, IPRight.achievement_id == Achievement.id)
        .where(ListingMember.listing_id.in_(ids))
        .order_by(ListingMember.listing_id, ListingMember.position, IPRight.id)
    )
    numbers: dict[int, list[str]] = defaultdict(list)
    titles: dict[int, list[str]] = defaultdict(list)
    for listing_id, position, title, number in session.execute(statement):
        if number is not None:
            numbers[listing_id].append(number)
        if position > 0 and title not in titles[listing_id]:
            titles[listing_id].append(title)
    return numbers, titles


def institution_names(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Name by code, for the facet of institutions."""
    statement = select(Organisation.code, Organisation.name).where(Organisation.code.in_(codes))
    return {row.code: row.name for row in session.execute(statement)} if codes else {}
