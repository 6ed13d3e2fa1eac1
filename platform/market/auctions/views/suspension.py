"""Suspending a lot, letting it go on, and its end by two persons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.accounts.rules import Actor
from market.accounts.views.entering import recently_authenticated
from market.auctions import access, queries, service, suspension_queries
from market.auctions.forms import DecideEndForm, EndForm, ResumeForm, SuspendForm
from market.auctions.views.shared import Answer, auction_time, blueprint, viewer_id
from market.auctions.vocabulary import SuspensionCause
from market.kernel.clock import local_date
from market.kernel.db import current_session, transaction
from market.kernel.errors import Said
from market.kernel.pages import in_words, refusals_on, require_decision
from market.listings.rules import Problem

Step = Callable[[Session, Actor, int], object]


@blueprint.get("/console/lots/<number>/suspension")
@allowed(Act.READ_SUSPENSION)
def suspension(number: str) -> Answer:
    """Why the lot is suspended, what still keeps it, and what whoever looks may do about it."""
    access.lot_id_for(current_actor(), Act.READ_SUSPENSION, number)
    return _page(number, None)


@blueprint.post("/console/lots/<number>/suspension")
@allowed(Act.SUSPEND_LOT)
@recently_authenticated
def suspend(number: str) -> Answer:
    form = SuspendForm()

    def step(session: Session, actor: Actor, lot_id: int) -> None:
        cause, now = SuspensionCause(form.cause.data), auction_time()
        service.suspend_lot(session, actor, lot_id, cause, form.reason.data or "", now)

    return _act(number, Act.SUSPEND_LOT, form, step, _("竞价已中止，出让方和已报名的企业会收到通知。"))


@blueprint.post("/console/lots/<number>/resumption")
@allowed(Act.RESUME_LOT)
@recently_authenticated
def resume(number: str) -> Answer:
    form = ResumeForm()

    def step(session: Session, actor: Actor, lot_id: int) -> None:
        reason, paper = form.reason.data or "", form.paper.data or ""
        service.resume_lot(session, actor, lot_id, reason=reason, paper=paper, now=auction_time())

    return _act(number, Act.RESUME_LOT, form, step, _("竞价已恢复，已报名的企业会收到新的截止时间。"))


@blueprint.post("/console/lots/<number>/termination")
@allowed(Act.ASK_LOT_END)
@recently_authenticated
def ask_end(number: str) -> Answer:
    form = EndForm()

    def step(session: Session, actor: Actor, lot_id: int) -> None:
        service.ask_lot_end(session, actor, lot_id, reason=form.reason.data or "", now=auction_time())

    return _act(number, Act.ASK_LOT_END, form, step, _("已申请终结，等待另一人批准。"))


@blueprint.post("/console/lots/<number>/termination/decision")
@allowed(Act.DECIDE_LOT_END)
@recently_authenticated
def decide_end(number: str) -> Answer:
    form, approves = DecideEndForm(), request.form.get("decision") == "approve"

    def step(session: Session, actor: Actor, lot_id: int) -> None:
        require_decision("approve", "decline")
        reason = form.reason.data or ""
        service.decide_lot_end(session, actor, lot_id, approves=approves, reason=reason, now=auction_time())

    done = (
        _("标的已终结，成果回到“已上架”状态；仍有权利负担的自动中止。")
        if approves
        else _("没有同意终结，标的仍在中止。")
    )
    return _act(number, Act.DECIDE_LOT_END, form, step, done)


def _act(number: str, act: Act, form: FlaskForm, step: Step, done: str) -> Answer:
    """Take the step, or show the page again with what was typed and why not."""
    actor = current_actor()
    lot_id = access.lot_id_for(actor, act, number)
    if form.validate():
        try:
            with refusals_on(form) as outcome, transaction() as session:
                step(session, actor, lot_id)
        finally:
            current_session().expire_all()
        if outcome.accepted:
            flash(done, "success")
            return redirect(url_for("auctions.lot", number=number))
    return _page(number, form), 422


def _page(number: str, refused: FlaskForm | None) -> str:
    actor, now = current_actor(), auction_time()
    lot = queries.lot_view(number, now, viewer_id())
    found = suspension_queries.open_suspension(lot.id)
    standing = suspension_queries.standing_of_lot(lot.id, local_date(now)) if found else None
    is_platform = may(actor, Act.DECIDE_LOT_END)
    return render_template(
        "auctions/suspension.html",
        lot=lot,
        suspension=found,
        barred=_sentences(standing.barred if standing else ()),
        still_open=_sentences(standing.open if standing else ()),
        refused=refused,
        suspend_form=_kept(refused, SuspendForm) if may(actor, Act.SUSPEND_LOT) else None,
        resume_form=_kept(refused, ResumeForm)
        if found and (is_platform or found.cause.is_from_register) and not (standing and standing.barred)
        else None,
        end_form=_kept(refused, EndForm),
        decide_form=_kept(refused, DecideEndForm)
        if found and found.end_asked_at and is_platform and found.end_asked_by_id != actor.person_id
        else None,
    )


def _sentences(problems: Sequence[Problem]) -> list[str]:
    """What keeps the lot, in the reader's words, with the article."""
    return [
        in_words(Said(problem.message, problem.params))
        + (f"（{in_words(Said(problem.article))}）" if problem.article and "article" not in problem.params else "")
        for problem in problems
    ]


def _kept(refused: FlaskForm | None, kind: type[FlaskForm]) -> FlaskForm:
    """The refused form with what was typed, or an empty one of this kind."""
    return refused if isinstance(refused, kind) else kind(formdata=None)
