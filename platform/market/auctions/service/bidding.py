"""Take bids. A bid's time is the database's clock, read after the lot's row is locked."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, DateTime, and_, func, literal, select
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require, separated
from market.accounts.rules import Actor
from market.auctions import rules
from market.auctions.errors import BidRefused
from market.auctions.models import Bid, BidRefusal, Lot, LotRegistration
from market.auctions.rules import Offered, Standing
from market.auctions.service import shared
from market.auctions.service.shared import record_on, standing_of, terms_of
from market.kernel.errors import N_
from market.kernel.locks import lock_row
from market.kernel.money import Money

BidClock = Callable[[], ColumnElement[datetime]]
TYPED_LENGTH = 40


def database_clock() -> ColumnElement[datetime]:
    """The database's own clock at the moment of the statement; never `now()`, the start of the transaction."""
    return func.clock_timestamp(type_=DateTime(timezone=True))


def told_clock(at: datetime) -> BidClock:
    """A clock that says `at`: for telling a history (demo world) and for tests."""
    return lambda: literal(at, DateTime(timezone=True))


def new_form_token() -> str:
    """The hidden mark of one rendered bid form: the same form sent twice is one bid."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class BidReceipt:
    """What the bidder is told: an accepted bid; `is_repeat` when the same form came a second time."""

    sequence: int
    price: Money
    placed_at: datetime
    closes_at: datetime
    is_repeat: bool


def place_bid(
    session: Session,
    actor: Actor,
    lot_id: int,
    amount_text: str,
    form_token: str,
    *,
    bid_clock: BidClock = database_clock,
) -> BidReceipt:
    """Bid in yuan as typed. Six statements for an accepted bid, five of them under the lot's row lock.

    The same `form_token` with the same amount gives the same bid again. Raises NotFound, BidRefused.
    """
    require(actor, Act.BID)
    lot = lock_row(session, Lot, lot_id)
    at, registration_id, is_insider, earlier = _bidder_at(session, actor, lot, form_token, bid_clock)
    if not rules.is_form_token(form_token):
        raise BidRefused(
            "bid.form_broken",
            N_("页面已过时，请刷新后重新出价。服务器时间 %(time)s。"),
            at=at,
            time=rules.clock_text(at),
        )
    if is_insider:
        insider = separated(Act.BID)
        raise BidRefused(insider.code, insider.message, at=at)
    if earlier is not None:
        return _same_bid(lot, earlier, amount_text, at)
    after = rules.judge_bid(terms_of(lot), standing_of(lot), Offered(registration_id, amount_text, at))
    return _accept(session, actor, lot, after, form_token=form_token, at=at)


def _bidder_at(
    session: Session, actor: Actor, lot: Lot, form_token: str, bid_clock: BidClock
) -> tuple[datetime, int | None, bool, Bid | None]:
    """In one statement, run after the lock is held: the time, the registration, whether she is an insider, a bid by
    the same form."""
    moment = select(bid_clock().label("at")).subquery()
    registered = and_(LotRegistration.lot_id == lot.id, LotRegistration.organisation_id == actor.organisation_id)
    same_form = and_(
        Bid.lot_id == lot.id,
        Bid.registration_id == LotRegistration.id,
        Bid.form_token == (form_token if rules.is_form_token(form_token) else ""),
    )
    insider = shared.is_insider(actor.person_id, lot.seller_organisation_id)
    statement = (
        select(moment.c.at, LotRegistration.id, insider, Bid)
        .select_from(moment)
        .outerjoin(LotRegistration, registered)
        .outerjoin(Bid, same_form)
    )
    at, registration_id, is_insider, earlier = session.execute(statement).one()
    return at, registration_id, is_insider, earlier


def _same_bid(lot: Lot, earlier: Bid, amount_text: str, at: datetime) -> BidReceipt:
    price = Money(earlier.price_fen, lot.currency)
    if not rules.is_amount(amount_text, price):
        raise BidRefused(
            "bid.form_used",
            N_("这张出价单已用于出价 %(price)s，没有再次出价；如需再出，请刷新页面。服务器时间 %(time)s。"),
            at=at,
            price=str(price),
            time=rules.clock_text(at),
        )
    return BidReceipt(earlier.sequence, price, earlier.placed_at, lot.closes_at, is_repeat=True)


def _accept(session: Session, actor: Actor, lot: Lot, after: Standing, *, form_token: str, at: datetime) -> BidReceipt:
    assert after.high is not None
    assert after.leader_id is not None
    session.add(
        Bid(
            lot_id=lot.id,
            sequence=after.bid_count,
            registration_id=after.leader_id,
            price_fen=after.high.minor_units,
            placed_at=at,
            placed_by_id=actor.person_id,
            closes_at_after=after.closes_at,
            form_token=form_token,
        )
    )
    lot.bid_count, lot.high_fen, lot.closes_at = after.bid_count, after.high.minor_units, after.closes_at
    lot.leading_registration_id = after.leader_id
    session.flush()
    payload = {
        "sequence": after.bid_count,
        "registration_id": after.leader_id,
        "price_fen": after.high.minor_units,
        "closes_at_after": after.closes_at.isoformat(),
    }
    record_on(session, lot, "lot.bid_accepted", at, actor=actor, payload=payload)
    return BidReceipt(after.bid_count, after.high, at, after.closes_at, is_repeat=False)


def record_refusal(session: Session, actor: Actor, lot_id: int, amount_text: str, refusal: BidRefused) -> None:
    """Keep a refused bid apart from the accepted ones; called in a transaction of its own, after the rollback."""
    session.add(
        BidRefusal(
            lot_id=lot_id,
            organisation_id=actor.organisation_id,
            person_id=actor.person_id,
            amount_as_typed=amount_text.replace("\x00", "")[:TYPED_LENGTH],
            code=refusal.code,
            message=refusal.sentence,
            refused_at=refusal.at,
        )
    )
