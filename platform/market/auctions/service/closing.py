"""The end of a lot: withdrawn before it opens, or closed by the worker. Locks: listings, then the lot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, OrganisationRelation
from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.achievements.models import Achievement, IPRight
from market.achievements.vocabulary import LegalStatus
from market.auctions import rules
from market.auctions.models import Bid, Lot, LotItem, LotRegistration
from market.auctions.service.bidding import database_clock
from market.auctions.service.shared import Item, items_of, offers_payload, phase_of, record_on
from market.auctions.vocabulary import LotAction, LotState, UnsoldReason
from market.kernel.clock import local_date
from market.kernel.errors import NotFound
from market.kernel.locks import lock_row, lock_rows
from market.kernel.money import Money
from market.listings.checks import achievement_problems
from market.listings.models import Listing, Offer
from market.listings.service import change_state
from market.listings.vocabulary import ListingAction, ListingState


def withdraw_lot(session: Session, actor: Actor, lot_id: int, reason: str, now: datetime) -> Lot:
    """Withdraw before bidding opens, with a public reason; the listings go back on the shelf.

    Raises NotAllowed, NotFound for another institution's lot, LotRefused.
    """
    require(actor, Act.WITHDRAW_LOT)
    items = items_of(session, lot_id)
    lock_rows(session, Listing, [item.listing_id for item in items])
    lot = lock_row(session, Lot, lot_id)
    if lot.seller_organisation_id != actor.organisation_id:
        raise NotFound
    rules.check_withdrawal(phase_of(lot, now), reason)
    _finish(session, lot, LotAction.WITHDRAW, now)
    _move_listings(session, items, ListingAction.FALL_BACK, lot=lot, actor=actor, now=now)
    record_on(
        session,
        lot,
        "lot.withdrawn",
        now,
        actor=actor,
        before=LotState.ANNOUNCED,
        after=LotState.WITHDRAWN,
        reason=reason.strip(),
        payload={"seller_organisation_id": lot.seller_organisation_id, "offers": offers_payload(session, lot.id)},
    )
    return lot


def close_lot(session: Session, lot_id: int, now: datetime) -> LotState:
    """Close a lot that has come to its end at `now` by the bids' clock; otherwise change nothing.

    Late, doubled and retried calls give the same result: it follows from the bids alone. Raises NotFound.
    """
    items = items_of(session, lot_id)
    lock_rows(session, Listing, [item.listing_id for item in items])
    lot = lock_row(session, Lot, lot_id)
    if lot.state != LotState.ANNOUNCED or now < lot.closes_at:
        return LotState(lot.state)
    bidders, sale = _result(session, lot)
    if sale is None:
        _finish(session, lot, LotAction.FAIL, now)
        _move_listings(session, items, ListingAction.FALL_BACK, lot=lot, actor=None, now=now)
        payload = {"reason": UnsoldReason.NO_BIDS.value, "seller_organisation_id": lot.seller_organisation_id}
        payload |= {"offers": offers_payload(session, lot.id)}
        record_on(session, lot, "lot.unsold", now, before=LotState.ANNOUNCED, after=LotState.UNSOLD, payload=payload)
        return LotState.UNSOLD
    lot.winner_registration_id = sale.registration_id
    lot.sale_kind, lot.independent_bidder_count = sale.kind, sale.independent_bidder_count
    _finish(session, lot, LotAction.SELL, now)
    _move_listings(session, items, ListingAction.SELL, lot=lot, actor=None, now=now)
    payload = _sale_payload(session, lot, bidders[sale.registration_id], sale)
    record_on(session, lot, "lot.sold", now, before=LotState.ANNOUNCED, after=LotState.SOLD, payload=payload)
    return LotState.SOLD


def terminate_lot_of_dead_right(session: Session, lot_id: int, now: datetime) -> LotState:
    """End a lot before its time when a right that it sells has run out or lapsed (rules.md 2.4); nothing otherwise.

    A lot that came to its end is not touched: its result follows from its bids alone. Raises NotFound.
    """
    items = items_of(session, lot_id)
    lock_rows(session, Listing, [item.listing_id for item in items])
    lot = lock_row(session, Lot, lot_id)
    is_running = lot.state in (LotState.ANNOUNCED, LotState.SUSPENDED) and now < lot.closes_at
    problem = _first_problem(session, items, now) if is_running else None
    if problem is None:
        return LotState(lot.state)
    before = LotState(lot.state)
    _finish(session, lot, LotAction.TERMINATE, now)
    _move_listings(session, items, ListingAction.FALL_BACK, lot=lot, actor=None, now=now)
    payload = {"seller_organisation_id": lot.seller_organisation_id, "offers": offers_payload(session, lot.id)}
    record_on(
        session, lot, "lot.terminated", now, before=before, after=LotState.TERMINATED, reason=problem, payload=payload
    )
    return LotState.TERMINATED


def _first_problem(session: Session, items: Sequence[Item], now: datetime) -> str | None:
    for item in items:
        achievement = session.get_one(Achievement, item.achievement_id)
        problems = achievement_problems(session, achievement, local_date(now))
        if problems:
            return problems[0].sentence
    return None


def lots_of_dead_rights(session: Session, today: date, limit: int) -> Sequence[int]:
    """Running lots that sell a right whose term is over or that is recorded as lapsed."""
    dead = or_(IPRight.expires_on <= today, IPRight.legal_status == LegalStatus.LAPSED)
    statement = (
        select(Lot.id)
        .join(LotItem, LotItem.lot_id == Lot.id)
        .join(Offer, Offer.id == LotItem.offer_id)
        .join(Listing, Listing.id == Offer.listing_id)
        .join(IPRight, IPRight.achievement_id == Listing.achievement_id)
        .where(Lot.state.in_((LotState.ANNOUNCED, LotState.SUSPENDED)), dead)
        .distinct()
        .order_by(Lot.id)
        .limit(limit)
    )
    return session.scalars(statement).all()


def due_lots(session: Session, at: datetime, limit: int) -> Sequence[int]:
    """Lots past their end that nobody is working on right now."""
    statement = (
        select(Lot.id)
        .where(Lot.state == LotState.ANNOUNCED, Lot.closes_at <= at)
        .order_by(Lot.closes_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(statement).all()


def end_of(session: Session, lot_id: int) -> datetime:
    """When the lot ends as things stand."""
    return session.execute(select(Lot.closes_at).where(Lot.id == lot_id)).scalar_one()


def bid_time(session: Session) -> datetime:
    """What the bids' clock says now."""
    return session.execute(select(database_clock())).scalar_one()


def _result(session: Session, lot: Lot) -> tuple[dict[int, int], rules.Sale | None]:
    """The bidding organisations by registration, and the sale."""
    rows = session.execute(
        select(Bid.sequence, Bid.registration_id, Bid.price_fen, LotRegistration.organisation_id)
        .join(LotRegistration, LotRegistration.id == Bid.registration_id)
        .where(Bid.lot_id == lot.id)
        .order_by(Bid.sequence)
    ).all()
    bidders = {row.registration_id: row.organisation_id for row in rows}
    parties = {*bidders.values(), lot.seller_organisation_id}
    relation = OrganisationRelation
    related = session.execute(
        select(relation.first_id, relation.second_id).where(
            relation.first_id.in_(parties), relation.second_id.in_(parties)
        )
    )
    independent = rules.count_independent(
        bidders.values(), lot.seller_organisation_id, [(row.first_id, row.second_id) for row in related]
    )
    bids = [rules.PlacedBid(row.sequence, row.registration_id, Money(row.price_fen, lot.currency)) for row in rows]
    return bidders, rules.outcome(bids, independent)


def _sale_payload(session: Session, lot: Lot, buyer_id: int, sale: rules.Sale) -> dict[str, Any]:
    parties = (lot.seller_organisation_id, buyer_id)
    rows = session.execute(select(Organisation.id, Organisation.county_code).where(Organisation.id.in_(parties)))
    counties = {row.id: row.county_code for row in rows}
    return {
        "seller_organisation_id": lot.seller_organisation_id,
        "seller_county": counties[lot.seller_organisation_id],
        "buyer_organisation_id": buyer_id,
        "buyer_county": counties[buyer_id],
        "start_price_fen": lot.start_price_fen,
        "price_fen": sale.price.minor_units,
        "currency": lot.currency,
        "bidder_count": sale.bidder_count,
        "independent_bidder_count": sale.independent_bidder_count,
        "sale_kind": sale.kind.value,
        "offers": offers_payload(session, lot.id),
    }


def _finish(session: Session, lot: Lot, action: LotAction, now: datetime) -> None:
    lot.state = rules.LOT_TRANSITIONS.target(LotState(lot.state), action)
    lot.closed_at = now
    session.flush()


def _move_listings(
    session: Session, items: Sequence[Item], action: ListingAction, *, lot: Lot, actor: Actor | None, now: datetime
) -> None:
    """Take the lot's listings along, those that are still in 竞价中."""
    for item in sorted(items, key=lambda item: item.listing_id):
        listing = session.get_one(Listing, item.listing_id)
        if listing.state == ListingState.BIDDING:
            change_state(session, listing.id, action, actor=actor, now=now, reason=lot.number)
