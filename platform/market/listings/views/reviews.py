"""Submission, and the reviews by the institution and the platform."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from market.accounts.access import allowed
from market.accounts.policy import Act
from market.accounts.rules import Actor
from market.kernel.clock import current_time
from market.kernel.pages import require_decision
from market.listings import service
from market.listings.forms import EmptyForm, ReasonForm
from market.listings.views.blueprint import Answer, blueprint
from market.listings.views.manage import act_on

COMMENT = "comment-"
"""Inputs for a comment at a field are named so, and by the field."""


def typed_comments() -> dict[str, str]:
    """What the reviewer wrote at single fields, by field."""
    inputs = {name.removeprefix(COMMENT): text for name, text in request.form.items() if name.startswith(COMMENT)}
    return {name: text.replace("\x00", "") for name, text in inputs.items()}


@blueprint.post("/console/listings/<number>/submission")
@allowed(Act.SUBMIT_LISTING)
def submit(number: str) -> Answer:
    confirms = request.form.get("confirms_legal_status") == "yes"

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        service.submit_listing(session, actor, listing_id, confirms_legal_status=confirms, now=current_time())

    return act_on(number, EmptyForm(), act, _("已提交，等待本单位另一位负责人审核。"))


@blueprint.post("/console/listings/<number>/institution-review")
@allowed(Act.APPROVE_LISTING)
def institution_review(number: str) -> Answer:
    return decide_on(number, service.review_by_institution, _("已通过，转平台审核。"), _("已退回经办人修改。"))


@blueprint.post("/console/listings/<number>/platform-review")
@allowed(Act.PUBLISH_LISTING)
def platform_review(number: str) -> Answer:
    return decide_on(number, service.review_by_platform, _("已上架，任何人都可以查到。"), _("已退回机构修改。"))


def decide_on(number: str, review: Callable[..., object], approved: str, rejected: str) -> Answer:
    """A review's answer with its reason and the comments at fields, by one of the services' `review…`."""
    form, approves = ReasonForm(), request.form.get("decision") == "approve"

    def act(session: Session, actor: Actor, listing_id: int) -> None:
        require_decision("approve", "reject")
        review(
            session, actor, listing_id, approves=approves, reason=form.reason.data or "", now=current_time(),
            comments=typed_comments(),
        )  # fmt: skip

    return act_on(number, form, act, approved if approves else rejected)
