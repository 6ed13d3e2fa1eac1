"""Deals that begin elsewhere: a sold lot."""

from __future__ import annotations

from market.deals.service import begin_auction_deal
from market.kernel.db import transaction
from market.kernel.events import Event
from market.kernel.jobs import job
from market.kernel.money import Money

WANTED_EVENTS = frozenset({"lot.sold"})


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
