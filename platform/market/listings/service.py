"""Use cases of a listing: write, submit, review, publish, pause, withdraw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from market.accounts.models import Organisation
from market.accounts.policy import Act, require, require_other_person
from market.accounts.rules import Actor
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.locks import lock_name, lock_row
from market.kernel.parameters import parameter
from market.listings import rules
from market.listings.bundles import (
    achievements_for,
    achievements_of,
    in_order,
    lock_achievement_of,
    lock_own_achievement,
    refuse_members,
    refuse_problems,
    refuse_second_listing,
    refuse_unclear_terms,
    refuse_unlistable,
)
from market.listings.checks import confirm_unknown_rights, facts_of
from market.listings.comments import resolve_comments, write_comments
from market.listings.errors import ListingRefused, ReasonMissing
from market.listings.models import Listing
from market.listings.offers import write_draft
from market.listings.record import record_listing, writers_of
from market.listings.rules import ListingDraft
from market.listings.versions import discard_open_change, draft_of_listing, keep_version, show_version, stamp_of
from market.listings.vocabulary import (
    CHANGEABLE_STATES,
    SELLERS_WITHDRAWALS,
    ListingAction,
    ListingState,
    WithdrawalKind,
)


def create_listing(
    session: Session, actor: Actor, achievement_id: int, draft: ListingDraft, *, now: datetime
) -> Listing:
    """A new draft for an achievement of the officer's institution, and for those that the draft bundles with it.

    Raises NotFound for another institution's achievement, ListingHasProblems for one that cannot be on the market,
    ListingRefused when it is already listed.
    """
    require(actor, Act.WRITE_LISTING)
    achievement = lock_own_achievement(session, actor, achievement_id, draft.members)
    refuse_second_listing(session, achievement_id)
    refuse_members(session, achievement, draft, None)
    offered = achievements_for(session, achievement, draft)
    refuse_unlistable(session, offered, now)
    refuse_unclear_terms(session, achievement, draft, now)
    organisation = session.get_one(Organisation, actor.organisation_id)
    listing = Listing(
        number=_next_number(session, organisation.id, local_date(now).year),
        organisation_id=organisation.id,
        achievement_id=achievement.id,
        state=ListingState.DRAFT,
        county_code=organisation.county_code or "330300",
        created_by_id=actor.person_id,
        created_at=now,
        updated_at=now,
    )
    write_draft(listing, draft, facts_of(session, offered, local_date(now)), actor, now)
    session.add(listing)
    session.flush()
    record_listing(session, listing, "listing.created", actor, now, state_before=None)
    return listing


def edit_listing(
    session: Session, actor: Actor, listing_id: int, draft: ListingDraft, *, version: int, now: datetime
) -> Listing:
    """Change a draft or a rejected listing. `version` is the one that the officer saw: a newer one is not overwritten."""
    require(actor, Act.WRITE_LISTING)
    achievement = lock_achievement_of(session, listing_id, draft.members)
    listing = own_listing(session, actor, listing_id)
    if listing.version != version:
        raise ListingRefused("listing.stale", N_("您编辑期间，这条挂牌已被修改。请刷新后在最新内容上再改。"))
    if listing.state not in rules.EDITABLE_STATES:
        raise ListingRefused(
            "listing.not_editable", N_("只有草稿和被退回的挂牌可以直接修改；已上架的请另写修改稿，审核通过后替换。")
        )
    refuse_members(session, achievement, draft, listing.id)
    refuse_unlistable(session, in_order(session, [one for one in draft.members if one not in listing.members]), now)
    refuse_unclear_terms(session, achievement, draft, now)
    if listing.state == ListingState.REJECTED:
        move(session, listing, ListingAction.REVISE, actor, now)
    facts = facts_of(session, achievements_for(session, achievement, draft), local_date(now))
    write_draft(listing, draft, facts, actor, now)
    touch(listing, now)
    record_listing(session, listing, "listing.edited", actor, now, state_before=listing.state)
    return listing


def submit_listing(
    session: Session, actor: Actor, listing_id: int, *, confirms_legal_status: bool, now: datetime
) -> Listing:
    """Check and hand over to the institution's second person.

    With `confirms_legal_status` the officer states that rights of unknown status are alive today. Raises
    ListingHasProblems with everything that is missing; nothing changes then.
    """
    require(actor, Act.SUBMIT_LISTING)
    achievement = lock_achievement_of(session, listing_id)
    listing = own_listing(session, actor, listing_id)
    rules.TRANSITIONS.target(ListingState(listing.state), ListingAction.SUBMIT)
    if confirms_legal_status:
        confirm_unknown_rights(session, achievements_of(session, listing), actor, now)
    refuse_problems(session, achievement, draft_of_listing(listing), local_date(now), is_handed_over=True)
    listing.submitted_by_id = actor.person_id
    listing.review_reason = None
    resolve_comments(session, listing.id, now)
    session.flush()
    version = keep_version(session, listing, actor.person_id, now)
    move(session, listing, ListingAction.SUBMIT, actor, now, **stamp_of(version))
    move(session, listing, ListingAction.PASS_CHECK, None, now)
    return listing


def review_by_institution(
    session: Session,
    actor: Actor,
    listing_id: int,
    *,
    approves: bool,
    reason: str,
    now: datetime,
    comments: Mapping[str, str] | None = None,
) -> Listing:
    """The second person of the institution decides; `comments` at fields go back with a rejection.

    Raises NotAllowed for a writer of it, ReasonMissing for a rejection that says nothing, ListingHasProblems when what
    was lawful at its submission is not any more.
    """
    require(actor, Act.APPROVE_LISTING)
    achievement = lock_achievement_of(session, listing_id)
    listing = own_listing(session, actor, listing_id)
    require_other_person(actor.person_id, Act.APPROVE_LISTING, writers_of(session, listing.id))
    if approves:
        rules.TRANSITIONS.target(ListingState(listing.state), ListingAction.INSTITUTION_APPROVE)
        refuse_problems(session, achievement, draft_of_listing(listing), local_date(now))
        version = keep_version(session, listing, listing.submitted_by_id, now)
        decide(session, listing, ListingAction.INSTITUTION_APPROVE, actor, now, reason, **stamp_of(version))
    else:
        _send_back(session, listing, ListingAction.INSTITUTION_REJECT, actor, now, reason, comments or {})
    listing.institution_reviewed_by_id = actor.person_id
    return listing


def review_by_platform(
    session: Session,
    actor: Actor,
    listing_id: int,
    *,
    approves: bool,
    reason: str,
    now: datetime,
    comments: Mapping[str, str] | None = None,
) -> Listing:
    """The operator decides; approval publishes and starts the listing's life (parameter listing.life_months).

    The register's entry is locked first, so that a right which lapses at the same moment is seen by one of the two.
    Raises ListingHasProblems for rights, terms and preconditions that do not hold any more at this moment.
    """
    require(actor, Act.PUBLISH_LISTING)
    achievement = lock_achievement_of(session, listing_id)
    listing = lock_row(session, Listing, listing_id)
    earlier = {*writers_of(session, listing.id), listing.institution_reviewed_by_id}
    require_other_person(actor.person_id, Act.PUBLISH_LISTING, earlier)
    if not approves:
        _send_back(session, listing, ListingAction.PLATFORM_REJECT, actor, now, reason, comments or {})
        listing.platform_reviewed_by_id = actor.person_id
        return listing
    today = local_date(now)
    rules.TRANSITIONS.target(ListingState(listing.state), ListingAction.PLATFORM_APPROVE)
    refuse_problems(session, achievement, draft_of_listing(listing), today)
    listing.platform_reviewed_by_id = actor.person_id
    listing.review_reason = None  # what the reviewers wrote to each other is not the public page's
    listing.published_at = now
    listing.expires_on = today + relativedelta(months=int(parameter(session, "listing.life_months", today)))
    version = show_version(session, listing, listing.submitted_by_id, now)
    stamp = stamp_of(version)
    move(session, listing, ListingAction.PLATFORM_APPROVE, actor, now, reason or None, snapshot=True, **stamp)
    return listing


def _send_back(
    session: Session,
    listing: Listing,
    action: ListingAction,
    actor: Actor,
    now: datetime,
    reason: str,
    comments: Mapping[str, str],
) -> None:
    """Reject with a reason, with comments at fields, or with both."""
    rules.TRANSITIONS.target(ListingState(listing.state), action)
    number = write_comments(session, actor, listing.id, draft_of_listing(listing), comments, now)
    decide(session, listing, action, actor, now, reason, needs_reason=number == 0, comments=number)


def pause_listing(session: Session, actor: Actor, listing_id: int, *, reason: str, now: datetime) -> Listing:
    """Take the listing out of the search for a while; its page stays and says why."""
    return _decide_as_seller(session, actor, listing_id, ListingAction.PAUSE, reason, now)


def resume_listing(session: Session, actor: Actor, listing_id: int, *, now: datetime) -> Listing:
    """Bring a paused listing back, if its rights still stand and its terms may be offered on them today."""
    require(actor, Act.STEER_LISTING)
    achievement = lock_achievement_of(session, listing_id)
    listing = own_listing(session, actor, listing_id)
    rules.TRANSITIONS.target(ListingState(listing.state), ListingAction.RESUME)
    refuse_problems(session, achievement, draft_of_listing(listing), local_date(now))
    return _decide_as_seller(session, actor, listing_id, ListingAction.RESUME, None, now)


def withdraw_listing(
    session: Session,
    actor: Actor,
    listing_id: int,
    *,
    reason: str,
    now: datetime,
    kind: WithdrawalKind = WithdrawalKind.RETRACTED,
) -> Listing:
    """Take the listing off the market for good; the achievement may be listed anew."""
    assert kind in SELLERS_WITHDRAWALS
    listing = _decide_as_seller(
        session, actor, listing_id, ListingAction.WITHDRAW, reason, now, withdrawal_kind=kind.value
    )
    listing.withdrawal_kind = kind
    return listing


def renew_listing(session: Session, actor: Actor, listing_id: int, *, now: datetime) -> Listing:
    """Make a withdrawn listing of achievements that may be on the market a draft again, checked like a new one."""
    require(actor, Act.STEER_LISTING)
    achievement = lock_achievement_of(session, listing_id)
    listing = own_listing(session, actor, listing_id)
    rules.TRANSITIONS.target(ListingState(listing.state), ListingAction.RENEW)
    refuse_second_listing(session, achievement.id)
    refuse_members(session, achievement, draft_of_listing(listing), listing.id)
    refuse_unlistable(session, achievements_of(session, listing), now)
    listing.withdrawal_kind = None
    return _decide_as_seller(session, actor, listing_id, ListingAction.RENEW, None, now)


def change_state(
    session: Session,
    listing_id: int,
    action: ListingAction,
    *,
    actor: Actor | None,
    now: datetime,
    reason: str | None = None,
) -> Listing:
    """Move a listing on behalf of another subject (auctions, deals) or the clock; the caller has the right to.

    Why it is off the market stands on its page.
    """
    listing = lock_row(session, Listing, listing_id)
    if action in (ListingAction.PAUSE, ListingAction.EXPIRE):
        listing.review_reason = reason
    if action is ListingAction.EXPIRE:
        listing.withdrawal_kind = WithdrawalKind.LIFE_ENDED
    move(session, listing, action, actor, now, reason)
    return listing


def _decide_as_seller(
    session: Session,
    actor: Actor,
    listing_id: int,
    action: ListingAction,
    reason: str | None,
    now: datetime,
    **more: Any,
) -> Listing:
    require(actor, Act.STEER_LISTING)
    listing = own_listing(session, actor, listing_id)
    decide(session, listing, action, actor, now, reason or "", needs_reason=reason is not None, **more)
    return listing


def decide(
    session: Session,
    listing: Listing,
    action: ListingAction,
    actor: Actor,
    now: datetime,
    reason: str,
    *,
    needs_reason: bool = False,
    **more: Any,
) -> None:
    """Move a locked listing with a reason that its page shows. Raises TransitionRefused, ReasonMissing."""
    rules.TRANSITIONS.target(ListingState(listing.state), action)
    if needs_reason and not reason.strip():
        raise ReasonMissing
    listing.review_reason = reason.strip() or None
    move(session, listing, action, actor, now, reason.strip() or None, **more)


def move(
    session: Session,
    listing: Listing,
    action: ListingAction,
    actor: Actor | None,
    now: datetime,
    reason: str | None = None,
    *,
    snapshot: bool = False,
    **more: Any,
) -> None:
    """Change the state of a locked listing and record it. A change of it that waits goes when the listing does."""
    before = ListingState(listing.state)
    listing.state = rules.TRANSITIONS.target(before, action)
    if before in CHANGEABLE_STATES and listing.state not in CHANGEABLE_STATES:
        discard_open_change(session, listing.id, now)
    touch(listing, now)
    record_listing(session, listing, f"listing.{action.value}", actor, now, before, reason, snapshot=snapshot, **more)


def touch(listing: Listing, now: datetime) -> None:
    """Raise the version, also when only the offers changed or the clock stood still."""
    listing.updated_at = max(now, listing.updated_at)
    flag_modified(listing, "updated_at")


def own_listing(session: Session, actor: Actor, listing_id: int) -> Listing:
    """The actor's institution's listing, locked. Raises NotFound."""
    listing = lock_row(session, Listing, listing_id)
    if listing.organisation_id != actor.organisation_id:
        raise NotFound
    return listing


def _next_number(session: Session, organisation_id: int, year: int) -> str:
    prefix = rules.listing_number(year, organisation_id, 0)[: -rules.SERIAL_DIGITS - 1]
    lock_name(session, f"listing number {prefix}")
    last = session.scalar(select(func.max(Listing.number)).where(Listing.number.startswith(prefix)))
    serial = int(last[len(prefix) : len(prefix) + rules.SERIAL_DIGITS]) + 1 if last else 1
    return rules.listing_number(year, organisation_id, serial)
