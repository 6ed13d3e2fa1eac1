"""Private enquiries: begin, write, exchange contacts, close."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.accounts.rules import Actor
from market.accounts.timeline import timeline
from market.enquiries import queries
from market.enquiries.access import enquiry_for
from market.enquiries.forms import AnswerForm, ButtonForm, EnquiryForm
from market.enquiries.models import Enquiry
from market.enquiries.queries import EnquiryRow
from market.enquiries.service import talking as service
from market.enquiries.texts import ENQUIRY_TEXTS
from market.enquiries.views.blueprint import Answer, blueprint
from market.enquiries.vocabulary import EnquiryState
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.errors import N_
from market.kernel.lists import Column, requested_choice, requested_words, workbook_of
from market.kernel.pages import refusals_on
from market.listings.access import public_listing

COLUMNS: list[Column[EnquiryRow]] = [
    Column(N_("编号"), lambda row: row.number),
    Column(N_("成果编号"), lambda row: row.listing_number),
    Column(N_("成果"), lambda row: row.listing_title),
    Column(N_("机构"), lambda row: row.seller_name),
    Column(N_("咨询企业"), lambda row: row.enquirer_name),
    Column(N_("状态"), lambda row: _(row.state.label)),
    Column(N_("咨询时间"), lambda row: row.asked_at),
    Column(N_("首次答复时间"), lambda row: row.first_answered_at),
    Column(N_("答复期限"), lambda row: row.due_on),
]


@blueprint.route("/listings/<number>/enquiry", methods=["GET", "POST"])
@allowed(Act.ENQUIRE)
def enquire(number: str) -> Answer:
    listing = public_listing(number)
    title, form = listing.title, EnquiryForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            begun = service.enquire(
                session,
                current_actor(),
                number,
                form.text.data or "",
                offers_contact=bool(form.offers_contact.data),
                now=current_time(),
            )
            enquiry_number = begun.number
        if outcome.accepted:
            flash(_("咨询已送达机构，答复会出现在这里和通知里。"), "success")
            return redirect(url_for("enquiries.enquiry", number=enquiry_number))
    page = render_template("enquiries/enquire.html", form=form, number=number, title=title, actor=current_actor())
    return page, 422 if request.method == "POST" else 200


@blueprint.get("/console/enquiries")
@allowed(Act.READ_ENQUIRIES)
def enquiries() -> Answer:
    shown = queries.ENQUIRIES.shown(_conditions())
    return render_template(
        "enquiries/enquiries.html",
        states=list(EnquiryState),
        today=local_date(current_time()),
        is_asker=may(current_actor(), Act.ENQUIRE),
        **shown,
    )


@blueprint.get("/console/enquiries/export.xlsx")
@allowed(Act.READ_ENQUIRIES)
def export_enquiries() -> Response:
    return workbook_of(_("咨询"), COLUMNS, queries.ENQUIRIES.exported(_conditions()))


def _conditions() -> list[ColumnElement[bool]]:
    late_on = local_date(current_time()) if request.args.get("late") == "yes" else None
    return queries.enquiry_conditions(
        current_actor(), requested_choice(EnquiryState), requested_words(), late_on=late_on
    )


@blueprint.get("/console/enquiries/<number>")
@allowed(Act.READ_ENQUIRIES)
def enquiry(number: str) -> Answer:
    return _page(number, AnswerForm(formdata=None), 200)


def _page(number: str, form: FlaskForm, status: int) -> tuple[str, int]:
    actor = current_actor()
    found = enquiry_for(actor, number)
    page = render_template(
        "enquiries/enquiry.html",
        row=queries.ENQUIRIES.rows([Enquiry.id == found.id])[0],
        form=form,
        answer_form=form if isinstance(form, AnswerForm) else AnswerForm(formdata=None),
        messages=queries.messages_of(found.id, actor),
        contact=queries.contact_for(actor, found),
        may_answer=may(actor, Act.ANSWER_ENQUIRY),
        may_continue=may(actor, Act.CONTINUE_ENQUIRY),
        today=local_date(current_time()),
        events=timeline("enquiry", found.id, ENQUIRY_TEXTS, names_people=False),
    )
    return page, status


def _act_on(number: str, form: FlaskForm, act: Callable[[Session, Actor, int], object], done: str) -> Answer:
    actor = current_actor()
    enquiry_id = enquiry_for(actor, number).id
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            act(session, actor, enquiry_id)
        if outcome.accepted:
            flash(done, "success")
            return redirect(url_for("enquiries.enquiry", number=number))
    return _page(number, form, 422)


@blueprint.post("/console/enquiries/<number>/answer")
@allowed(Act.ANSWER_ENQUIRY)
def answer(number: str) -> Answer:
    form = AnswerForm()

    def act(session: Session, actor: Actor, enquiry_id: int) -> None:
        service.answer_enquiry(session, actor, enquiry_id, form.text.data or "", now=current_time())

    return _act_on(number, form, act, _("已答复，企业会收到通知。"))


@blueprint.post("/console/enquiries/<number>/message")
@allowed(Act.CONTINUE_ENQUIRY)
def ask_further(number: str) -> Answer:
    form = AnswerForm()

    def act(session: Session, actor: Actor, enquiry_id: int) -> None:
        service.ask_further(session, actor, enquiry_id, form.text.data or "", now=current_time())

    return _act_on(number, form, act, _("已送达机构。"))


@blueprint.post("/console/enquiries/<number>/contact-offer")
@allowed(Act.CONTINUE_ENQUIRY)
def offer_contact(number: str) -> Answer:
    def act(session: Session, actor: Actor, enquiry_id: int) -> None:
        service.offer_contact(session, actor, enquiry_id, now=current_time())

    return _act_on(number, ButtonForm(), act, _("已提出。机构接受后，双方可以看到对方的联系方式。"))


@blueprint.post("/console/enquiries/<number>/contact-acceptance")
@allowed(Act.ANSWER_ENQUIRY)
def accept_contact(number: str) -> Answer:
    def act(session: Session, actor: Actor, enquiry_id: int) -> None:
        service.accept_contact(session, actor, enquiry_id, now=current_time())

    return _act_on(number, ButtonForm(), act, _("已接受，双方现在可以看到对方的联系方式。"))


@blueprint.post("/console/enquiries/<number>/closing")
@allowed(Act.CONTINUE_ENQUIRY)
def close(number: str) -> Answer:
    def act(session: Session, actor: Actor, enquiry_id: int) -> None:
        service.close_enquiry(session, actor, enquiry_id, now=current_time())

    return _act_on(number, ButtonForm(), act, _("咨询已结束。需要时可以在成果页面重新咨询。"))
