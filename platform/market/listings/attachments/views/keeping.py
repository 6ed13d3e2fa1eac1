"""The institution's page of a listing's attachments."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.pages import refusals_on, require_decision
from market.listings.access import listing_for
from market.listings.attachments import rules, service
from market.listings.attachments.access import kept_attachment
from market.listings.attachments.forms import AddForm, ChangeForm, RemovalForm
from market.listings.attachments.queries import kept_attachments
from market.listings.attachments.scanning import configured_scanner
from market.listings.attachments.service import AttachmentDraft
from market.listings.attachments.views.blueprint import Answer, blueprint
from market.listings.attachments.vocabulary import Level
from market.listings.forms import EmptyForm
from market.listings.vocabulary import READABLE_STATES, ListingState


@blueprint.get("/console/listings/<number>/attachments")
@allowed(Act.READ_LISTINGS)
def manage(number: str) -> Answer:
    return _page(number, AddForm(formdata=None))


def _page(number: str, form: FlaskForm, status: int = 200) -> tuple[str, int]:
    """The list with its forms; a refused one says at the top what is wrong."""
    actor = current_actor()
    listing = listing_for(actor, number)
    kept = kept_attachments(listing.id)
    state = ListingState(listing.state)
    is_changeable = may(actor, Act.WRITE_LISTING) and state in rules.CHANGEABLE_STATES
    page = render_template(
        "attachments/manage.html",
        number=number,
        title=listing.title,
        attachments=kept,
        form=form,
        add_form=form if isinstance(form, AddForm) else AddForm(formdata=None),
        is_changeable=is_changeable,
        is_under_review=state in rules.REVIEWED_STATES,
        is_public=state in READABLE_STATES,
        was_published=listing.published_at is not None,
        has_room=len(kept) < rules.MAXIMUM_ATTACHMENTS,
        maximum=rules.MAXIMUM_ATTACHMENTS,
        megabytes=rules.MAXIMUM_BYTES // 1024 // 1024,
        levels=list(Level),
        has_scanner=configured_scanner() is not None,
        may_read_readings=may(actor, Act.READ_READINGS),
    )
    return page, status


@blueprint.post("/console/listings/<number>/attachments")
@allowed(Act.WRITE_LISTING)
def add(number: str) -> Answer:
    actor, form = current_actor(), AddForm()
    listing_id = listing_for(actor, number).id
    if form.validate_on_submit():
        with refusals_on(form) as outcome:
            draft = AttachmentDraft(form.checked(), form.title.data or "", Level(form.level.data))
            has_scanner = configured_scanner() is not None
            with transaction() as session:
                service.add_attachment(session, actor, listing_id, draft, has_scanner=has_scanner, now=current_time())
        if outcome.accepted:
            sentence = _("已上传，病毒扫描通过后公开。") if has_scanner else _("已上传。")
            flash(sentence, "success")
            return redirect(url_for("attachments.manage", number=number))
    return _page(number, form, 422)


@blueprint.post("/console/listings/<number>/attachments/<int:attachment_id>")
@allowed(Act.WRITE_LISTING)
def change(number: str, attachment_id: int) -> Answer:
    form, actor = ChangeForm(), current_actor()

    def act(session: Session) -> None:
        level = Level(form.level.data)
        service.change_attachment(session, actor, attachment_id, form.title.data or "", level, now=current_time())

    return _act_on(number, attachment_id, form, act, _("已保存。"))


@blueprint.post("/console/listings/<number>/attachments/<int:attachment_id>/order")
@allowed(Act.WRITE_LISTING)
def move(number: str, attachment_id: int) -> Answer:
    actor = current_actor()

    def act(session: Session) -> None:
        require_decision("up", "down")
        by = -1 if request.form["decision"] == "up" else 1
        service.move_attachment(session, actor, attachment_id, by, now=current_time())

    return _act_on(number, attachment_id, EmptyForm(), act, _("顺序已调整。"))


@blueprint.post("/console/listings/<number>/attachments/<int:attachment_id>/cover")
@allowed(Act.WRITE_LISTING)
def cover(number: str, attachment_id: int) -> Answer:
    actor = current_actor()

    def act(session: Session) -> None:
        service.choose_cover(session, actor, attachment_id, now=current_time())

    return _act_on(number, attachment_id, EmptyForm(), act, _("封面已更换。"))


@blueprint.post("/console/listings/<number>/attachments/<int:attachment_id>/removal")
@allowed(Act.WRITE_LISTING)
def remove(number: str, attachment_id: int) -> Answer:
    form, actor = RemovalForm(), current_actor()

    def act(session: Session) -> None:
        reason = form.reason.data or ""
        service.remove_attachment(session, actor, attachment_id, reason=reason, now=current_time())

    return _act_on(number, attachment_id, form, act, _("已删除；下载记录保留。"))


def _act_on(number: str, attachment_id: int, form: FlaskForm, act: Callable[[Session], None], done: str) -> Answer:
    kept_attachment(current_actor(), number, attachment_id)
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            act(session)
        if outcome.accepted:
            flash(done, "success")
            return redirect(url_for("attachments.manage", number=number))
    return _page(number, form, 422)
