"""Reads of applications and deals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from market.accounts.models import Organisation, Person
from market.accounts.rules import Actor
from market.auctions.models import Lot, LotItem
from market.deals.access import applications_of, deals_of
from market.deals.models import Application, Deal
from market.deals.vocabulary import ApplicationState, DealKind, DealState
from market.kernel.db import current_session
from market.kernel.lists import ListQuery, Orders
from market.kernel.money import Money
from market.listings.detail_queries import OfferView, offer_view
from market.listings.models import Listing, Offer
from market.listings.queries import BUNDLED_TITLES
from market.listings.vocabulary import PUBLIC_STATES, ListingState, TransferWay


@dataclass(frozen=True)
class ApplicationRow:
    """One line of a list of applications, and its page."""

    id: int
    number: str
    state: ApplicationState
    listing_number: str
    listing_title: str
    way: TransferWay
    seller_name: str
    applicant_name: str
    applicant_id: int
    applied_by: str
    plan: str
    price: Money | None
    is_abroad: bool
    created_at: datetime
    decided_at: datetime | None
    decision_reason: str | None
    deal_number: str | None
    bundled: tuple[str, ...] = ()
    """What the listing offers beside its own achievement."""


@dataclass(frozen=True)
class DealRow:
    """One line of a list of deals, and its page."""

    id: int
    number: str
    kind: DealKind
    state: DealState
    listing_number: str
    listing_title: str
    way: TransferWay
    seller_name: str
    buyer_name: str
    price: Money | None
    created_at: datetime
    application_number: str | None
    lot_number: str | None


@dataclass(frozen=True)
class ApplicationTarget:
    """The offer that somebody is about to apply on."""

    offer: OfferView
    listing_number: str
    listing_title: str
    listing_state: ListingState
    organisation_name: str
    bundled: tuple[str, ...] = ()


@dataclass(frozen=True)
class DealItem:
    """A listing that a deal covers, with what it bundles."""

    listing_number: str
    title: str
    bundled: tuple[str, ...]


_seller, _other_side = aliased(Organisation), aliased(Organisation)


def application_conditions(actor: Actor, state: ApplicationState | None, text: str) -> list[ColumnElement[bool]]:
    """Conditions of the list of applications."""
    return _conditions(applications_of(actor), Application, state, text)


def deal_conditions(actor: Actor, state: DealState | None, text: str) -> list[ColumnElement[bool]]:
    """Conditions of the list of deals."""
    return _conditions(deals_of(actor), Deal, state, text)


def _conditions(
    visible: ColumnElement[bool], model: type[Application | Deal], state: StrEnum | None, text: str
) -> list[ColumnElement[bool]]:
    """`text`: part of the number, the listing's title, or a side's name."""
    conditions = [visible]
    if state is not None:
        conditions.append(model.state == state)
    if text:
        named = (model.number, Listing.title, _seller.name, _other_side.name)
        conditions.append(or_(*(name.icontains(text, autoescape=True) for name in named)))
    return conditions


def _application_row(found: Any) -> ApplicationRow:
    row, way, listing, seller_name, applicant_name, person, deal_number, bundled = found
    return ApplicationRow(
        id=row.id,
        number=row.number,
        state=ApplicationState(row.state),
        listing_number=listing.number,
        listing_title=listing.title,
        way=TransferWay(way),
        seller_name=seller_name,
        applicant_name=applicant_name,
        applicant_id=row.applicant_organisation_id,
        applied_by=person,
        plan=row.plan,
        price=_money(row.proposed_price_fen, row.currency),
        is_abroad=row.is_abroad,
        created_at=row.created_at,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
        deal_number=deal_number,
        bundled=tuple(bundled or ()),
    )


APPLICATIONS = ListQuery(
    select(
        Application,
        Offer.transfer_way,
        Listing,
        _seller.name,
        _other_side.name,
        Person.display_name,
        Deal.number,
        BUNDLED_TITLES,
    )
    .join(Offer, Offer.id == Application.offer_id)
    .join(Listing, Listing.id == Offer.listing_id)
    .join(_seller, _seller.id == Application.seller_organisation_id)
    .join(_other_side, _other_side.id == Application.applicant_organisation_id)
    .join(Person, Person.id == Application.applied_by_id)
    .outerjoin(Deal, Deal.application_id == Application.id),
    _application_row,
    Orders(
        {
            "number": Application.number,
            "title": Listing.title,
            "price": Application.proposed_price_fen,
            "created": Application.created_at,
        },
        default=((Application.state == ApplicationState.SUBMITTED).desc(), Application.id.desc()),
        last=Application.id,
    ),
)
"""Those that wait for an answer first, then the newest."""


def _deal_row(found: Any) -> DealRow:
    row, way, listing, seller_name, buyer_name, application_number, lot_number = found
    return DealRow(
        id=row.id,
        number=row.number,
        kind=DealKind(row.kind),
        state=DealState(row.state),
        listing_number=listing.number,
        listing_title=listing.title,
        way=TransferWay(way),
        seller_name=seller_name,
        buyer_name=buyer_name,
        price=_money(row.price_fen, row.currency),
        created_at=row.created_at,
        application_number=application_number,
        lot_number=lot_number,
    )


DEALS = ListQuery(
    select(Deal, Offer.transfer_way, Listing, _seller.name, _other_side.name, Application.number, Lot.number)
    .join(Offer, Offer.id == Deal.offer_id)
    .join(Listing, Listing.id == Offer.listing_id)
    .join(_seller, _seller.id == Deal.seller_organisation_id)
    .join(_other_side, _other_side.id == Deal.buyer_organisation_id)
    .outerjoin(Application, Application.id == Deal.application_id)
    .outerjoin(Lot, Lot.id == Deal.lot_id),
    _deal_row,
    Orders(
        {"number": Deal.number, "title": Listing.title, "price": Deal.price_fen, "created": Deal.created_at},
        default=(Deal.id.desc(),),
        last=Deal.id,
    ),
)
"""The newest first."""


def _money(amount: int | None, currency: str) -> Money | None:
    return Money(amount, currency) if amount is not None else None


def application_target(offer_id: int) -> ApplicationTarget | None:
    """The public offer with this id, or None."""
    statement = (
        select(Offer, Listing, Organisation.name, BUNDLED_TITLES)
        .join(Listing, Listing.id == Offer.listing_id)
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .where(Offer.id == offer_id, Listing.state.in_([state.value for state in PUBLIC_STATES]))
    )
    row = current_session().execute(statement).first()
    if row is None:
        return None
    offer, listing, organisation_name, bundled = row
    return ApplicationTarget(
        offer_view(offer),
        listing.number,
        listing.title,
        ListingState(listing.state),
        organisation_name,
        tuple(bundled or ()),
    )


def listings_of_deal(deal_id: int) -> list[DealItem]:
    """Every listing that the deal covers: all items of its lot, or the one of its offer."""
    by_lot = (
        select(Listing.number, Listing.title, BUNDLED_TITLES, LotItem.position)
        .join(Offer, Offer.listing_id == Listing.id)
        .join(LotItem, LotItem.offer_id == Offer.id)
        .join(Deal, Deal.lot_id == LotItem.lot_id)
        .where(Deal.id == deal_id)
    )
    rows = current_session().execute(by_lot.order_by(LotItem.position)).all()
    if not rows:
        by_offer = (
            select(Listing.number, Listing.title, BUNDLED_TITLES, Offer.position)
            .join(Offer, Offer.listing_id == Listing.id)
            .join(Deal, Deal.offer_id == Offer.id)
            .where(Deal.id == deal_id)
        )
        rows = current_session().execute(by_offer).all()
    return [DealItem(number, title, tuple(bundled or ())) for number, title, bundled, _ in rows]
