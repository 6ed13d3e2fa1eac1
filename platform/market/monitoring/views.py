"""The bureau's view: volumes over time, and the records behind every number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from market.accounts.access import allowed, current_actor
from market.accounts.counties import COUNTIES, county_name
from market.accounts.policy import Act
from market.evaluation.access import scope_of
from market.evaluation.vocabulary import FactKind
from market.kernel.clock import current_time, local_date
from market.kernel.excel import excel_response
from market.kernel.paging import address_with, requested_page
from market.listings.vocabulary import TransferWay
from market.monitoring import queries
from market.monitoring.filters import NO_COUNTY, Dimension, Filters, parse_dimension, parse_filters
from market.monitoring.queries import InstitutionChoice, VolumeRow
from market.monitoring.subjects import Record
from market.monitoring.subjects import records as with_subjects

blueprint = Blueprint("monitoring", __name__)
CHART_SERIES = 6
"""As many members as the chart has colours; the table has all."""


@dataclass(frozen=True)
class Volumes:
    """The table that the page and the workbook show, and the filters that lead to it."""

    filters: Filters
    dimension: Dimension
    rows: list[VolumeRow]
    choices: list[InstitutionChoice]

    def name(self, row: VolumeRow) -> str:
        """What a row is called, in the reader's language."""
        if self.dimension is Dimension.KIND:
            return str(_(FactKind(row.key).label))
        if self.dimension is Dimension.WAY:
            return str(_(TransferWay(row.key).label))
        if self.dimension is Dimension.INSTITUTION:
            return row.name
        return str(_("外地或未登记")) if row.key == NO_COUNTY else county_name(row.key)

    def url(self, row: VolumeRow | None = None, month: date | None = None) -> str:
        """The address of the records that a number counts."""
        wanted = self.filters if row is None else self.filters.with_member(self.dimension, row.key)
        return records_url(wanted if month is None else wanted.in_month(month))

    @property
    def chart(self) -> dict[str, Any]:
        """The data block of the chart: the first members of the table."""
        months = self.filters.months
        return {
            "kind": "bar" if self.dimension is Dimension.KIND else "stacked",
            "unit": ngettext("项", "项", 2),  # of all bars
            "categories": [month.strftime("%Y-%m") for month in months],
            "series": [
                {
                    "name": self.name(row),
                    "values": list(row.counts),
                    "urls": [self.url(row, month) for month in months],
                }
                for row in self.rows[:CHART_SERIES]
            ],
        }


@blueprint.get("/console/monitoring")
@allowed(Act.READ_NUMBERS)
def volumes() -> str:
    scope = scope_of(current_actor(), Act.READ_NUMBERS)
    shown = _volumes()
    return render_template(
        "monitoring/volumes.html",
        volumes=shown,
        filters=shown.filters,
        tiles=queries.tiles(_filters(), scope),
        tile_filters=_filters(),
        records_url=records_url,
        dimensions=[(dimension, address_with(by=dimension.value)) for dimension in Dimension],
        export_url=_address("monitoring.export", _arguments()),
        scope=scope,
        computed_at=current_time(),
        **_choices(shown.choices),
    )


@blueprint.get("/console/monitoring/export.xlsx")
@allowed(Act.READ_NUMBERS)
def export() -> Response:
    shown = _volumes()
    headings = [_(shown.dimension.label), _("合计"), *(month.strftime("%Y-%m") for month in shown.filters.months)]
    rows = ([shown.name(row), row.total, *row.counts] for row in shown.rows)
    return excel_response(_("数量监测"), headings, rows)


@blueprint.get("/console/monitoring/records")
@allowed(Act.READ_NUMBERS)
def records() -> str:
    filters, scope = _filters(), scope_of(current_actor(), Act.READ_NUMBERS)
    sort, is_ascending = _order()
    page = requested_page(queries.count_facts(filters, scope))
    rows = queries.facts(filters, scope, sort=sort, is_ascending=is_ascending, limit=page.size, offset=page.offset)
    return render_template(
        "monitoring/records.html",
        rows=with_subjects(rows),
        page=page,
        filters=filters,
        sort=sort,
        is_ascending=is_ascending,
        sort_url=_sort_url,
        way_labels={way.value: way.label for way in TransferWay},
        export_url=_address("monitoring.export_records", _arguments()),
        volumes_url=_address("monitoring.volumes", filters.address()),
        scope=scope,
        computed_at=current_time(),
        **_choices(queries.institution_choices()),
    )


@blueprint.get("/console/monitoring/records/export.xlsx")
@allowed(Act.READ_NUMBERS)
def export_records() -> Response:
    filters, scope = _filters(), scope_of(current_actor(), Act.READ_NUMBERS)
    sort, is_ascending = _order()
    headings = [_("日期"), _("类别"), _("编号"), _("名称"), _("机构"), _("机构所在县（市、区）"), _("转化方式")]
    headings += [_("受让方"), _("受让方所在县（市、区）"), _("独立竞买人"), _("金额（元）"), _("事件号")]

    def lines() -> Iterator[list[Any]]:
        for batch in queries.all_facts(filters, scope, sort=sort, is_ascending=is_ascending):
            for record in with_subjects(batch):
                yield _line(record)

    return excel_response(_("监测记录"), headings, lines())


def _line(record: Record) -> list[Any]:
    fact = record.fact
    return [
        fact.occurred_on,
        _(fact.kind.label),
        record.number,
        record.title,
        fact.institution,
        county_name(fact.institution_county),
        "、".join(_(TransferWay(way).label) for way in fact.ways),
        fact.buyer,
        county_name(fact.buyer_county) if fact.buyer else None,
        fact.bidder_count,
        fact.amount,
        fact.event_id,
    ]


def records_url(filters: Filters, **changes: Any) -> str:
    """The address of the records that fit the filters."""
    return _address("monitoring.records", replace(filters, **changes).address())


def _address(endpoint: str, query: Mapping[str, str]) -> str:
    """The endpoint's path with a query; unlike url_for, no name in the query means anything to Flask."""
    return url_for(endpoint) + ("?" + urlencode(query) if query else "")


def _filters() -> Filters:
    return parse_filters(request.args, local_date(current_time()))


def _volumes() -> Volumes:
    """Told apart by anything but the kind, numbers of different kinds do not add up: one kind is taken."""
    dimension = parse_dimension(request.args.get("by", ""))
    filters = _filters()
    if dimension is not Dimension.KIND and filters.kind is None:
        of_buyers = dimension is Dimension.BUYER_COUNTY
        filters = replace(filters, kind=FactKind.APPLICATION_ACCEPTED if of_buyers else FactKind.LISTING_PUBLISHED)
    choices = queries.institution_choices()
    rows = queries.volumes(filters, scope_of(current_actor(), Act.READ_NUMBERS), dimension, choices)
    return Volumes(filters, dimension, rows, choices)


def _order() -> tuple[str, bool]:
    sort = request.args.get("sort", "")
    return (sort if sort in queries.SORTS else "date"), request.args.get("direction") == "ascending"


def _sort_url(column: str) -> str:
    sort, is_ascending = _order()
    following = "descending" if sort == column and is_ascending else "ascending"
    if column not in (sort, "institution"):
        following = "descending"
    return address_with(sort=column, direction=following)


def _arguments() -> dict[str, str]:
    return {key: value for key, value in request.args.items() if key != "page"}


def _choices(institutions: list[InstitutionChoice]) -> dict[str, Any]:
    """What the filter form offers."""
    return {
        "institutions": institutions,
        "counties": COUNTIES,
        "kinds": list(FactKind),
        "ways": list(TransferWay),
        "no_county": NO_COUNTY,
    }
