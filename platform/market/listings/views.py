"""Pages of listings: the public page, the editor, the reviews."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor, optional_actor
from market.accounts.policy import Act, may
from market.accounts.rules import Actor
from market.accounts.timeline import timeline
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, transaction
from market.kernel.errors import NotFound
from market.kernel.excel import excel_response
from market.kernel.pages import refusals_on, requested_id, require_decision
from market.kernel.paging import requested_page
from market.listings import queries, service
from market.listings.access import listing_for, public_listing
from market.listings.checks import achievement_problems
from market.listings.forms import EmptyForm, ListingForm, ReasonForm, prefilled
from market.listings.models import Listing
from market.listings.record import writers_of
from market.listings.rules import TRANSITIONS
from market.listings.steps import steps_for
from market.listings.texts import INNER_REASONS, PUBLIC_TEXTS, TEXTS
from market.listings.vocabulary import ListingAction, ListingState

blueprint = Blueprint("listings", __name__)
Answer = str | BaseResponse | tuple[str, int]


@blueprint.get("/listings/<number>")
@allowed(Act.READ_PUBLIC)
def detail(number: str) -> Answer:
    listing = public_listing(number)
    view = queries.load_view(listing)
    return render_template(
        "listings/detail.html",
        listing=view,
        steps={offer.way: steps_for(offer.way) for offer in view.offers},
        events=timeline("listing", listing.id, PUBLIC_TEXTS, names_people=False, inner_reasons=INNER_REASONS),
        actor=optional_actor(),
        today=local_date(current_time()),
    )


@blueprint.get("/console/listings")
@allowed(Act.READ_LISTINGS)
def index() -> Answer:
    actor = current_actor()
    conditions = queries.console_conditions(actor, *_filters())
    page, order = requested_page(queries.count_listings(conditions)), queries.ORDERS.requested()
    return render_template(
        "listings/index.html",
        rows=queries.list_listings(conditions, limit=page.size, offset=page.offset, order=order),
        page=page,
        order=order,
        counts=queries.count_by_state(actor),
        states=list(ListingState),
    )


@blueprint.get("/console/listings/export.xlsx")
@allowed(Act.READ_LISTINGS)
def export() -> Response:
    conditions = queries.console_conditions(current_actor(), *_filters())
    rows = queries.list_listings(conditions, order=queries.ORDERS.requested())
    headings = [
        _("编号"),
        _("成果名称"),
        _("机构"),
        _("状态"),
        _("转化方式"),
        _("最低价（元）"),
        _("上架时间"),
        _("更新时间"),
    ]
    return excel_response(
        _("挂牌"),
        headings,
        (
            (
                row.number,
                row.title,
                row.organisation_name,
                _(row.state.label),
                "、".join(_(way.label) for way in row.ways),
                row.price,
                row.published_at,
                row.updated_at,
            )
            for row in rows
        ),
    )


def _filters() -> tuple[str, str]:
    text = request.args.get("text", "").replace("\x00", "").strip()[:100]
    return request.args.get("state", ""), text


@blueprint.route("/console/listings/new", methods=["GET", "POST"])
@allowed(Act.WRITE_LISTING)
def new() -> Answer:
    actor = current_actor()
    achievement = queries.own_achievement(requested_id("achievement"), actor)
    if achievement is None:
        raise NotFound
    problems = achievement_problems(current_session(), achievement, local_date(current_time()))
    blocking = [problem for problem in problems if problem.code != service.UNKNOWN_STATUS]
    known = {
        "title": achievement.title[:200],
        "technical_field": achievement.technical_field or "",
        "industry": achievement.industry or "",
        "maturity_stage": achievement.maturity_stage or "",
    }
    form = ListingForm(data=known)
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            made = service.create_listing(session, actor, achievement.id, form.draft(), now=current_time())
            number = made.number
        if outcome.accepted:
            flash(_("草稿已保存。核对无误后提交本单位审核。"), "success")
            return redirect(url_for("listings.manage", number=number))
    page = render_template("listings/editor.html", form=form, listing=None, achievement=achievement, blocking=blocking)
    return page, 422 if request.method == "POST" else 200


@blueprint.route("/console/listings/<number>/edit", methods=["GET", "POST"])
@allowed(Act.WRITE_LISTING)
def edit(number: str) -> Answer:
    actor = current_actor()
    listing = listing_for(actor, number)
    view = queries.load_view(listing)
    form = ListingForm(data=prefilled(view))
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.edit_listing(session, actor, view.id, form.draft(), version=_seen_version(), now=current_time())
        if outcome.accepted:
            flash(_("修改已保存。"), "success")
            return redirect(url_for("listings.manage", number=number))
    page = render_template("listings/editor.html", form=form, listing=view, achievement=None, blocking=[])
    return page, 422 if request.method == "POST" else 200


def _seen_version() -> int:
    """The version that the officer was shown; 0, which no listing has, when the form does not say."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004


@blueprint.get("/console/listings/<number>")
@allowed(Act.READ_LISTINGS)
def manage(number: str) -> Answer:
    listing = listing_for(current_actor(), number)
    return _manage_page(listing, EmptyForm(), 200)


def _manage_page(listing: Listing, form: FlaskForm, status: int) -> tuple[str, int]:
    actor = current_actor()
    view = queries.load_view(listing)
    today = local_date(current_time())
    achievement = queries.own_achievement(listing.achievement_id, actor)
    problems = achievement_problems(current_session(), achievement, today) if achievement else []
    return (
        render_template(
            "listings/manage.html",
            listing=view,
            form=form,
            reason_form=form if isinstance(form, ReasonForm) else ReasonForm(),
            problems=problems,
            today=today,
            allowed=_allowed(actor, listing),
            events=timeline("listing", listing.id, TEXTS),
            own_submission=actor.person_id in writers_of(current_session(), listing.id),
        ),
        status,
    )


def _allowed(actor: Actor, listing: Listing) -> set[str]:
    """The names of the actions open to this actor now; the service decides again."""
    state = ListingState(listing.state)
    acts = {
        ListingAction.SUBMIT: Act.SUBMIT_LISTING,
        ListingAction.REVISE: Act.WRITE_LISTING,
        ListingAction.INSTITUTION_APPROVE: Act.APPROVE_LISTING,
        ListingAction.PLATFORM_APPROVE: Act.PUBLISH_LISTING,
    }
    for action in (ListingAction.PAUSE, ListingAction.RESUME, ListingAction.WITHDRAW, ListingAction.RENEW):
        acts[action] = Act.STEER_LISTING
    return {action.value for action, act in acts.items() if may(actor, act) and TRANSITIONS.allows(state, action)}


@blueprint.post("/console/listings/<number>/submission")
@allowed(Act.SUBMIT_LISTING)
def submit(number: str) -> Answer:
    confirms = request.form.get("confirms_legal_status") == "yes"

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        service.submit_listing(session, actor, listing_id, confirms_legal_status=confirms, now=current_time())

    return _act(number, EmptyForm(), act, _("已提交，等待本单位另一位负责人审核。"))


@blueprint.post("/console/listings/<number>/institution-review")
@allowed(Act.APPROVE_LISTING)
def institution_review(number: str) -> Answer:
    form, approves = ReasonForm(), request.form.get("decision") == "approve"

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        require_decision("approve", "reject")
        service.review_by_institution(
            session, actor, listing_id, approves=approves, reason=form.reason.data or "", now=current_time()
        )

    return _act(number, form, act, _("已通过，转平台审核。") if approves else _("已退回经办人修改。"))


@blueprint.post("/console/listings/<number>/platform-review")
@allowed(Act.PUBLISH_LISTING)
def platform_review(number: str) -> Answer:
    form, approves = ReasonForm(), request.form.get("decision") == "approve"

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        require_decision("approve", "reject")
        service.review_by_platform(
            session, actor, listing_id, approves=approves, reason=form.reason.data or "", now=current_time()
        )

    return _act(number, form, act, _("已上架，任何人都可以查到。") if approves else _("已退回机构修改。"))


@blueprint.post("/console/listings/<number>/pause")
@allowed(Act.STEER_LISTING)
def pause(number: str) -> Answer:
    form = ReasonForm()

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        service.pause_listing(session, actor, listing_id, reason=form.reason.data or "", now=current_time())

    return _act(number, form, act, _("已中止，检索中不再出现；恢复后重新可见。"))


@blueprint.post("/console/listings/<number>/resumption")
@allowed(Act.STEER_LISTING)
def resume(number: str) -> Answer:
    def act(session: Session, actor: Actor, listing_id: int) -> None:
        service.resume_listing(session, actor, listing_id, now=current_time())

    return _act(number, EmptyForm(), act, _("已恢复上架。"))


@blueprint.post("/console/listings/<number>/withdrawal")
@allowed(Act.STEER_LISTING)
def withdraw(number: str) -> Answer:
    form = ReasonForm()

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        service.withdraw_listing(session, actor, listing_id, reason=form.reason.data or "", now=current_time())

    return _act(number, form, act, _("已下架。成果可以重新挂牌。"))


@blueprint.post("/console/listings/<number>/renewal")
@allowed(Act.STEER_LISTING)
def renew(number: str) -> Answer:
    def act(session: Session, actor: Actor, listing_id: int) -> None:
        service.renew_listing(session, actor, listing_id, now=current_time())

    return _act(number, EmptyForm(), act, _("已转为草稿，核对后重新提交。"))


def _act(number: str, form: FlaskForm, act: Callable[[Session, Actor, int], None], done: str) -> Answer:
    actor = current_actor()
    listing = listing_for(actor, number)
    listing_id = listing.id
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            act(session, actor, listing_id)
        if outcome.accepted:
            flash(done, "success")
            still_mine = _is_visible(actor, number)
            return redirect(url_for("listings.manage", number=number) if still_mine else url_for("listings.index"))
    return _manage_page(listing_for(actor, number), form, 422)


def _is_visible(actor: Actor, number: str) -> bool:
    try:
        listing_for(actor, number)
    except NotFound:
        return False
    return True
