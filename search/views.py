"""成果大厅: the result page and its Excel export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flask import Blueprint, Response, redirect, render_template, request
from flask_babel import get_translations, gettext
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed
from market.accounts.policy import Act
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, only_reads
from market.kernel.excel import excel_response
from search import pages, panel, queries, service
from search.comparing import comparison
from search.easing import eased_question, easings
from search.exporting import Export, headings
from search.highlight import Segment
from search.hits import hit_views
from search.jobs import current_engine
from search.query import parse
from search.suggesting.reading import LITERAL, reread
from search.understood import parts

blueprint = Blueprint("search", __name__)


@blueprint.app_template_filter("highlighted")
def highlighted(segments: Iterable[Segment]) -> Markup:
    """A text with its matches marked, as markup."""
    texts = (f"<mark>{escape(one.text)}</mark>" if one.is_match else escape(one.text) for one in segments)
    return Markup("".join(texts))  # noqa: S704 - escaped piece by piece


@blueprint.get("/listings")
@allowed(Act.READ_PUBLIC)
@only_reads
def results() -> str | BaseResponse:
    """Hits, facets and pages of a question; without one, everything that is public, newest first."""
    query = parse(request.args)
    session = current_session()
    answer = service.answer(session, current_engine(), query)
    rows = queries.hit_rows(session, [hit.id for hit in answer.found.hits])
    meant = reread(session, current_engine(), query, answer, rows.values(), is_literal=LITERAL in request.args)
    if meant.answer is not answer:
        query, answer = meant.query, meant.answer
        rows = queries.hit_rows(session, [hit.id for hit in answer.found.hits])
    found = answer.found
    paging = pages.paging(query, found)
    if paging.number < query.page:
        return redirect(pages.address(query, page=paging.number))
    translate = get_translations().ugettext  # found once: the panel asks for a hundred texts
    institutions = queries.institution_names(session, pages.institution_codes(query, found))
    return render_template(
        "search/results.html",
        query=query,
        paging=paging,
        hits=hit_views(answer.asked, found, rows),
        comparison=comparison(query),
        easings=easings(query, found, institutions, translate),
        eased=eased_question(session, current_engine(), query, answer),
        facets=panel.panel(query, found, institutions, translate),
        chosen=panel.chosen_values(query, institutions, translate),
        notices=[gettext(notice.message, **notice.params) for notice in (*query.notices, *meant.notices)],
        meant=meant,
        understood=parts(query, gettext),
        is_reduced=answer.is_reduced,
        is_cut=found.is_cut,
        is_widened=answer.is_widened,
        none_chosen=pages.address(replace(query, filters=())),
        sort_links=pages.sort_links(query, translate),
        export_url=pages.address(query, path="/listings/export.xlsx"),
        save_url=pages.address(query, path="/console/saved-searches/new"),
        filter_count=sum(len(values) for _, values in query.filters),
        has_left_the_hall=bool(query.text or query.filters),
    )


@blueprint.get("/listings/export.xlsx")
@allowed(Act.READ_PUBLIC)
def export() -> Response:
    """The list of the same question in the same order, best first, and a sheet that says what was asked."""
    name = gettext("成果清单 %(date)s", date=local_date(current_time()).isoformat())
    exported = Export(current_session(), current_engine(), parse(request.args))
    return excel_response(name, headings(), exported.rows(), exported.about())
