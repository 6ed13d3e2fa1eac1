"""The end of a lot: withdrawn before it opens, or closed by the worker. Locks: listings, then the lot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, OrganisationRelation
from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.achievements.models import IPRight
from market.achievements.vocabulary import LegalStatus
from market.auctions import rules
from market.auctions.models import Bid, Lot, LotItem, LotRegistration, LotSuspension
from market.auctions.service.bidding import database_clock
from market.auctions.service.shared import Item, items_of, offers_payload, phase_of, record_on
from market.auctions.vocabulary import LotAction, LotState, SuspensionOutcome, UnsoldReason
from market.kernel.clock import local_date
from market.kernel.errors import NotFound
from market.kernel.locks import lock_row, lock_rows
from market.kernel.money import Money
from market.listings.models import Listing, ListingMember, Offer
from market.listings.service import change_state
from market.listings.standing import OffersStanding, standing_of_offers
from market.listings.vocabulary import ListingAction, ListingState

DEAD = frozenset({"right.expired", "right.lapsed"})
"""Codes of what ends a lot at once; anything else suspends it (suspending.py)."""


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
    finish(session, lot, LotAction.WITHDRAW, now)
    move_listings(session, items, ListingAction.FALL_BACK, lot=lot, actor=actor, now=now)
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
        finish(session, lot, LotAction.FAIL, now)
        move_listings(session, items, ListingAction.FALL_BACK, lot=lot, actor=None, now=now)
        payload = {"reason": UnsoldReason.NO_BIDS.value, "seller_organisation_id": lot.seller_organisation_id}
        payload |= {"offers": offers_payload(session, lot.id)}
        record_on(session, lot, "lot.unsold", now, before=LotState.ANNOUNCED, after=LotState.UNSOLD, payload=payload)
        return LotState.UNSOLD
    lot.winner_registration_id = sale.registration_id
    lot.sale_kind, lot.independent_bidder_count = sale.kind, sale.independent_bidder_count
    finish(session, lot, LotAction.SELL, now)
    move_listings(session, items, ListingAction.SELL, lot=lot, actor=None, now=now)
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
    is_running = lot.state == LotState.SUSPENDED or (lot.state == LotState.ANNOUNCED and now < lot.closes_at)
    problem = _death(session, items, now) if is_running else None
    if problem is not None:
        terminate(session, lot, items, None, now, problem)
    return LotState(lot.state)


def terminate(
    session: Session, lot: Lot, items: Sequence[Item], actor: Actor | None, now: datetime, reason: str
) -> None:
    """End a locked lot for good; its listings fall back. A suspension of it ends with it."""
    before = LotState(lot.state)
    finish(session, lot, LotAction.TERMINATE, now)
    ended = {"ended_at": now, "ended_by_id": actor.person_id if actor else None}
    session.execute(
        update(LotSuspension)
        .where(LotSuspension.lot_id == lot.id, LotSuspension.ended_at.is_(None))
        .values(outcome=SuspensionOutcome.TERMINATED, **ended)
    )
    move_listings(session, items, ListingAction.FALL_BACK, lot=lot, actor=actor, now=now)
    payload: dict[str, Any] = {"seller_organisation_id": lot.seller_organisation_id, "deposit_fen": lot.deposit_fen}
    payload |= {"offers": offers_payload(session, lot.id)}
    record_on(
        session, lot, "lot.terminated", now,
        actor=actor, before=before, after=LotState.TERMINATED, reason=reason, payload=payload,
    )  # fmt: skip


def standing_of_items(session: Session, items: Sequence[Item], today: date) -> OffersStanding:
    """How everything that a lot sells stands today before the law."""
    offer_ids = {item.offer_id for item in items}
    listings = [session.get_one(Listing, item.listing_id) for item in items]
    found = (standing_of_offers(session, listing, offer_ids, today) for listing in listings)
    return sum(found, OffersStanding())


def _death(session: Session, items: Sequence[Item], now: datetime) -> str | None:
    """Which right has run out or lapsed, in a sentence."""
    problems = standing_of_items(session, items, local_date(now)).barred
    return next((problem.sentence for problem in problems if problem.code in DEAD), None)


def lots_of_dead_rights(session: Session, today: date, limit: int) -> Sequence[int]:
    """Running lots that sell a right whose term is over or that is recorded as lapsed."""
    dead = or_(IPRight.expires_on <= today, IPRight.legal_status == LegalStatus.LAPSED)
    statement = (
        select(Lot.id)
        .join(LotItem, LotItem.lot_id == Lot.id)
        .join(Offer, Offer.id == LotItem.offer_id)
        .join(ListingMember, ListingMember.listing_id == Offer.listing_id)
        .join(IPRight, IPRight.achievement_id == ListingMember.achievement_id)
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
    """The bidding organisations by registration, and the sale. Who was related since the announcement stays related."""
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
            relation.first_id.in_(parties),
            relation.second_id.in_(parties),
            or_(relation.ended_at.is_(None), relation.ended_at > lot.announced_at),
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


def finish(session: Session, lot: Lot, action: LotAction, now: datetime) -> None:
    """Move a locked lot to its last state."""
    lot.state = rules.LOT_TRANSITIONS.target(LotState(lot.state), action)
    lot.closed_at = now
    session.flush()


def move_listings(
    session: Session, items: Sequence[Item], action: ListingAction, *, lot: Lot, actor: Actor | None, now: datetime
) -> None:
    """Take the lot's listings along, those that are still in 竞价中."""
    for item in sorted(items, key=lambda item: item.listing_id):
        listing = session.get_one(Listing, item.listing_id)
        if listing.state == ListingState.BIDDING:
            change_state(session, listing.id, action, actor=actor, now=now, reason=lot.number)
