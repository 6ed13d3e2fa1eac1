"""Facets of the reduced answer: who has which value, as SQL over what the other engines index."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Text, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements.models import Achievement, IPRight
from market.achievements.rules import RightState
from market.achievements.vocabulary import LegalStatus
from market.auctions.models import Lot, LotItem
from market.auctions.vocabulary import LotState
from market.enquiries.models import Watch
from market.kernel.clock import local_date
from market.kernel.money import CNY
from market.listings.models import Listing, ListingMember, Offer
from market.listings.vocabulary import Pricing, TransferWay
from search.documents import FACETS, LOT_OPEN, LOT_UPCOMING, YES
from search.engines.base import FACET_SIZE, FacetCount, counted_facets, in_facet_order
from search.prices import UPPER_BOUNDS, PriceBand
from search.query import SearchQuery

Values = Select[tuple[int, str]]
"""Listing and value; a listing may stand there twice with the same value."""
_IPC = "^[A-H][0-9][0-9][A-Z]"
_IPC_LENGTHS = {"ipc_section": 1, "ipc_class": 3, "ipc_subclass": 4}


def filters(
    query: SearchQuery, listing_id: ColumnElement[int], without: str | None = None
) -> list[ColumnElement[bool]]:
    """What is chosen in all facets but one, about the listing of that id."""
    conditions: list[ColumnElement[bool]] = []
    for facet, wanted in query.filters:
        if facet != without:
            having = values(facet, query.asked_at).subquery()
            conditions.append(listing_id.in_(select(having.c.listing_id).where(having.c.value.in_(wanted))))
    return conditions


def counts(session: Session, query: SearchQuery, matched: CTE) -> dict[str, tuple[FacetCount, ...]]:
    """The facets that are seen in one statement; `matched` has the ids of what the words find, before any filter."""
    parts = [_counting(facet, query, matched) for facet in counted_facets(query)]
    found: dict[str, dict[str, int]] = {facet: {} for facet in FACETS}
    for facet, value, count in session.execute(union_all(*parts)):
        found[facet][value] = count
    return {facet: in_facet_order(counted)[:FACET_SIZE] for facet, counted in found.items()}


def _counting(facet: str, query: SearchQuery, matched: CTE) -> Select[*tuple[Any, ...]]:
    having = values(facet, query.asked_at).subquery()
    return (
        select(literal(facet, Text), having.c.value, func.count(having.c.listing_id.distinct()))
        .join_from(matched, having, having.c.listing_id == matched.c.id)
        .where(having.c.value != "", *filters(query, matched.c.id, without=facet))
        .group_by(having.c.value)
    )


def values(facet: str, asked_at: int) -> Values:
    """Who has which value of a facet at that second."""
    return _VALUES[facet](asked_at)


def _labelled(listing_id: Any, value: Any) -> Values:
    return select(listing_id.label("listing_id"), cast(value, Text).label("value"))


def _of_listing(column: Any) -> Callable[[int], Values]:
    return lambda _: _labelled(Listing.id, column)


def _ways(_: int) -> Values:
    return _labelled(Offer.listing_id, Offer.transfer_way)


def _institutions(_: int) -> Values:
    return _labelled(Listing.id, Organisation.code).join(Organisation, Organisation.id == Listing.organisation_id)


def _levels(_: int) -> Values:
    return _labelled(Listing.id, Achievement.trl).join(Achievement, Achievement.id == Listing.achievement_id)


def _kinds(_: int) -> Values:
    kinds = _labelled(ListingMember.listing_id, Achievement.kind)
    return kinds.join(Achievement, Achievement.id == ListingMember.achievement_id)


def _bands(_: int) -> Values:
    price = case((Offer.currency == CNY, Offer.price_fen))
    band = case(
        (Offer.pricing == Pricing.FREE_TRIAL, PriceBand.FREE),
        (price.is_(None), PriceBand.NEGOTIABLE),
        *((price <= highest, one) for highest, one in UPPER_BOUNDS),
        else_=PriceBand.ABOVE,
    )
    return _labelled(Offer.listing_id, band)


def _open_licences(_: int) -> Values:
    return _labelled(Offer.listing_id, literal(YES)).where(Offer.transfer_way == TransferWay.OPEN_LICENCE)


def _free_trials(_: int) -> Values:
    return _labelled(Offer.listing_id, literal(YES)).where(Offer.pricing == Pricing.FREE_TRIAL)


def _legal_statuses(asked_at: int) -> Values:
    today = local_date(datetime.fromtimestamp(asked_at, UTC))
    state = case(
        (IPRight.expires_on <= today, RightState.EXPIRED),
        (IPRight.legal_status == LegalStatus.UNKNOWN, RightState.UNVERIFIED),
        else_=IPRight.legal_status,
    )
    return _of_rights(state)


def _of_rights(value: Any) -> Values:
    rights = _labelled(ListingMember.listing_id, value)
    return rights.join(IPRight, IPRight.achievement_id == ListingMember.achievement_id)


def _classes(facet: str) -> Callable[[int], Values]:
    symbols = _of_rights(func.unnest(func.array_prepend(IPRight.main_class, IPRight.further_classes))).subquery()
    code = func.left(symbols.c.value, _IPC_LENGTHS[facet])
    return lambda _: _labelled(symbols.c.listing_id, code).where(symbols.c.value.regexp_match(_IPC))


def _lots(asked_at: int) -> Values:
    value = case((_begun(asked_at), LOT_OPEN), else_=LOT_UPCOMING)
    return (
        _labelled(Offer.listing_id, value)
        .join(LotItem, LotItem.offer_id == Offer.id)
        .join(Lot, Lot.id == LotItem.lot_id)
        .where(Lot.state == LotState.ANNOUNCED, Lot.closes_at >= _next_second(asked_at))
    )


def _begun(asked_at: int) -> ColumnElement[bool]:
    return Lot.opens_at < _next_second(asked_at)


def _next_second(asked_at: int) -> datetime:
    """The index holds whole seconds; here the same moments count."""
    return datetime.fromtimestamp(asked_at, UTC) + timedelta(seconds=1)


def lowest_price(listing_id: ColumnElement[int]) -> ColumnElement[int]:
    """The lowest price in fen that a listing's offers give; NULL without one."""
    price = select(func.min(Offer.price_fen)).where(Offer.listing_id == listing_id, Offer.currency == CNY)
    return price.scalar_subquery()


def watchers(listing_id: ColumnElement[int]) -> ColumnElement[int]:
    """How many enterprises watch a listing."""
    return select(func.count()).select_from(Watch).where(Watch.listing_id == listing_id).scalar_subquery()


def open_lot_closes(listing_id: ColumnElement[int], asked_at: int) -> ColumnElement[datetime]:
    """When the listing's open lot closes; NULL without one."""
    closing = (
        select(func.max(Lot.closes_at))
        .join(LotItem, LotItem.lot_id == Lot.id)
        .join(Offer, Offer.id == LotItem.offer_id)
        .where(Offer.listing_id == listing_id, Lot.state == LotState.ANNOUNCED)
        .where(_begun(asked_at), Lot.closes_at >= _next_second(asked_at))
    )
    return closing.scalar_subquery()


_VALUES: dict[str, Callable[[int], Values]] = {
    "way": _ways,
    "field": _of_listing(Listing.technical_field),
    "industry": _of_listing(Listing.industry),
    "ipc_section": _classes("ipc_section"),
    "ipc_class": _classes("ipc_class"),
    "ipc_subclass": _classes("ipc_subclass"),
    "stage": _of_listing(Listing.maturity_stage),
    "trl": _levels,
    "price_band": _bands,
    "auction": _lots,
    "open_licence": _open_licences,
    "free_trial": _free_trials,
    "kind": _kinds,
    "legal_status": _legal_statuses,
    "county": _of_listing(Listing.county_code),
    "institution": _institutions,
}
