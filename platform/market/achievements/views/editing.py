"""Entries written by hand: new, changed, bundled and split. What somebody typed is never lost."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.achievements.access import achievement_for, right_for
from market.achievements.editing import bundles, service
from market.achievements.editing.forms import (
    ROW_LISTS,
    AchievementForm,
    JoinForm,
    NewAchievementForm,
    RightForm,
    problems_on,
    right_draft,
)
from market.achievements.editing.prefill import Difference, differences, documents_of, entry_data, number_of, right_data
from market.achievements.editing.rules import UNREGISTERED
from market.achievements.errors import EditedMeanwhile, RegisterRefused
from market.achievements.models import Achievement, IPRight
from market.achievements.views.blueprint import Answer, blueprint
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, transaction


@blueprint.route("/console/register/new", methods=["GET", "POST"])
@allowed(Act.KEEP_REGISTER)
def new_achievement() -> Answer:
    actor = current_actor()
    form = NewAchievementForm(data={"right": {"applicants": actor.organisation_name}})
    if _is_not_yet_saved(form):
        return _entry_page(form, None)
    if form.validate_on_submit():
        today = local_date(current_time())
        with problems_on(form) as outcome, transaction() as session:
            draft, part = form.draft(), form.right.form
            has_right = draft.kind not in UNREGISTERED or bool(part.number.data)
            right = right_draft(part, draft.kind, today, draft.title, draft.abstract) if has_right else None
            achievement_id = service.register_achievement(session, actor, draft, right, now=current_time()).id
        if outcome.accepted:
            flash(_("已登记入册。"), "success")
            return _to_detail(achievement_id)
    return _entry_page(form, None), 422


@blueprint.route("/console/register/<int:achievement_id>/edit", methods=["GET", "POST"])
@allowed(Act.KEEP_REGISTER)
def edit_achievement(achievement_id: int) -> Answer:
    actor = current_actor()
    achievement = achievement_for(current_session(), actor, achievement_id)
    form = AchievementForm(data=entry_data(current_session(), achievement))
    if _is_not_yet_saved(form):
        return _entry_page(form, achievement)
    if form.validate_on_submit():
        try:
            with problems_on(form) as outcome, transaction() as session:
                draft, version = form.draft(), _shown_version(form)
                service.edit_achievement(session, actor, achievement_id, draft, version=version, now=current_time())
        except EditedMeanwhile:
            return _entry_edited_meanwhile(form, achievement_id), 409
        if outcome.accepted:
            flash(_("已保存。"), "success")
            return _to_detail(achievement_id)
    return _entry_page(form, achievement), 422


def _entry_edited_meanwhile(form: AchievementForm, achievement_id: int) -> str:
    session = current_session()
    achievement = achievement_for(session, current_actor(), achievement_id)
    current = AchievementForm(formdata=None, data=entry_data(session, achievement))
    for one in (form, current):
        one.offer_documents(documents_of(session, achievement_id))
    changed = differences(form, current)
    form.version.data = str(achievement.version)
    return _entry_page(form, achievement, changed, is_conflict=True)


def _is_not_yet_saved(form: AchievementForm) -> bool:
    """The page is only shown, or a button asked for more rows: what was typed stays."""
    if request.method == "GET":
        form.add_rows()
        return True
    wanted = request.form.get("more", "")
    if wanted in ROW_LISTS:
        form.add_rows(wanted)
        return True
    return False


def _entry_page(
    form: AchievementForm,
    achievement: Achievement | None,
    changed: list[Difference] | None = None,
    *,
    is_conflict: bool = False,
) -> str:
    if achievement is not None:
        form.offer_documents(documents_of(current_session(), achievement.id))
    return render_template(
        "achievements/entry_form.html",
        form=form,
        achievement=achievement,
        changed=changed or [],
        is_conflict=is_conflict,
    )


@blueprint.route("/console/register/<int:achievement_id>/rights/new", methods=["GET", "POST"])
@allowed(Act.KEEP_REGISTER)
def new_right(achievement_id: int) -> Answer:
    actor = current_actor()
    achievement = achievement_for(current_session(), actor, achievement_id)
    form = RightForm(data={"applicants": actor.organisation_name, "inventors": achievement.completers})
    if form.validate_on_submit():
        with problems_on(form) as outcome, transaction() as session:
            draft = form.draft(local_date(current_time()))
            service.add_right(session, actor, achievement_id, draft, now=current_time())
        if outcome.accepted:
            flash(_("已增加一项知识产权。"), "success")
            return _to_detail(achievement_id)
    return _right_page(form, achievement, None), 422 if request.method == "POST" else 200


@blueprint.route("/console/register/<int:achievement_id>/rights/<int:right_id>/edit", methods=["GET", "POST"])
@allowed(Act.KEEP_REGISTER)
def edit_right(achievement_id: int, right_id: int) -> Answer:
    actor = current_actor()
    right = right_for(current_session(), actor, achievement_id, right_id)
    achievement = achievement_for(current_session(), actor, achievement_id)
    form, held = RightForm(data=right_data(right, achievement.version)), number_of(right)
    if form.validate_on_submit():
        try:
            with problems_on(form) as outcome, transaction() as session:
                draft = form.draft(local_date(current_time()), held)
                service.edit_right(session, actor, right_id, draft, version=_shown_version(form), now=current_time())
        except EditedMeanwhile:
            return _right_edited_meanwhile(form, achievement_id, right_id), 409
        if outcome.accepted:
            flash(_("已保存。"), "success")
            return _to_detail(achievement_id)
    return _right_page(form, achievement, right), 422 if request.method == "POST" else 200


def _right_edited_meanwhile(form: RightForm, achievement_id: int, right_id: int) -> str:
    actor, session = current_actor(), current_session()
    right = right_for(session, actor, achievement_id, right_id)
    achievement = achievement_for(session, actor, achievement_id)
    current = RightForm(formdata=None, data=right_data(right, achievement.version))
    changed = differences(form, current)
    form.version.data = str(achievement.version)
    return _right_page(form, achievement, right, changed, is_conflict=True)


def _right_page(
    form: RightForm,
    achievement: Achievement,
    right: IPRight | None,
    changed: list[Difference] | None = None,
    *,
    is_conflict: bool = False,
) -> str:
    return render_template(
        "achievements/right_form.html",
        form=form,
        achievement=achievement,
        right=right,
        changed=changed or [],
        is_conflict=is_conflict,
    )


@blueprint.post("/console/register/<int:achievement_id>/rights/<int:right_id>/split")
@allowed(Act.KEEP_REGISTER)
def split_right(achievement_id: int, right_id: int) -> Answer:
    right_for(current_session(), current_actor(), achievement_id, right_id)
    try:
        with transaction() as session:
            alone = bundles.split_right(session, current_actor(), right_id, now=current_time()).id
    except RegisterRefused as refused:
        flash(_(refused.message), "error")
        return _to_detail(achievement_id)
    flash(_("已拆出，成为单独的一项成果。"), "success")
    return _to_detail(alone)


@blueprint.route("/console/register/<int:achievement_id>/join", methods=["GET", "POST"])
@allowed(Act.KEEP_REGISTER)
def join_achievement(achievement_id: int) -> Answer:
    actor = current_actor()
    achievement = achievement_for(current_session(), actor, achievement_id)
    form = JoinForm()
    if form.validate_on_submit():
        with problems_on(form) as outcome, transaction() as session:
            target_id = bundles.achievement_by_number(session, actor, form.target.data)
            bundles.join_achievements(session, actor, achievement_id, target_id, now=current_time())
        if outcome.accepted:
            flash(_("已并入，下面是合并后的成果。"), "success")
            return _to_detail(target_id)
    page = render_template("achievements/join.html", form=form, achievement=achievement)
    return page, 422 if request.method == "POST" else 200


def _shown_version(form: AchievementForm | RightForm) -> int:
    given = str(form.version.data or "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0  # noqa: PLR2004


def _to_detail(achievement_id: int) -> Answer:
    return redirect(url_for("achievements.detail", achievement_id=achievement_id))
