"""成果大厅: the result page and its Excel export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed
from market.accounts.counties import county_name
from market.accounts.policy import Act
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session
from market.kernel.excel import excel_response
from market.kernel.money import Money
from search import pages, queries, service
from search.comparing import comparison
from search.hits import hit_views
from search.jobs import current_engine
from search.query import MAXIMUM_PAGE, PAGE_SIZE, SearchQuery, Sort, parse

blueprint = Blueprint("search", __name__)
EXPORT_BLOCK = 200
EXPORT_ROWS = MAXIMUM_PAGE * PAGE_SIZE


@blueprint.get("/listings")
@allowed(Act.READ_PUBLIC)
def results() -> str | BaseResponse:
    """Hits, facets and pages of a question; without one, everything that is public, newest first."""
    query = parse(request.args)
    session = current_session()
    answer = service.answer(session, current_engine(), query)
    found = answer.found
    paging = pages.paging(query, found)
    if paging.number < query.page:
        return redirect(pages.address(query, page=paging.number))
    rows = queries.hit_rows(session, [hit.id for hit in found.hits])
    institutions = queries.institution_names(session, pages.institution_codes(query, found))
    return render_template(
        "search/results.html",
        query=query,
        paging=paging,
        hits=hit_views(query, found, rows),
        comparison=comparison(query),
        facets=pages.facet_groups(query, found, institutions, gettext),
        notices=[gettext(notice.message, **notice.params) for notice in query.notices],
        is_reduced=answer.is_reduced,
        sort_links=_sort_links(query),
        export_url=pages.address(query, path="/listings/export.xlsx"),
        filter_count=sum(len(values) for _, values in query.filters),
        has_left_the_hall=bool(query.text or query.filters),
    )


def _sort_links(query: SearchQuery) -> list[tuple[str, str, bool]]:
    """(label, address, is chosen); without words there is one order only."""
    if not query.has_words:
        return []
    labels = ((Sort.RELEVANCE, gettext("相关程度")), (Sort.NEWEST, gettext("最新发布")))
    return [(label, pages.address(query, sort=sort), sort is query.sort) for sort, label in labels]


@blueprint.get("/listings/export.xlsx")
@allowed(Act.READ_PUBLIC)
def export() -> Response:
    """The whole list of the same question in the same order, as many rows as can be paged through."""
    name = gettext("成果清单 %(date)s", date=local_date(current_time()).isoformat())
    headings = [
        gettext("挂牌编号"),
        gettext("成果名称"),
        gettext("单位"),
        gettext("所在县市区"),
        gettext("技术领域"),
        gettext("成熟度"),
        gettext("转化方式"),
        gettext("价格（元）"),
        gettext("专利号"),
        gettext("内容摘要"),
        gettext("发布时间"),
    ]
    return excel_response(name, headings, _export_rows(parse(request.args)))


def _export_rows(query: SearchQuery) -> Iterator[list[Any]]:
    session = current_session()
    for page in range(1, EXPORT_ROWS // EXPORT_BLOCK + 1):
        block = query.at_page(page, EXPORT_BLOCK)
        found = service.answer(session, current_engine(), block).found
        rows = queries.hit_rows(session, [hit.id for hit in found.hits])
        yield from (_export_row(rows[hit.id]) for hit in found.hits if hit.id in rows)
        if block.offset + block.limit >= found.total:
            return


def _export_row(row: queries.HitRow) -> list[Any]:
    return [
        row.number,
        row.title,
        row.institution_name,
        county_name(row.county_code),
        gettext(row.field.label),
        gettext(row.stage.label),
        "、".join(gettext(offer.way.label) for offer in row.offers),
        _price_cell(row.offers),
        "、".join(row.patent_numbers),
        row.summary,
        row.published_at,
    ]


def _price_cell(offers: tuple[queries.OfferRow, ...]) -> Money | str:
    """A number where there is one price; otherwise each way with its own."""
    if len(offers) == 1 and offers[0].price is not None:
        return offers[0].price
    return "；".join(
        f"{gettext(offer.way.label)} {offer.price if offer.price is not None else gettext(offer.pricing.label)}"
        for offer in offers
    )
