"""Public questions: ask, answer, hide."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.accounts.timeline import timeline
from market.enquiries import queries, rules
from market.enquiries.access import question_for
from market.enquiries.forms import AnswerForm, HidingForm, QuestionForm
from market.enquiries.models import ListingQuestion
from market.enquiries.queries import QuestionRow
from market.enquiries.service import questions as service
from market.enquiries.texts import QUESTION_TEXTS
from market.enquiries.views.blueprint import Answer, blueprint
from market.enquiries.vocabulary import QuestionAction, QuestionState
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.errors import N_
from market.kernel.lists import Column, requested_choice, requested_words, workbook_of
from market.kernel.pages import refusals_on
from market.listings.access import public_listing

COLUMNS: list[Column[QuestionRow]] = [
    Column(N_("成果编号"), lambda row: row.listing_number),
    Column(N_("成果"), lambda row: row.listing_title),
    Column(N_("机构"), lambda row: row.seller_name),
    Column(N_("提问企业"), lambda row: row.asker_name),
    Column(N_("状态"), lambda row: _(row.state.label)),
    Column(N_("提问"), lambda row: row.text),
    Column(N_("提问时间"), lambda row: row.asked_at),
    Column(N_("答复期限"), lambda row: row.due_on),
    Column(N_("回答"), lambda row: row.answer),
    Column(N_("回答时间"), lambda row: row.answered_at),
    Column(N_("隐藏的理由"), lambda row: row.hidden_reason),
]


@blueprint.route("/listings/<number>/question", methods=["GET", "POST"])
@allowed(Act.ASK_QUESTION)
def ask(number: str) -> Answer:
    listing = public_listing(number)
    title, form = listing.title, QuestionForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            asked = service.ask_question(session, current_actor(), number, form.text.data or "", now=current_time())
            question_id = asked.id
        if outcome.accepted:
            flash(_("提问已送达机构。机构回答后，问题和回答会公开显示，不写贵单位的名称。"), "success")
            return redirect(url_for("enquiries.question", question_id=question_id))
    page = render_template("enquiries/ask.html", form=form, number=number, title=title)
    return page, 422 if request.method == "POST" else 200


@blueprint.get("/console/questions")
@allowed(Act.READ_QUESTIONS)
def questions() -> Answer:
    shown = queries.QUESTIONS.shown(_conditions())
    return render_template(
        "enquiries/questions.html",
        states=list(QuestionState),
        today=local_date(current_time()),
        is_asker=may(current_actor(), Act.ASK_QUESTION),
        is_operator=may(current_actor(), Act.HIDE_QUESTION),
        **shown,
    )


@blueprint.get("/console/questions/export.xlsx")
@allowed(Act.READ_QUESTIONS)
def export_questions() -> Response:
    return workbook_of(_("公开提问"), COLUMNS, queries.QUESTIONS.exported(_conditions()))


def _conditions() -> list[ColumnElement[bool]]:
    late_on = local_date(current_time()) if request.args.get("late") == "yes" else None
    return queries.question_conditions(
        current_actor(), requested_choice(QuestionState), requested_words(), late_on=late_on
    )


@blueprint.get("/console/questions/<int:question_id>")
@allowed(Act.READ_QUESTIONS)
def question(question_id: int) -> Answer:
    return _page(question_id, None, 200)


def _page(question_id: int, form: FlaskForm | None, status: int) -> tuple[str, int]:
    actor = current_actor()
    found = question_for(actor, question_id)
    state = QuestionState(found.state)
    page = render_template(
        "enquiries/question.html",
        row=queries.QUESTIONS.rows([ListingQuestion.id == found.id])[0],
        problems=form,
        answer_form=form if isinstance(form, AnswerForm) else AnswerForm(formdata=None),
        hiding_form=form if isinstance(form, HidingForm) else HidingForm(formdata=None),
        may_answer=may(actor, Act.ANSWER_QUESTION) and rules.QUESTIONS.allows(state, QuestionAction.ANSWER),
        may_hide=may(actor, Act.HIDE_QUESTION) and rules.QUESTIONS.allows(state, QuestionAction.HIDE),
        today=local_date(current_time()),
        events=timeline("question", found.id, QUESTION_TEXTS, names_people=False),
    )
    return page, status


@blueprint.post("/console/questions/<int:question_id>/answer")
@allowed(Act.ANSWER_QUESTION)
def answer_question(question_id: int) -> Answer:
    actor, form = current_actor(), AnswerForm()
    question_for(actor, question_id)
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.answer_question(session, actor, question_id, form.text.data or "", now=current_time())
        if outcome.accepted:
            flash(_("已回答。问题和回答现在公开显示在成果页面上。"), "success")
            return redirect(url_for("enquiries.question", question_id=question_id))
    return _page(question_id, form, 422)


@blueprint.post("/console/questions/<int:question_id>/hiding")
@allowed(Act.HIDE_QUESTION)
def hide_question(question_id: int) -> Answer:
    actor, form = current_actor(), HidingForm()
    question_for(actor, question_id)
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.hide_question(session, actor, question_id, form.reason.data or "", now=current_time())
        if outcome.accepted:
            flash(_("已隐藏，双方会收到理由。"), "success")
            return redirect(url_for("enquiries.question", question_id=question_id))
    return _page(question_id, form, 422)
