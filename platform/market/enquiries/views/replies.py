"""How soon institutions answer, and what is overdue: for the bureau and the operator."""

from __future__ import annotations

from flask import Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from market.accounts.access import allowed, current_actor
from market.accounts.counties import county_name
from market.accounts.policy import Act
from market.enquiries import reply_times
from market.enquiries.reply_times import KINDS, OverdueRow, ReplyRow
from market.enquiries.views.blueprint import Answer, blueprint
from market.kernel.clock import current_time, local_date
from market.kernel.errors import N_
from market.kernel.lists import Column, requested_words, workbook_of

REPLY_COLUMNS: list[Column[ReplyRow]] = [
    Column(N_("机构"), lambda row: row.institution_name),
    Column(N_("所在县（市、区）"), lambda row: county_name(row.county_code)),
    Column(N_("收到"), lambda row: row.asked),
    Column(N_("按期答复"), lambda row: row.in_time),
    Column(N_("逾期"), lambda row: row.late),
    Column(N_("等待答复"), lambda row: row.waiting),
    Column(N_("及时率"), lambda row: None if row.rate is None else round(row.rate, 3)),
    Column(N_("答复用时中位数（小时）"), lambda row: None if row.median_hours is None else round(row.median_hours, 1)),
]
OVERDUE_COLUMNS: list[Column[OverdueRow]] = [
    Column(N_("类别"), lambda row: _(KINDS[row.kind])),
    Column(N_("成果编号"), lambda row: row.listing_number),
    Column(N_("成果"), lambda row: row.listing_title),
    Column(N_("机构"), lambda row: row.institution_name),
    Column(N_("等待自"), lambda row: row.waiting_since),
    Column(N_("答复期限"), lambda row: row.due_on),
]


@blueprint.get("/console/replies")
@allowed(Act.READ_REPLY_TIMES)
def replies() -> Answer:
    actor, now = current_actor(), current_time()
    years = reply_times.reply_years(actor, local_date(now).year)
    order = reply_times.REPLY_ORDERS.requested()
    return render_template(
        "enquiries/replies.html",
        rows=reply_times.reply_rows(actor, _year(), local_date(now), order),
        order=order,
        years=years,
        year=_year(),
        computed_at=now,
        overdue_count=reply_times.OVERDUE.count(reply_times.overdue_conditions(actor, local_date(now), "", "")),
    )


@blueprint.get("/console/replies/export.xlsx")
@allowed(Act.READ_REPLY_TIMES)
def export_replies() -> Response:
    order, today = reply_times.REPLY_ORDERS.requested(), local_date(current_time())
    rows = reply_times.reply_rows(current_actor(), _year(), today, order)
    return workbook_of(_("答复情况"), REPLY_COLUMNS, rows)


def _year() -> int:
    this_year = local_date(current_time()).year
    text = request.args.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) == len(str(this_year)) else this_year


@blueprint.get("/console/replies/overdue")
@allowed(Act.READ_REPLY_TIMES)
def overdue() -> Answer:
    shown = reply_times.OVERDUE.shown(_overdue())
    return render_template("enquiries/overdue.html", kinds=KINDS, today=local_date(current_time()), **shown)


@blueprint.get("/console/replies/overdue/export.xlsx")
@allowed(Act.READ_REPLY_TIMES)
def export_overdue() -> Response:
    return workbook_of(_("逾期未答复"), OVERDUE_COLUMNS, reply_times.OVERDUE.exported(_overdue()))


def _overdue() -> list[ColumnElement[bool]]:
    today = local_date(current_time())
    return reply_times.overdue_conditions(current_actor(), today, request.args.get("kind", ""), requested_words())
