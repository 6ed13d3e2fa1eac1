"""What made a score what it is, in the order in which it happened: the scheme, the staff, everything that was counted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select

from market.accounts.models import OrganisationStatement
from market.accounts.statement_rules import StatementKind, StatementState
from market.accounts.timeline import TimelineEntry
from market.evaluation.models import Fact
from market.evaluation.queries import PublishedScheme
from market.evaluation.vocabulary import FactKind
from market.kernel.db import current_session
from market.kernel.events import Event

LONGEST = 100
"""So many lines the page shows; the records behind each number are all of them."""


def score_timeline(
    institution_id: int, scheme: PublishedScheme, kinds: Collection[FactKind], first: date, last: date
) -> list[TimelineEntry]:
    """Newest first, at most 100: facts of these kinds on these days, numbers of staff in force by then, the scheme."""
    entries = [_published(scheme), *_staff(institution_id, last), *_facts(institution_id, kinds, first, last)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:LONGEST]


def _published(scheme: PublishedScheme) -> TimelineEntry:
    text = _("公布评价方案（%(year)s 年度第 %(version)s 版）", year=scheme.rules.year, version=scheme.rules.version)
    return TimelineEntry(scheme.published_at, "", text, None)


def _staff(institution_id: int, last: date) -> list[TimelineEntry]:
    statement = select(OrganisationStatement).where(
        OrganisationStatement.organisation_id == institution_id,
        OrganisationStatement.kind == StatementKind.STAFF.value,
        OrganisationStatement.state == StatementState.CONFIRMED.value,
        OrganisationStatement.valid_from <= last,
    )
    return [
        TimelineEntry(
            _decided(row),
            "",
            _("研发人员全时当量确认为 %(number)s，%(day)s 起生效", number=row.rd_fte, day=row.valid_from),
            None,
            row.source,
        )
        for row in current_session().scalars(statement)
    ]


def _decided(row: OrganisationStatement) -> datetime:
    assert row.decided_at is not None  # the table's own rule for what is confirmed
    return row.decided_at


def _facts(institution_id: int, kinds: Collection[FactKind], first: date, last: date) -> list[TimelineEntry]:
    statement = (
        select(Fact, Event.occurred_at)
        .join(Event, Event.id == Fact.event_id)
        .where(Fact.institution_id == institution_id, Fact.kind.in_(kinds), Fact.occurred_on.between(first, last))
        .order_by(Event.occurred_at.desc(), Fact.event_id.desc())
        .limit(LONGEST)
    )
    return [TimelineEntry(at, "", _counted(fact), None) for fact, at in current_session().execute(statement)]


def _counted(fact: Fact) -> str:
    said = {
        "kind": _(FactKind(fact.kind).label),
        "title": fact.details.get("title", ""),
        "number": fact.details.get("number", ""),
        "day": fact.occurred_on,
    }
    return str(_("计入%(kind)s：%(title)s（%(number)s），计入日期 %(day)s", **said))
