"""What people state about an achievement: whose it is, and whether its right stands."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.achievements.errors import RegisterRefused
from market.achievements.models import Achievement, IPRight
from market.achievements.rules import checked_reason, require_status_possible
from market.achievements.vocabulary import LegalStatus, OwnershipStatus
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_row


def confirm_ownership(
    session: Session, actor: Actor, achievement_id: int, *, reason: str, now: datetime
) -> Achievement:
    """Record why an achievement whose applicant is somebody else is the institution's to dispose of.

    Raises NotFound for another institution's, RegisterRefused when nothing is pending or the reason says too little.
    """
    achievement = _own(session, achievement_id, actor)
    if achievement.ownership_status != OwnershipStatus.PENDING:
        raise RegisterRefused("ownership.not_pending", N_("这项成果的权属无需再说明。"))
    achievement.ownership_reason = checked_reason(reason)
    achievement.ownership_status = OwnershipStatus.CONFIRMED_BY_PERSON.value
    achievement.ownership_confirmed_by_id = actor.person_id
    achievement.ownership_confirmed_at = now
    achievement.updated_at = now
    session.flush()
    record(
        session,
        EventDraft(
            "achievement", achievement.id, "achievement.ownership_confirmed", now,
            actor_person_id=actor.person_id, actor_organisation_id=actor.organisation_id,
            state_before=OwnershipStatus.PENDING, state_after=OwnershipStatus.CONFIRMED_BY_PERSON,
            reason=achievement.ownership_reason,
        ),
    )  # fmt: skip
    return achievement


def confirm_legal_status(
    session: Session,
    actor: Actor,
    right_id: int,
    status: LegalStatus,
    *,
    reason: str,
    now: datetime,
    on: date | None = None,
) -> Achievement:
    """Record what a person found about a right's legal status, where, and for which day (`on`, default today).

    Raises NotFound for another institution's, RegisterRefused for unknown, for a status that the expired term
    contradicts, and for a reason that says too little.
    """
    achievement_id = session.scalar(select(IPRight.achievement_id).where(IPRight.id == right_id))
    if achievement_id is None:
        raise NotFound
    achievement = _own(session, achievement_id, actor)
    right = lock_row(session, IPRight, right_id)
    if status is LegalStatus.UNKNOWN:
        raise RegisterRefused("status.unknown", N_("请选择查询到的法律状态。"), field="status")
    require_status_possible(status, right.expires_on, local_date(now))
    stated = checked_reason(reason)
    if on is not None and on > local_date(now):
        raise RegisterRefused("status.future", N_("查询日期在今天之后。"), field="on")
    before = right.legal_status
    right.legal_status = status.value
    right.legal_status_on = on or local_date(now)
    right.legal_status_source = stated
    right.legal_status_confirmed_by_id = actor.person_id
    right.legal_status_confirmed_at = now
    achievement.updated_at = now
    session.flush()
    record(
        session,
        EventDraft(
            "achievement", achievement.id, "achievement.status_confirmed", now,
            actor_person_id=actor.person_id, actor_organisation_id=actor.organisation_id,
            state_before=before, state_after=status.value, reason=stated,
            payload={"right_id": right.id, "number": right.number, "organisation_id": achievement.organisation_id},
        ),
    )  # fmt: skip
    return achievement


def _own(session: Session, achievement_id: int, actor: Actor) -> Achievement:
    """The actor's institution's achievement, locked."""
    require(actor, Act.KEEP_REGISTER)
    achievement = lock_row(session, Achievement, achievement_id)
    if achievement.organisation_id != actor.organisation_id:
        raise NotFound
    return achievement
