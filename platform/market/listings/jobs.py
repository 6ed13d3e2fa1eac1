"""What the clock and the register do to listings: expiry and its notice, the pause of a listing whose right is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from market.achievements.models import Achievement, IPRight
from market.achievements.vocabulary import LegalStatus, OwnershipStatus
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.errors import N_
from market.kernel.events import Event
from market.kernel.jobs import job
from market.listings.lifecycle import EXPIRY_NOTICE_DAYS, EXTENDABLE, PAUSABLE, pause_encumbered, tell_expiry
from market.listings.models import Listing, ListingMember
from market.listings.service import change_state
from market.listings.vocabulary import ListingAction, ListingState

BATCH = 200
ENCUMBERED_ACTION = "achievement.encumbered"
RIGHT_ENDED = N_("所含专利已失效，系统自动中止")
OWNERSHIP_OPEN = N_("申请人有变更，权属待确认，系统自动中止")
LIFE_ENDED = N_("挂牌期满，系统自动下架")


@job("listings.sweep", cron="*/10 * * * *")
def sweep() -> None:
    """Expire and pause what is due; each listing in a transaction of its own."""
    now = current_time()
    for move in MOVES:
        with transaction() as session:
            listing_ids = session.scalars(move.due(local_date(now)).order_by(Listing.id).limit(BATCH)).all()
        for listing_id in listing_ids:
            with transaction() as session:
                _move_if_still_due(session, move, listing_id, now)
    _tell_of_expiry(now)


def _tell_of_expiry(now: datetime) -> None:
    """Tell the institutions of the listings whose end is near; each listing in a transaction of its own."""
    near = local_date(now) + timedelta(days=EXPIRY_NOTICE_DAYS)
    untold = Listing.expiry_told_for.is_distinct_from(Listing.expires_on)
    ending = select(Listing.id).where(Listing.state.in_(EXTENDABLE), Listing.expires_on <= near, untold)
    with transaction() as session:
        listing_ids = session.scalars(ending.order_by(Listing.id).limit(BATCH)).all()
    for listing_id in listing_ids:
        with transaction() as session:
            tell_expiry(session, listing_id, now)


@job("listings.follow_register")
def follow_register(event_id: int) -> None:
    """Pause the listing of an achievement of which the register's event says that a right lapsed or is encumbered."""
    now = current_time()
    with transaction() as session:
        event = session.get_one(Event, event_id)
        if event.action == ENCUMBERED_ACTION:
            pause_encumbered(session, event_id, now)
            return
        for move in MOVES:
            offering = select(ListingMember.listing_id).where(ListingMember.achievement_id == event.subject_id)
            due = move.due(local_date(now)).where(Listing.id.in_(offering))
            for listing_id in session.scalars(due).all():
                _move_if_still_due(session, move, listing_id, now)


def wants(event: Event) -> bool:
    """Whether `follow_register` is asked about the event; what an import changes is found by the sweep."""
    is_lapse = event.action == "achievement.status_confirmed" and event.state_after == LegalStatus.LAPSED
    return event.action == ENCUMBERED_ACTION or is_lapse


def _move_if_still_due(session: Session, move: Move, listing_id: int, now: datetime) -> None:
    session.scalar(select(Listing.id).where(Listing.id == listing_id).with_for_update())
    if session.scalar(move.due(local_date(now)).where(Listing.id == listing_id)) is not None:
        change_state(session, listing_id, move.action, actor=None, now=now, reason=move.reason)


def _expired(today: date) -> Select[int]:
    ending = Listing.state.in_([ListingState.PUBLISHED, ListingState.PAUSED])
    return select(Listing.id).where(ending, Listing.expires_on < today)


def _right_ended(today: date) -> Select[int]:
    ended = exists().where(
        ListingMember.listing_id == Listing.id,
        IPRight.achievement_id == ListingMember.achievement_id,
        (IPRight.expires_on <= today) | (IPRight.legal_status == LegalStatus.LAPSED),
    )
    return select(Listing.id).where(Listing.state.in_(PAUSABLE), ended)


def _ownership_open(today: date) -> Select[int]:  # noqa: ARG001 - all checks are asked for a day
    waiting = exists().where(
        ListingMember.listing_id == Listing.id,
        Achievement.id == ListingMember.achievement_id,
        Achievement.ownership_status == OwnershipStatus.PENDING,
    )
    return select(Listing.id).where(Listing.state.in_(PAUSABLE), waiting)


@dataclass(frozen=True)
class Move:
    """What the clock does to the listings that `due` selects on a day."""

    action: ListingAction
    reason: str
    due: Callable[[date], Select[int]]


MOVES = (
    Move(ListingAction.EXPIRE, LIFE_ENDED, _expired),
    Move(ListingAction.PAUSE, RIGHT_ENDED, _right_ended),
    Move(ListingAction.PAUSE, OWNERSHIP_OPEN, _ownership_open),
)
