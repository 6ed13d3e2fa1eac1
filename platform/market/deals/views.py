"""Pages of applications and deals."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import current_actor, for_roles
from market.accounts.rules import Role
from market.accounts.timeline import timeline
from market.accounts.views.entering import recently_authenticated
from market.deals import queries, rules, service
from market.deals.access import application_for, deal_for
from market.deals.forms import ApplicationForm, DecisionForm
from market.deals.models import Application, Deal
from market.deals.vocabulary import ApplicationState, DealState
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import N_, NotFound
from market.kernel.excel import excel_response
from market.kernel.pages import refusals_on, require_decision
from market.kernel.paging import requested_page

blueprint = Blueprint("deals", __name__)
Answer = str | BaseResponse | tuple[str, int]
SELLER = (Role.TRANSFER_OFFICER, Role.INSTITUTION_HEAD)
BOTH_SIDES = (*SELLER, Role.ENTERPRISE_USER)
DEAL_TEXTS = {"deal.begun": N_("交易建立"), "deal.cancelled": N_("终止交易")}
TEXTS = {
    "application.submitted": N_("提交申请"),
    "application.accepted": N_("接受申请"),
    "application.declined": N_("谢绝申请"),
    "application.withdrawn": N_("撤回申请"),
}


@blueprint.route("/offers/<int:offer_id>/application", methods=["GET", "POST"])
@for_roles(Role.ENTERPRISE_USER)
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
@for_roles(*BOTH_SIDES)
def applications() -> Answer:
    conditions = queries.application_conditions(current_actor(), request.args.get("state", ""))
    page = requested_page(queries.count_applications(conditions))
    rows = queries.list_applications(conditions, limit=page.size, offset=page.offset)
    return render_template("deals/applications.html", rows=rows, page=page, states=list(ApplicationState))


@blueprint.get("/console/applications/export.xlsx")
@for_roles(*BOTH_SIDES)
def export_applications() -> Response:
    rows = queries.list_applications(queries.application_conditions(current_actor(), request.args.get("state", "")))
    headings = [
        _("编号"),
        _("状态"),
        _("成果"),
        _("方式"),
        _("机构"),
        _("申请企业"),
        _("意向价格（元）"),
        _("提交时间"),
        _("答复时间"),
        _("理由"),
    ]
    return excel_response(
        _("申请"),
        headings,
        (
            (
                row.number,
                _(row.state.label),
                row.listing_title,
                _(row.way.label),
                row.seller_name,
                row.applicant_name,
                row.price,
                row.created_at,
                row.decided_at,
                row.decision_reason,
            )
            for row in rows
        ),
    )


@blueprint.get("/console/applications/<number>")
@for_roles(*BOTH_SIDES)
def application(number: str) -> Answer:
    return _application_page(number, DecisionForm(), 200)


def _application_page(number: str, form: DecisionForm, status: int) -> tuple[str, int]:
    found = application_for(current_actor(), number)
    row = queries.list_applications([Application.id == found.id])[0]
    events = timeline("application", found.id, TEXTS)
    return render_template("deals/application.html", row=row, form=form, events=events), status


@blueprint.post("/console/applications/<number>/decision")
@for_roles(*SELLER)
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
@for_roles(Role.ENTERPRISE_USER)
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
@for_roles(*BOTH_SIDES)
def deals() -> Answer:
    conditions = queries.deal_conditions(current_actor(), request.args.get("state", ""))
    page = requested_page(queries.count_deals(conditions))
    rows = queries.list_deals(conditions, limit=page.size, offset=page.offset)
    return render_template("deals/deals.html", rows=rows, page=page, states=list(DealState))


@blueprint.get("/console/deals/export.xlsx")
@for_roles(*BOTH_SIDES)
def export_deals() -> Response:
    rows = queries.list_deals(queries.deal_conditions(current_actor(), request.args.get("state", "")))
    headings = [
        _("编号"),
        _("类型"),
        _("状态"),
        _("成果"),
        _("方式"),
        _("机构"),
        _("受让企业"),
        _("价格（元）"),
        _("建立时间"),
    ]
    return excel_response(
        _("交易"),
        headings,
        (
            (
                row.number,
                _(row.kind.label),
                _(row.state.label),
                row.listing_title,
                _(row.way.label),
                row.seller_name,
                row.buyer_name,
                row.price,
                row.created_at,
            )
            for row in rows
        ),
    )


@blueprint.get("/console/deals/<number>")
@for_roles(*BOTH_SIDES)
def deal(number: str) -> Answer:
    found = deal_for(current_actor(), number)
    return _deal_page(found, DecisionForm(), 200)


def _deal_page(found: Deal, form: DecisionForm, status: int) -> tuple[str, int]:
    row = queries.list_deals([Deal.id == found.id])[0]
    page = render_template(
        "deals/deal.html",
        row=row,
        form=form,
        items=queries.listings_of_deal(found.id),
        may_cancel=row.state is DealState.NEGOTIATING and current_actor().has(*SELLER),
        events=timeline("deal", found.id, DEAL_TEXTS),
    )
    return page, status


@blueprint.post("/console/deals/<number>/cancellation")
@for_roles(*SELLER)
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
    return _deal_page(deal_for(actor, number), form, 422)
