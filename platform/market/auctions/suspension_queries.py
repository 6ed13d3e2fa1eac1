"""Reads of suspensions for pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from market.auctions.models import LotSuspension
from market.auctions.service.closing import standing_of_items
from market.auctions.service.shared import items_of
from market.auctions.vocabulary import SuspensionCause
from market.kernel.db import current_session
from market.listings.standing import OffersStanding


@dataclass(frozen=True)
class SuspensionView:
    """Why a lot takes no bids, and whether somebody has asked for its end. No person is named."""

    cause: SuspensionCause
    reason: str
    suspended_at: datetime
    end_asked_at: datetime | None
    end_reason: str | None
    end_asked_by_id: int | None


def open_suspension(lot_id: int) -> SuspensionView | None:
    """The suspension that lasts; None for a lot that runs or is over."""
    statement = select(LotSuspension).where(LotSuspension.lot_id == lot_id, LotSuspension.ended_at.is_(None))
    row = current_session().scalar(statement)
    if row is None:
        return None
    return SuspensionView(
        cause=SuspensionCause(row.cause),
        reason=row.reason,
        suspended_at=row.suspended_at,
        end_asked_at=row.end_asked_at,
        end_reason=row.end_reason,
        end_asked_by_id=row.end_asked_by_id,
    )


def standing_of_lot(lot_id: int, today: date) -> OffersStanding:
    """What the law asks of everything that the lot sells, today."""
    session = current_session()
    return standing_of_items(session, items_of(session, lot_id), today)
