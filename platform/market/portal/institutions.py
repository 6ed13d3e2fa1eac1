"""Reads of the institutions' public pages: who they are, what they offer by field and way, what they sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from market.accounts.models import Organisation
from market.accounts.rules import OrganisationKind, PeerGroup
from market.achievements.vocabulary import MaturityStage, TechnicalField
from market.auctions.models import Lot
from market.auctions.vocabulary import LotState
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.kernel.lists import Orders
from market.kernel.money import CNY, Money
from market.listings.models import Listing, Offer
from market.listings.vocabulary import PUBLIC_STATES, ListingState, TransferWay

ON_MARKET = Listing.state.in_([state.value for state in PUBLIC_STATES])
SOLD = Listing.state.in_(
    [ListingState.SOLD.value, ListingState.REGISTERING.value, ListingState.COMPLETED.value],
)
ORDERS = Orders({"published": Listing.published_at, "title": Listing.title}, last=Listing.id)
FRESH = (Listing.published_at.desc().nulls_last(), Listing.id.desc())


@dataclass(frozen=True)
class InstitutionRow:
    """One line of the list of institutions."""

    code: str
    name: str
    county_code: str | None
    group: PeerGroup | None
    listing_count: int
    open_licence_count: int


@dataclass(frozen=True)
class InstitutionView:
    """The card of an institution."""

    id: int
    code: str
    name: str
    county_code: str | None
    group: PeerGroup | None
    introduction: str
    verified_at: datetime


@dataclass(frozen=True)
class InstitutionNumbers:
    """What it offers and what it sold on the platform. `lot_amount`: prices of its sold lots together."""

    listing_count: int
    sold_count: int
    lot_count: int
    lot_amount: Money
    fields: tuple[tuple[TechnicalField, int], ...]
    ways: tuple[tuple[TransferWay, int], ...]

    def way_count(self, way: TransferWay) -> int:
        """How many of its listings offer the way."""
        return dict(self.ways).get(way, 0)


@dataclass(frozen=True)
class OfferedRow:
    """One listing on the institution's page."""

    number: str
    title: str
    summary: str
    field: TechnicalField
    stage: MaturityStage
    ways: tuple[TransferWay, ...]
    price: Money | None
    published_at: datetime | None


def shown() -> list[ColumnElement[bool]]:
    """Institutions that have a public page: verified, not merged into another."""
    return [
        Organisation.kind == OrganisationKind.INSTITUTION.value,
        Organisation.verified_at.is_not(None),
        Organisation.merged_into_id.is_(None),
    ]


def institution_rows(text: str) -> list[InstitutionRow]:
    """All institutions with a page, those with most on offer first: one query."""
    on_offer = (
        select(Listing.organisation_id.label("id"), func.count().label("number"))
        .where(ON_MARKET)
        .group_by(Listing.organisation_id)
        .subquery()
    )
    licences = (
        select(Listing.organisation_id.label("id"), func.count().label("number"))
        .join(Offer, Offer.listing_id == Listing.id)
        .where(ON_MARKET, Offer.transfer_way == TransferWay.OPEN_LICENCE.value)
        .group_by(Listing.organisation_id)
        .subquery()
    )
    listings, open_licences = func.coalesce(on_offer.c.number, 0), func.coalesce(licences.c.number, 0)
    statement = (
        select(
            Organisation.code, Organisation.name, Organisation.county_code, Organisation.peer_group,
            listings, open_licences,
        )
        .outerjoin(on_offer, on_offer.c.id == Organisation.id)
        .outerjoin(licences, licences.c.id == Organisation.id)
        .where(*shown(), *_named(text))
        .order_by(listings.desc(), Organisation.code)
    )  # fmt: skip
    return [
        InstitutionRow(code, name, county, PeerGroup(group) if group else None, number, licence_number)
        for code, name, county, group, number, licence_number in current_session().execute(statement)
    ]


def _named(text: str) -> list[ColumnElement[bool]]:
    return [Organisation.name.icontains(text, autoescape=True)] if text else []


def institution(code: str) -> InstitutionView:
    """The institution behind a page; raises NotFound."""
    row = current_session().scalar(select(Organisation).where(Organisation.code == code, *shown()))
    if row is None or row.verified_at is None:
        raise NotFound
    return InstitutionView(
        row.id,
        row.code,
        row.name,
        row.county_code,
        PeerGroup(row.peer_group) if row.peer_group else None,
        row.introduction,
        row.verified_at,
    )


def numbers_of(organisation_id: int) -> InstitutionNumbers:
    """Four queries, whatever the size of the institution."""
    session = current_session()
    own = Listing.organisation_id == organisation_id
    fields = session.execute(
        select(Listing.technical_field, func.count()).where(own, ON_MARKET).group_by(Listing.technical_field)
    ).all()
    ways = session.execute(
        select(Offer.transfer_way, func.count())
        .join(Listing, Listing.id == Offer.listing_id)
        .where(own, ON_MARKET)
        .group_by(Offer.transfer_way)
    ).all()
    lots, amount = session.execute(
        select(func.count(), func.sum(Lot.high_fen).filter(Lot.currency == CNY)).where(
            Lot.seller_organisation_id == organisation_id, Lot.state == LotState.SOLD.value
        )
    ).one()
    by_field = sorted(((TechnicalField(field), count) for field, count in fields), key=lambda item: -item[1])
    by_way = {TransferWay(way): count for way, count in ways}
    return InstitutionNumbers(
        listing_count=sum(count for _, count in fields),
        sold_count=session.scalar(select(func.count(Listing.id)).where(own, SOLD)) or 0,
        lot_count=lots,
        lot_amount=Money(int(amount or 0)),
        fields=tuple(by_field),
        ways=tuple((way, by_way[way]) for way in TransferWay if way in by_way),
    )


def offered(
    organisation_id: int, *, text: str, field: TechnicalField | None, way: TransferWay | None
) -> list[ColumnElement[bool]]:
    """What the institution's list shows."""
    conditions: list[ColumnElement[bool]] = [Listing.organisation_id == organisation_id, ON_MARKET]
    if text:
        conditions.append(
            or_(*(column.icontains(text, autoescape=True) for column in (Listing.title, Listing.summary)))
        )
    if field is not None:
        conditions.append(Listing.technical_field == field.value)
    if way is not None:
        with_way = select(Offer.id).where(Offer.listing_id == Listing.id, Offer.transfer_way == way.value)
        conditions.append(with_way.exists())
    return conditions


def count_offered(conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many listings fit."""
    return current_session().scalar(select(func.count(Listing.id)).where(*conditions)) or 0


def offered_rows(
    conditions: Sequence[ColumnElement[bool]], order: Sequence[ColumnElement[object]], *, limit: int, offset: int
) -> list[OfferedRow]:
    """Listings with their ways and lowest price: two queries."""
    session = current_session()
    listings = session.scalars(
        select(Listing).where(*conditions).order_by(*(order or FRESH)).limit(limit).offset(offset)
    ).all()
    offers: dict[int, list[Offer]] = {}
    wanted = select(Offer).where(Offer.listing_id.in_([listing.id for listing in listings]))
    for offer in session.scalars(wanted.order_by(Offer.listing_id, Offer.position)):
        offers.setdefault(offer.listing_id, []).append(offer)
    return [_offered_row(listing, offers.get(listing.id, [])) for listing in listings]


def _offered_row(listing: Listing, offers: Sequence[Offer]) -> OfferedRow:
    prices = [Money(offer.price_fen, offer.currency) for offer in offers if offer.price_fen is not None]
    return OfferedRow(
        number=listing.number,
        title=listing.title,
        summary=listing.summary,
        field=TechnicalField(listing.technical_field),
        stage=MaturityStage(listing.maturity_stage),
        ways=tuple(TransferWay(offer.transfer_way) for offer in offers),
        price=min(prices) if prices else None,
        published_at=listing.published_at,
    )
