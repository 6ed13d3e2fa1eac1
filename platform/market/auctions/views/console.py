"""The console's list of lots, the announcement, the withdrawal."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.accounts.views.entering import recently_authenticated
from market.auctions import access, queries, rules, service
from market.auctions.forms import AnnounceForm, WithdrawForm, local_moment
from market.auctions.queries import OfferReady
from market.auctions.rules import Announcement
from market.auctions.views.hall import lots_page, lots_workbook
from market.auctions.views.shared import Answer, auction_time, blueprint, viewer_id
from market.kernel.clock import SHANGHAI, current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import Refusal
from market.kernel.money import Money, parse_yuan
from market.kernel.pages import refusals_on


@blueprint.get("/console/lots")
@allowed(Act.READ_LOTS)
def index() -> Answer:
    """The actor's lots: those it sells, those in which it takes part, or all."""
    actor = current_actor()
    return render_template(
        "auctions/index.html",
        ready=queries.offers_ready(actor.organisation_id) if may(actor, Act.ANNOUNCE_LOT) else [],
        is_seller=may(actor, Act.WITHDRAW_LOT),
        is_bidder=may(actor, Act.BID),
        **lots_page(access.lots_of(actor), auction_time()),
    )


@blueprint.get("/console/lots/export.xlsx")
@allowed(Act.READ_LOTS)
def index_export() -> Answer:
    """The list as shown, all pages, as a workbook."""
    return lots_workbook(access.lots_of(current_actor()), auction_time())


@blueprint.route("/console/lots/new", methods=["GET", "POST"])
@allowed(Act.ANNOUNCE_LOT)
@recently_authenticated
def announce() -> Answer:
    """Announce a lot over offers of the actor's institution."""
    actor, now = current_actor(), current_time()
    ready = queries.offers_ready(actor.organisation_id)
    form = AnnounceForm()
    form.offers.choices = [(offer.offer_id, offer.title) for offer in ready]
    if request.method == "GET":
        _suggest(form, ready)
    elif form.validate():
        with refusals_on(form) as outcome, transaction() as session:
            lot = service.announce_lot(session, actor, form.offers.data, _announcement(form), now)
            number = lot.number
        if outcome.accepted:
            flash(_("竞价公告 %(number)s 已发布。", number=number), "success")
            return redirect(url_for("auctions.lot", number=number))
    limits = service.announcement_limits(current_session(), now)
    page = render_template("auctions/announce.html", form=form, ready=ready, limits=limits)
    return (page, 422) if form.errors else page


def _suggest(form: AnnounceForm, ready: list[OfferReady]) -> None:
    """Fill in what the parameters and the listing suggest."""
    wanted = request.args.get("offer", "")
    chosen = [offer for offer in ready if str(offer.offer_id) == wanted] or ready[:1]
    form.offers.data = [offer.offer_id for offer in chosen]
    if chosen:
        form.title.data = chosen[0].title
        form.step.data = rules.plain_yuan(rules.suggested_step(chosen[0].start))
    times = rules.suggested_times(current_time(), service.announcement_limits(current_session(), current_time()))
    form.opens_at.data, form.closes_at.data = (moment.astimezone(SHANGHAI).replace(tzinfo=None) for moment in times)


def _announcement(form: AnnounceForm) -> Announcement:
    """What was typed. Raises Refusal at the field of the step for a text that is no amount."""
    return Announcement(
        title=form.title.data or "",
        step=_step(form.step.data or ""),
        opens_at=local_moment(form.opens_at.data),
        closes_at=local_moment(form.closes_at.data),
    )


def _step(text: str) -> Money:
    try:
        return parse_yuan(text)
    except Refusal as refusal:
        refusal.field = "step"
        raise


@blueprint.route("/console/lots/<number>/withdrawal", methods=["GET", "POST"])
@allowed(Act.WITHDRAW_LOT)
@recently_authenticated
def withdraw(number: str) -> Answer:
    """Withdraw a lot before bidding opens, with a public reason."""
    actor = current_actor()
    lot_id = access.own_lot_id(actor, number)
    form = WithdrawForm()
    if request.method == "POST" and form.validate():
        now = auction_time()
        with refusals_on(form) as outcome, transaction() as session:
            service.withdraw_lot(session, actor, lot_id, form.reason.data or "", now)
        if outcome.accepted:
            flash(_("竞价公告 %(number)s 已撤回，成果回到上架状态。", number=number), "success")
            return redirect(url_for("auctions.lot", number=number))
    page = render_template(
        "auctions/withdraw.html", form=form, lot=queries.lot_view(number, auction_time(), viewer_id())
    )
    return (page, 422) if form.errors else page
