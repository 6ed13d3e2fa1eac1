"""The console's list of listings and its export."""

from __future__ import annotations

from flask import Response, render_template, request
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session
from market.kernel.excel import excel_response
from market.kernel.paging import requested_page
from market.listings import queries
from market.listings.editing import scores
from market.listings.views.blueprint import Answer, blueprint
from market.listings.vocabulary import ListingState


@blueprint.get("/console/listings")
@allowed(Act.READ_LISTINGS)
def index() -> Answer:
    actor = current_actor()
    conditions = queries.console_conditions(actor, *_filters())
    page, order = requested_page(queries.count_listings(conditions)), queries.ORDERS.requested()
    rows = queries.list_listings(conditions, limit=page.size, offset=page.offset, order=order)
    return render_template(
        "listings/index.html",
        rows=rows,
        scores=scores(current_session(), [row.number for row in rows], local_date(current_time())),
        page=page,
        order=order,
        counts=queries.count_by_state(actor),
        states=list(ListingState),
        changes=queries.changes_shown_to(actor),
    )


@blueprint.get("/console/listings/export.xlsx")
@allowed(Act.READ_LISTINGS)
def export() -> Response:
    conditions = queries.console_conditions(current_actor(), *_filters())
    rows = queries.list_listings(conditions, order=queries.ORDERS.requested())
    headings = [
        _("编号"),
        _("成果名称"),
        _("机构"),
        _("状态"),
        _("转化方式"),
        _("最低价（元）"),
        _("上架时间"),
        _("更新时间"),
    ]
    return excel_response(
        _("挂牌"),
        headings,
        (
            (
                row.number,
                row.title,
                row.organisation_name,
                _(row.state.label),
                "、".join(_(way.label) for way in row.ways),
                row.price,
                row.published_at,
                row.updated_at,
            )
            for row in rows
        ),
    )


def _filters() -> tuple[str, str, str]:
    text = request.args.get("text", "").replace("\x00", "").strip()[:100]
    return request.args.get("state", ""), text, request.args.get("change", "")
