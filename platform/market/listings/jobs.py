"""What the clock does to listings: expiry, and the pause of a listing whose right has run out."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from market.achievements.models import IPRight
from market.achievements.vocabulary import LegalStatus
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.errors import N_
from market.kernel.jobs import job
from market.listings.models import Listing
from market.listings.service import change_state
from market.listings.vocabulary import ListingAction, ListingState

BATCH = 200
RIGHT_ENDED = N_("所含专利已失效，系统自动中止")
LIFE_ENDED = N_("挂牌期满，系统自动下架")


@job("listings.sweep", cron="*/10 * * * *")
def sweep() -> None:
    """Expire and pause what is due; each listing in a transaction of its own."""
    now = current_time()
    for action, reason, listing_ids in due(now):
        for listing_id in listing_ids:
            with transaction() as session:
                if listing_id in _still_due(session, listing_id, action, local_date(now)):
                    change_state(session, listing_id, action, actor=None, now=now, reason=reason)


def due(now: datetime) -> list[tuple[ListingAction, str, list[int]]]:
    """Which listings must move, and why."""
    today = local_date(now)
    with transaction() as session:
        return [
            (ListingAction.EXPIRE, LIFE_ENDED, _expired(session, today)),
            (ListingAction.PAUSE, RIGHT_ENDED, _right_ended(session, today)),
        ]


def _still_due(session: Session, listing_id: int, action: ListingAction, today: date) -> list[int]:
    session.scalar(select(Listing.id).where(Listing.id == listing_id).with_for_update())
    find = _expired if action is ListingAction.EXPIRE else _right_ended
    return find(session, today, listing_id)


def _expired(session: Session, today: date, listing_id: int | None = None) -> list[int]:
    statement = select(Listing.id).where(
        Listing.state.in_([ListingState.PUBLISHED, ListingState.PAUSED]), Listing.expires_on < today
    )
    return _ids(session, statement, listing_id)


def _right_ended(session: Session, today: date, listing_id: int | None = None) -> list[int]:
    ended = exists().where(
        IPRight.achievement_id == Listing.achievement_id,
        (IPRight.expires_on <= today) | (IPRight.legal_status == LegalStatus.LAPSED),
    )
    pausable = [ListingState.PUBLISHED, ListingState.NEGOTIATING, ListingState.PUBLICITY, ListingState.TRIAL]
    return _ids(session, select(Listing.id).where(Listing.state.in_(pausable), ended), listing_id)


def _ids(session: Session, statement: Select[int], listing_id: int | None) -> list[int]:
    if listing_id is not None:
        statement = statement.where(Listing.id == listing_id)
    return list(session.scalars(statement.order_by(Listing.id).limit(BATCH)))
