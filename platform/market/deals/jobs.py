"""Deals that begin elsewhere (a sold lot); publicities that the clock or a change of the listing ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.deals.publicity.errors import PublicityRefused
from market.deals.publicity.models import Publicity
from market.deals.publicity.service import complete_publicity, void_after_change
from market.deals.publicity.vocabulary import PublicityState
from market.deals.service import begin_auction_deal
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.events import Event
from market.kernel.jobs import job
from market.kernel.money import Money

WANTED_EVENTS = frozenset({"lot.sold"})
LEAVES_MARKET = frozenset(f"listing.{action}" for action in ("pause", "withdraw", "expire", "terminate"))
BATCH = 200


def ends_publicity(event: Event) -> bool:
    """Whether a listing's event ends the publicities that run on it: a material change, or it left the market."""
    return event.action in LEAVES_MARKET or (event.action == "listing.changed" and bool(event.payload.get("material")))


@job("deals.follow_listing")
def follow_listing(event_id: int) -> None:
    """End the publicities of a listing that changed; running twice ends them once."""
    with transaction() as session:
        event = session.get_one(Event, event_id)
        void_after_change(session, event.subject_id, before=event.occurred_at, now=current_time())


@job("deals.end_publicities", cron="*/10 * * * *")
def end_publicities() -> None:
    """Deals whose publicity is over go on to signing; each in a transaction of its own."""
    now = current_time()
    with transaction() as session:
        deal_ids = _due(session, now)
    for deal_id in deal_ids:
        with transaction() as session:
            _complete_if_it_stands(session, deal_id, now)


def _due(session: Session, now: datetime) -> list[int]:
    due = (
        Publicity.state == PublicityState.RUNNING,
        Publicity.paused_on.is_(None),
        Publicity.ends_on < local_date(now),
    )
    return list(session.scalars(select(Publicity.deal_id).where(*due).order_by(Publicity.id).limit(BATCH)))


def _complete_if_it_stands(session: Session, deal_id: int, now: datetime) -> None:
    try:
        with session.begin_nested():
            complete_publicity(session, deal_id, now=now)
    except (PublicityRefused, NotFound):
        return  # an objection or a change of the listing came between; what follows from it is told there


@job("deals.follow_lot")
def follow_lot(event_id: int) -> None:
    """Begin the deal of a sold lot; running twice begins one."""
    with transaction() as session:
        event = session.get_one(Event, event_id)
        payload = event.payload
        begin_auction_deal(
            session,
            lot_id=event.subject_id,
            offer_id=payload["offers"][0]["offer_id"],
            seller_id=payload["seller_organisation_id"],
            buyer_id=payload["buyer_organisation_id"],
            price=Money(payload["price_fen"], payload["currency"]),
            now=event.occurred_at,
        )
