"""Reads of the log, the anchors and the break-glass requests. Who acts on a lot stays hidden until it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, null, or_, select
from sqlalchemy.orm import aliased

from market.accounts.models import Organisation, Person
from market.auctions.models import Lot, LotRegistration
from market.auctions.vocabulary import LotState
from market.audit.models import AuditAnchor, BreakGlassRequest
from market.audit.vocabulary import BreakGlassState
from market.deals.models import Application, Deal
from market.kernel.clock import SHANGHAI
from market.kernel.db import current_session
from market.kernel.events import Event
from market.kernel.lists import ListQuery, Orders
from market.listings.models import Listing

EXPORT_LIMIT = 50_000
ENDED = (LotState.SOLD, LotState.UNSOLD, LotState.WITHDRAWN, LotState.TERMINATED)
_NUMBERED = {
    "listing": (Listing.id, Listing.number),
    "lot": (Lot.id, Lot.number),
    "application": (Application.id, Application.number),
    "deal": (Deal.id, Deal.number),
}


@dataclass(frozen=True)
class LogFilters:
    """What is looked for. Days are days in Wenzhou and belong to the period."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class LogRow:
    """One event. `is_hidden`: done on a lot that has not ended, so nobody may see by whom."""

    id: int
    occurred_at: datetime
    subject_kind: str
    subject_id: int
    subject_name: str
    action: str
    person: str | None
    organisation: str | None
    is_hidden: bool
    state_before: str | None
    state_after: str | None
    reason: str | None
    hash: str


@dataclass(frozen=True)
class AnchorRow:
    """One anchor as the public page shows it."""

    day: date
    made_at: datetime
    stream_count: int
    event_count: int
    root: str


@dataclass(frozen=True)
class BreakGlassRow:
    """One request with the names of both operators."""

    id: int
    lot_number: str
    lot_title: str
    reason: str
    requested_by_id: int
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    used_at: datetime | None
    state: BreakGlassState


def _on_open_lot() -> ColumnElement[bool]:
    is_open = select(Lot.id).where(Lot.id == Event.subject_id, Lot.state.not_in(ENDED))
    return and_(Event.subject_kind == "lot", is_open.exists())


def log_conditions(filters: LogFilters) -> list[ColumnElement[bool]]:
    """Conditions of the search. Looking for an actor never finds what is hidden: the answer would tell."""
    conditions: list[ColumnElement[bool]] = []
    if filters.actor:
        conditions += [_by(filters.actor), ~_on_open_lot()]
    if filters.action:
        conditions.append(or_(Event.action == filters.action, Event.action.startswith(filters.action, autoescape=True)))
    if filters.subject:
        conditions.append(_about(filters.subject))
    if filters.starts_on:
        conditions.append(Event.occurred_at >= _midnight(filters.starts_on))
    if filters.ends_on:
        conditions.append(Event.occurred_at < _midnight(filters.ends_on + timedelta(days=1)))
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _by(text: str) -> ColumnElement[bool]:
    people = select(Person.id).where(
        or_(Person.display_name.icontains(text, autoescape=True), func.lower(Person.email) == text.lower())
    )
    organisations = select(Organisation.id).where(
        or_(Organisation.name.icontains(text, autoescape=True), Organisation.code == text.upper())
    )
    return or_(Event.actor_person_id.in_(people), Event.actor_organisation_id.in_(organisations))


def _about(text: str) -> ColumnElement[bool]:
    """An object by its number or code, or a stream by its name (`lot:12`)."""
    found = [Event.stream == text]
    for kind, (key, number) in _NUMBERED.items():
        numbered = select(key).where(number == text.upper())
        found.append(and_(Event.subject_kind == kind, Event.subject_id.in_(numbered)))
    coded = select(Organisation.id).where(Organisation.code == text.upper())
    found.append(and_(Event.subject_kind == "organisation", Event.subject_id.in_(coded)))
    return or_(*found)


def count_log(conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many events fit."""
    return current_session().scalar(select(func.count(Event.id)).where(*conditions)) or 0


def _known_actor(name: SQLColumnExpression[str]) -> ColumnElement[Any]:
    """The name to sort by; none where the actor is hidden, or the order would tell."""
    return case((_on_open_lot(), null()), else_=name)


LOG_ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "newest": (Event.id.desc(),),
    "oldest": (Event.id.asc(),),
    "subject": (Event.subject_kind.asc(), Event.subject_id.asc(), Event.id.desc()),
    "action": (Event.action.asc(), Event.id.desc()),
    "actor": (
        _known_actor(Organisation.name).asc().nulls_last(),
        _known_actor(Person.display_name).asc().nulls_last(),
        Event.id.desc(),
    ),
}
"""What the log can be sorted by; keys come from the address."""


def list_log(
    conditions: Sequence[ColumnElement[bool]], *, order: str = "newest", limit: int, offset: int = 0
) -> list[LogRow]:
    """A page of events; `order` is a key of LOG_ORDERS."""
    statement = (
        select(Event, Person.display_name, Organisation.name, _on_open_lot())
        .outerjoin(Person, Person.id == Event.actor_person_id)
        .outerjoin(Organisation, Organisation.id == Event.actor_organisation_id)
        .where(*conditions)
        .order_by(*LOG_ORDERS[order])
        .limit(limit)
        .offset(offset)
    )
    rows = current_session().execute(statement).all()
    names = _names_of_subjects([row[0] for row in rows])
    return [
        LogRow(
            id=event.id,
            occurred_at=event.occurred_at,
            subject_kind=event.subject_kind,
            subject_id=event.subject_id,
            subject_name=names.get((event.subject_kind, event.subject_id), str(event.subject_id)),
            action=event.action,
            person=None if is_hidden else person,
            organisation=None if is_hidden else organisation,
            is_hidden=is_hidden,
            state_before=event.state_before,
            state_after=event.state_after,
            reason=event.reason,
            hash=event.hash,
        )
        for event, person, organisation, is_hidden in rows
    ]


def _names_of_subjects(events: Sequence[Event]) -> dict[tuple[str, int], str]:
    """Numbers of listings, lots, applications and deals, codes of organisations: one query a kind."""
    wanted: dict[str, set[int]] = {}
    for event in events:
        wanted.setdefault(event.subject_kind, set()).add(event.subject_id)
    found: dict[tuple[str, int], str] = {}
    for kind, (key, name) in {**_NUMBERED, "organisation": (Organisation.id, Organisation.code)}.items():
        if kind in wanted:
            rows = current_session().execute(select(key, name).where(key.in_(wanted[kind])))
            found |= {(kind, row[0]): row[1] for row in rows}
    return found


def count_anchors() -> int:
    """How many anchors there are."""
    return current_session().scalar(select(func.count(AuditAnchor.id))) or 0


def list_anchors(*, limit: int, offset: int = 0) -> list[AnchorRow]:
    """Anchors, newest first."""
    statement = select(AuditAnchor).order_by(AuditAnchor.day.desc()).limit(limit).offset(offset)
    return [
        AnchorRow(row.day, row.made_at, row.stream_count, row.event_count, row.root)
        for row in current_session().scalars(statement)
    ]


_asking, _deciding = aliased(Person), aliased(Person)


def request_conditions(text: str) -> list[ColumnElement[bool]]:
    """`text`: part of the lot's number or title, or of the reason."""
    words = (Lot.number, Lot.title, BreakGlassRequest.reason)
    return [or_(*(column.icontains(text, autoescape=True) for column in words))] if text else []


def break_glass_requests(now: datetime) -> ListQuery[BreakGlassRow]:
    """Break-glass requests as they stand now, by themselves the newest first."""

    def row_of(found: Any) -> BreakGlassRow:
        row, number, title, requested_by, decided_by = found
        return BreakGlassRow(
            id=row.id,
            lot_number=number,
            lot_title=title,
            reason=row.reason,
            requested_by_id=row.requested_by_id,
            requested_by=requested_by,
            requested_at=row.requested_at,
            decided_by=decided_by,
            decided_at=row.decided_at,
            used_at=row.used_at,
            state=row.as_rules_see_it().state(now),
        )

    statement = (
        select(BreakGlassRequest, Lot.number, Lot.title, _asking.display_name, _deciding.display_name)
        .join(Lot, Lot.id == BreakGlassRequest.lot_id)
        .join(_asking, _asking.id == BreakGlassRequest.requested_by_id)
        .outerjoin(_deciding, _deciding.id == BreakGlassRequest.decided_by_id)
    )
    return ListQuery(statement, row_of, REQUEST_ORDERS)


REQUEST_ORDERS = Orders(
    {
        "lot": Lot.number,
        "requested": BreakGlassRequest.requested_at,
        "by": _asking.display_name,
        "decided": BreakGlassRequest.decided_at,
    },
    default=(BreakGlassRequest.id.desc(),),
    last=BreakGlassRequest.id,
)


def running_lot_id(number: str) -> int | None:
    """The lot with this number, unless it has ended."""
    running = (Lot.number == number.strip().upper(), Lot.state.not_in(ENDED))
    return current_session().scalar(select(Lot.id).where(*running))


def bidders_of(lot_id: int) -> list[tuple[str, int, str]]:
    """Code, organisation and its name of everybody registered for a lot; only break-glass may show it."""
    statement = (
        select(LotRegistration.bidder_code, Organisation.id, Organisation.name)
        .join(Organisation, Organisation.id == LotRegistration.organisation_id)
        .where(LotRegistration.lot_id == lot_id)
        .order_by(LotRegistration.bidder_code)
    )
    return [(code, number, name) for code, number, name in current_session().execute(statement)]
