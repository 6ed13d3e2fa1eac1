"""The register: list, Excel, one achievement, what the officer states about it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, current_app, render_template, request, url_for
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.achievements import exporting, queries
from market.achievements.editing.bulk_forms import BulkForm
from market.achievements.queries import RegisterFilters
from market.achievements.usage import RegisterState
from market.achievements.views.blueprint import Answer, blueprint
from market.achievements.vocabulary import AchievementKind, OwnershipStatus
from market.kernel.clock import current_time, local_date
from market.kernel.excel import excel_response
from market.kernel.paging import address_with, requested_page

PAGE_SIZES = (25, 50, 100)
_YEARS = range(1985, 2200)
_TEXT_CHARACTERS = 200


def _filters() -> RegisterFilters:
    given = request.args
    kind, ownership, year = given.get("kind", ""), given.get("ownership", ""), given.get("year", "")
    sort, state, use = given.get("sort", ""), given.get("state", ""), given.get("use", "")
    known_year = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None  # noqa: PLR2004
    return RegisterFilters(
        text=given.get("text", "").replace("\x00", "")[:_TEXT_CHARACTERS].strip(),
        kind=AchievementKind(kind) if kind in set(AchievementKind) else None,
        state=state if state in queries.STATES else None,
        ownership=OwnershipStatus(ownership) if ownership in set(OwnershipStatus) else None,
        is_listed={"yes": True, "no": False}.get(given.get("listed", "")),
        use=RegisterState(use) if use in set(RegisterState) else None,
        year=known_year if known_year in _YEARS else None,
        sort=sort if sort in queries.SORTS else "filed",
        is_descending=given.get("order", "desc") != "asc",
    )


def _is_filtered() -> bool:
    return any(request.args.get(name) for name in ("text", "kind", "state", "ownership", "listed", "use", "year"))


def _page_size() -> int:
    size = request.args.get("size", "")
    return int(size) if size in {str(known) for known in PAGE_SIZES} else PAGE_SIZES[0]


@blueprint.get("/console/register")
@allowed(Act.READ_REGISTER)
def register() -> Answer:
    actor, today, filters = current_actor(), local_date(current_time()), _filters()
    own = queries.Register(actor.organisation_id, today)
    counts = own.counts()
    page = requested_page(own.count(filters) if _is_filtered() else counts.total, _page_size())
    rows = own.rows(filters, limit=page.size, offset=page.offset)
    return render_template(
        "achievements/register.html",
        rows=rows,
        page=page,
        filters=filters,
        is_filtered=_is_filtered(),
        counts=counts,
        years=queries.filing_years(actor.organisation_id),
        kinds=list(AchievementKind),
        uses=list(RegisterState),
        ownerships=list(OwnershipStatus),
        sizes=PAGE_SIZES,
        sort_links=_sort_links(filters),
        export_url=f"{url_for('achievements.export_register')}?{request.query_string.decode(errors='replace')}",
        may_write=may(actor, Act.KEEP_REGISTER),
        may_list=may(actor, Act.WRITE_LISTING) and "listings.new" in current_app.view_functions,
        today=today,
        bulk=BulkForm(formdata=None) if may(actor, Act.KEEP_REGISTER) else None,
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
    rows = exporting.lines(actor.organisation_id, _filters(), today)
    return excel_response(_("成果台账"), exporting.headings(), rows)
