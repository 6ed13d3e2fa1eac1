"""What happened to an object, by whom, why: event rows as a person reads them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select

from market.accounts.models import Organisation, Person
from market.kernel.db import current_session
from market.kernel.events import Event

LONGEST = 200
"""So many lines a page shows; the log has all of them."""


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a timeline; `actor` is a person with her organisation, or the platform itself."""

    at: datetime
    actor: str
    text: str
    reason: str | None
    rule: str | None = None


def timeline(
    subject_kind: str,
    subject_id: int,
    texts: Mapping[str, str],
    *,
    names_people: bool = True,
    inner_reasons: Collection[str] = (),
    limit: int = LONGEST,
) -> list[TimelineEntry]:
    """Newest first, at most `limit`. Events whose action has no text are inner steps and stay out.

    Of the actions in `inner_reasons` it is told that they happened, not why.
    """
    statement = (
        select(Event, Person.display_name, Organisation.name)
        .outerjoin(Person, Person.id == Event.actor_person_id)
        .outerjoin(Organisation, Organisation.id == Event.actor_organisation_id)
        .where(Event.subject_kind == subject_kind, Event.subject_id == subject_id, Event.action.in_(texts.keys()))
        .order_by(Event.sequence.desc())
        .limit(limit)
    )
    return [
        TimelineEntry(
            event.occurred_at,
            _actor(person, organisation, names_people),
            gettext(texts[event.action]),
            None if event.action in inner_reasons else event.reason,
        )
        for event, person, organisation in current_session().execute(statement)
    ]


def _actor(person: str | None, organisation: str | None, names_people: bool) -> str:
    if organisation is None:
        return person if names_people and person else str(gettext("平台自动"))
    return f"{organisation} · {person}" if names_people and person else organisation
