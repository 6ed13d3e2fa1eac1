"""Use cases: an export of the log leaves its trace; break-glass access by two persons, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.policy import Act, require
from market.accounts.rules import Actor, OrganisationKind
from market.auctions.models import Lot
from market.audit import queries, rules
from market.audit.models import BreakGlassRequest
from market.audit.queries import ENDED, LogFilters
from market.audit.rules import BreakGlassRefused
from market.kernel.errors import N_
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_name, lock_row


@dataclass(frozen=True)
class OpenedLot:
    """What break-glass shows, once: who stands behind each code."""

    number: str
    title: str
    bidders: list[tuple[str, str]]


def record_export(session: Session, actor: Actor, filters: LogFilters, rows: int, *, now: datetime) -> None:
    """Say in the record who took how much of the log away. The name searched for stays out: it is personal data."""
    require(actor, Act.READ_LOG)
    lock_name(session, f"audit_log:{actor.organisation_id}")
    payload = {
        "rows": rows,
        "by_actor": bool(filters.actor),
        "action": filters.action,
        "from": filters.starts_on.isoformat() if filters.starts_on else None,
        "to": filters.ends_on.isoformat() if filters.ends_on else None,
    }
    _record(session, actor, "audit_log", actor.organisation_id, "audit.exported", now, payload=payload)


def request_opening(
    session: Session, actor: Actor, lot_number: str, reason: str, *, now: datetime
) -> BreakGlassRequest:
    """Ask to see who bids on a running lot. Raises BreakGlassRefused without such a lot or without a real reason."""
    require(actor, Act.REQUEST_OPENING)
    stated = rules.stated_reason(reason)
    lot_id = queries.running_lot_id(lot_number)
    if lot_id is None:
        sentence = N_("没有这个正在进行的标的。已结束的标的请直接查看结果。")
        raise BreakGlassRefused("break_glass.lot", sentence, field="lot_number")
    request = BreakGlassRequest(lot_id=lot_id, reason=stated, requested_by_id=actor.person_id, requested_at=now)
    session.add(request)
    session.flush()
    payload = {"lot_id": lot_id}
    _record(session, actor, "break_glass", request.id, "break_glass.requested", now, reason=stated, payload=payload)
    return request


def decide_request(session: Session, actor: Actor, request_id: int, *, approve: bool, now: datetime) -> None:
    """The second operator approves or declines. Raises NotFound, NotAllowed for the own request, BreakGlassRefused."""
    require(actor, Act.DECIDE_OPENING)
    request = lock_row(session, BreakGlassRequest, request_id)
    rules.check_decision(request.as_rules_see_it(), actor.person_id, now)
    request.decided_by_id, request.is_approved, request.decided_at = actor.person_id, approve, now
    action = "break_glass.approved" if approve else "break_glass.declined"
    _record(session, actor, "break_glass", request.id, action, now, payload={"lot_id": request.lot_id})


def open_lot(session: Session, actor: Actor, request_id: int, *, now: datetime) -> OpenedLot:
    """Use the approval: the bidders' identities, once. Those concerned and the city's bureau are told with the reason."""
    require(actor, Act.OPEN_LOT)
    request = lock_row(session, BreakGlassRequest, request_id)
    rules.check_opening(request.as_rules_see_it(), actor.person_id, now)
    lot = session.get_one(Lot, request.lot_id)
    if lot.state in ENDED:
        raise BreakGlassRefused("break_glass.lot_ended", N_("标的已经结束，不再需要紧急查看。"))
    request.used_at = now
    bidders = queries.bidders_of(lot.id)
    bureaus = session.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.BUREAU.value))
    payload = {
        "lot_id": lot.id,
        "lot_number": lot.number,
        "lot_title": lot.title,
        "told_organisation_ids": sorted({number for _, number, _ in bidders} | set(bureaus)),
    }
    _record(session, actor, "break_glass", request.id, "break_glass.used", now, reason=request.reason, payload=payload)
    return OpenedLot(lot.number, lot.title, [(code, name) for code, _, name in bidders])


def _record(
    session: Session,
    actor: Actor,
    subject_kind: str,
    subject_id: int,
    action: str,
    now: datetime,
    *,
    payload: dict[str, Any],
    reason: str | None = None,
) -> None:
    draft = EventDraft(
        subject_kind=subject_kind,
        subject_id=subject_id,
        action=action,
        occurred_at=now,
        actor_person_id=actor.person_id,
        actor_organisation_id=actor.organisation_id,
        reason=reason,
        payload=payload,
    )
    record(session, draft)
