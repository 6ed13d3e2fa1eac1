"""Scores of the institutions and the trace of every point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor
from market.accounts.counties import county_name
from market.accounts.policy import Act
from market.accounts.rules import PeerGroup
from market.accounts.timeline import TimelineEntry
from market.evaluation import queries
from market.evaluation.access import Scope, evaluation_for, own_evaluation, scope_of
from market.evaluation.queries import CountedFact, InstitutionEvaluation, PublishedScheme
from market.evaluation.rules import Trace
from market.evaluation.timeline import score_timeline
from market.kernel.clock import current_time
from market.kernel.excel import excel_response
from market.kernel.lists import Orders

blueprint = Blueprint("evaluation", __name__)
FIRST_YEAR = 2024
"""The first year that a score of 2026 counts in."""

ORDERS = Orders(dict.fromkeys(("name", "county", "staff", "points")))
SORTED_BY: dict[str, Callable[[InstitutionEvaluation], Any]] = {
    "name": lambda row: row.institution.name,
    "county": lambda row: row.institution.county_code,
    "staff": lambda row: row.institution.rd_fte,
    "points": lambda row: row.evaluation.points,
}


@dataclass(frozen=True)
class TraceView:
    """One indicator with the facts behind it."""

    trace: Trace
    facts: list[CountedFact]
    fact_total: int


@blueprint.get("/console/monitoring/scores")
@allowed(Act.READ_SCORES)
def scores() -> str:
    year = _requested_year()
    group = _requested_group()
    scheme = queries.published_scheme(year)
    return render_template(
        "evaluation/scores.html",
        year=year,
        years=_years(),
        groups=list(PeerGroup),
        group=group,
        scheme=scheme,
        order=ORDERS.requested(),
        rows=_visible(scheme, year, group, scope_of(current_actor(), Act.READ_SCORES)),
        computed_at=current_time(),
        scheme_text=_scheme_text,
    )


@blueprint.get("/console/monitoring/scores/export.xlsx")
@allowed(Act.READ_SCORES)
def export_scores() -> Response:
    year = _requested_year()
    scheme = queries.published_scheme(year)
    rows = _visible(scheme, year, _requested_group(), scope_of(current_actor(), Act.READ_SCORES))
    indicators = scheme.rules.indicators if scheme else ()
    headings = [_("机构代码"), _("机构"), _("所在县（市、区）"), _("同类组"), _("研发人员全时当量")]
    headings += [f"{indicator.code} {_(indicator.name)}" for indicator in indicators]
    headings += [_("已计量得分"), _("已计量权重")]
    return excel_response(_("评价得分 %(year)s", year=year), headings, (_cells(row) for row in rows))


@blueprint.get("/console/monitoring/scores/<code>")
@allowed(Act.READ_SCORES)
def institution(code: str) -> str:
    year = _requested_year()
    scheme = queries.published_scheme(year)
    found = queries.evaluate_institutions(scheme.rules, year) if scheme else []
    return _trace_page(scheme, evaluation_for(current_actor(), code, found), year, is_own=False)


@blueprint.get("/console/evaluation")
@allowed(Act.READ_OWN_SCORE)
def own_score() -> str:
    year = _requested_year()
    scheme = queries.published_scheme(year)
    found = queries.evaluate_institutions(scheme.rules, year) if scheme else []
    return _trace_page(scheme, own_evaluation(current_actor(), found), year, is_own=True)


def _trace_page(scheme: PublishedScheme | None, row: InstitutionEvaluation, year: int, *, is_own: bool) -> str:
    return render_template(
        "evaluation/trace.html",
        scheme=scheme,
        row=row,
        traces=[_trace_view(row, trace) for trace in row.evaluation.traces],
        year=year,
        years=_years(),
        is_own=is_own,
        events=_events(scheme, row, year) if scheme else [],
        computed_at=current_time(),
        scheme_text=_scheme_text,
    )


def _events(scheme: PublishedScheme, row: InstitutionEvaluation, year: int) -> list[TimelineEntry]:
    kinds = {indicator.source for indicator in scheme.rules.indicators if indicator.source is not None}
    first = date(year - len(scheme.rules.year_weights) + 1, 1, 1)
    return score_timeline(row.institution.id, scheme, kinds, first, date(year, 12, 31))


def _trace_view(row: InstitutionEvaluation, trace: Trace) -> TraceView:
    if trace.value is None or trace.indicator.source is None:
        return TraceView(trace, [], 0)
    span = len(trace.value.parts)
    facts, total = queries.facts_behind(row.institution.id, trace.indicator.source, trace.year, span)
    return TraceView(trace, facts, total)


def _visible(
    scheme: PublishedScheme | None, year: int, group: PeerGroup | None, scope: Scope
) -> list[InstitutionEvaluation]:
    """Points stand on the whole peer group, also where the reader may see only a part of it."""
    found = queries.evaluate_institutions(scheme.rules, year) if scheme else []
    shown = (
        row
        for row in found
        if scope.includes(row.institution.county_code) and (group is None or row.institution.peer_group is group)
    )
    return ORDERS.requested().sorted(shown, SORTED_BY)


def _cells(row: InstitutionEvaluation) -> list[object]:
    institution_row, evaluation = row.institution, row.evaluation
    group = institution_row.peer_group
    points = [_("未计量") if trace.points is None else trace.points for trace in evaluation.traces]
    return [
        institution_row.code,
        institution_row.name,
        county_name(institution_row.county_code),
        _(group.label) if group else "—",
        institution_row.rd_fte,
        *points,
        evaluation.points,
        evaluation.measured_weight,
    ]


def _scheme_text(text: str) -> str:
    """A text of the scheme in the reader's language. Template calls of gettext would take its percent signs for places."""
    return str(_(text))


def _years() -> list[int]:
    return list(range(queries.local_year(current_time()), FIRST_YEAR - 1, -1))


def _requested_year() -> int:
    text = request.args.get("year", "")
    years = _years()
    return int(text) if text in {str(year) for year in years} else years[0]


def _requested_group() -> PeerGroup | None:
    text = request.args.get("group", "")
    return PeerGroup(text) if text in set(PeerGroup) else None
