"""Pause, resumption, withdrawal and renewal by the seller."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from market.accounts.access import allowed
from market.accounts.policy import Act
from market.accounts.rules import Actor
from market.kernel.clock import current_time
from market.listings import lifecycle, service
from market.listings.forms import EmptyForm, ReasonForm
from market.listings.life_forms import WithdrawalForm
from market.listings.views.blueprint import Answer, blueprint
from market.listings.views.manage import act_on
from market.listings.vocabulary import WithdrawalKind


@blueprint.post("/console/listings/<number>/pause")
@allowed(Act.STEER_LISTING)
def pause(number: str) -> Answer:
    form = ReasonForm()

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        service.pause_listing(session, actor, listing_id, reason=form.reason.data or "", now=current_time())

    return act_on(number, form, act, _("已中止，检索中不再出现；恢复后重新可见。"))


@blueprint.post("/console/listings/<number>/resumption")
@allowed(Act.STEER_LISTING)
def resume(number: str) -> Answer:
    def act(session: Session, actor: Actor, listing_id: int) -> None:
        service.resume_listing(session, actor, listing_id, now=current_time())

    return act_on(number, EmptyForm(), act, _("已恢复上架。"))


@blueprint.post("/console/listings/<number>/withdrawal")
@allowed(Act.STEER_LISTING)
def withdraw(number: str) -> Answer:
    form = WithdrawalForm()

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        kind = WithdrawalKind(form.kind.data)
        service.withdraw_listing(
            session, actor, listing_id, reason=form.reason.data or "", now=current_time(), kind=kind
        )

    return act_on(number, form, act, _("已下架。成果可以重新挂牌。"))


@blueprint.post("/console/listings/<number>/renewal")
@allowed(Act.STEER_LISTING)
def renew(number: str) -> Answer:
    def act(session: Session, actor: Actor, listing_id: int) -> None:
        service.renew_listing(session, actor, listing_id, now=current_time())

    return act_on(number, EmptyForm(), act, _("已转为草稿，核对后重新提交。"))


@blueprint.post("/console/listings/<number>/extension")
@allowed(Act.STEER_LISTING)
def extend(number: str) -> Answer:
    confirms = request.form.get("confirms_legal_status") == "yes"

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        lifecycle.extend_listing(session, actor, listing_id, confirms_legal_status=confirms, now=current_time())

    return act_on(number, EmptyForm(), act, _("已续期。"))


@blueprint.post("/console/listings/<number>/suspension")
@allowed(Act.TAKE_DOWN_LISTING)
def suspend(number: str) -> Answer:
    form = ReasonForm()

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        lifecycle.suspend_listing(session, actor, listing_id, reason=form.reason.data or "", now=current_time())

    return act_on(number, form, act, _("已由平台中止，机构会收到通知。"))


@blueprint.post("/console/listings/<number>/take-down")
@allowed(Act.TAKE_DOWN_LISTING)
def take_down(number: str) -> Answer:
    form = ReasonForm()

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        lifecycle.take_down_listing(session, actor, listing_id, reason=form.reason.data or "", now=current_time())

    return act_on(number, form, act, _("已由平台下架，机构会收到通知。"))
