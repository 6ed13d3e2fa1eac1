"""Writing and changing a listing."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, transaction
from market.kernel.errors import NotFound
from market.kernel.pages import refusals_on, requested_id
from market.listings import queries, service
from market.listings.access import listing_for
from market.listings.checks import achievement_problems
from market.listings.detail_queries import load_view
from market.listings.forms import ListingForm, prefilled
from market.listings.views.blueprint import Answer, blueprint


@blueprint.route("/console/listings/new", methods=["GET", "POST"])
@allowed(Act.WRITE_LISTING)
def new() -> Answer:
    actor = current_actor()
    achievement = queries.own_achievement(requested_id("achievement"), actor)
    if achievement is None:
        raise NotFound
    problems = achievement_problems(current_session(), achievement, local_date(current_time()))
    blocking = [problem for problem in problems if problem.code != service.UNKNOWN_STATUS]
    known = {
        "title": achievement.title[:200],
        "technical_field": achievement.technical_field or "",
        "industry": achievement.industry or "",
        "maturity_stage": achievement.maturity_stage or "",
    }
    form = ListingForm(data=known)
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            made = service.create_listing(session, actor, achievement.id, form.draft(), now=current_time())
            number = made.number
        if outcome.accepted:
            flash(_("草稿已保存。核对无误后提交本单位审核。"), "success")
            return redirect(url_for("listings.manage", number=number))
    page = render_template("listings/editor.html", form=form, listing=None, achievement=achievement, blocking=blocking)
    return page, 422 if request.method == "POST" else 200


@blueprint.route("/console/listings/<number>/edit", methods=["GET", "POST"])
@allowed(Act.WRITE_LISTING)
def edit(number: str) -> Answer:
    actor = current_actor()
    listing = listing_for(actor, number)
    view = load_view(listing)
    form = ListingForm(data=prefilled(view))
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.edit_listing(session, actor, view.id, form.draft(), version=_seen_version(), now=current_time())
        if outcome.accepted:
            flash(_("修改已保存。"), "success")
            return redirect(url_for("listings.manage", number=number))
    page = render_template("listings/editor.html", form=form, listing=view, achievement=None, blocking=[])
    return page, 422 if request.method == "POST" else 200


def _seen_version() -> int:
    """The version that the officer was shown; 0, which no listing has, when the form does not say."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004
