"""Entries written by hand: register, edit, rights added, changed, moved and joined. Nothing is overwritten unseen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.policy import Act, require
from market.accounts.queries import names_of
from market.accounts.rules import Actor, names_include
from market.achievements.editing.entries import (
    own_achievement,
    own_right,
    record_event,
    settle_ownership,
    touch,
)
from market.achievements.editing.records import (
    Changes,
    achievement_values,
    apply_values,
    right_of_another,
    right_values,
    write_people,
)
from market.achievements.editing.rules import (
    UNREGISTERED,
    AchievementDraft,
    RightDraft,
    achievement_problems,
    right_problems,
)
from market.achievements.errors import DraftRefused, EditedMeanwhile, RegisterRefused
from market.achievements.models import (
    Achievement,
    AchievementDocument,
    IPRight,
)
from market.achievements.vocabulary import LegalStatus, OwnershipStatus
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.locks import lock_name


def register_achievement(
    session: Session, actor: Actor, draft: AchievementDraft, right: RightDraft | None, *, now: datetime
) -> Achievement:
    """Write a new entry, with its first right where the kind has one.

    Raises DraftRefused with everything that is wrong, RegisterRefused for numbers that are taken.
    """
    require(actor, Act.KEEP_REGISTER)
    assert actor.organisation_id is not None
    today = local_date(now)
    problems = achievement_problems(draft, today)
    for problem in right_problems(right, today) if right else ():
        problem.field = f"right-{problem.field}"
        problems.append(problem)
    if right is None and draft.kind not in UNREGISTERED:
        problems.append(
            RegisterRefused(
                "right.missing", N_("%(kind)s请填写申请号或登记号。"), field="right-number", kind=draft.kind.label
            )
        )
    if problems:
        raise DraftRefused(problems)
    _require_free_register_number(session, actor.organisation_id, draft.register_number, None)
    is_own = right is None or names_include(right.applicants, tuple(names_of(actor.organisation_id)))
    achievement = Achievement(
        organisation_id=actor.organisation_id,
        ownership_status=(OwnershipStatus.OWN if is_own else OwnershipStatus.PENDING).value,
        completers=right.inventors if right else "",
        created_at=now,
        updated_at=now,
        **achievement_values(draft),
    )
    session.add(achievement)
    session.flush()
    write_people(session, achievement, draft)
    if right is not None:
        _insert_right(session, achievement, right, now)
    record_event(
        session, actor, achievement, "achievement.registered", now,
        state_after=achievement.ownership_status,
        number=right.number.normal if right else None, kind=draft.kind.value,
    )  # fmt: skip
    return achievement


def edit_achievement(
    session: Session, actor: Actor, achievement_id: int, draft: AchievementDraft, *, version: int, now: datetime
) -> Achievement:
    """Write what was changed of an entry.

    Raises EditedMeanwhile when somebody saved since `version` was shown, else as `register_achievement`.
    """
    achievement = own_achievement(session, actor, achievement_id)
    if achievement.version != version:
        raise EditedMeanwhile
    problems = achievement_problems(draft, local_date(now))
    if problems:
        raise DraftRefused(problems)
    _require_own_documents(session, achievement, draft)
    _require_free_register_number(session, achievement.organisation_id, draft.register_number, achievement.id)
    changes = apply_values(achievement, achievement_values(draft)) | write_people(session, achievement, draft)
    if changes:
        touch(session, achievement, now)
        record_event(session, actor, achievement, "achievement.changed", now, fields=changes)
    return achievement


def add_right(session: Session, actor: Actor, achievement_id: int, draft: RightDraft, *, now: datetime) -> IPRight:
    """Attach a further right to an entry (族 or 组合). Raises DraftRefused, RegisterRefused for a taken number."""
    achievement = own_achievement(session, actor, achievement_id)
    _require_sound(draft, now)
    right = _insert_right(session, achievement, draft, now)
    settle_ownership(session, achievement, are_applicants_new=True)
    touch(session, achievement, now)
    record_event(
        session, actor, achievement, "achievement.right_added", now,
        right_id=right.id, number=right.number, kind=right.kind,
    )  # fmt: skip
    return right


def edit_right(
    session: Session, actor: Actor, right_id: int, draft: RightDraft, *, version: int, now: datetime
) -> Achievement:
    """Write what was changed of a right; `version` is the achievement's. Raises as `edit_achievement`."""
    achievement, right = own_right(session, actor, right_id)
    if achievement.version != version:
        raise EditedMeanwhile
    _require_sound(draft, now)
    _require_free_number(session, draft, right)
    applicants = right.applicants
    changes: Changes = {}
    try:
        with session.begin_nested():
            changes = apply_values(right, right_values(draft))
    except IntegrityError:
        raise _taken(draft.number.normal, None) from None
    if not changes:
        return achievement
    settle_ownership(session, achievement, are_applicants_new=right.applicants != applicants)
    touch(session, achievement, now)
    record_event(
        session, actor, achievement, "achievement.changed", now,
        fields=changes, right_id=right.id, number=right.number,
    )  # fmt: skip
    return achievement


def _require_sound(draft: RightDraft, now: datetime) -> None:
    problems = right_problems(draft, local_date(now))
    if problems:
        raise DraftRefused(problems)


def _insert_right(session: Session, achievement: Achievement, draft: RightDraft, now: datetime) -> IPRight:
    _require_free_number(session, draft, None)
    right = IPRight(
        achievement_id=achievement.id,
        legal_status=LegalStatus.UNKNOWN.value,
        created_at=now,
        **right_values(draft),
    )
    try:
        with session.begin_nested():
            session.add(right)
    except IntegrityError:  # somebody else registered the number between our look and our write
        raise _taken(draft.number.normal, None) from None
    return right


def _require_free_number(session: Session, draft: RightDraft, right: IPRight | None) -> None:
    held = right_of_another(session, right, draft.number.normal)
    if held is not None:
        owner = session.scalar(
            select(Organisation.name)
            .join(Achievement, Achievement.organisation_id == Organisation.id)
            .where(Achievement.id == held.achievement_id)
        )
        raise _taken(held.number, owner)


def _taken(number: str, holder: str | None) -> RegisterRefused:
    if holder is None:
        return RegisterRefused(
            "right.number_taken", N_("号码 %(number)s 刚刚已被登记。"), field="number", number=number
        )
    return RegisterRefused(
        "right.number_taken",
        N_("号码 %(number)s 已登记在%(holder)s名下。"),
        field="number",
        number=number,
        holder=holder,
    )


def _require_free_register_number(
    session: Session, organisation_id: int, number: str | None, own_id: int | None
) -> None:
    if number is None:
        return
    lock_name(session, f"register number of {organisation_id}")
    held = session.scalar(
        select(Achievement.id).where(
            Achievement.organisation_id == organisation_id, Achievement.register_number == number
        )
    )
    if held not in {None, own_id}:
        raise RegisterRefused(
            "register_number.taken",
            N_("登记号 %(number)s 已用于本单位的另一项成果。"),
            field="register_number",
            number=number,
        )


def _require_own_documents(session: Session, achievement: Achievement, draft: AchievementDraft) -> None:
    wanted = {share.consent_document_id for share in draft.shares} - {None}
    held = set(
        session.scalars(select(AchievementDocument.id).where(AchievementDocument.achievement_id == achievement.id))
    )
    if wanted - held:
        raise NotFound
