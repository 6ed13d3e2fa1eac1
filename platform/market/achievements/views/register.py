"""The register: list, Excel, one achievement, what the officer states about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.achievements import queries
from market.achievements.importing.headings import Column
from market.achievements.queries import RegisterFilters
from market.achievements.views.blueprint import Answer, blueprint
from market.achievements.vocabulary import PATENT_KINDS, AchievementKind, OwnershipStatus
from market.kernel.clock import current_time, local_date
from market.kernel.excel import excel_response
from market.kernel.paging import address_with, requested_page

PAGE_SIZES = (25, 50, 100)
_YEARS = range(1985, 2200)
_TEXT_CHARACTERS = 200


def _filters() -> RegisterFilters:
    given = request.args
    kind, ownership, year = given.get("kind", ""), given.get("ownership", ""), given.get("year", "")
    sort, state = given.get("sort", ""), given.get("state", "")
    known_year = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None  # noqa: PLR2004
    return RegisterFilters(
        text=given.get("text", "").replace("\x00", "")[:_TEXT_CHARACTERS].strip(),
        kind=AchievementKind(kind) if kind in set(AchievementKind) else None,
        state=state if state in queries.STATES else None,
        ownership=OwnershipStatus(ownership) if ownership in set(OwnershipStatus) else None,
        is_listed={"yes": True, "no": False}.get(given.get("listed", "")),
        year=known_year if known_year in _YEARS else None,
        sort=sort if sort in queries.SORTS else "filed",
        is_descending=given.get("order", "desc") != "asc",
    )


def _page_size() -> int:
    size = request.args.get("size", "")
    return int(size) if size in {str(known) for known in PAGE_SIZES} else PAGE_SIZES[0]


@blueprint.get("/console/register")
@allowed(Act.READ_REGISTER)
def register() -> Answer:
    actor, today, filters = current_actor(), local_date(current_time()), _filters()
    page = requested_page(queries.count_register(actor.organisation_id, filters, today), _page_size())
    rows = queries.register_rows(actor.organisation_id, filters, today, limit=page.size, offset=page.offset)
    return render_template(
        "achievements/register.html",
        rows=rows,
        page=page,
        filters=filters,
        is_filtered=any(request.args.get(name) for name in ("text", "kind", "state", "ownership", "listed", "year")),
        counts=queries.register_counts(actor.organisation_id, today),
        years=queries.filing_years(actor.organisation_id),
        kinds=[kind for kind in AchievementKind if kind in PATENT_KINDS],
        ownerships=list(OwnershipStatus),
        sizes=PAGE_SIZES,
        sort_links=_sort_links(filters),
        export_url=f"{url_for('achievements.export_register')}?{request.query_string.decode(errors='replace')}",
        may_write=may(actor, Act.KEEP_REGISTER),
        today=today,
    )


@dataclass(frozen=True)
class SortLink:
    """Where a heading leads, and how the list is sorted by it now."""

    url: str
    direction: str | None


def _sort_links(filters: RegisterFilters) -> dict[str, SortLink]:
    links = {}
    for name in queries.SORTS:
        is_current = name == filters.sort
        turned = "asc" if is_current and filters.is_descending else "desc"
        direction = ("descending" if filters.is_descending else "ascending") if is_current else None
        links[name] = SortLink(address_with(sort=name, order=turned), direction)
    return links


@blueprint.get("/console/register/export.xlsx")
@allowed(Act.READ_REGISTER)
def export_register() -> Response:
    actor, today = current_actor(), local_date(current_time())
    headings = [_(column.label) for column in Column]
    headings[:3] = [_("申请号"), _("名称"), _("申请人")]
    headings += [_("类型"), _("推定届满日"), _("状态"), _("权属"), _("挂牌编号"), _("挂牌状态")]
    rows = queries.iterate_register(actor.organisation_id, _filters(), today)
    return excel_response(_("成果台账"), headings, map(_export_line, rows))


def _export_line(row: queries.RegisterRow) -> Sequence[Any]:
    return (
        row.number,
        row.title,
        row.applicants,
        row.inventors,
        row.filing_date,
        row.publication_number,
        row.main_class,
        row.abstract,
        _(row.kind.label),
        row.expires_on,
        _(row.state.label) if row.state else None,
        _(row.ownership.label),
        row.listing.number if row.listing else None,
        _(row.listing.state_label) if row.listing else None,
    )
