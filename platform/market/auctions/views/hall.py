"""竞价大厅: running, announced and closed lots; each filter is an address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from market.accounts.access import allowed
from market.accounts.policy import Act
from market.auctions import queries
from market.auctions.queries import HallSort, HallTab, LotRow
from market.auctions.views.shared import Answer, auction_time, blueprint, viewer_id
from market.kernel.excel import excel_response
from market.kernel.paging import address_with, requested_page

QUERY_LENGTH = 200


@dataclass(frozen=True)
class LotFilter:
    """What the address asks for; nonsense means the default."""

    tab: HallTab
    sort: HallSort
    text: str

    @classmethod
    def from_address(cls) -> LotFilter:
        """Read the filter of this request."""
        tab, sort = request.args.get("tab", ""), request.args.get("sort", "")
        return cls(
            tab=HallTab(tab) if tab in set(HallTab) else HallTab.RUNNING,
            sort=HallSort(sort) if sort in set(HallSort) else HallSort.CLOSING,
            text=request.args.get("q", "").replace("\x00", "").strip()[:QUERY_LENGTH],
        )

    @property
    def address(self) -> dict[str, str]:
        """The same filter as address arguments."""
        kept = {"tab": self.tab.value, "sort": self.sort.value}
        return kept | {"q": self.text} if self.text else kept

    def conditions(
        self, scope: Sequence[ColumnElement[bool]], now: datetime, tab: HallTab | None = None
    ) -> list[ColumnElement[bool]]:
        """The filter within a scope, or another shelf with the same text."""
        found = [*scope, queries.tab_condition(tab or self.tab, now)]
        return [*found, queries.text_condition(self.text)] if self.text else found


def lots_page(scope: Sequence[ColumnElement[bool]], now: datetime) -> dict[str, Any]:
    """One page of a list of lots with its shelves, for the template."""
    wanted = LotFilter.from_address()
    counts = {tab: queries.count_lots(wanted.conditions(scope, now, tab)) for tab in HallTab}
    page = requested_page(counts[wanted.tab])
    return {
        "filter": wanted,
        "tabs": [
            {"label": tab.label, "count": counts[tab], "url": address_with(tab=tab.value), "active": tab is wanted.tab}
            for tab in HallTab
        ],
        "sorts": list(HallSort),
        "rows": _rows(wanted, scope, now, limit=page.size, offset=page.offset),
        "page": page,
        "now": now,
    }


def _rows(
    wanted: LotFilter, scope: Sequence[ColumnElement[bool]], now: datetime, limit: int | None = None, offset: int = 0
) -> list[LotRow]:
    return queries.list_lots(
        wanted.conditions(scope, now),
        now,
        viewer_id=viewer_id(),
        sort=wanted.sort,
        ends_descending=wanted.tab is HallTab.CLOSED,
        limit=limit,
        offset=offset,
    )


def lots_workbook(scope: Sequence[ColumnElement[bool]], now: datetime) -> Response:
    """The list as shown, all pages, as a workbook."""
    wanted = LotFilter.from_address()
    headings = [
        _("标的编号"),
        _("标的名称"),
        _("出让方"),
        _("状态"),
        _("起始价（元）"),
        _("当前价或成交价（元）"),
        _("出价次数"),
        _("开始时间"),
        _("截止时间"),
        _("成交方式"),
    ]
    return excel_response(_("竞价标的"), headings, _workbook_rows(_rows(wanted, scope, now)))


def _workbook_rows(rows: Sequence[LotRow]) -> Iterator[Sequence[Any]]:
    for row in rows:
        yield (
            row.number,
            row.title,
            row.seller_name,
            _(row.phase.label),
            row.start,
            row.high,
            row.bid_count,
            row.opens_at,
            row.closes_at,
            _(row.sale_kind.label) if row.sale_kind else "",
        )


@blueprint.get("/lots")
@allowed(Act.READ_PUBLIC)
def hall() -> Answer:
    """The hall."""
    return render_template("auctions/hall.html", **lots_page([], auction_time()))


@blueprint.get("/lots/export.xlsx")
@allowed(Act.READ_PUBLIC)
def export() -> Answer:
    """The hall's list as shown, all pages, as a workbook."""
    return lots_workbook([], auction_time())


@blueprint.get("/lots/of/<listing_number>")
@allowed(Act.READ_PUBLIC)
def lot_of_listing(listing_number: str) -> Answer:
    """To the latest lot of a listing; to the hall, with a sentence, when there is none yet."""
    number = None if "\x00" in listing_number else queries.newest_lot_of_listing(listing_number)
    if number is None:
        flash(_("这项成果还没有发布竞价公告。"), "info")
        return redirect(url_for("auctions.hall"))
    return redirect(url_for("auctions.lot", number=number))
