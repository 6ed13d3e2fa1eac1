"""The page of a lot: look, register, bid."""

from __future__ import annotations

from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask import session as browser_session
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor, optional_actor
from market.accounts.policy import Act, may
from market.accounts.rules import Actor
from market.accounts.timeline import timeline
from market.accounts.views.entering import has_just_proven, recently_authenticated
from market.auctions import access, queries, service, suspension_queries
from market.auctions.errors import BidRefused
from market.auctions.forms import BidForm, RegisterForm
from market.auctions.queries import LotView
from market.auctions.rules import clock_text, plain_yuan
from market.auctions.texts import PUBLIC_TEXTS
from market.auctions.views.shared import Answer, auction_time, blueprint, may_handle, viewer_id
from market.auctions.vocabulary import LotPhase
from market.kernel.db import transaction
from market.kernel.pages import refusals_on

TYPED_BID_KEY = "typed_bid"


@blueprint.get("/lots/<number>")
@allowed(Act.READ_PUBLIC)
def lot(number: str) -> Answer:
    """The public page of a lot."""
    access.public_lot_id(number)
    return _lot_page(number, BidForm(formdata=None, data={"amount": _typed_bid(number)}))


def _typed_bid(number: str) -> str:
    """The amount that she had typed on this lot when she was asked who she is; shown once."""
    typed_number, amount = browser_session.pop(TYPED_BID_KEY, None) or ("", "")
    return amount if typed_number == number else ""


@blueprint.get("/lots/<number>/live")
@allowed(Act.READ_PUBLIC)
def live(number: str) -> Answer:
    """What changes while a lot runs, without the form; sends the browser to the whole page when the phase turns."""
    access.public_lot_id(number)
    view = queries.lot_view(number, auction_time(), viewer_id())
    if request.args.get("stage") != stage_of(view):
        answer = make_response("", 200)
        answer.headers["HX-Redirect"] = url_for("auctions.lot", number=number)
        return answer
    bids = queries.bid_history(view.id, viewer_id())
    answer = make_response(render_template("auctions/_live.html", **_lot_context(view, bids), is_fragment=True))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/lots/<number>/registrations")
@allowed(Act.REGISTER_BIDDER)
@recently_authenticated
def register(number: str) -> Answer:
    """Register the actor's enterprise for the lot."""
    lot_id = access.public_lot_id(number)
    form = RegisterForm()
    now = auction_time()
    with refusals_on(form) as outcome, transaction() as session:
        is_abroad = bool(form.is_abroad.data)
        registration = service.register_bidder(session, current_actor(), lot_id, now, is_abroad=is_abroad)
        code = registration.bidder_code
    if not outcome.accepted:
        return _lot_page(number, BidForm(formdata=None), form), 422
    flash(_("报名成功。贵单位在这个标的中的代号是 %(code)s，结束之前只有贵单位知道。", code=code), "success")
    return redirect(url_for("auctions.lot", number=number))


@blueprint.post("/lots/<number>/bids")
@allowed(Act.BID)
@recently_authenticated
def bid(number: str) -> Answer:
    """Place a bid; a refused one comes back at its field with the next valid amount and the server's time.

    After a proof of identity the page comes back first, filled in: while she typed her password others may have bid.
    """
    lot_id = access.public_lot_id(number)
    form = BidForm()
    if has_just_proven():
        browser_session[TYPED_BID_KEY] = [number, (form.amount.data or "")[:40]]
        flash(_("身份已确认。请核对当前价和您的出价，再点“出价”。"), "info")
        return redirect(url_for("auctions.lot", number=number))
    with refusals_on(form) as outcome:
        receipt = _place_bid(current_actor(), lot_id, form)
    if not outcome.accepted:
        g.pop("auction_time", None)
        return _lot_page(number, form), 422
    sentence = _(
        "出价 %(price)s 已受理，是第 %(sequence)s 口，受理时间 %(time)s。",
        price=str(receipt.price),
        sequence=receipt.sequence,
        time=clock_text(receipt.placed_at),
    )
    flash(sentence, "success")
    return redirect(url_for("auctions.lot", number=number))


def _place_bid(actor: Actor, lot_id: int, form: BidForm) -> service.BidReceipt:
    """Bid in one transaction; a refusal is recorded in a second one, after the first was rolled back."""
    amount = form.amount.data or ""
    try:
        with transaction() as session:
            return service.place_bid(session, actor, lot_id, amount, form.form_token.data or "")
    except BidRefused as refusal:
        with transaction() as session:
            service.record_refusal(session, actor, lot_id, amount, refusal)
        raise


def _lot_page(number: str, form: BidForm, registration: RegisterForm | None = None) -> str:
    view = queries.lot_view(number, auction_time(), viewer_id())
    bids = queries.bid_history(view.id, viewer_id())
    if not form.amount.data:
        form.amount.data = plain_yuan(view.next_amounts[0])
    form.form_token.data = service.new_form_token()
    return render_template(
        "auctions/lot.html",
        form=form,
        registration=registration or RegisterForm(formdata=None),
        items=queries.lot_items(view.id),
        reason=queries.withdrawal_reason(view.id) if view.phase in (LotPhase.WITHDRAWN, LotPhase.TERMINATED) else None,
        suspension=suspension_queries.open_suspension(view.id) if view.phase is LotPhase.SUSPENDED else None,
        may_handle=may_handle(view.seller_id, view.phase),
        events=timeline("lot", view.id, PUBLIC_TEXTS, names_people=False),
        is_refused=bool(form.errors or (registration and registration.errors)),
        is_paused=request.args.get("pause") == "1",
        **_lot_context(view, bids),
    )


def stage_of(view: LotView) -> str:
    """What the page offers: a change of it needs the whole page again."""
    if view.phase.is_open:
        return "open"
    return view.phase.value


def _lot_context(view: LotView, bids: list[queries.BidRow]) -> dict[str, Any]:
    actor = optional_actor()
    return {
        "lot": view,
        "bids": bids,
        "stage": stage_of(view),
        "now": view.now,
        "may_take_part": actor is None or may(actor, Act.REGISTER_BIDDER),
        "is_seller": actor is not None and actor.organisation_id == view.seller_id,
        "is_winner": actor is not None and actor.organisation_id == view.winner_id,
    }
