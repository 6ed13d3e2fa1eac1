"""The record: event rows, append-only, hash-chained per stream, refused UPDATE and DELETE by the database.

A stream is the life of one object (`lot:12`). Whoever appends holds that object's row lock, so numbers in a stream
have no gaps. Subscribers wired in app.py get a job in the same transaction for each event that they ask for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel import jobs
from market.kernel.orm import Base, document, identity, moment

GENESIS = "0" * 64
COPY_FROM = 50
"""From so many events on, COPY is worth its round trips."""


class Event(Base):
    """One thing that happened: who, when, before, after, why. Holds references to people, never their data."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("stream", "sequence"),
        Index("ix_event_action_id", "action", "id"),
        Index("ix_event_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[identity]
    stream: Mapped[str] = mapped_column(String(80))
    sequence: Mapped[int] = mapped_column(Integer)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(80))
    occurred_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    actor_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    state_before: Mapped[str | None] = mapped_column(String(40))
    state_after: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[document]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


_HEADS = "kezhuan_event_heads"


@dataclass(frozen=True)
class EventDraft:
    """What a service says happened; number and hashes are added when it is recorded."""

    subject_kind: str
    subject_id: int
    action: str
    occurred_at: datetime
    actor_person_id: int | None = None
    actor_organisation_id: int | None = None
    state_before: str | None = None
    state_after: str | None = None
    reason: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def stream(self) -> str:
        return f"{self.subject_kind}:{self.subject_id}"


def content_hash(previous_hash: str, sequence: int, draft: EventDraft) -> str:
    """SHA-256 over the previous hash and the canonical JSON of everything that the row says."""
    content = {
        "stream": draft.stream,
        "sequence": sequence,
        "action": draft.action,
        "occurred_at": draft.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_person_id": draft.actor_person_id,
        "actor_organisation_id": draft.actor_organisation_id,
        "state_before": draft.state_before,
        "state_after": draft.state_after,
        "reason": draft.reason,
        "payload": draft.payload,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous_hash}\n{canonical}".encode()).hexdigest()


def record(session: Session, draft: EventDraft) -> Event:
    """Append one event to its stream and defer the subscribers' jobs; the caller holds the subject's row lock."""
    return record_many(session, [draft])[0]


def record_many(session: Session, drafts: Sequence[EventDraft]) -> list[Event]:
    """Append many events in three statements, whatever their number; returns them in the order given."""
    heads = _known_heads(session, {draft.stream for draft in drafts})
    rows = []
    for draft in drafts:
        sequence, previous_hash = heads.get(draft.stream, (0, GENESIS))
        sequence += 1
        digest = content_hash(previous_hash, sequence, draft)
        heads[draft.stream] = (sequence, digest)
        rows.append(_row(draft, sequence, previous_hash, digest))
    events = _copy(session, rows) if len(rows) >= COPY_FROM else _insert(session, rows)
    _notify(session, events)
    return events


def _insert(session: Session, rows: Sequence[dict[str, Any]]) -> list[Event]:
    """A few rows by INSERT; the events returned are detached copies of what was written."""
    session.flush()
    table = Base.metadata.tables[Event.__tablename__]
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    ids = session.scalars(statement, rows).all()
    return [Event(id=number, **row) for number, row in zip(ids, rows, strict=True)]


def _copy(session: Session, rows: Sequence[dict[str, Any]]) -> list[Event]:
    """Many rows by COPY, with numbers drawn first; the events returned are detached copies of what was written."""
    session.flush()
    drawn = text("SELECT nextval(pg_get_serial_sequence('event', 'id')) FROM generate_series(1, :number)")
    ids = session.scalars(drawn, {"number": len(rows)}).all()
    columns = ["id", *rows[0]]
    cursor = session.connection().connection.cursor()
    with cursor.copy(f"COPY event ({', '.join(columns)}) FROM STDIN") as copy:
        for number, row in zip(ids, rows, strict=True):
            values = row | {"payload": json.dumps(row["payload"], ensure_ascii=False)}
            copy.write_row((number, *values.values()))
    return [Event(id=number, **row) for number, row in zip(ids, rows, strict=True)]


@contextmanager
def sole_writer(session: Session) -> Iterator[None]:
    """For the loading of an empty database, where nobody else writes: the heads of all streams are remembered."""
    session.info[_HEADS] = _heads(session)
    try:
        yield
    finally:
        del session.info[_HEADS]


def _known_heads(session: Session, streams: set[str]) -> dict[str, tuple[int, str]]:
    known: dict[str, tuple[int, str]] | None = session.info.get(_HEADS)
    return _heads(session, Event.stream.in_(list(streams))) if known is None else known


def _heads(session: Session, *among: ColumnElement[bool]) -> dict[str, tuple[int, str]]:
    """Number and hash of the last event of each stream."""
    statement = (
        select(Event.stream, Event.sequence, Event.hash)
        .where(*among)
        .ext(distinct_on(Event.stream))
        .order_by(Event.stream, Event.sequence.desc())
    )
    return {stream: (sequence, digest) for stream, sequence, digest in session.execute(statement)}


def _row(draft: EventDraft, sequence: int, previous_hash: str, digest: str) -> dict[str, Any]:
    return {
        "stream": draft.stream,
        "sequence": sequence,
        "subject_kind": draft.subject_kind,
        "subject_id": draft.subject_id,
        "action": draft.action,
        "occurred_at": draft.occurred_at,
        "actor_person_id": draft.actor_person_id,
        "actor_organisation_id": draft.actor_organisation_id,
        "state_before": draft.state_before,
        "state_after": draft.state_after,
        "reason": draft.reason,
        "payload": draft.payload,
        "previous_hash": previous_hash,
        "hash": digest,
    }


@dataclass(frozen=True)
class Subscription:
    """`task_name` gets a job for each event that `wants`; `arguments` makes the job's arguments from the event."""

    task_name: str
    wants: Callable[[Event], bool]
    arguments: Callable[[Event], dict[str, Any]]
    lock: str | None = None


_subscriptions: dict[str, Subscription] = {}


def subscribe(subscription: Subscription) -> None:
    """Wire a subscriber (app.py only); the same task name replaces its former wiring."""
    _subscriptions[subscription.task_name] = subscription


def _notify(session: Session, events: Sequence[Event]) -> None:
    for subscription in _subscriptions.values():
        for event in events:
            if subscription.wants(event):
                jobs.defer(session, subscription.task_name, lock=subscription.lock, **subscription.arguments(event))


@dataclass(frozen=True)
class BrokenLink:
    """Where a stream's chain does not hold."""

    event_id: int
    stream: str
    sequence: int
    reason: str


def verify_stream(session: Session, stream: str) -> list[BrokenLink]:
    """Recompute a stream's chain; an empty list means that every row is as it was written."""
    broken = []
    previous_hash, expected = GENESIS, 1
    for event in session.scalars(select(Event).where(Event.stream == stream).order_by(Event.sequence)):
        reasons = faults_of(event, expected, previous_hash)
        broken += [BrokenLink(event.id, stream, event.sequence, reason) for reason in reasons]
        previous_hash, expected = event.hash, event.sequence + 1
    return broken


def faults_of(event: Any, expected_sequence: int, previous_hash: str) -> list[str]:
    """Why this row (an Event or a row with its columns) cannot stand behind `previous_hash`; empty when it can."""
    draft = EventDraft(**{name: getattr(event, name) for name in EventDraft.__dataclass_fields__})
    faults = {
        "stream": event.stream != draft.stream,
        "sequence": event.sequence != expected_sequence,
        "previous_hash": event.previous_hash != previous_hash,
        "content": event.hash != content_hash(event.previous_hash, event.sequence, draft),
    }
    return [reason for reason, is_so in faults.items() if is_so]
