"""Pages of applications and deals."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.accounts.timeline import timeline
from market.accounts.views.entering import recently_authenticated
from market.deals import queries, rules, service
from market.deals.access import application_for, deal_for
from market.deals.contacts import CONTACT_SHOWN, contacts_for, listing_contact_for, record_contact_shown
from market.deals.forms import ApplicationForm, DecisionForm
from market.deals.models import Application, Deal
from market.deals.publicity.forms import PriceForm, ReasonForm
from market.deals.publicity.queries import part_of_deal
from market.deals.publicity.texts import TEXTS as PUBLICITY_TEXTS
from market.deals.queries import ApplicationRow, DealRow
from market.deals.vocabulary import ApplicationState, DealState
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import N_, NotFound
from market.kernel.lists import Column, requested_choice, requested_words, workbook_of
from market.kernel.pages import refusals_on, require_decision

blueprint = Blueprint("deals", __name__)
Answer = str | BaseResponse | tuple[str, int]
DEAL_TEXTS = {"deal.begun": N_("交易建立"), "deal.cancelled": N_("终止交易"), **PUBLICITY_TEXTS}
TEXTS = {
    "application.submitted": N_("提交申请"),
    "application.accepted": N_("接受申请"),
    "application.declined": N_("谢绝申请"),
    "application.withdrawn": N_("撤回申请"),
    CONTACT_SHOWN: N_("查看联系人"),
}

APPLICATION_COLUMNS: list[Column[ApplicationRow]] = [
    Column(N_("编号"), lambda row: row.number),
    Column(N_("状态"), lambda row: _(row.state.label)),
    Column(N_("成果"), lambda row: row.listing_title),
    Column(N_("方式"), lambda row: _(row.way.label)),
    Column(N_("机构"), lambda row: row.seller_name),
    Column(N_("申请企业"), lambda row: row.applicant_name),
    Column(N_("意向价格（元）"), lambda row: row.price),
    Column(N_("提交时间"), lambda row: row.created_at),
    Column(N_("答复时间"), lambda row: row.decided_at),
    Column(N_("理由"), lambda row: row.decision_reason),
]
DEAL_COLUMNS: list[Column[DealRow]] = [
    Column(N_("编号"), lambda row: row.number),
    Column(N_("类型"), lambda row: _(row.kind.label)),
    Column(N_("状态"), lambda row: _(row.state.label)),
    Column(N_("成果"), lambda row: row.listing_title),
    Column(N_("方式"), lambda row: _(row.way.label)),
    Column(N_("机构"), lambda row: row.seller_name),
    Column(N_("受让企业"), lambda row: row.buyer_name),
    Column(N_("价格（元）"), lambda row: row.price),
    Column(N_("建立时间"), lambda row: row.created_at),
]


@blueprint.route("/offers/<int:offer_id>/application", methods=["GET", "POST"])
@allowed(Act.APPLY)
def apply(offer_id: int) -> Answer:
    target = queries.application_target(offer_id)
    if target is None:
        raise NotFound
    form = ApplicationForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            made = service.apply_on_offer(session, current_actor(), offer_id, form.draft(), now=current_time())
            number = made.number
        if outcome.accepted:
            flash(_("申请已送达%(name)s，答复会出现在通知里。", name=target.organisation_name), "success")
            return redirect(url_for("deals.application", number=number))
    page = render_template(
        "deals/apply.html",
        form=form,
        target=target,
        needs_price=rules.needs_price(target.offer.pricing),
        actor=current_actor(),
    )
    return page, 422 if request.method == "POST" else 200


@blueprint.get("/console/applications")
@allowed(Act.READ_APPLICATIONS)
def applications() -> Answer:
    shown = queries.APPLICATIONS.shown(_applications())
    return render_template("deals/applications.html", states=list(ApplicationState), **shown)


@blueprint.get("/console/applications/export.xlsx")
@allowed(Act.READ_APPLICATIONS)
def export_applications() -> Response:
    return workbook_of(_("申请"), APPLICATION_COLUMNS, queries.APPLICATIONS.exported(_applications()))


def _applications() -> list[ColumnElement[bool]]:
    return queries.application_conditions(current_actor(), requested_choice(ApplicationState), requested_words())


@blueprint.get("/console/applications/<number>")
@allowed(Act.READ_APPLICATIONS)
def application(number: str) -> Answer:
    return _application_page(number, DecisionForm(), 200)


def _application_page(number: str, form: DecisionForm, status: int) -> tuple[str, int]:
    found = application_for(current_actor(), number)
    row = queries.APPLICATIONS.rows([Application.id == found.id])[0]
    contact = listing_contact_for(current_actor(), found)
    if contact is not None and request.method == "GET":
        with transaction() as session:
            record_contact_shown(session, current_actor(), row.id, now=current_time())
    events = timeline("application", row.id, TEXTS)
    return render_template("deals/application.html", row=row, form=form, events=events, contact=contact), status


@blueprint.post("/console/applications/<number>/decision")
@allowed(Act.ANSWER_APPLICATION)
@recently_authenticated
def decide(number: str) -> Answer:
    actor = current_actor()
    application_id = application_for(actor, number).id
    form, accepts = DecisionForm(), request.form.get("decision") == "accept"
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            require_decision("accept", "decline")
            if accepts:
                service.accept_application(session, actor, application_id, now=current_time())
            else:
                reason = form.reason.data or ""
                service.decline_application(session, actor, application_id, reason=reason, now=current_time())
        if outcome.accepted:
            flash(_("已接受，交易已建立。") if accepts else _("已谢绝，理由已送达申请企业。"), "success")
            return redirect(url_for("deals.application", number=number))
    return _application_page(number, form, 422)


@blueprint.post("/console/applications/<number>/withdrawal")
@allowed(Act.WITHDRAW_APPLICATION)
def withdraw(number: str) -> Answer:
    actor = current_actor()
    application_id = application_for(actor, number).id
    form = DecisionForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.withdraw_application(session, actor, application_id, now=current_time())
        if outcome.accepted:
            flash(_("申请已撤回。"), "success")
            return redirect(url_for("deals.application", number=number))
    return _application_page(number, form, 422)


@blueprint.get("/console/deals")
@allowed(Act.READ_DEALS)
def deals() -> Answer:
    return render_template("deals/deals.html", states=list(DealState), **queries.DEALS.shown(_deals()))


@blueprint.get("/console/deals/export.xlsx")
@allowed(Act.READ_DEALS)
def export_deals() -> Response:
    return workbook_of(_("交易"), DEAL_COLUMNS, queries.DEALS.exported(_deals()))


def _deals() -> list[ColumnElement[bool]]:
    return queries.deal_conditions(current_actor(), requested_choice(DealState), requested_words())


@blueprint.get("/console/deals/<number>")
@allowed(Act.READ_DEALS)
def deal(number: str) -> Answer:
    found = deal_for(current_actor(), number)
    return deal_page(found, DecisionForm(), 200)


def deal_page(found: Deal, form: FlaskForm, status: int) -> tuple[str, int]:
    """The deal with the form that was filled in wrongly; the forms beside it are empty."""
    row = queries.DEALS.rows([Deal.id == found.id])[0]
    page = render_template(
        "deals/deal.html",
        row=row,
        form=form,
        cancel_form=form if isinstance(form, DecisionForm) else DecisionForm(formdata=None),
        price_form=form if isinstance(form, PriceForm) else PriceForm(formdata=None),
        reason_form=form if isinstance(form, ReasonForm) else ReasonForm(formdata=None),
        publicity=part_of_deal(current_actor(), found),
        items=queries.listings_of_deal(found.id),
        contacts=contacts_for(current_actor(), found),
        may_cancel=row.state is DealState.NEGOTIATING and may(current_actor(), Act.CANCEL_DEAL),
        events=timeline("deal", found.id, DEAL_TEXTS),
    )
    return page, status


@blueprint.post("/console/deals/<number>/cancellation")
@allowed(Act.CANCEL_DEAL)
@recently_authenticated
def cancel(number: str) -> Answer:
    actor = current_actor()
    found = deal_for(actor, number)
    deal_id, form = found.id, DecisionForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.cancel_deal(session, actor, deal_id, reason=form.reason.data or "", now=current_time())
        if outcome.accepted:
            flash(_("交易已终止，理由已记录。"), "success")
            return redirect(url_for("deals.deal", number=number))
    return deal_page(deal_for(actor, number), form, 422)
