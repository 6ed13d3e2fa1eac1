"""Several entries of the register at once: each is changed or refused for itself, and each has its own event."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.achievements.editing.entries import own_achievement, record_event, touch
from market.achievements.editing.records import apply_values, completers_of, projects_of, shares_of
from market.achievements.editing.rules import STAGE_OF_TRL, AchievementDraft, achievement_problems
from market.achievements.editing.statements import decide_open_list
from market.achievements.errors import RegisterRefused
from market.achievements.models import Achievement, IPRight, OpenListEntry
from market.achievements.ownership import LongTermUse
from market.achievements.register_states import state_conditions
from market.achievements.usage import RegisterState
from market.achievements.vocabulary import AchievementKind, MaturityStage, OpenListDecision, OwnershipForm
from market.kernel.clock import local_date
from market.kernel.errors import N_, Refusal

MAXIMUM_ENTRIES = 100
"""As many as a page of the register shows."""


@dataclass(frozen=True)
class BulkDraft:
    """What all chosen entries get; None leaves a field as it is. The decision is about the 公开实施清单."""

    technical_field: str | None = None
    industry: str | None = None
    county_code: str | None = None
    trl: int | None = None
    trl_evidence: str | None = None
    decision: OpenListDecision | None = None
    decision_text: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        """The columns that it sets."""
        names = ("technical_field", "industry", "county_code", "trl", "trl_evidence")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if self.trl in STAGE_OF_TRL:
            given["maturity_stage"] = STAGE_OF_TRL[self.trl].value
        return given


@dataclass(frozen=True)
class BulkLine:
    """What became of one entry; `refusal` None: it was changed, or says so already (`is_changed` False)."""

    achievement_id: int
    title: str
    is_changed: bool = False
    refusal: Refusal | None = None


def change_entries(
    session: Session, actor: Actor, achievement_ids: Collection[int], draft: BulkDraft, *, now: datetime
) -> list[BulkLine]:
    """Change each entry, or say why not; a refused one is left as it was.

    Raises RegisterRefused when nothing or too much was chosen, NotFound (nothing changes then) for another institution's.
    """
    require(actor, Act.KEEP_REGISTER)
    require_some(achievement_ids)
    if not draft.fields and draft.decision is None:
        raise RegisterRefused("bulk.nothing", N_("请至少填写一项要设置的内容。"))
    today = local_date(now)
    entries = [own_achievement(session, actor, one) for one in sorted(set(achievement_ids))]
    due = _due_for_the_list(session, entries, today) if draft.decision else set()
    return [_changed(session, actor, entry, draft, entry.id in due, now) for entry in entries]


def require_some(achievement_ids: Collection[int]) -> None:
    """Raise RegisterRefused for no entry and for more than a page has."""
    if not achievement_ids:
        raise RegisterRefused("bulk.none", N_("请先勾选至少一项成果。"))
    if len(achievement_ids) > MAXIMUM_ENTRIES:
        raise RegisterRefused("bulk.too_many", N_("一次最多处理 %(maximum)s 项成果。"), maximum=MAXIMUM_ENTRIES)


def _changed(
    session: Session, actor: Actor, entry: Achievement, draft: BulkDraft, is_due: bool, now: datetime
) -> BulkLine:
    entry_id, title, is_changed = entry.id, entry.title, False
    try:
        with session.begin_nested():
            is_changed = _set_fields(session, actor, entry, draft, now)
            if draft.decision is not None:
                is_changed = _decide(session, actor, entry, draft, is_due, now) or is_changed
    except Refusal as refusal:
        return BulkLine(entry_id, title, refusal=refusal)
    return BulkLine(entry_id, title, is_changed)


def _set_fields(session: Session, actor: Actor, entry: Achievement, draft: BulkDraft, now: datetime) -> bool:
    given = {name: value for name, value in draft.fields.items() if getattr(entry, name) != value}
    if not given:
        return False
    stage = {"maturity_stage": MaturityStage(given["maturity_stage"])} if "maturity_stage" in given else {}
    wanted = replace(_draft_of(session, entry), **(given | stage))
    for problem in achievement_problems(wanted, local_date(now)):
        if problem.field in {*given, "trl", "trl_evidence"}:
            raise problem
    changes = apply_values(entry, given)
    touch(session, entry, now)
    record_event(session, actor, entry, "achievement.changed", now, fields=changes)
    return True


def _decide(session: Session, actor: Actor, entry: Achievement, draft: BulkDraft, is_due: bool, now: datetime) -> bool:
    assert draft.decision is not None
    held = session.get(OpenListEntry, entry.id)
    if held is not None and (held.decision, held.terms or held.reason) == (draft.decision, draft.decision_text.strip()):
        return False
    if not is_due:
        raise RegisterRefused(
            "bulk.not_on_open_list",
            N_("不属于公开实施清单：只列财政资金形成、授权满三年未实施的有效专利（浙江省知识产权保护和促进条例）。"),
        )
    decide_open_list(session, actor, entry.id, draft.decision, draft.decision_text, now=now)
    return True


def _due_for_the_list(session: Session, entries: Iterable[Achievement], today: date) -> set[int]:
    """Which of them the three-year rule puts on the list today."""
    conditions = state_conditions(session, today)
    statement: Select[Any] = (
        select(Achievement.id)
        .join(IPRight, IPRight.achievement_id == Achievement.id)
        .where(Achievement.id.in_([entry.id for entry in entries]))
    )
    return set(session.scalars(conditions.join(statement).where(conditions.of(RegisterState.UNUSED_THREE_YEARS))))


def _draft_of(session: Session, entry: Achievement) -> AchievementDraft:
    """The entry as a person would have typed it."""
    return AchievementDraft(
        title=entry.title,
        kind=AchievementKind(entry.kind),
        completed_on=entry.completed_on,
        county_code=entry.county_code,
        technical_field=entry.technical_field,
        industry=entry.industry,
        applied_industries=tuple(entry.applied_industries),
        trl=entry.trl,
        trl_evidence=entry.trl_evidence,
        maturity_stage=MaturityStage(entry.maturity_stage) if entry.maturity_stage else None,
        is_fiscally_funded=entry.is_fiscally_funded,
        ownership_form=OwnershipForm(entry.ownership_form) if entry.ownership_form else None,
        long_term_use=LongTermUse(entry.long_term_use_from, entry.long_term_use_years),
        completers=completers_of(session, entry.id),
        shares=shares_of(session, entry.id),
        projects=projects_of(session, entry.id),
    )
