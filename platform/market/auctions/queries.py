"""Reads of lots for pages: frozen rows, never who stands behind a bidder's code before the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from market.accounts.models import Organisation
from market.auctions import rules
from market.auctions.models import Bid, Lot, LotItem, LotRegistration
from market.auctions.vocabulary import LotPhase, LotState, SaleKind
from market.kernel.db import current_session
from market.kernel.errors import N_, NotFound
from market.kernel.events import Event
from market.kernel.money import Money
from market.listings.models import Listing, Offer
from market.listings.queries import BUNDLED_TITLES
from market.listings.vocabulary import ListingState, PriceBasis, TransferWay

HISTORY_LENGTH = 50


class HallTab(StrEnum):
    """The three shelves of the hall."""

    RUNNING = "running"
    ANNOUNCED = "announced"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        return {"running": N_("正在竞价"), "announced": N_("即将开始"), "closed": N_("已结束")}[self.value]


class HallSort(StrEnum):
    """Orders of the hall."""

    CLOSING = "closing"
    NEWEST = "newest"
    PRICE = "price"
    BIDS = "bids"

    @property
    def label(self) -> str:
        return {
            "closing": N_("截止时间"),
            "newest": N_("最新公告"),
            "price": N_("价格从高到低"),
            "bids": N_("出价次数"),
        }[self.value]


@dataclass(frozen=True)
class LotRow:
    """One line of a list of lots. `mine` is the viewer's own part: its code, whether it leads or won."""

    id: int
    number: str
    title: str
    seller_name: str
    phase: LotPhase
    start: Money
    high: Money | None
    bid_count: int
    opens_at: datetime
    closes_at: datetime
    sale_kind: SaleKind | None
    my_code: str | None = None
    is_mine_leading: bool = False

    @property
    def price(self) -> Money:
        """What it costs as things stand."""
        return self.high or self.start


@dataclass(frozen=True)
class ItemRow:
    """What a lot sells."""

    offer_id: int
    listing_number: str
    title: str
    summary: str
    start: Money | None
    price_basis: PriceBasis | None
    listing_state: ListingState
    bundled: tuple[str, ...] = ()
    """What the listing offers beside its own achievement."""


@dataclass(frozen=True)
class BidRow:
    """One accepted bid as the public sees it."""

    sequence: int
    bidder_code: str
    price: Money
    placed_at: datetime
    is_mine: bool
    moved_end_to: datetime | None


@dataclass(frozen=True)
class LotView:
    """The public page of a lot at a moment."""

    id: int
    number: str
    title: str
    seller_id: int
    seller_name: str
    phase: LotPhase
    now: datetime
    start: Money
    step: Money
    deposit: Money
    high: Money | None
    bid_count: int
    leader_code: str | None
    notice_days: int
    minimum_hours: int
    soft_close_minutes: int
    announced_at: datetime
    opens_at: datetime
    announced_closes_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    registration_count: int
    next_amounts: tuple[Money, ...]
    sale_kind: SaleKind | None
    winner_id: int | None
    winner_name: str | None
    independent_bidder_count: int | None
    my_code: str | None
    is_mine_leading: bool

    @property
    def was_extended(self) -> bool:
        """Whether late bids moved the end."""
        return self.closes_at > self.announced_closes_at


@dataclass(frozen=True)
class OfferReady:
    """A published offer of way 网络竞价 that no lot has taken up."""

    offer_id: int
    listing_number: str
    title: str
    start: Money


def tab_condition(tab: HallTab, now: datetime) -> ColumnElement[bool]:
    """Which lots stand on a shelf at `now`; follows the times, not the worker."""
    live = Lot.state.in_((LotState.ANNOUNCED.value, LotState.SUSPENDED.value))
    if tab is HallTab.ANNOUNCED:
        return and_(live, Lot.opens_at > now)
    if tab is HallTab.RUNNING:
        return and_(live, Lot.opens_at <= now, or_(Lot.closes_at > now, Lot.state == LotState.SUSPENDED.value))
    return or_(~live, and_(Lot.state == LotState.ANNOUNCED.value, Lot.closes_at <= now))


def text_condition(text: str) -> ColumnElement[bool]:
    """Lots whose number, title or seller holds the text."""
    columns = (Lot.title, Lot.number, Organisation.name)
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def takes_part(organisation_id: int) -> ColumnElement[bool]:
    """Lots for which the organisation is registered."""
    part = aliased(LotRegistration)
    return exists().where(part.lot_id == Lot.id, part.organisation_id == organisation_id)


def sold_by(organisation_id: int) -> ColumnElement[bool]:
    """Lots that the organisation sells."""
    return Lot.seller_organisation_id == organisation_id


def count_lots(conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many lots fit."""
    statement = select(func.count(Lot.id)).join(Organisation, Organisation.id == Lot.seller_organisation_id)
    return current_session().scalar(statement.where(*conditions)) or 0


def list_lots(
    conditions: Sequence[ColumnElement[bool]],
    now: datetime,
    *,
    viewer_id: int | None = None,
    sort: HallSort = HallSort.NEWEST,
    ends_descending: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[LotRow]:
    """Lots with what the viewing organisation may know of its own part."""
    orders: dict[HallSort, ColumnElement[Any]] = {
        HallSort.CLOSING: Lot.closes_at.desc() if ends_descending else Lot.closes_at.asc(),
        HallSort.NEWEST: Lot.announced_at.desc(),
        HallSort.PRICE: func.coalesce(Lot.high_fen, Lot.start_price_fen).desc(),
        HallSort.BIDS: Lot.bid_count.desc(),
    }
    mine = and_(LotRegistration.lot_id == Lot.id, LotRegistration.organisation_id == viewer_id)
    statement = (
        select(Lot, Organisation.name, LotRegistration.id, LotRegistration.bidder_code)
        .join(Organisation, Organisation.id == Lot.seller_organisation_id)
        .outerjoin(LotRegistration, mine)
        .where(*conditions)
        .order_by(orders[sort], Lot.id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = current_session().execute(statement)
    return [_lot_row(lot, seller, registration_id, code, now) for lot, seller, registration_id, code in rows]


def _lot_row(lot: Lot, seller: str, registration_id: int | None, code: str | None, now: datetime) -> LotRow:
    return LotRow(
        id=lot.id,
        number=lot.number,
        title=lot.title,
        seller_name=seller,
        phase=_phase(lot, now),
        start=Money(lot.start_price_fen, lot.currency),
        high=_high(lot),
        bid_count=lot.bid_count,
        opens_at=lot.opens_at,
        closes_at=lot.closes_at,
        sale_kind=SaleKind(lot.sale_kind) if lot.sale_kind else None,
        my_code=code,
        is_mine_leading=registration_id is not None and lot.leading_registration_id == registration_id,
    )


def _phase(lot: Lot, now: datetime) -> LotPhase:
    return rules.phase(LotState(lot.state), lot.opens_at, lot.closes_at, timedelta(seconds=lot.soft_close_seconds), now)


def _high(lot: Lot) -> Money | None:
    return None if lot.high_fen is None else Money(lot.high_fen, lot.currency)


def lot_view(number: str, now: datetime, viewer_id: int | None = None) -> LotView:
    """The page of a lot; a winner has a name only once the lot is sold. Raises NotFound."""
    session = current_session()
    registered = (
        select(func.count(LotRegistration.id)).where(LotRegistration.lot_id == Lot.id).correlate(Lot).scalar_subquery()
    )
    row = session.execute(
        select(Lot, Organisation.name, registered)
        .join(Organisation, Organisation.id == Lot.seller_organisation_id)
        .where(Lot.number == number)
    ).one_or_none()
    if row is None:
        raise NotFound
    lot, seller_name, registration_count = row
    named = [id_ for id_ in (lot.leading_registration_id, lot.winner_registration_id) if id_ is not None]
    parts = {
        registration.id: registration
        for registration in session.scalars(
            select(LotRegistration).where(
                LotRegistration.lot_id == lot.id,
                or_(LotRegistration.id.in_(named), LotRegistration.organisation_id == viewer_id),
            )
        )
    }
    return _lot_view(lot, seller_name, registration_count, parts, now=now, viewer_id=viewer_id)


def _lot_view(
    lot: Lot, seller: str, registered: int, parts: dict[int, LotRegistration], *, now: datetime, viewer_id: int | None
) -> LotView:
    mine = next((part for part in parts.values() if part.organisation_id == viewer_id), None)
    leader = parts.get(lot.leading_registration_id or 0)
    winner = parts.get(lot.winner_registration_id or 0)
    start, step, high = Money(lot.start_price_fen, lot.currency), Money(lot.step_fen, lot.currency), _high(lot)
    terms = rules.LotTerms(start, step, lot.opens_at, timedelta(seconds=lot.soft_close_seconds))
    return LotView(
        id=lot.id,
        number=lot.number,
        title=lot.title,
        seller_id=lot.seller_organisation_id,
        seller_name=seller,
        phase=_phase(lot, now),
        now=now,
        start=start,
        step=step,
        deposit=Money(lot.deposit_fen, lot.currency),
        high=high,
        bid_count=lot.bid_count,
        leader_code=leader.bidder_code if leader else None,
        notice_days=lot.notice_days,
        minimum_hours=lot.minimum_hours,
        soft_close_minutes=lot.soft_close_seconds // 60,
        announced_at=lot.announced_at,
        opens_at=lot.opens_at,
        announced_closes_at=lot.announced_closes_at,
        closes_at=lot.closes_at,
        closed_at=lot.closed_at,
        registration_count=registered,
        next_amounts=rules.next_valid_amounts(terms, high),
        sale_kind=SaleKind(lot.sale_kind) if lot.sale_kind else None,
        winner_id=winner.organisation_id if winner else None,
        winner_name=winner.organisation.name if winner else None,
        independent_bidder_count=lot.independent_bidder_count,
        my_code=mine.bidder_code if mine else None,
        is_mine_leading=mine is not None and mine.id == lot.leading_registration_id,
    )


def lot_items(lot_id: int) -> list[ItemRow]:
    """What the lot sells, in its order."""
    statement = (
        select(Offer, Listing, BUNDLED_TITLES)
        .join(LotItem, LotItem.offer_id == Offer.id)
        .join(Listing, Listing.id == Offer.listing_id)
        .where(LotItem.lot_id == lot_id)
        .order_by(LotItem.position)
    )
    return [
        ItemRow(
            offer_id=offer.id,
            listing_number=listing.number,
            title=listing.title,
            summary=listing.summary,
            start=None if offer.price_fen is None else Money(offer.price_fen, offer.currency),
            price_basis=PriceBasis(offer.price_basis) if offer.price_basis else None,
            listing_state=ListingState(listing.state),
            bundled=tuple(bundled or ()),
        )
        for offer, listing, bundled in current_session().execute(statement)
    ]


def bid_history(lot_id: int, viewer_id: int | None = None, limit: int | None = HISTORY_LENGTH) -> list[BidRow]:
    """Accepted bids, the newest first, under codes; the viewer's own are marked."""
    before = func.lag(Bid.closes_at_after).over(order_by=Bid.sequence)
    statement = (
        select(Bid, LotRegistration.bidder_code, LotRegistration.organisation_id, before, Lot)
        .join(LotRegistration, LotRegistration.id == Bid.registration_id)
        .join(Lot, Lot.id == Bid.lot_id)
        .where(Bid.lot_id == lot_id)
        .order_by(Bid.sequence.desc())
        .limit(limit)
    )
    return [
        BidRow(
            sequence=bid.sequence,
            bidder_code=code,
            price=Money(bid.price_fen, lot.currency),
            placed_at=bid.placed_at,
            is_mine=organisation_id == viewer_id,
            moved_end_to=_moved_end(bid, end or lot.announced_closes_at, lot),
        )
        for bid, code, organisation_id, end, lot in current_session().execute(statement)
    ]


def _moved_end(bid: Bid, end_before: datetime, lot: Lot) -> datetime | None:
    """The end to which a bid moved it by itself; after a suspension the end is later without any bid's doing."""
    is_by_bid = bid.closes_at_after == bid.placed_at + timedelta(seconds=lot.soft_close_seconds)
    return bid.closes_at_after if is_by_bid and bid.closes_at_after > end_before else None


def withdrawal_reason(lot_id: int) -> str | None:
    """The public reason of a withdrawal or a termination."""
    ended = ("lot.withdrawn", "lot.terminated")
    statement = select(Event.reason).where(
        Event.subject_kind == "lot", Event.subject_id == lot_id, Event.action.in_(ended)
    )
    return current_session().scalar(statement)


def newest_lot_of_listing(listing_number: str) -> str | None:
    """The number of the listing's latest lot."""
    statement = (
        select(Lot.number)
        .join(LotItem, LotItem.lot_id == Lot.id)
        .join(Offer, Offer.id == LotItem.offer_id)
        .join(Listing, Listing.id == Offer.listing_id)
        .where(Listing.number == listing_number)
        .order_by(Lot.announced_at.desc(), Lot.id.desc())
        .limit(1)
    )
    return current_session().scalar(statement)


def offers_ready(organisation_id: int) -> list[OfferReady]:
    """The institution's published offers of way 网络竞价: what can be announced now."""
    statement = (
        select(Offer, Listing)
        .join(Listing, Listing.id == Offer.listing_id)
        .where(
            Listing.organisation_id == organisation_id,
            Listing.state == ListingState.PUBLISHED,
            Offer.transfer_way == TransferWay.AUCTION,
            Offer.price_fen.is_not(None),
        )
        .order_by(Listing.published_at, Listing.id)
    )
    return [
        OfferReady(offer.id, listing.number, listing.title, Money(offer.price_fen or 0, offer.currency))
        for offer, listing in current_session().execute(statement)
    ]
