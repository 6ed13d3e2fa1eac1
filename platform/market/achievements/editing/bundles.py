"""Bundles: a right taken out of an entry, one entry put into another (one achievement may carry several rights)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.achievements.editing.entries import own_right, record_event, settle_ownership, touch
from market.achievements.errors import RegisterRefused
from market.achievements.models import (
    Achievement,
    AchievementDocument,
    Completer,
    FundingProject,
    Implementation,
    ImportRow,
    IPRight,
    OpenListEntry,
    OwnershipShare,
)
from market.achievements.patent_numbers import clean_number
from market.kernel.errors import N_, NotFound
from market.kernel.locks import lock_row, lock_rows


def split_right(session: Session, actor: Actor, right_id: int, *, now: datetime) -> Achievement:
    """Take a right out of a bundle: it becomes an entry of its own. Raises RegisterRefused for an entry's only right."""
    achievement, right = own_right(session, actor, right_id)
    held = session.scalar(select(func.count(IPRight.id)).where(IPRight.achievement_id == achievement.id))
    if held == 1:
        raise RegisterRefused("right.only_one", N_("这项成果只有这一项知识产权，不需要拆出。"))
    alone = Achievement(
        organisation_id=achievement.organisation_id,
        kind=right.kind,
        title=right.title,
        abstract=right.abstract,
        completers=right.inventors,
        technical_field=achievement.technical_field,
        industry=achievement.industry,
        ownership_status=achievement.ownership_status,
        ownership_reason=achievement.ownership_reason,
        ownership_confirmed_by_id=achievement.ownership_confirmed_by_id,
        ownership_confirmed_at=achievement.ownership_confirmed_at,
        created_at=now,
        updated_at=now,
    )
    session.add(alone)
    session.flush()
    right.achievement_id = alone.id
    session.flush()
    for one in (achievement, alone):
        settle_ownership(session, one, are_applicants_new=False)
    touch(session, achievement, now)
    moved: dict[str, Any] = {"right_id": right.id, "number": right.number}
    record_event(session, actor, achievement, "achievement.right_split", now, **moved, to_achievement_id=alone.id)
    record_event(
        session, actor, alone, "achievement.registered", now,
        state_after=alone.ownership_status, kind=alone.kind, from_achievement_id=achievement.id, **moved,
    )  # fmt: skip
    return alone


def achievement_by_number(session: Session, actor: Actor, text: str) -> int:
    """The actor's institution's achievement by a right's number in any writing, or by its register number.

    Raises RegisterRefused when the institution has none.
    """
    given = text.strip()
    normal = clean_number(given)
    statement = (
        select(Achievement.id)
        .outerjoin(IPRight, IPRight.achievement_id == Achievement.id)
        .where(
            Achievement.organisation_id == actor.organisation_id,
            or_(
                func.replace(IPRight.number, ".", "") == normal.replace(".", ""),
                Achievement.register_number == given,
            ),
        )
        .order_by(Achievement.id)
    )
    found = session.scalars(statement.limit(1)).first()
    if found is None:
        raise RegisterRefused(
            "join.unknown", N_("本单位台账里没有号码 %(number)s。"), field="target", number=given[:60]
        )
    return found


def join_achievements(session: Session, actor: Actor, source_id: int, target_id: int, *, now: datetime) -> Achievement:
    """Put all rights, documents and uses of one entry into another and take the emptied one out of the register.

    Raises NotFound for another institution's, RegisterRefused for the same entry twice and for a source that was
    ever offered: its listings and deals keep pointing at it.
    """
    require(actor, Act.KEEP_REGISTER)
    found = {row.id: row for row in lock_rows(session, Achievement, (source_id, target_id))}
    source, target = found.get(source_id), found.get(target_id)
    if source is None or target is None or {row.organisation_id for row in found.values()} != {actor.organisation_id}:
        raise NotFound
    if source is target:
        raise RegisterRefused("join.same", N_("请选择另一项成果。"), field="target")
    numbers = list(session.scalars(select(IPRight.number).where(IPRight.achievement_id == source.id)))
    try:
        with session.begin_nested():
            _move_all(session, source.id, target.id)
    except IntegrityError:
        raise RegisterRefused(
            "join.was_offered", N_("“%(title)s”有过挂牌或交易，不能并入别的成果。"), field="target", title=source.title
        ) from None
    session.expire_all()
    target = lock_row(session, Achievement, target_id)
    settle_ownership(session, target, are_applicants_new=True)
    touch(session, target, now)
    record_event(session, actor, target, "achievement.joined", now, from_achievement_id=source_id, numbers=numbers)
    return target


def _move_all(session: Session, source_id: int, target_id: int) -> None:
    for kept in (IPRight, AchievementDocument, Implementation, ImportRow):
        column = kept.__table__.c.achievement_id
        session.execute(update(kept).where(column == source_id).values(achievement_id=target_id))
    for dropped in (OwnershipShare, Completer, FundingProject, OpenListEntry):
        session.execute(delete(dropped).where(dropped.__table__.c.achievement_id == source_id))
    session.execute(delete(Achievement).where(Achievement.id == source_id))
