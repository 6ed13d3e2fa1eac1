"""What all changes of an entry share: its row locked for its institution, ownership, version, event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from market.accounts.policy import Act, require
from market.accounts.queries import names_of
from market.accounts.rules import Actor, names_include
from market.achievements.models import Achievement, IPRight
from market.achievements.rules import ownership_after_import
from market.achievements.vocabulary import OwnershipStatus
from market.kernel.errors import NotFound
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_row


def own_achievement(session: Session, actor: Actor, achievement_id: int) -> Achievement:
    """The actor's institution's achievement, locked. Raises NotFound."""
    require(actor, Act.KEEP_REGISTER)
    achievement = lock_row(session, Achievement, achievement_id)
    if achievement.organisation_id != actor.organisation_id:
        raise NotFound
    return achievement


def own_right(session: Session, actor: Actor, right_id: int) -> tuple[Achievement, IPRight]:
    """The right of the actor's institution with its achievement, both locked. Raises NotFound."""
    achievement_id = session.scalar(select(IPRight.achievement_id).where(IPRight.id == right_id))
    if achievement_id is None:
        raise NotFound
    return own_achievement(session, actor, achievement_id), lock_row(session, IPRight, right_id)


def touch(session: Session, achievement: Achievement, now: datetime) -> None:
    """A new version, also when only rows around the entry changed."""
    achievement.updated_at = now
    flag_modified(achievement, "updated_at")
    session.flush()


def record_event(
    session: Session,
    actor: Actor,
    achievement: Achievement,
    action: str,
    now: datetime,
    *,
    state_after: str | None = None,
    reason: str | None = None,
    **payload: Any,
) -> None:
    """Append what happened to the entry's stream; `payload` is what the timeline says of it."""
    session.flush()
    record(
        session,
        EventDraft(
            "achievement", achievement.id, action, now,
            actor_person_id=actor.person_id, actor_organisation_id=actor.organisation_id,
            state_after=state_after, reason=reason,
            payload=payload | {"organisation_id": achievement.organisation_id},
        ),
    )  # fmt: skip


def settle_ownership(session: Session, achievement: Achievement, *, are_applicants_new: bool) -> None:
    """After the rights changed: pending as soon as one of them names other applicants only (权属待确认)."""
    session.flush()
    own_names = tuple(names_of(achievement.organisation_id))
    applicants: Sequence[str] = session.scalars(
        select(IPRight.applicants).where(IPRight.achievement_id == achievement.id)
    ).all()
    status = ownership_after_import(
        OwnershipStatus(achievement.ownership_status),
        is_own=all(names_include(names, own_names) for names in applicants),
        have_applicants_changed=are_applicants_new,
    )
    if status == achievement.ownership_status:
        return
    achievement.ownership_status = status.value
    if status is not OwnershipStatus.CONFIRMED_BY_PERSON:
        achievement.ownership_reason = None
        achievement.ownership_confirmed_by_id = None
        achievement.ownership_confirmed_at = None
