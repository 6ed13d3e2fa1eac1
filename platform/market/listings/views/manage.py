"""A listing in the console: where it stands, what to do next; what its acts share."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.accounts.rules import Actor
from market.accounts.timeline import timeline
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, transaction
from market.kernel.errors import NotFound
from market.kernel.pages import refusals_on
from market.listings import queries
from market.listings.access import listing_for
from market.listings.bundles import achievements_of
from market.listings.changes import CHANGES
from market.listings.checks import bundle_problems, facts_of
from market.listings.comments import commentable, comments_of, open_comments
from market.listings.detail_queries import load_view
from market.listings.forms import EmptyForm, ReasonForm
from market.listings.life_forms import WithdrawalForm
from market.listings.lifecycle import is_extendable
from market.listings.models import Listing
from market.listings.record import writers_of
from market.listings.rules import TRANSITIONS, check_described
from market.listings.texts import TEXTS
from market.listings.version_queries import ChangeView, change_of
from market.listings.versions import draft_of_listing
from market.listings.views.blueprint import Answer, blueprint
from market.listings.vocabulary import CHANGEABLE_STATES, ChangeAction, ListingAction, ListingState, WithdrawalKind


@blueprint.get("/console/listings/<number>")
@allowed(Act.READ_LISTINGS)
def manage(number: str) -> Answer:
    listing = listing_for(current_actor(), number)
    return manage_page(listing, EmptyForm(), 200)


def manage_page(listing: Listing, form: FlaskForm, status: int) -> tuple[str, int]:
    actor = current_actor()
    view = load_view(listing)
    today = local_date(current_time())
    change = change_of(actor, listing)
    achievement = queries.own_achievement(listing.achievement_id, actor)
    offered = achievements_of(current_session(), listing) if achievement else []
    problems = bundle_problems(current_session(), offered, today) if offered else []
    if offered and TRANSITIONS.allows(ListingState(listing.state), ListingAction.SUBMIT):
        problems += check_described(draft_of_listing(listing), facts_of(current_session(), offered, today).without_trl)
    return (
        render_template(
            "listings/manage.html",
            listing=view,
            contact=[one for one in (listing.contact_name, listing.contact_role, listing.contact_phone) if one],
            form=form,
            reason_form=form if isinstance(form, ReasonForm) else ReasonForm(),
            problems=problems,
            may_open_register=achievement is not None,
            today=today,
            allowed=_allowed(actor, listing),
            events=timeline("listing", listing.id, TEXTS),
            own_submission=actor.person_id in writers_of(current_session(), listing.id),
            own_review=actor.person_id == listing.institution_reviewed_by_id,
            change=change,
            withdrawal_kind=WithdrawalKind(listing.withdrawal_kind) if listing.withdrawal_kind else None,
            change_steps=_change_steps(actor, listing, change),
            commentable=commentable(change.draft if change else draft_of_listing(listing)),
            open_comments=open_comments(current_session(), listing.id),
            comments=comments_of(current_session(), listing.id),
            withdrawal_form=form if isinstance(form, WithdrawalForm) else WithdrawalForm(),
            is_extendable=may(actor, Act.STEER_LISTING) and is_extendable(listing, current_time()),
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
    if may(actor, Act.TAKE_DOWN_LISTING) and state in CHANGEABLE_STATES:
        steps = {"suspend": ListingAction.PAUSE, "take_down": ListingAction.WITHDRAW}
        open_to_platform = {name for name, action in steps.items() if TRANSITIONS.allows(state, action)}
    else:
        open_to_platform = set()
    for action in (ListingAction.PAUSE, ListingAction.RESUME, ListingAction.WITHDRAW, ListingAction.RENEW):
        acts[action] = Act.STEER_LISTING
    own = {action.value for action, act in acts.items() if may(actor, act) and TRANSITIONS.allows(state, action)}
    return own | open_to_platform


def _change_steps(actor: Actor, listing: Listing, change: ChangeView | None) -> set[str]:
    """What the actor may do with a change of this listing now; the services decide again."""
    if change is None:
        is_open = listing.state in CHANGEABLE_STATES and may(actor, Act.WRITE_LISTING)
        return {"begin"} if is_open and listing.organisation_id == actor.organisation_id else set()
    steps = {
        "write": (ChangeAction.SAVE, Act.WRITE_LISTING),
        "submit": (ChangeAction.SUBMIT, Act.SUBMIT_LISTING),
        "discard": (ChangeAction.DISCARD, Act.WRITE_LISTING),
        "institution_review": (ChangeAction.INSTITUTION_APPROVE, Act.APPROVE_LISTING),
        "platform_review": (ChangeAction.PUBLISH, Act.PUBLISH_LISTING),
    }
    return {name for name, (action, act) in steps.items() if may(actor, act) and CHANGES.allows(change.state, action)}


def act_on(number: str, form: FlaskForm, act: Callable[[Session, Actor, int], None], done: str) -> Answer:
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
    return manage_page(listing_for(actor, number), form, 422)


def _is_visible(actor: Actor, number: str) -> bool:
    try:
        listing_for(actor, number)
    except NotFound:
        return False
    return True
