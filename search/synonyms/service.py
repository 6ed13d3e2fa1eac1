"""Propose and decide changes of synonyms: two persons, in force with the next search, every version kept."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.kernel.errors import N_, NotFound
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_name, lock_row
from search.synonyms import rules
from search.synonyms.current import changed_groups
from search.synonyms.dictionary import BETWEEN_WORDS, Group, overlaid, shipped_groups
from search.synonyms.models import SynonymChange
from search.synonyms.rules import Draft, SynonymsRefused
from search.synonyms.vocabulary import SynonymState

LOCK = "search.synonyms"
OWN = "own-"


def groups_in_force(session: Session) -> dict[str, Group]:
    """The groups by code."""
    return {group.code: group for group in overlaid(shipped_groups(), changed_groups(session))}


def propose(
    session: Session, actor: Actor, code: str | None, draft: Draft, reason: str, *, now: datetime
) -> SynonymChange:
    """Propose a new group (no code) or another reading of one. Raises NotFound, SynonymsRefused, NotAllowed."""
    require(actor, Act.PROPOSE_SYNONYMS)
    lock_name(session, LOCK)
    groups = groups_in_force(session)
    if code is None:
        _refuse_too_many(session)
        code = f"{OWN}{uuid4().hex[:8]}"
    elif not is_known(session, code):
        raise NotFound
    rules.check_draft(draft, [group for group in groups.values() if group.code != code])
    rules.check_changes(draft, groups.get(code))
    change = SynonymChange(
        code=code,
        words=BETWEEN_WORDS.join(draft.words),
        narrower=BETWEEN_WORDS.join(draft.narrower),
        removes=False,
    )
    return _proposed(session, actor, change, reason, now)


def propose_removal(session: Session, actor: Actor, code: str, reason: str, *, now: datetime) -> SynonymChange:
    """Propose to take a group out of force. Raises NotFound when it is not in force, SynonymsRefused, NotAllowed."""
    require(actor, Act.PROPOSE_SYNONYMS)
    lock_name(session, LOCK)
    if code not in groups_in_force(session):
        raise NotFound
    return _proposed(session, actor, SynonymChange(code=code, words="", narrower="", removes=True), reason, now)


def decide(
    session: Session, actor: Actor, change_id: int, *, approves: bool, reason: str, now: datetime
) -> SynonymChange:
    """The second person's half: in force with the next search, or the proposal ends with a reason."""
    require(actor, Act.DECIDE_SYNONYMS)
    lock_name(session, LOCK)
    change = lock_row(session, SynonymChange, change_id)
    rules.check_decision(SynonymState(change.state), proposed_by=change.proposed_by_id, decides=actor.person_id)
    if not approves:
        rules.check_rejection_reason(reason)
    elif not change.removes:
        others = [group for code, group in groups_in_force(session).items() if code != change.code]
        rules.check_draft(draft_of(change), others)
    before = groups_in_force(session).get(change.code)
    change.state = (SynonymState.APPROVED if approves else SynonymState.REJECTED).value
    change.decided_by_id, change.decided_at, change.decision_reason = actor.person_id, now, reason.strip()
    session.flush()
    action = "synonyms.approved" if approves else "synonyms.rejected"
    _record(session, actor, change, action, before, reason.strip() or None, now)
    return change


def draft_of(change: SynonymChange) -> Draft:
    """How the group is to read by this change."""
    return Draft(rules.typed_words(change.words), rules.typed_words(change.narrower))


def find_change(session: Session, change_id: int) -> SynonymChange:
    """The change; raises NotFound. Bureau and operator see all of them."""
    change = session.get(SynonymChange, change_id)
    if change is None:
        raise NotFound
    return change


def shipped_group(code: str | None) -> Group | None:
    """The group as it ships, or None."""
    return next((group for group in shipped_groups() if group.code == code), None)


def is_known(session: Session, code: str) -> bool:
    """There is or was such a group, or somebody proposed it."""
    return (
        shipped_group(code) is not None
        or session.scalar(select(SynonymChange.id).where(SynonymChange.code == code).limit(1)) is not None
    )


def _proposed(session: Session, actor: Actor, change: SynonymChange, reason: str, now: datetime) -> SynonymChange:
    waiting = select(SynonymChange.id).where(
        SynonymChange.code == change.code, SynonymChange.state == SynonymState.PROPOSED.value
    )
    if session.scalar(waiting) is not None:
        raise SynonymsRefused("synonyms.already_proposed", N_("这个词组已有一项变更等待批准，请先处理。"))
    change.state, change.reason = SynonymState.PROPOSED.value, reason.strip()
    change.proposed_by_id, change.proposed_for_id, change.proposed_at = actor.person_id, actor.organisation_id, now
    before = groups_in_force(session).get(change.code)
    session.add(change)
    session.flush()
    _record(session, actor, change, "synonyms.proposed", before, reason.strip(), now)
    return change


def _refuse_too_many(session: Session) -> None:
    own = select(func.count(func.distinct(SynonymChange.code))).where(SynonymChange.code.startswith(OWN))
    if (session.scalar(own) or 0) >= rules.MOST_OWN_GROUPS:
        message = N_("新增的词组已达 %(count)d 个，请先整理原有的词组。")
        raise SynonymsRefused("synonyms.too_many_groups", message, count=rules.MOST_OWN_GROUPS)


def _record(
    session: Session,
    actor: Actor,
    change: SynonymChange,
    action: str,
    in_force: Group | None,
    reason: str | None,
    now: datetime,
) -> None:
    before = None if action == "synonyms.proposed" else SynonymState.PROPOSED.value
    payload = {
        "code": change.code,
        "words": change.words.replace(BETWEEN_WORDS, "、"),
        "narrower": change.narrower.replace(BETWEEN_WORDS, "、"),
        "words_before": "、".join(in_force.words) if in_force else "",
        "narrower_before": "、".join(in_force.narrower) if in_force else "",
    }
    draft = EventDraft(
        "synonym_change",
        change.id,
        action,
        now,
        actor_person_id=actor.person_id,
        actor_organisation_id=actor.organisation_id,
        state_before=before,
        state_after=change.state,
        reason=reason,
        payload=dict(payload),
    )
    record(session, draft)
