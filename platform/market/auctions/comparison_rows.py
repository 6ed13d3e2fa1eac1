"""What the auctions add to a comparison of listings: the newest lot of each, with its deposit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from market.auctions import rules
from market.auctions.models import Lot, LotItem
from market.auctions.views.shared import auction_time
from market.auctions.vocabulary import LotPhase, LotState
from market.kernel.db import current_session
from market.kernel.money import Money
from market.listings.comparing import provide_rows
from market.listings.detail_queries import ListingView
from market.listings.models import Offer
from market.listings.vocabulary import TransferWay


@dataclass(frozen=True)
class ComparedLot:
    """A lot beside others: where it stands, what it costs now, what has to be paid in before bidding."""

    number: str
    phase: LotPhase
    price: Money
    deposit: Money
    opens_at: datetime
    closes_at: datetime


def provide() -> None:
    """Add the rows (app.py only)."""
    provide_rows("auctions/_comparison_rows.html", _rows)


def _rows(listings: Sequence[ListingView]) -> dict[str, Any] | None:
    auctioned = [listing.id for listing in listings if listing.offer(TransferWay.AUCTION)]
    found = newest_lots(auctioned, auction_time()) if auctioned else {}
    if not found:
        return None
    lots = [found.get(listing.id) for listing in listings]
    facts: dict[str, set[Any]] = {
        "phase": {(lot.phase, lot.closes_at) if lot else None for lot in lots},
        "price": {lot.price if lot else None for lot in lots},
        "deposit": {lot.deposit if lot else None for lot in lots},
    }
    return {"lots": lots, "differing": frozenset(name for name, values in facts.items() if len(values) > 1)}


def newest_lots(listing_ids: Sequence[int], now: datetime) -> dict[int, ComparedLot]:
    """By listing: its latest lot at `now`, the bids' time; one query."""
    statement = (
        select(Offer.listing_id, Lot)
        .join(LotItem, LotItem.offer_id == Offer.id)
        .join(Lot, Lot.id == LotItem.lot_id)
        .where(Offer.listing_id.in_(listing_ids))
        .ext(distinct_on(Offer.listing_id))
        .order_by(Offer.listing_id, Lot.announced_at.desc(), Lot.id.desc())
    )
    return {listing_id: _compared(lot, now) for listing_id, lot in current_session().execute(statement)}


def _compared(lot: Lot, now: datetime) -> ComparedLot:
    soft_close = timedelta(seconds=lot.soft_close_seconds)
    high_or_start = lot.start_price_fen if lot.high_fen is None else lot.high_fen
    return ComparedLot(
        number=lot.number,
        phase=rules.phase(LotState(lot.state), lot.opens_at, lot.closes_at, soft_close, now),
        price=Money(high_or_start, lot.currency),
        deposit=Money(lot.deposit_fen, lot.currency),
        opens_at=lot.opens_at,
        closes_at=lot.closes_at,
    )
