"""What the officer states around an entry: encumbrances, use outside the platform, the open list, papers."""

from __future__ import annotations

import io
from collections.abc import Callable

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.achievements.access import achievement_for, document_for, encumbrance_for, implementation_for, right_for
from market.achievements.editing import statements
from market.achievements.editing.statement_forms import (
    DocumentForm,
    EncumbranceForm,
    EndForm,
    ImplementationForm,
    OpenListForm,
    WithdrawalForm,
)
from market.achievements.forms import StatusForm
from market.achievements.models import Achievement
from market.achievements.service import confirm_legal_status
from market.achievements.views.blueprint import Answer, blueprint
from market.achievements.vocabulary import LegalStatus, OpenListDecision
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import N_
from market.kernel.pages import refusals_on

HELP = {
    "status": N_("在哪里、哪一天查到的，例如：在中国专利公布公告网查询，年费已缴至 2027 年。挂牌和许可都以此为准。"),
    "encumbrance": N_(
        "质押、独占或排他许可在有效期内会限制挂牌方式；到期或提前解除后不再限制（专利法实施细则第八十六条）。"
    ),
    "end": N_("解除以后，这项权利负担不再限制挂牌，记录仍然保留。"),
    "implementation": N_("登记平台以外的实施、许可或转让；登记后不再算作未实施。"),
    "withdrawal": N_("登记错了可以撤销，原记录和理由留在经过里。"),
    "open_list": N_("财政资助项目的专利授权满三年无正当理由未实施的，列入公开实施清单，实施方式和费用由本单位确定。"),
    "document": N_("PDF、JPG 或 PNG，单个不超过 10 MB；材料只有本单位能看到。"),
}


def _statement(
    achievement: Achievement, form: FlaskForm, title: str, help_name: str, state: Callable[[Session], object]
) -> Answer:
    """Show the form, or state what was typed and lead back to the entry."""
    achievement_id = achievement.id
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            state(session)
        if outcome.accepted:
            flash(_("已记录。"), "success")
            return redirect(url_for("achievements.detail", achievement_id=achievement_id))
        achievement = achievement_for(current_session(), current_actor(), achievement_id)
    page = render_template(
        "achievements/statement.html", form=form, achievement=achievement, title=title, help=_(HELP[help_name])
    )
    return page, 422 if request.method == "POST" else 200


@blueprint.route("/console/register/<int:achievement_id>/rights/<int:right_id>/status", methods=["GET", "POST"])
@allowed(Act.KEEP_REGISTER)
def confirm_status(achievement_id: int, right_id: int) -> Answer:
    actor, form = current_actor(), StatusForm()
    right = right_for(current_session(), actor, achievement_id, right_id)
    achievement = achievement_for(current_session(), actor, achievement_id)
    return _statement(
        achievement, form, _("核实法律状态：%(number)s", number=right.number), "status",
        lambda session: confirm_legal_status(
            session, actor, right_id, LegalStatus(form.status.data),
            reason=form.reason.data, now=current_time(), on=form.on.data,
        ),
    )  # fmt: skip


@blueprint.route(
    "/console/register/<int:achievement_id>/rights/<int:right_id>/encumbrances/new", methods=["GET", "POST"]
)
@allowed(Act.KEEP_REGISTER)
def new_encumbrance(achievement_id: int, right_id: int) -> Answer:
    actor, form = current_actor(), EncumbranceForm()
    right_for(current_session(), actor, achievement_id, right_id)
    achievement = achievement_for(current_session(), actor, achievement_id)
    return _statement(
        achievement, form, _("登记权利负担"), "encumbrance",
        lambda session: statements.record_encumbrance(session, actor, right_id, form.draft(), now=current_time()),
    )  # fmt: skip


@blueprint.route(
    "/console/register/<int:achievement_id>/encumbrances/<int:encumbrance_id>/end", methods=["GET", "POST"]
)
@allowed(Act.KEEP_REGISTER)
def end_encumbrance(achievement_id: int, encumbrance_id: int) -> Answer:
    actor, form = current_actor(), EndForm()
    encumbrance_for(current_session(), actor, achievement_id, encumbrance_id)
    achievement = achievement_for(current_session(), actor, achievement_id)
    return _statement(
        achievement, form, _("解除权利负担"), "end",
        lambda session: statements.end_encumbrance(
            session, actor, encumbrance_id, form.day(), now=current_time()
        ),
    )  # fmt: skip


@blueprint.route("/console/register/<int:achievement_id>/implementations/new", methods=["GET", "POST"])
@allowed(Act.KEEP_REGISTER)
def new_implementation(achievement_id: int) -> Answer:
    actor, form = current_actor(), ImplementationForm()
    achievement = achievement_for(current_session(), actor, achievement_id)
    return _statement(
        achievement, form, _("登记实施情况"), "implementation",
        lambda session: statements.record_implementation(
            session, actor, achievement_id, form.draft(), now=current_time()
        ),
    )  # fmt: skip


@blueprint.route(
    "/console/register/<int:achievement_id>/implementations/<int:implementation_id>/withdrawal",
    methods=["GET", "POST"],
)
@allowed(Act.KEEP_REGISTER)
def withdraw_implementation(achievement_id: int, implementation_id: int) -> Answer:
    actor, form = current_actor(), WithdrawalForm()
    implementation_for(current_session(), actor, achievement_id, implementation_id)
    achievement = achievement_for(current_session(), actor, achievement_id)
    return _statement(
        achievement, form, _("撤销实施登记"), "withdrawal",
        lambda session: statements.withdraw_implementation(
            session, actor, implementation_id, reason=form.reason.data, now=current_time()
        ),
    )  # fmt: skip


@blueprint.route("/console/register/<int:achievement_id>/open-list", methods=["GET", "POST"])
@allowed(Act.KEEP_REGISTER)
def decide_open_list(achievement_id: int) -> Answer:
    actor, form = current_actor(), OpenListForm()
    achievement = achievement_for(current_session(), actor, achievement_id)
    return _statement(
        achievement, form, _("公开实施清单"), "open_list",
        lambda session: statements.decide_open_list(
            session, actor, achievement_id, OpenListDecision(form.decision.data), form.text.data, now=current_time()
        ),
    )  # fmt: skip


@blueprint.route("/console/register/<int:achievement_id>/documents/new", methods=["GET", "POST"])
@allowed(Act.KEEP_REGISTER)
def new_document(achievement_id: int) -> Answer:
    actor, form = current_actor(), DocumentForm()
    achievement = achievement_for(current_session(), actor, achievement_id)
    return _statement(
        achievement, form, _("添加材料"), "document",
        lambda session: statements.add_document(
            session, actor, achievement_id, form.draft(statements.MAXIMUM_BYTES), now=current_time()
        ),
    )  # fmt: skip


@blueprint.get("/console/register/<int:achievement_id>/documents/<int:document_id>")
@allowed(Act.READ_REGISTER)
def document(achievement_id: int, document_id: int) -> Response:
    stored = document_for(current_session(), current_actor(), achievement_id, document_id).stored_file
    answer = send_file(
        io.BytesIO(stored.content), mimetype=stored.media_type, as_attachment=True, download_name=stored.name
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
