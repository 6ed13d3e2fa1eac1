"""Propose and decide changes of parameters; load holiday tables; let failed jobs run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.events import EventDraft, record
from market.kernel.holidays import HolidayDay, replace_year
from market.kernel.jobs import defer
from market.kernel.locks import lock_name, lock_row
from market.kernel.parameters import Parameter, parameter
from market.operations import rules
from market.operations.models import ParameterProposal
from market.operations.parameter_kinds import PARAMETER_KINDS
from market.operations.vocabulary import JobState, ProposalState


@dataclass(frozen=True)
class ProposalDraft:
    """What the first person typed; `value` in the parameter's own unit."""

    key: str
    value: str
    source: str
    valid_from: date
    reason: str


def propose_change(session: Session, actor: Actor, draft: ProposalDraft, *, now: datetime) -> ParameterProposal:
    """The first person's half. Raises NotFound for an unknown key, ProposalRefused, NotAllowed."""
    require(actor, Act.PROPOSE_PARAMETER)
    kind = PARAMETER_KINDS.get(draft.key)
    if kind is None:
        raise NotFound
    value = rules.checked_value(kind, draft.value)
    rules.check_valid_from(draft.valid_from, local_date(now))
    lock_name(session, f"parameter:{draft.key}")
    rules.check_changes(value, str(parameter(session, draft.key, draft.valid_from)))
    _refuse_second(session, draft.key, draft.valid_from)
    proposal = ParameterProposal(
        key=draft.key,
        value=value,
        source=draft.source.strip(),
        valid_from=draft.valid_from,
        reason=draft.reason.strip(),
        proposed_by_id=actor.person_id,
        proposed_for_id=actor.organisation_id,
        proposed_at=now,
    )
    session.add(proposal)
    session.flush()
    _record(session, actor, proposal, "parameter.proposed", None, draft.reason.strip(), now)
    return proposal


def decide_change(
    session: Session, actor: Actor, proposal_id: int, *, approves: bool, reason: str, now: datetime
) -> ParameterProposal:
    """The second person's half: the value goes into force from its day, or the proposal ends with a reason."""
    require(actor, Act.DECIDE_PARAMETER)
    proposal = lock_row(session, ParameterProposal, proposal_id)
    state = ProposalState(proposal.state)
    rules.check_decision(state, proposed_by=proposal.proposed_by_id, decides=actor.person_id)
    if approves:
        rules.check_valid_from(proposal.valid_from, local_date(now))
        _put_in_force(session, proposal)
    else:
        rules.check_rejection_reason(reason)
    proposal.state = (ProposalState.APPROVED if approves else ProposalState.REJECTED).value
    proposal.decided_by_id = actor.person_id
    proposal.decided_at = now
    proposal.decision_reason = reason.strip()
    session.flush()
    action = "parameter.approved" if approves else "parameter.rejected"
    _record(session, actor, proposal, action, state.value, reason.strip() or None, now)
    return proposal


def find_proposal(session: Session, proposal_id: int) -> ParameterProposal:
    """The proposal; raises NotFound. Bureau and operator see all of them."""
    proposal = session.get(ParameterProposal, proposal_id)
    if proposal is None:
        raise NotFound
    return proposal


def _put_in_force(session: Session, proposal: ParameterProposal) -> None:
    lock_name(session, f"parameter:{proposal.key}")
    _refuse_same_day(session, proposal.key, proposal.valid_from)
    unit = session.scalars(
        select(Parameter.unit).where(Parameter.key == proposal.key).order_by(Parameter.valid_from.desc()).limit(1)
    ).one()
    session.add(
        Parameter(
            key=proposal.key,
            value=proposal.value,
            unit=unit,
            source=proposal.source,
            valid_from=proposal.valid_from,
        )
    )


def _refuse_second(session: Session, key: str, valid_from: date) -> None:
    waiting = select(ParameterProposal.id).where(
        ParameterProposal.key == key, ParameterProposal.state == ProposalState.PROPOSED
    )
    if session.scalar(waiting) is not None:
        raise rules.ProposalRefused("parameter.already_proposed", N_("这个参数已有一项变更等待批准，请先处理。"))
    _refuse_same_day(session, key, valid_from)


def _refuse_same_day(session: Session, key: str, valid_from: date) -> None:
    same_day = select(Parameter.id).where(Parameter.key == key, Parameter.valid_from == valid_from)
    if session.scalar(same_day) is not None:
        raise rules.ProposalRefused(
            "parameter.same_day", N_("这个参数在同一天已有新的数值生效，请换一个日期。"), field="valid_from"
        )


def _record(
    session: Session,
    actor: Actor,
    proposal: ParameterProposal,
    action: str,
    before: str | None,
    reason: str | None,
    now: datetime,
) -> None:
    in_force = parameter(session, proposal.key, local_date(now))
    record(
        session,
        EventDraft(
            "parameter_proposal",
            proposal.id,
            action,
            now,
            actor_person_id=actor.person_id,
            actor_organisation_id=actor.organisation_id,
            state_before=before,
            state_after=proposal.state or ProposalState.PROPOSED.value,
            reason=reason,
            payload={
                "key": proposal.key,
                "label": PARAMETER_KINDS[proposal.key].label,
                "value": proposal.value,
                "value_before": _plain(in_force),
                "valid_from": proposal.valid_from.isoformat(),
                "source": proposal.source,
            },
        ),
    )


def _plain(value: Decimal) -> str:
    return f"{value:f}"


def load_holidays(
    session: Session, actor: Actor | None, year: int, days: Sequence[HolidayDay], *, now: datetime
) -> int:
    """Replace one year's table, by somebody of bureau or operator, or from the shell (no actor)."""
    if actor is not None:
        require(actor, Act.LOAD_HOLIDAYS)
    lock_name(session, "holidays")
    number = replace_year(session, year, days)
    record(
        session,
        EventDraft(
            "holiday_year",
            year,
            "holidays.loaded",
            now,
            actor_person_id=actor.person_id if actor else None,
            actor_organisation_id=actor.organisation_id if actor else None,
            payload={
                "year": year,
                "free": [row.day.isoformat() for row in days if not row.is_working],
                "worked": [row.day.isoformat() for row in days if row.is_working],
            },
        ),
    )
    return number


def retry_failed_job(session: Session, actor: Actor, job_id: int, *, now: datetime) -> None:
    """Put a failed job back into the queue, as it was. Raises NotFound, ProposalRefused when it did not fail."""
    require(actor, Act.OPERATE)
    found = text("SELECT task_name, status::text FROM procrastinate_jobs WHERE id = :id FOR UPDATE")
    row = session.execute(found, {"id": job_id}).one_or_none()
    if row is None:
        raise NotFound
    if row.status != JobState.FAILED:
        raise rules.ProposalRefused("job.not_failed", N_("只有执行失败的任务才能重新执行；它的状态可能已经变了。"))
    retry = text("SELECT procrastinate_retry_job_v2(:id, :at, NULL, NULL, NULL)")
    session.execute(retry, {"id": job_id, "at": now})
    _record_operation(session, actor, "job", job_id, "job.retried", {"task": row.task_name}, now)


def request_rebuild(session: Session, actor: Actor, *, now: datetime) -> None:
    """A job that builds a new search index beside the old one and swaps them; one at a time."""
    require(actor, Act.OPERATE)
    lock_name(session, "search.rebuild")
    waiting = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'search.rebuild' AND status = 'todo'")
    if session.scalar(waiting):
        raise rules.ProposalRefused("search.rebuild_waiting", N_("已有一次重建在等待执行，不需要重复提交。"))
    defer(session, "search.rebuild", lock="search.index")
    _record_operation(session, actor, "search_index", 1, "search.rebuild_requested", {}, now)


def _record_operation(
    session: Session, actor: Actor, kind: str, subject_id: int, action: str, payload: dict[str, str], now: datetime
) -> None:
    lock_name(session, f"{kind}:{subject_id}")
    draft = EventDraft(
        kind,
        subject_id,
        action,
        now,
        actor_person_id=actor.person_id,
        actor_organisation_id=actor.organisation_id,
        payload=dict(payload),
    )
    record(session, draft)
