"""Watched listings."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.enquiries import queries
from market.enquiries.queries import WatchRow
from market.enquiries.service import watching as service
from market.enquiries.views.blueprint import Answer, blueprint
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import N_
from market.kernel.lists import Column, requested_choice, requested_words, workbook_of
from market.listings.vocabulary import READABLE_STATES, ListingState

COLUMNS: list[Column[WatchRow]] = [
    Column(N_("成果编号"), lambda row: row.number),
    Column(N_("成果"), lambda row: row.title),
    Column(N_("机构"), lambda row: row.organisation_name),
    Column(N_("状态"), lambda row: _(row.state.label) if row.state else _("已不公开")),
    Column(N_("最低价（元）"), lambda row: row.price),
    Column(N_("挂牌至"), lambda row: row.expires_on),
    Column(N_("关注时间"), lambda row: row.watched_at),
]


@blueprint.post("/listings/<number>/watch")
@allowed(Act.WATCH)
def watch(number: str) -> Answer:
    with transaction() as session:
        service.watch(session, current_actor(), number, now=current_time())
    flash(_("已关注。价格、状态或竞价有变化时会通知您。"), "success")
    return redirect(url_for("listings.detail", number=number))


@blueprint.post("/listings/<number>/watch/removal")
@allowed(Act.WATCH)
def unwatch(number: str) -> Answer:
    with transaction() as session:
        service.unwatch(session, current_actor(), number)
    flash(_("已取消关注。"), "success")
    if request.form.get("back") == "list":
        return redirect(url_for("enquiries.watches"))
    return redirect(url_for("listings.detail", number=number))


@blueprint.get("/console/watches")
@allowed(Act.READ_WATCHES)
def watches() -> Answer:
    states = [state for state in ListingState if state in READABLE_STATES]
    return render_template("enquiries/watches.html", states=states, **queries.WATCHES.shown(_conditions()))


@blueprint.get("/console/watches/export.xlsx")
@allowed(Act.READ_WATCHES)
def export_watches() -> Response:
    return workbook_of(_("关注"), COLUMNS, queries.WATCHES.exported(_conditions()))


def _conditions() -> list[ColumnElement[bool]]:
    return queries.watch_conditions(current_actor(), requested_choice(ListingState), requested_words())
