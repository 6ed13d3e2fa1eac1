"""Keep the fact table equal to what the event rows say.

Every step is level-triggered: it derives anew what it looks at and writes the difference, so a doubled, late or
out-of-order job ends in the same rows as `rebuild`. All writers of facts stand in one queue (an advisory lock).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, load_only

from market.evaluation.derivation import (
    PUBLICATION,
    SINGLE_EVENT_ACTIONS,
    STATUS_CONFIRMED,
    TALK_ACTIONS,
    FactDraft,
    MalformedEvent,
    SourceEvent,
    fact_of,
)
from market.evaluation.models import Fact
from market.evaluation.validity import DAYS_ONLINE, Publication, publications_in, valid_listings
from market.evaluation.vocabulary import FactKind
from market.kernel.events import Event
from market.kernel.locks import lock_name

log = logging.getLogger("kezhuan.evaluation")

LISTING = "listing"
_WRITERS = "evaluation.facts"
_BATCH = 500
_COLUMNS = tuple(column.key for column in Fact.__table__.columns)


def derive_from_event(session: Session, event_id: int, *, now: datetime) -> None:
    """Bring the facts up to date after one event. Nothing happens for an event that does not exist.

    Raises MalformedEvent when the row does not say what its action promises; nothing is written then.
    """
    lock_name(session, _WRITERS)
    event = session.get(Event, event_id)
    if event is None:
        return
    draft = fact_of(_source(event))
    if draft is not None:
        _write(session, [draft])
    if event.subject_kind == LISTING:
        _derive_valid(session, _achievements_of(session, [event.subject_id]), now=now)
    if event.action == STATUS_CONFIRMED:
        _derive_valid(session, {event.subject_id}, now=now)
    if event.action in TALK_ACTIONS:
        _derive_valid(session, {event.payload["achievement_id"]}, now=now)


def sweep(session: Session, *, now: datetime) -> int:
    """Derive events that have no fact yet and listings whose thirtieth day has come; returns rows written."""
    lock_name(session, _WRITERS)
    drafts = _drafts(_source(event) for event in session.scalars(_events_without_fact()))
    _write(session, drafts)
    due = _achievements_of(session, list(session.scalars(_listings_perhaps_due(now))))
    return len(drafts) + _derive_valid(session, due, now=now)


def rebuild(session: Session, *, now: datetime) -> int:
    """Empty the table and derive every fact anew in this one transaction; returns how many there are.

    Readers see the old rows until the commit. An event row that cannot be read is logged and left out.
    """
    lock_name(session, _WRITERS)
    session.execute(delete(Fact))
    statement = select(Event).where(Event.action.in_(SINGLE_EVENT_ACTIONS)).order_by(Event.id)
    for events in session.scalars(statement.execution_options(yield_per=_BATCH)).partitions():
        _write(session, _drafts(_source(event) for event in events))
    achievements = set(session.scalars(select(_ACHIEVEMENT).where(Event.action == PUBLICATION)))
    _derive_valid(session, achievements, now=now)
    return session.scalar(select(func.count()).select_from(Fact)) or 0


_ACHIEVEMENT = Event.payload["achievement_id"].as_integer()
_BUNDLE = Event.payload["achievement_ids"]
_SOURCE_FIELDS = load_only(
    Event.id, Event.sequence, Event.subject_kind, Event.subject_id, Event.action, Event.occurred_at,
    Event.state_after, Event.payload,
)  # fmt: skip


def _source(event: Event) -> SourceEvent:
    return SourceEvent(
        id=event.id,
        sequence=event.sequence,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        action=event.action,
        occurred_at=event.occurred_at,
        state_after=event.state_after,
        payload=event.payload,
    )


def _drafts(events: Iterable[SourceEvent]) -> list[FactDraft]:
    drafts = []
    for event in events:
        try:
            draft = fact_of(event)
        except MalformedEvent:
            log.exception("an event row cannot be counted")
            continue
        if draft is not None:
            drafts.append(draft)
    return drafts


def _events_without_fact() -> Any:
    counted = exists().where(Fact.event_id == Event.id, Fact.kind != FactKind.LISTING_VALID)
    return select(Event).where(Event.action.in_(SINGLE_EVENT_ACTIONS), ~counted).order_by(Event.id)


def _listings_perhaps_due(now: datetime) -> Any:
    counted = exists().where(Fact.event_id == Event.id, Fact.kind == FactKind.LISTING_VALID)
    return (
        select(Event.subject_id)
        .where(Event.action == PUBLICATION, Event.occurred_at <= now - timedelta(days=DAYS_ONLINE), ~counted)
        .distinct()
    )


def _achievements_of(session: Session, listing_ids: Collection[int]) -> set[int]:
    statement = select(_ACHIEVEMENT, _BUNDLE).where(
        Event.subject_kind == LISTING, Event.subject_id.in_(listing_ids), Event.action == PUBLICATION
    )
    return {one for lead, bundle in session.execute(statement) for one in (bundle or (lead,))}


def _derive_valid(session: Session, achievement_ids: Collection[int], *, now: datetime) -> int:
    """Make the valid listings of these achievements what their events say; returns rows written."""
    written = 0
    groups = _offered_together(session, achievement_ids)
    for start in range(0, len(groups), _BATCH):
        publications = _publications(session, groups[start : start + _BATCH])
        drafts = [draft for group in publications.values() for draft in _valid(group, now)]
        event_ids = [publication.event.id for group in publications.values() for publication in group]
        _forget(session, event_ids, keep=[draft.event_id for draft in drafts])
        _write(session, drafts)
        written += len(drafts)
    return written


def _offered_together(session: Session, achievement_ids: Collection[int]) -> list[frozenset[int]]:
    """The achievements in groups, each with all that a bundle ever offered together with one of the group."""
    group_of: dict[int, set[int]] = {}
    statement = select(_BUNDLE).where(Event.action == PUBLICATION, Event.payload.has_key("achievement_ids"))
    for bundle in session.scalars(statement):
        joined = set(bundle).union(*(group_of.get(one, ()) for one in bundle))
        group_of |= dict.fromkeys(joined, joined)
    found = {frozenset(group_of.get(one, (one,))) for one in achievement_ids}
    return sorted(found, key=min)


def _valid(publications: list[Publication], now: datetime) -> list[FactDraft]:
    try:
        return valid_listings(publications, now)
    except MalformedEvent:
        log.exception("a publication cannot be counted")
        return []


def _publications(session: Session, groups: Sequence[frozenset[int]]) -> Mapping[int, list[Publication]]:
    """All publications of these groups, by place of the group, each with what followed in its listing's stream."""
    place_of = {one: place for place, group in enumerate(groups) for one in group}
    achievement_ids = sorted(place_of)
    listings = select(Event.subject_id).where(Event.action == PUBLICATION, _ACHIEVEMENT.in_(achievement_ids))
    statement = (
        select(Event)
        .options(_SOURCE_FIELDS)
        .where(Event.subject_kind == LISTING, Event.subject_id.in_(listings))
        .order_by(Event.subject_id, Event.sequence)
    )
    statuses, talk = _statuses(session, achievement_ids), _talk(session, achievement_ids)
    found: dict[int, list[Publication]] = {}
    for _, rows in groupby(session.scalars(statement), key=lambda event: event.subject_id):
        stream = [_source(event) for event in rows]
        for lead in {event.payload["achievement_id"] for event in stream if event.action == PUBLICATION} & set(
            place_of
        ):
            place = place_of[lead]
            recorded = [event for one in sorted(groups[place]) for event in statuses.get(one, ())]
            published = publications_in(stream, recorded, talk.get(lead, ()))
            found.setdefault(place, []).extend(one for one in published if one.event.payload["achievement_id"] == lead)
    return found


def _statuses(session: Session, achievement_ids: list[int]) -> dict[int, list[SourceEvent]]:
    """What was recorded of the legal status of these achievements' rights."""
    statement = (
        select(Event)
        .options(_SOURCE_FIELDS)
        .where(Event.subject_kind == "achievement", Event.subject_id.in_(achievement_ids))
        .where(Event.action == STATUS_CONFIRMED)
    )
    found: dict[int, list[SourceEvent]] = {}
    for event in session.scalars(statement):
        found.setdefault(event.subject_id, []).append(_source(event))
    return found


def _talk(session: Session, achievement_ids: list[int]) -> dict[int, list[SourceEvent]]:
    """What was asked about listings of these achievements, and what ended the waiting."""
    statement = (
        select(Event)
        .options(_SOURCE_FIELDS)
        .where(Event.action.in_(TALK_ACTIONS), _ACHIEVEMENT.in_(achievement_ids))
        .order_by(Event.id)
    )
    found: dict[int, list[SourceEvent]] = {}
    for event in session.scalars(statement):
        found.setdefault(event.payload["achievement_id"], []).append(_source(event))
    return found


def _forget(session: Session, event_ids: Collection[int], *, keep: Collection[int]) -> None:
    statement = delete(Fact).where(
        Fact.kind == FactKind.LISTING_VALID, Fact.event_id.in_(event_ids), Fact.event_id.not_in(keep)
    )
    session.execute(statement)


def _write(session: Session, drafts: Collection[FactDraft]) -> None:
    """Insert the facts; a fact that stands already becomes what the event says."""
    rows = [asdict(draft) for draft in drafts]
    for start in range(0, len(rows), _BATCH):
        statement = insert(Fact).values(rows[start : start + _BATCH])
        changes = {name: statement.excluded[name] for name in _COLUMNS if name not in ("event_id", "kind")}
        session.execute(statement.on_conflict_do_update(index_elements=["event_id", "kind"], set_=changes))
