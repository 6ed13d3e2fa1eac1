"""Writing and changing a listing: nothing that was typed is lost, and the page says how the listing stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.accounts.rules import Actor
from market.achievements.models import Achievement
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, transaction
from market.kernel.errors import NotFound
from market.kernel.pages import refusals_on, requested_id
from market.listings import queries, service
from market.listings.access import listing_for
from market.listings.bundle_queries import offered
from market.listings.checks import UNKNOWN_STATUS, achievement_problems, facts_of
from market.listings.comments import open_comments
from market.listings.completeness import Facts, completeness
from market.listings.detail_queries import view_of_unsaved
from market.listings.editing import Typing, alike, forget_typing, keep_typing, typing_of, unsaved_listing
from market.listings.form_differences import Difference, differences
from market.listings.forms import ListingForm, prefilled
from market.listings.models import Listing
from market.listings.preconditions import standings
from market.listings.rules import PRICINGS_OF_WAY, OfferDraft
from market.listings.versions import draft_of_listing
from market.listings.views.blueprint import Answer, blueprint
from market.listings.views.bundling import bundle_part, is_bundling, with_titles
from market.listings.views.public import page_of

NOT_TYPED = frozenset({"csrf_token", "version", "bundle", "bundle_text", "enter"})


@dataclass
class Page:
    """What the editor's template reads beside the form."""

    achievement: Achievement
    listing: Listing | None = None
    restored: Typing | None = None
    changed: list[Difference] = field(default_factory=list)
    is_conflict: bool = False
    change_version: int | None = None
    """For a change written beside a published listing: the version of the change, 0 for a new one."""

    @property
    def is_change(self) -> bool:
        """Whether it is written beside a published listing, to be reviewed."""
        return self.change_version is not None

    @property
    def version(self) -> int:
        """The version that is being written over, as the form carries it; 0 for a new listing or a new change."""
        if self.change_version is not None:
            return self.change_version
        return self.listing.version if self.listing is not None else 0

    @property
    def base(self) -> int:
        """The same, as typing is kept with it: versions of changes lie below zero, those of listings above."""
        return base_of(self.version, is_change=self.is_change)


def base_of(version: int, *, is_change: bool) -> int:
    """What a version is kept as beside the typing over it."""
    return -1 - version if is_change else version


@blueprint.route("/console/listings/new", methods=["GET", "POST"])
@allowed(Act.WRITE_LISTING)
def new() -> Answer:
    actor = current_actor()
    page = Page(own_achievement(requested_id("achievement"), actor))
    form = form_of(page, actor, _known(page.achievement))
    if is_bundling(form):
        return _render(page, form)
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            made = service.create_listing(session, actor, page.achievement.id, form.draft(), now=current_time())
            forget_typing(session, actor, page.achievement.id)
            number = made.number
        if outcome.accepted:
            flash(_("草稿已保存。核对无误后提交本单位审核。"), "success")
            return redirect(url_for("listings.manage", number=number))
        page.achievement = own_achievement(requested_id("achievement"), actor)
    return _render(page, form), 422 if request.method == "POST" else 200


@blueprint.route("/console/listings/<number>/edit", methods=["GET", "POST"])
@allowed(Act.WRITE_LISTING)
def edit(number: str) -> Answer:
    actor = current_actor()
    page = _page_of(number, actor)
    assert page.listing is not None
    form = form_of(page, actor, prefilled(draft_of_listing(page.listing), page.version))
    if is_bundling(form):
        return _render(page, form)
    if form.validate_on_submit():
        listing_id, achievement_id = page.listing.id, page.achievement.id
        try:
            with refusals_on(form) as outcome, transaction() as session:
                draft, version = form.draft(), seen_version()
                service.edit_listing(session, actor, listing_id, draft, version=version, now=current_time())
                forget_typing(session, actor, achievement_id)
        finally:
            current_session().expire_all()
        if outcome.accepted:
            flash(_("修改已保存。"), "success")
            return redirect(url_for("listings.manage", number=number))
        page = _page_of(number, actor)
        _tell_conflict(page, form)
    return _render(page, form), 422 if request.method == "POST" else 200


def _tell_conflict(page: Page, form: ListingForm) -> None:
    """Somebody saved meanwhile: show what differs; saving once more then writes over what was seen."""
    assert page.listing is not None
    if 0 < seen_version() < page.version:
        now = ListingForm(formdata=None, data=prefilled(draft_of_listing(page.listing), page.version))
        page.changed, page.is_conflict = with_titles(differences(form, now)), True
        form.version.data = str(page.version)


@blueprint.post("/console/listings/unsaved/<int:achievement_id>")
@allowed(Act.WRITE_LISTING)
def keep_unsaved(achievement_id: int) -> Answer:
    """Keep what is typed so far, and answer how the listing stands now; asked by the page every few seconds."""
    actor, now = current_actor(), current_time()
    content = {name: values for name, values in request.form.lists() if name not in NOT_TYPED}
    base = base_of(seen_version(), is_change=_is_about_change())
    with transaction() as session:
        keep_typing(session, actor, achievement_id, _storable(content), base, now=now)
    achievement = own_achievement(achievement_id, actor)
    form = ListingForm(data={}, meta={"csrf": False})
    return render_template("listings/_editor_state.html", typed_at=now, **_standing(achievement, form, actor))


@blueprint.post("/console/listings/unsaved/<int:achievement_id>/discard")
@allowed(Act.WRITE_LISTING)
def discard_unsaved(achievement_id: int) -> Answer:
    """Throw away what was typed and not saved; what is stored stays."""
    actor = current_actor()
    achievement = own_achievement(achievement_id, actor)
    number = queries.open_listing_number(achievement.id)
    with transaction() as session:
        forget_typing(session, actor, achievement_id)
    flash(_("已放弃未保存的内容。"), "success")
    if number is None:
        return redirect(url_for("listings.new", achievement=achievement_id))
    return redirect(url_for("listings.change" if _is_about_change() else "listings.edit", number=number))


def _is_about_change() -> bool:
    return request.args.get("change") == "1"


@blueprint.post("/console/listings/preview/<int:achievement_id>")
@allowed(Act.WRITE_LISTING)
def preview(achievement_id: int) -> Answer:
    """The page as a buyer would see it, made of what is typed; nothing is stored."""
    actor = current_actor()
    achievement = own_achievement(achievement_id, actor)
    number = queries.open_listing_number(achievement.id)
    form = ListingForm()
    if not form.validate_on_submit():
        page = _page_of(number, actor) if number else Page(achievement)
        return _render(page, form), 422
    with current_session().no_autoflush:
        listing = unsaved_listing(
            current_session(), actor, achievement, form.draft(), number or _("上架后编号"), now=current_time()
        )
        view = view_of_unsaved(listing)
    return render_template(
        "listings/detail.html", **page_of(view) | {"is_preview": True}, actor=actor, parts={}, similar=[], events=[]
    )


def own_achievement(achievement_id: int, actor: Actor) -> Achievement:
    """The actor's institution's achievement. Raises NotFound."""
    achievement = queries.own_achievement(achievement_id, actor)
    if achievement is None:
        raise NotFound
    return achievement


def _page_of(number: str, actor: Actor) -> Page:
    listing = listing_for(actor, number)
    return Page(own_achievement(listing.achievement_id, actor), listing)


def _known(achievement: Achievement) -> dict[str, object]:
    """What the register says already."""
    return {
        "title": achievement.title[:200],
        "abstract": achievement.abstract[:2000],
        "technical_field": achievement.technical_field or "",
        "industry": achievement.industry or "",
        "maturity_stage": achievement.maturity_stage or "",
        "applied_industries": "；".join(achievement.applied_industries),
    }


def form_of(page: Page, actor: Actor, data: Mapping[str, object]) -> ListingForm:
    """The form with what is stored, or on opening with what this officer typed and did not save."""
    if request.method == "POST":
        return ListingForm(data=data)
    typing = typing_of(current_session(), actor, page.achievement.id)
    if typing is None:
        return ListingForm(data=data)
    page.restored = typing
    form = ListingForm(formdata=MultiDict(typing.content), data=data)
    if typing.base_version != page.base and page.listing is not None:
        now = ListingForm(formdata=None, data=data)
        page.changed, page.is_conflict = with_titles(differences(form, now)), True
    form.version.data = str(page.version)
    return form


def _render(page: Page, form: ListingForm) -> str:
    achievement, today = page.achievement, local_date(current_time())
    problems = achievement_problems(current_session(), achievement, today) if page.listing is None else []
    return render_template(
        "listings/editor.html",
        listing=page.listing,
        blocking=[problem for problem in problems if problem.code != UNKNOWN_STATUS],
        **editor_parts(page, form, current_actor()),
    )


def editor_parts(page: Page, form: ListingForm, actor: Actor) -> dict[str, object]:
    """What the editor's template reads for a form of this achievement."""
    standing = _standing(page.achievement, form, actor)
    comments = open_comments(current_session(), page.listing.id) if page.listing is not None else {}
    listing_id = page.listing.id if page.listing is not None else None
    bundle = bundle_part(form, page.achievement, listing_id, local_date(current_time()))
    parts = {"form": form, "page": page, "achievement": page.achievement, "comments": comments, "bundle": bundle}
    return parts | standing


def _standing(achievement: Achievement, form: ListingForm, actor: Actor) -> dict[str, object]:
    """How complete it is, what the law asks for each way, what is nearly the same."""
    session, today = current_session(), local_date(current_time())
    draft = form.readable_draft()
    facts = facts_of(session, offered(session, achievement, draft.members), today)
    typed = {offer.way: offer for offer in draft.offers}
    return {
        "completeness": completeness(Facts(draft, facts, achievement.trl, bool(achievement.trl_evidence.strip()))),
        "law": {
            way: standings(typed.get(way) or OfferDraft(way, PRICINGS_OF_WAY[way][0]), facts)
            for way, _block in form.way_forms
        },
        "alike": alike(session, actor, achievement, draft),
        "today": today,
    }


def _storable(content: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without null characters, which the database cannot hold."""
    return {name: [value.replace("\x00", "") for value in values] for name, values in content.items()}


def seen_version() -> int:
    """The version that the officer was shown; 0, which no stored text has, when the form does not say."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004
