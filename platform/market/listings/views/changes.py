"""A change of a published listing: written, submitted, reviewed, given up; and the versions with their differences."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.accounts.rules import Actor
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.pages import refusals_on
from market.listings import changing, version_queries
from market.listings.access import listing_for
from market.listings.detail_queries import load_view
from market.listings.editing import forget_typing
from market.listings.form_differences import differences
from market.listings.forms import EmptyForm, ListingForm, prefilled
from market.listings.models import Listing
from market.listings.versions import draft_of_listing
from market.listings.views.blueprint import Answer, blueprint
from market.listings.views.bundling import is_bundling, with_titles
from market.listings.views.editor import Page, editor_parts, form_of, own_achievement
from market.listings.views.manage import act_on
from market.listings.views.reviews import decide_on
from market.listings.vocabulary import CHANGEABLE_STATES


@blueprint.route("/console/listings/<number>/change", methods=["GET", "POST"])
@allowed(Act.WRITE_LISTING)
def change(number: str) -> Answer:
    actor = current_actor()
    listing = listing_for(actor, number)
    if listing.state not in CHANGEABLE_STATES:
        raise NotFound
    page, stored = _page_and_stored(actor, listing)
    form = form_of(page, actor, stored)
    if is_bundling(form):
        return _editor(page, form, actor)
    if form.validate_on_submit():
        listing_id, achievement_id = listing.id, page.achievement.id
        with refusals_on(form) as outcome, transaction() as session:
            seen = _number(request.form.get("version", ""), -1)
            changing.save_change(session, actor, listing_id, form.draft(), version=seen, now=current_time())
            forget_typing(session, actor, achievement_id)
        if outcome.accepted:
            flash(_("修改稿已保存，公开内容没有变化。核对差异后提交审核。"), "success")
            return redirect(url_for("listings.manage", number=number))
        page, stored = _page_and_stored(actor, listing_for(actor, number))
        _tell_conflict(page, form, stored)
    return _editor(page, form, actor), 422 if request.method == "POST" else 200


def _page_and_stored(actor: Actor, listing: Listing) -> tuple[Page, dict[str, object]]:
    """The editor's page for the change that waits, or for a new one, and what is stored of it."""
    waiting = version_queries.change_of(actor, listing)
    draft, version = (waiting.draft, waiting.version) if waiting else (draft_of_listing(listing), 0)
    page = Page(own_achievement(listing.achievement_id, actor), listing, change_version=version)
    return page, prefilled(draft, version)


def _tell_conflict(page: Page, form: ListingForm, stored: dict[str, object]) -> None:
    """A colleague saved meanwhile: show what differs; saving once more then writes over what was seen."""
    if _number(request.form.get("version", ""), -1) < page.version:
        page.changed = with_titles(differences(form, ListingForm(formdata=None, data=stored)))
        page.is_conflict, form.version.data = True, str(page.version)


def _editor(page: Page, form: ListingForm, actor: Actor) -> str:
    parts = editor_parts(page, form, actor)
    return render_template("listings/editor.html", listing=page.listing, blocking=[], **parts)


@blueprint.post("/console/listings/<number>/change/submission")
@allowed(Act.SUBMIT_LISTING)
def submit_change(number: str) -> Answer:
    def act(session: Session, actor: Actor, listing_id: int) -> None:
        changing.submit_change(session, actor, listing_id, now=current_time())

    return act_on(number, EmptyForm(), act, _("修改稿已提交，等待本单位另一位负责人审核。"))


@blueprint.post("/console/listings/<number>/change/discarding")
@allowed(Act.WRITE_LISTING)
def discard_change(number: str) -> Answer:
    def act(session: Session, actor: Actor, listing_id: int) -> None:
        changing.discard_change(session, actor, listing_id, now=current_time())

    return act_on(number, EmptyForm(), act, _("已放弃修改稿，公开内容没有变化。"))


@blueprint.post("/console/listings/<number>/change/institution-review")
@allowed(Act.APPROVE_LISTING)
def change_institution_review(number: str) -> Answer:
    passed, returned = _("修改稿已通过，转平台审核。"), _("修改稿已退回经办人。")
    return decide_on(number, changing.review_change_by_institution, passed, returned)


@blueprint.post("/console/listings/<number>/change/platform-review")
@allowed(Act.PUBLISH_LISTING)
def change_platform_review(number: str) -> Answer:
    return decide_on(number, changing.review_change_by_platform, _("修改已公开。"), _("修改稿已退回机构。"))


@blueprint.get("/console/listings/<number>/versions")
@allowed(Act.READ_LISTINGS)
def versions(number: str) -> Answer:
    actor = current_actor()
    listing = listing_for(actor, number)
    rows = version_queries.versions_of(actor, listing)
    newest = rows[0].number if rows else 0
    after = _requested_number("after", newest)
    before = _requested_number("before", max((row.number for row in rows if row.number < after), default=after))
    return render_template(
        "listings/versions.html",
        listing=load_view(listing),
        rows=rows,
        before=before,
        after=after,
        differences=version_queries.compared(rows, before, after) if rows else None,
    )


def _requested_number(name: str, default: int) -> int:
    return _number(request.args.get(name, ""), default)


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default  # noqa: PLR2004
