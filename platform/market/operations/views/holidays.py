"""Holiday tables by year; next year's comes from a file."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.achievements.importing.files import OfficeFile
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.excel import excel_response
from market.kernel.pages import refusals_on
from market.operations import queries, service
from market.operations.forms import HolidayForm
from market.operations.holiday_file import read_holiday_file
from market.operations.views import blueprint

Answer = str | BaseResponse | tuple[str, int]


@blueprint.route("/console/holidays", methods=["GET", "POST"])
@allowed(Act.LOAD_HOLIDAYS)
def holidays() -> Answer:
    years, this_year = queries.holiday_years(), local_date(current_time()).year
    form = HolidayForm(data={"year": this_year + 1})
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            year = form.year.data
            file = OfficeFile(form.file.data.filename or "", form.file.data.read())
            days = read_holiday_file(file, year, form.source.data.strip())
            service.load_holidays(session, current_actor(), year, days, now=current_time())
        if outcome.accepted:
            flash(_("%(year)s 年的放假安排已载入。", year=year), "success")
            return redirect(url_for("operations.holidays", year=year))
    shown, order = _year(years, this_year), queries.HOLIDAY_ORDERS.requested()
    page = render_template(
        "operations/holidays.html",
        form=form,
        years=years,
        shown=shown,
        rows=queries.list_holidays(shown, order),
        order=order,
        next_year_missing=this_year + 1 not in years,
        next_year=this_year + 1,
    )
    return page, 422 if request.method == "POST" else 200


@blueprint.get("/console/holidays/export.xlsx")
@allowed(Act.READ_HOLIDAYS)
def export_holidays() -> Response:
    """The table in the form in which a new one is loaded."""
    shown = _year(queries.holiday_years(), local_date(current_time()).year)
    days = queries.list_holidays(shown, queries.HOLIDAY_ORDERS.requested())
    rows = ((row.day, _("上班") if row.is_working else _("放假"), row.name) for row in days)
    return excel_response(_("%(year)s 年放假安排", year=shown), [_("日期"), _("安排"), _("名称")], rows)


def _year(years: list[int], this_year: int) -> int:
    wanted = request.args.get("year", this_year, type=int)
    return wanted if wanted in years else this_year
