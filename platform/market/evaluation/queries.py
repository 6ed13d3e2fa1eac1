"""Reads of the evaluation: institutions with every indicator, and the facts behind a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import extract, func, select

from market.accounts.models import Organisation
from market.accounts.rules import OrganisationKind, PeerGroup
from market.accounts.statement_queries import staff_on
from market.evaluation.models import Fact
from market.evaluation.rules import Counted, Evaluation, EvaluationScheme, evaluate, years_needed
from market.evaluation.scheme import parse_scheme, scheme_row
from market.evaluation.vocabulary import FactKind
from market.kernel.clock import SHANGHAI, local_date
from market.kernel.db import current_session

MAXIMUM_SHOWN_FACTS = 200


@dataclass(frozen=True)
class PublishedScheme:
    """The scheme that a year is computed by. `is_late`: published after the year began, so it is a trial run."""

    rules: EvaluationScheme
    published_at: datetime
    is_late: bool


@dataclass(frozen=True)
class InstitutionRow:
    """An institution as the evaluation sees it."""

    id: int
    code: str
    name: str
    county_code: str | None
    peer_group: PeerGroup | None
    rd_fte: Decimal | None


@dataclass(frozen=True)
class InstitutionEvaluation:
    """One line of the scores, and the head of a trace."""

    institution: InstitutionRow
    evaluation: Evaluation


@dataclass(frozen=True)
class CountedFact:
    """One fact behind a value: what was counted, when, from which event row."""

    event_id: int
    kind: FactKind
    occurred_on: date
    number: str
    title: str
    published_on: date | None
    bundled: int = 0
    """So many achievements in one listing, counted once; 0 for a listing of one."""


def published_scheme(year: int) -> PublishedScheme | None:
    """The scheme for a year, or None while none is published."""
    row = scheme_row(current_session(), year)
    if row is None:
        return None
    is_late = local_date(row.published_at) >= date(year, 1, 1)
    return PublishedScheme(parse_scheme(row.indicators), row.published_at, is_late)


def evaluate_institutions(scheme: EvaluationScheme, year: int) -> list[InstitutionEvaluation]:
    """Every institution with every indicator, by peer group and name; three queries whatever their number.

    R&D staff is the number in force on the year's last day: what is stated later leaves earlier years as they were.
    """
    institutions = _institutions(date(year, 12, 31))
    members = _counted(institutions, scheme, year)
    return [
        InstitutionEvaluation(row, evaluate(Counted(row.id, row.peer_group, row.rd_fte, {}), members, scheme, year))
        for row in institutions
    ]


def _institutions(day: date) -> list[InstitutionRow]:
    stated = staff_on(day)
    statement = (
        select(Organisation)
        .where(Organisation.kind == OrganisationKind.INSTITUTION, Organisation.merged_into_id.is_(None))
        .order_by(Organisation.peer_group, Organisation.name)
    )
    return [
        InstitutionRow(
            row.id,
            row.code,
            row.name,
            row.county_code,
            PeerGroup(row.peer_group) if row.peer_group else None,
            stated.get(row.id, row.rd_fte),
        )
        for row in current_session().scalars(statement)
    ]


def _counted(
    institutions: Sequence[InstitutionRow], scheme: EvaluationScheme, year: int
) -> Mapping[FactKind, list[Counted]]:
    first, last = years_needed(scheme, year)
    kinds = [indicator.source for indicator in scheme.indicators if indicator.source is not None]
    fact_year = extract("year", Fact.occurred_on)
    statement = (
        select(Fact.kind, Fact.institution_id, fact_year, func.count())
        .where(Fact.kind.in_(kinds), Fact.occurred_on.between(date(first, 1, 1), date(last, 12, 31)))
        .group_by(Fact.kind, Fact.institution_id, fact_year)
    )
    counts: dict[tuple[str, int], dict[int, int]] = {}
    for kind, institution_id, counted_year, count in current_session().execute(statement):
        counts.setdefault((kind, institution_id), {})[int(counted_year)] = count
    return {
        kind: [Counted(row.id, row.peer_group, row.rd_fte, counts.get((kind, row.id), {})) for row in institutions]
        for kind in kinds
    }


def facts_behind(institution_id: int, kind: FactKind, year: int, years: int) -> tuple[list[CountedFact], int]:
    """The facts that a value of `year` counts over so many years back, newest first (at most 200), and how many."""
    conditions = (
        Fact.institution_id == institution_id,
        Fact.kind == kind,
        Fact.occurred_on.between(date(year - years + 1, 1, 1), date(year, 12, 31)),
    )
    total = current_session().scalar(select(func.count()).select_from(Fact).where(*conditions)) or 0
    statement = (
        select(Fact).where(*conditions).order_by(Fact.occurred_on.desc(), Fact.event_id).limit(MAXIMUM_SHOWN_FACTS)
    )
    return [_counted_fact(fact) for fact in current_session().scalars(statement)], total


def _counted_fact(fact: Fact) -> CountedFact:
    details: dict[str, Any] = fact.details
    published_on = details.get("published_on")
    return CountedFact(
        event_id=fact.event_id,
        kind=FactKind(fact.kind),
        occurred_on=fact.occurred_on,
        number=details.get("number", ""),
        title=details.get("title", ""),
        published_on=date.fromisoformat(published_on) if published_on else None,
        bundled=len(details.get("achievement_ids", ())),
    )


def local_year(now: datetime) -> int:
    """The calendar year in Wenzhou."""
    return now.astimezone(SHANGHAI).year
