"""A lot is suspended, resumed, terminated by two persons. Locks: listings, then the lot, then its suspension."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from market.accounts.policy import Act, Rows, require, require_other_person, rows_for
from market.accounts.rules import Actor
from market.achievements.models import Achievement
from market.achievements.rights_state import encumbrances_in_force
from market.achievements.vocabulary import OwnershipStatus
from market.auctions import rules, suspensions
from market.auctions.errors import LotRefused
from market.auctions.models import Lot, LotItem, LotSuspension
from market.auctions.service.closing import standing_of_items, terminate
from market.auctions.service.shared import Item, items_of, offers_payload, phase_of, record_on
from market.auctions.vocabulary import LotAction, LotState, SuspensionCause, SuspensionOutcome
from market.kernel import jobs
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.events import Event
from market.kernel.locks import lock_row, lock_rows
from market.listings.errors import ListingHasProblems
from market.listings.models import Listing, ListingMember, Offer
from market.listings.standing import pause_unlawful

ENCUMBERED = N_("成果台账新登记了标的所含专利的权利负担，核实期间暂停竞价")
OWNERSHIP_OPEN = N_("标的所含成果的权属有变、待确认，核实期间暂停竞价")


def suspend_lot(session: Session, actor: Actor, lot_id: int, cause: SuspensionCause, reason: str, now: datetime) -> Lot:
    """The platform stops the bidding with a public reason. Raises NotAllowed, NotFound, LotRefused."""
    require(actor, Act.SUSPEND_LOT)
    lot, _items = _locked(session, lot_id)
    suspensions.check_suspension(phase_of(lot, now))
    suspensions.check_reason(reason)
    _suspend(session, lot, cause, reason.strip(), actor, now)
    return lot


def suspend_encumbered(session: Session, event_id: int, now: datetime) -> None:
    """Suspend the running lots of an achievement for whose right the event `achievement.encumbered` says a new burden.

    Nothing once the burden has ended, or when somebody has resumed the lot since, or when it was announced since with
    the paper that the burden asks for. Safe to run twice.
    """
    event = session.get_one(Event, event_id)
    in_force = encumbrances_in_force(session, event.subject_id, local_date(now))
    if not any(burden.kind == event.payload["kind"] for burden in in_force.get(event.payload["right_id"], ())):
        return
    for lot_id in lots_of_achievement(session, event.subject_id):
        lot, items = _locked(session, lot_id)
        if _is_running(lot, now) and not _is_answered(session, lot, items, event, now):
            _suspend(session, lot, SuspensionCause.BURDEN, ENCUMBERED, None, now)


def suspend_unowned(session: Session, lot_id: int, now: datetime) -> None:
    """Suspend a running lot of an achievement whose owner is in question; nothing otherwise."""
    lot, _items = _locked(session, lot_id)
    if _is_running(lot, now) and session.scalar(_OF_UNCLEAR_OWNERS.where(Lot.id == lot_id)) is not None:
        _suspend(session, lot, SuspensionCause.OWNERSHIP, OWNERSHIP_OPEN, None, now)


def resume_lot(session: Session, actor: Actor, lot_id: int, *, reason: str, paper: str, now: datetime) -> Lot:
    """Bidding goes on, with what was left of its time. `paper` is what a consent or a disclosure was given in.

    Raises NotAllowed, NotFound for another's lot, LotRefused, ListingHasProblems while the law still keeps what is
    sold from it.
    """
    require(actor, Act.RESUME_LOT)
    lot, items, suspension = _suspended(session, actor, Act.RESUME_LOT, lot_id, now)
    is_seller = rows_for(actor, Act.RESUME_LOT) is Rows.AS_SELLER
    suspensions.check_lifting(SuspensionCause(suspension.cause), is_seller=is_seller)
    suspensions.check_reason(reason)
    _refuse_unlawful(session, items, paper, now)
    end = suspensions.end_after(
        lot.opens_at, lot.closes_at, suspension.suspended_at, now, timedelta(hours=lot.minimum_hours)
    )
    suspension.ended_at, suspension.ended_by_id, suspension.outcome = now, actor.person_id, SuspensionOutcome.RESUMED
    suspension.paper = paper.strip()
    lot.state = rules.LOT_TRANSITIONS.target(LotState(lot.state), LotAction.RESUME)
    lot.closes_at = end
    session.flush()
    payload = {"closes_at": end.isoformat(), "paper": suspension.paper}
    _record(session, lot, "lot.resumed", now, actor, payload, LotState.SUSPENDED, LotState.ANNOUNCED, reason.strip())
    jobs.defer(session, "auctions.close_lot", run_at=end, lot_id=lot.id)
    return lot


def ask_lot_end(session: Session, actor: Actor, lot_id: int, *, reason: str, now: datetime) -> LotSuspension:
    """The first of two persons asks for the end of a suspended lot. Raises NotAllowed, NotFound, LotRefused."""
    require(actor, Act.ASK_LOT_END)
    lot, _items, suspension = _suspended(session, actor, Act.ASK_LOT_END, lot_id, now)
    if suspension.end_asked_at is not None:
        raise LotRefused("lot.end_asked", N_("已有人申请终结，等待另一人批准。"))
    suspensions.check_reason(reason)
    suspension.end_asked_at, suspension.end_asked_by_id = now, actor.person_id
    suspension.end_reason = reason.strip()
    session.flush()
    _record(session, lot, "lot.end_asked", now, actor, {}, LotState.SUSPENDED, LotState.SUSPENDED, reason.strip())
    return suspension


def decide_lot_end(session: Session, actor: Actor, lot_id: int, *, approves: bool, reason: str, now: datetime) -> Lot:
    """The second person ends the lot, for the reason that was given, or declines with one of her own.

    Raises NotAllowed for whoever asked, LotRefused when nobody has asked or a refusal says nothing.
    """
    require(actor, Act.DECIDE_LOT_END)
    lot, items, suspension = _suspended(session, actor, Act.DECIDE_LOT_END, lot_id, now)
    if suspension.end_reason is None:
        raise LotRefused("lot.end_not_asked", N_("还没有人申请终结这个标的。"))
    require_other_person(actor.person_id, Act.DECIDE_LOT_END, [suspension.end_asked_by_id])
    if not approves:
        suspensions.check_reason(reason)
        suspension.end_asked_at = suspension.end_asked_by_id = suspension.end_reason = None
        session.flush()
        after = LotState.SUSPENDED
        _record(session, lot, "lot.end_declined", now, actor, {}, LotState.SUSPENDED, after, reason.strip())
        return lot
    terminate(session, lot, items, actor, now, suspension.end_reason)
    for item in items:
        pause_unlawful(session, item.listing_id, now)
    return lot


_RUNNING: Select[int] = (
    select(Lot.id)
    .join(LotItem, LotItem.lot_id == Lot.id)
    .join(Offer, Offer.id == LotItem.offer_id)
    .join(ListingMember, ListingMember.listing_id == Offer.listing_id)
    .where(Lot.state == LotState.ANNOUNCED)
    .distinct()
    .order_by(Lot.id)
)
"""Running lots, joined with what their listings offer, leading or bundled."""


def lots_of_achievement(session: Session, achievement_id: int) -> Sequence[int]:
    """Running lots that sell the achievement, leading its listing or bundled."""
    return session.scalars(_RUNNING.where(ListingMember.achievement_id == achievement_id)).all()


def lots_of_unclear_owners(session: Session) -> Sequence[int]:
    """Running lots that sell something whose owner has come into question."""
    return session.scalars(_OF_UNCLEAR_OWNERS).all()


_OF_UNCLEAR_OWNERS = _RUNNING.join(Achievement, Achievement.id == ListingMember.achievement_id).where(
    Achievement.ownership_status == OwnershipStatus.PENDING
)


def _locked(session: Session, lot_id: int) -> tuple[Lot, list[Item]]:
    items = items_of(session, lot_id)
    lock_rows(session, Listing, [item.listing_id for item in items])
    return lock_row(session, Lot, lot_id), items


def _suspended(
    session: Session, actor: Actor, act: Act, lot_id: int, now: datetime
) -> tuple[Lot, list[Item], LotSuspension]:
    """A suspended lot that the actor reaches with the act, locked. Raises NotAllowed, NotFound, LotRefused."""
    rows = rows_for(actor, act)
    lot, items = _locked(session, lot_id)
    if rows is Rows.AS_SELLER and lot.seller_organisation_id != actor.organisation_id:
        raise NotFound
    suspensions.check_suspended(phase_of(lot, now))
    open_one = select(LotSuspension.id).where(LotSuspension.lot_id == lot.id, LotSuspension.ended_at.is_(None))
    return lot, items, lock_row(session, LotSuspension, session.execute(open_one).scalar_one())


def _is_running(lot: Lot, now: datetime) -> bool:
    return lot.state == LotState.ANNOUNCED and now < lot.closes_at


def _is_answered(session: Session, lot: Lot, items: Sequence[Item], event: Event, now: datetime) -> bool:
    """Whether somebody who knew of the burden let the lot go on, or announced it."""
    resumed = select(LotSuspension.id).where(
        LotSuspension.lot_id == lot.id, LotSuspension.outcome.is_not(None), LotSuspension.ended_at > event.occurred_at
    )
    if session.scalar(resumed.limit(1)) is not None:
        return True
    is_later = lot.announced_at > event.occurred_at
    return is_later and not standing_of_items(session, items, local_date(now)).problems


def _suspend(
    session: Session,
    lot: Lot,
    cause: SuspensionCause,
    reason: str,
    actor: Actor | None,
    now: datetime,
) -> None:
    lot.state = rules.LOT_TRANSITIONS.target(LotState(lot.state), LotAction.SUSPEND)
    person_id = actor.person_id if actor else None
    session.add(LotSuspension(lot_id=lot.id, cause=cause, reason=reason, suspended_at=now, suspended_by_id=person_id))
    session.flush()
    payload = {"cause": cause.value}
    _record(session, lot, "lot.suspended", now, actor, payload, LotState.ANNOUNCED, LotState.SUSPENDED, reason)


def _refuse_unlawful(session: Session, items: Sequence[Item], paper: str, now: datetime) -> None:
    """What no paper opens stays shut; what one does needs one."""
    if len(paper) > suspensions.PAPER_LENGTH:
        raise LotRefused("lot.paper", N_("依据文件不超过 300 个字。"), field="paper")
    today: date = local_date(now)
    standing = standing_of_items(session, items, today)
    problems = standing.barred if paper.strip() else standing.problems
    if problems:
        raise ListingHasProblems(problems)


def _record(
    session: Session,
    lot: Lot,
    action: str,
    now: datetime,
    actor: Actor | None,
    payload: dict[str, Any],
    before: LotState,
    after: LotState,
    reason: str,
) -> None:
    known = {"seller_organisation_id": lot.seller_organisation_id, "offers": offers_payload(session, lot.id)}
    record_on(
        session, lot, action, now, payload=known | payload, actor=actor, before=before, after=after, reason=reason
    )
