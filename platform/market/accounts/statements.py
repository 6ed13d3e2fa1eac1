"""State and confirm particulars of organisations: one person states them with a paper, another one of the bureau decides.

R&D staff is the denominator of points, former names decide whose a patent is, related parties may not bid: none of
them holds before it is confirmed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts import service
from market.accounts.membership_queries import person_ids_of
from market.accounts.models import Organisation, OrganisationName, OrganisationRelation, OrganisationStatement
from market.accounts.policy import Act, require, require_other_person
from market.accounts.queries import are_related, organisation_by_code
from market.accounts.rules import Actor, OrganisationKind, normalise_name
from market.accounts.statement_rules import (
    StatementDraft,
    StatementKind,
    StatementRefused,
    StatementState,
    check_decision,
    check_source,
    check_staff,
)
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_name, lock_row, lock_rows


def state_own(session: Session, actor: Actor, draft: StatementDraft, *, now: datetime) -> OrganisationStatement:
    """Somebody states a particular of her own organisation. Raises NotAllowed, StatementRefused."""
    require(actor, Act.STATE_PARTICULARS)
    return _propose(session, actor, actor.organisation_id, draft, now)


def record_relation(
    session: Session, actor: Actor, code: str, draft: StatementDraft, *, now: datetime
) -> OrganisationStatement:
    """The operator writes down what the platform learned of two organisations. Raises NotAllowed, StatementRefused."""
    require(actor, Act.RECORD_RELATION)
    if not draft.kind.is_about_two:
        raise StatementRefused("statement.kind", N_("请选择关联关系的变化。"), field="kind")
    return _propose(session, actor, _organisation(code, "code").id, draft, now)


def decide(
    session: Session, actor: Actor, statement_id: int, *, confirms: bool, reason: str, now: datetime
) -> OrganisationStatement:
    """The second person's half: from now on it holds, or it ends with a reason.

    Raises NotFound, NotAllowed for who stated it or belongs to one of the organisations, StatementRefused.
    """
    require(actor, Act.DECIDE_PARTICULARS)
    known = session.get(OrganisationStatement, statement_id)
    if known is None:
        raise NotFound
    parties = [one for one in (known.organisation_id, known.other_id) if one is not None]
    lock_rows(session, Organisation, parties)
    statement = lock_row(session, OrganisationStatement, statement_id)
    check_decision(StatementState(statement.state), confirms=confirms, reason=reason)
    concerned = set[int | None]().union(*(person_ids_of(session, one) for one in parties))
    require_other_person(actor.person_id, Act.DECIDE_PARTICULARS, {statement.proposed_by_id, *concerned})
    if confirms:
        _put_in_force(session, statement, now)
    statement.state = (StatementState.CONFIRMED if confirms else StatementState.REJECTED).value
    statement.decided_by_id, statement.decided_at = actor.person_id, now
    statement.decision_reason = reason.strip()
    session.flush()
    action = "organisation.particular_confirmed" if confirms else "organisation.particular_rejected"
    record_step(session, actor, statement, action, now)
    return statement


def _propose(
    session: Session, actor: Actor, organisation_id: int, draft: StatementDraft, now: datetime
) -> OrganisationStatement:
    today = local_date(now)
    other = _organisation(draft.other_code, "other_code") if draft.kind.is_about_two else None
    parties = lock_rows(session, Organisation, [organisation_id, *([other.id] if other else [])])
    if any(party.merged_into_id is not None for party in parties):
        raise StatementRefused("statement.merged", N_("机构已经并入别的机构，请刷新页面后再操作。"))
    check_source(draft.source, draft.source_date, today)
    statement = OrganisationStatement(
        organisation_id=organisation_id,
        other_id=other.id if other else None,
        kind=draft.kind.value,
        state=StatementState.PROPOSED.value,
        rd_fte=draft.rd_fte if draft.kind is StatementKind.STAFF else None,
        valid_from=draft.valid_from if draft.kind is StatementKind.STAFF else None,
        name=draft.name.strip() if draft.kind is StatementKind.FORMER_NAME else "",
        reason=draft.reason.strip() if draft.kind.is_about_two else "",
        source=draft.source.strip(),
        source_date=draft.source_date,
        proposed_by_id=actor.person_id,
        proposed_for_id=actor.organisation_id,
        proposed_at=now,
    )
    _check(session, statement, now)
    _refuse_second(session, statement)
    session.add(statement)
    session.flush()
    record_step(session, actor, statement, "organisation.particular_stated", now)
    return statement


def _organisation(code: str, field: str) -> Organisation:
    found = organisation_by_code(code)
    if found is None or found.merged_into_id is not None:
        raise StatementRefused("statement.unknown", N_("没有这个代码的机构。"), field=field)
    return found


def _check(session: Session, statement: OrganisationStatement, now: datetime) -> None:
    """Whether it can hold as things are now; asked when it is stated and again when it is confirmed."""
    kind = StatementKind(statement.kind)
    if kind is StatementKind.STAFF:
        organisation = session.get_one(Organisation, statement.organisation_id)
        if organisation.kind != OrganisationKind.INSTITUTION:
            raise StatementRefused("statement.not_institution", N_("只有高校院所登记研发人员。"))
        check_staff(statement.rd_fte, statement.valid_from, local_date(now))
    elif kind is StatementKind.FORMER_NAME:
        _check_name(session, statement)
    else:
        _check_relation(statement, kind)


def _check_name(session: Session, statement: OrganisationStatement) -> None:
    if not statement.name:
        raise StatementRefused("statement.name", N_("请填写曾用名。"), field="name")
    wanted = normalise_name(statement.name)
    lock_name(session, f"organisation name {wanted}")
    current = session.execute(select(Organisation.id, Organisation.name).where(Organisation.merged_into_id.is_(None)))
    holders = {number for number, name in current if normalise_name(name) == wanted}
    former = select(OrganisationName.organisation_id).where(OrganisationName.normalised == wanted)
    holders |= set(session.scalars(former))
    if statement.organisation_id in holders:
        raise StatementRefused("statement.name_held", N_("这个名称已经登记在该机构名下。"), field="name")
    if holders:
        raise StatementRefused(
            "statement.name_taken", N_("这个名称登记在另一机构名下；如为同一单位，请联系平台运营合并。"), field="name"
        )


def _check_relation(statement: OrganisationStatement, kind: StatementKind) -> None:
    assert statement.other_id is not None
    if statement.other_id == statement.organisation_id:
        raise StatementRefused("statement.same", N_("请填写另一机构的代码。"), field="other_code")
    if not statement.reason:
        raise StatementRefused(
            "statement.relation", N_("请说明关联关系，如持股比例、共同的法定代表人。"), field="reason"
        )
    related = are_related(statement.organisation_id, statement.other_id)
    if related and kind is StatementKind.RELATED:
        raise StatementRefused("statement.related", N_("这两个机构已登记为关联方。"), field="other_code")
    if not related and kind is StatementKind.UNRELATED:
        raise StatementRefused("statement.unrelated", N_("这两个机构没有登记为关联方。"), field="other_code")


def _refuse_second(session: Session, statement: OrganisationStatement) -> None:
    """One at a time waits: for staff of the organisation, for each name, for each pair whichever of the two says it."""
    waiting = select(OrganisationStatement).where(
        OrganisationStatement.state == StatementState.PROPOSED.value,
        OrganisationStatement.organisation_id.in_([statement.organisation_id, statement.other_id or 0]),
    )
    subject = _subject(statement)
    if any(_subject(other) == subject for other in session.scalars(waiting)):
        raise StatementRefused("statement.waiting", N_("同一事项已有一份等待确认，请先等它处理。"))


def _subject(statement: OrganisationStatement) -> tuple[object, ...]:
    if statement.other_id is not None:
        return ("pair", *sorted((statement.organisation_id, statement.other_id)))
    return statement.kind, statement.organisation_id, normalise_name(statement.name)


def _put_in_force(session: Session, statement: OrganisationStatement, now: datetime) -> None:
    """What it says holds from now on; a number of staff is found by its day (`statement_queries.staff_on`)."""
    _check(session, statement, now)
    if statement.kind == StatementKind.FORMER_NAME:
        service.add_former_name(session, statement.organisation_id, statement.name)
    if statement.other_id is None:
        return
    low, high = sorted((statement.organisation_id, statement.other_id))
    pair = (OrganisationRelation.first_id == low, OrganisationRelation.second_id == high)
    if statement.kind == StatementKind.UNRELATED:
        ended = update(OrganisationRelation).where(*pair, OrganisationRelation.ended_at.is_(None))
        session.execute(ended.values(ended_at=now))
        return
    known = session.scalar(select(OrganisationRelation).where(*pair, OrganisationRelation.reason == statement.reason))
    if known is not None:
        known.ended_at, known.source, known.source_date = None, statement.source, statement.source_date
        return
    service.declare_relation(
        session, low, high, reason=statement.reason, source=statement.source, source_date=statement.source_date, now=now
    )


def record_step(session: Session, actor: Actor, statement: OrganisationStatement, action: str, now: datetime) -> None:
    """In the stream of each organisation that it is about. Reasons and sources may name people and stay out."""
    about = [one for one in (statement.organisation_id, statement.other_id) if one is not None]
    payload = {
        "statement_id": statement.id,
        "kind": statement.kind,
        "stated_organisation_id": statement.organisation_id,
        "other_organisation_id": statement.other_id,
        "proposed_for_id": statement.proposed_for_id,
        "rd_fte": None if statement.rd_fte is None else str(statement.rd_fte),
        "valid_from": None if statement.valid_from is None else statement.valid_from.isoformat(),
        "name": statement.name,
    }
    for organisation_id in about:
        draft = EventDraft(
            "organisation",
            organisation_id,
            action,
            now,
            actor_person_id=actor.person_id,
            actor_organisation_id=actor.organisation_id,
            reason=statement.decision_reason or None if action.endswith("rejected") else None,
            payload=dict(payload),
        )
        record(session, draft)
