"""One entry of the register, and what the officer confirms about it on its page."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.achievements import service
from market.achievements.access import achievement_for
from market.achievements.detail_queries import AchievementView, achievement_view, happened_to
from market.achievements.forms import OwnershipForm
from market.achievements.ownership import percent
from market.achievements.timeline import timeline_line
from market.achievements.views.blueprint import Answer, blueprint
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, transaction
from market.kernel.pages import refusals_on


@blueprint.get("/console/register/<int:achievement_id>")
@allowed(Act.READ_REGISTER)
def detail(achievement_id: int) -> Answer:
    return _detail_page(achievement_id, OwnershipForm())


@blueprint.post("/console/register/<int:achievement_id>/ownership")
@allowed(Act.KEEP_REGISTER)
def confirm_ownership(achievement_id: int) -> Answer:
    achievement_for(current_session(), current_actor(), achievement_id)
    form = OwnershipForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.confirm_ownership(
                session, current_actor(), achievement_id, reason=form.reason.data, now=current_time()
            )
        if outcome.accepted:
            flash(_("已记录权属依据，这项成果现在可以挂牌。"), "success")
            return redirect(url_for("achievements.detail", achievement_id=achievement_id))
    return _detail_page(achievement_id, form), 422


def _detail_page(achievement_id: int, ownership_form: OwnershipForm) -> str:
    actor = current_actor()
    achievement = achievement_for(current_session(), actor, achievement_id)
    view = achievement_view(achievement, local_date(current_time()))
    return render_template(
        "achievements/detail.html",
        achievement=view,
        happened=[timeline_line(event) for event in happened_to(achievement_id)],
        ownership_form=ownership_form,
        percent=percent,
        may_write=may(actor, Act.KEEP_REGISTER),
        listing_url=_listing_url(view) if may(actor, Act.WRITE_LISTING) else None,
    )


def _listing_url(view: AchievementView) -> str | None:
    if view.listing is not None or view.refusals or "listings.new" not in current_app.view_functions:
        return None
    return url_for("listings.new", achievement=view.id)
