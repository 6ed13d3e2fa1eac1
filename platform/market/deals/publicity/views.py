"""Pages of publicities: the public one with its objections, the steps on the deal's page."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor, optional_actor
from market.accounts.policy import Act
from market.accounts.rules import Actor
from market.accounts.views.entering import recently_authenticated
from market.deals.access import deal_for
from market.deals.publicity import objections, queries, rules, service
from market.deals.publicity.forms import ObjectionForm, PriceForm, ReasonForm
from market.deals.views import deal_page
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.mail import absolute_url
from market.kernel.pages import refusals_on, require_decision

blueprint = Blueprint("publicities", __name__)
Answer = str | BaseResponse | tuple[str, int]


@blueprint.get("/publicities/<number>")
@allowed(Act.READ_PUBLIC)
def publicity(number: str) -> Answer:
    return _page(number, ObjectionForm(), 200)


def _page(number: str, form: FlaskForm, status: int) -> tuple[str, int]:
    view = queries.public_publicity(number)
    page = render_template(
        "deals/publicity.html",
        row=view,
        form=form,
        is_open=view.is_open(local_date(current_time())),
        is_signed_in=current_user.is_authenticated,
        workdays=rules.OBJECTION_WORKDAYS,
        address=absolute_url(url_for("publicities.publicity", number=number)),
    )
    return page, status


@blueprint.post("/publicities/<number>/objections")
@allowed(Act.RAISE_OBJECTION)
def object_to(number: str) -> Answer:
    queries.public_publicity(number)
    actor, form = optional_actor(), ObjectionForm()
    organisation_id = actor.organisation_id if actor else None
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            objections.raise_objection(
                session, current_user.person_id, organisation_id, number, form.text.data or "", now=current_time()
            )
        if outcome.accepted:
            flash(_("异议已送达机构，公示期中止计算；处理结果和理由会在本页公开，不写您的姓名。"), "success")
            return redirect(url_for("publicities.publicity", number=number))
    return _page(number, form, 422)


@blueprint.post("/console/deals/<number>/price")
@allowed(Act.CONFIRM_PRICE)
def confirm_price(number: str) -> Answer:
    form = PriceForm()

    def act(session: Session, actor: Actor, deal_id: int) -> None:
        service.confirm_price(session, actor, deal_id, form.draft(), now=current_time())

    return _act_on(number, form, act, _("价格已确认，等待本单位负责人启动公示。"))


@blueprint.post("/console/deals/<number>/publicity")
@allowed(Act.START_PUBLICITY)
@recently_authenticated
def start(number: str) -> Answer:
    def act(session: Session, actor: Actor, deal_id: int) -> None:
        service.start_publicity(session, actor, deal_id, now=current_time())

    return _act_on(number, ReasonForm(), act, _("公示已开始，公示公告里可以看到；请同时在本单位公示。"))


@blueprint.post("/console/deals/<number>/publicity/ending")
@allowed(Act.VOID_PUBLICITY)
@recently_authenticated
def void(number: str) -> Answer:
    form = ReasonForm()

    def act(session: Session, actor: Actor, deal_id: int) -> None:
        service.void_publicity(session, actor, deal_id, reason=form.reason.data or "", now=current_time())

    return _act_on(number, form, act, _("公示已终止，交易回到洽谈。"))


@blueprint.post("/console/deals/<number>/objections/<int:objection_id>/decision")
@allowed(Act.DECIDE_OBJECTION)
@recently_authenticated
def decide(number: str, objection_id: int) -> Answer:
    form = ReasonForm()
    found = queries.objection_of_deal(deal_for(current_actor(), number).id, objection_id)

    def act(session: Session, actor: Actor, _deal_id: int) -> None:
        require_decision("uphold", "reject")
        upholds = request.form.get("decision") == "uphold"
        objections.decide_objection(
            session, actor, found, upholds=upholds, reason=form.reason.data or "", now=current_time()
        )

    return _act_on(number, form, act, _("异议已处理，结果和理由已公开。"))


def _act_on(number: str, form: FlaskForm, act: Callable[[Session, Actor, int], None], done: str) -> Answer:
    """A step on the deal's page: done and told, or the page again with what keeps it from being done."""
    actor = current_actor()
    deal_id = deal_for(actor, number).id
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            act(session, actor, deal_id)
        if outcome.accepted:
            flash(done, "success")
            return redirect(url_for("deals.deal", number=number))
    return deal_page(deal_for(actor, number), form, 422)
