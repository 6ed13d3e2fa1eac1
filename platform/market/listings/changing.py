"""A change of a published listing: written beside the text that everybody sees, reviewed by two, then published.

Locks in the order achievement, listing, change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require, require_other_person
from market.accounts.rules import Actor
from market.achievements.models import Achievement
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.events import Event
from market.kernel.locks import lock_row
from market.listings.bundles import (
    achievements_for,
    in_order,
    lock_achievement_of,
    refuse_members,
    refuse_problems,
    refuse_unlistable,
)
from market.listings.canonical import draft_from, draft_json
from market.listings.changes import CHANGES, refuse_frozen
from market.listings.checks import facts_of
from market.listings.comments import resolve_comments, write_comments
from market.listings.differences import Difference, differences, material_kinds
from market.listings.errors import ListingRefused, ReasonMissing
from market.listings.models import Listing, ListingChange
from market.listings.offers import write_draft
from market.listings.record import record_listing, writers_of
from market.listings.rules import ListingDraft
from market.listings.service import move, own_listing, touch
from market.listings.versions import content_of, draft_of_listing, open_change, show_version, stamp_of
from market.listings.vocabulary import CHANGEABLE_STATES, ChangeAction, ChangeState, ListingAction, ListingState

RESTARTED = N_("价格、转化方式或权利范围有重大变更，公示终止，须重新公示、期限重新计算")


def save_change(
    session: Session, actor: Actor, listing_id: int, draft: ListingDraft, *, version: int, now: datetime
) -> ListingChange:
    """Write a change of a published listing; the published text stays. Raises NotFound, ListingRefused.

    `version` is the change's that the officer saw, 0 when there was none: a colleague's is not overwritten.
    """
    require(actor, Act.WRITE_LISTING)
    listing = own_listing(session, actor, listing_id)
    if listing.state not in CHANGEABLE_STATES:
        raise ListingRefused("change.not_published", N_("这条挂牌没有公开展示，不需要另写修改稿。"))
    change = open_change(session, listing.id)
    if (change.version if change else 0) != version:
        raise ListingRefused("change.stale", N_("您编辑期间，同事已保存过这份修改稿。请刷新后在最新内容上再改。"))
    refuse_members(session, listing.achievement, draft, listing.id)
    refuse_unlistable(session, in_order(session, [one for one in draft.members if one not in listing.members]), now)
    if change is None:
        change = ListingChange(
            listing_id=listing.id, state=ChangeState.EDITING, created_by_id=actor.person_id, created_at=now
        )
        session.add(change)
    change.state = CHANGES.target(ChangeState(change.state), ChangeAction.SAVE)
    change.content = draft_json(draft)
    change.updated_at = now
    session.flush()
    _record(session, listing, change, "listing.change_saved", actor, now)
    return change


def submit_change(session: Session, actor: Actor, listing_id: int, *, now: datetime) -> ListingChange:
    """Hand the change over to the institution's second person; its terms are checked as at a first submission."""
    require(actor, Act.SUBMIT_LISTING)
    achievement = lock_achievement_of(session, listing_id, _members_of_change(session, listing_id))
    listing = own_listing(session, actor, listing_id)
    change = _locked_change(session, listing.id)
    target = CHANGES.target(ChangeState(change.state), ChangeAction.SUBMIT)
    _refuse_impossible(session, achievement, listing, change, now, is_handed_over=True)
    change.state, change.review_reason, change.updated_at = target, None, now
    resolve_comments(session, listing.id, now)
    _record(session, listing, change, "listing.change_submitted", actor, now)
    return change


def review_change_by_institution(
    session: Session,
    actor: Actor,
    listing_id: int,
    *,
    approves: bool,
    reason: str,
    now: datetime,
    comments: Mapping[str, str] | None = None,
) -> ListingChange:
    """The second person of the institution decides. Raises NotAllowed for whoever wrote listing or change."""
    require(actor, Act.APPROVE_LISTING)
    listing = own_listing(session, actor, listing_id)
    change = _locked_change(session, listing.id)
    require_other_person(actor.person_id, Act.APPROVE_LISTING, writers_of(session, listing.id))
    if not approves:
        _send_back(session, listing, change, ChangeAction.INSTITUTION_REJECT, actor, now, reason, comments or {})
    else:
        change.state = CHANGES.target(ChangeState(change.state), ChangeAction.INSTITUTION_APPROVE)
        change.updated_at = now
        _record(session, listing, change, "listing.change_approved", actor, now, reason)
    change.institution_reviewed_by_id = actor.person_id
    return change


def review_change_by_platform(
    session: Session,
    actor: Actor,
    listing_id: int,
    *,
    approves: bool,
    reason: str,
    now: datetime,
    comments: Mapping[str, str] | None = None,
) -> ListingChange:
    """The operator decides; approval puts the change in the place of what is published.

    A material change of a listing in 公示 ends the publicity, whose days count anew when it starts again.
    """
    require(actor, Act.PUBLISH_LISTING)
    achievement = lock_achievement_of(session, listing_id, _members_of_change(session, listing_id))
    listing = lock_row(session, Listing, listing_id)
    change = _locked_change(session, listing.id)
    earlier = {*writers_of(session, listing.id), change.institution_reviewed_by_id}
    require_other_person(actor.person_id, Act.PUBLISH_LISTING, earlier)
    if not approves:
        _send_back(session, listing, change, ChangeAction.PLATFORM_REJECT, actor, now, reason, comments or {})
        return change
    target = CHANGES.target(ChangeState(change.state), ChangeAction.PUBLISH)
    found = _refuse_impossible(session, achievement, listing, change, now)
    change.state, change.updated_at = target, now
    _publish(session, actor, achievement, listing, change, found, now)
    return change


def discard_change(session: Session, actor: Actor, listing_id: int, *, now: datetime) -> ListingChange:
    """The institution gives the change up; what is published stays."""
    require(actor, Act.WRITE_LISTING)
    listing = own_listing(session, actor, listing_id)
    change = _locked_change(session, listing.id)
    change.state = CHANGES.target(ChangeState(change.state), ChangeAction.DISCARD)
    change.updated_at = now
    resolve_comments(session, listing.id, now)
    _record(session, listing, change, "listing.change_discarded", actor, now)
    return change


def changed_fields(session: Session, listing: Listing, draft: ListingDraft) -> list[Difference]:
    """What the draft changes of what is published."""
    return differences(content_of(session, listing, draft_of_listing(listing)), content_of(session, listing, draft))


def _publish(
    session: Session,
    actor: Actor,
    achievement: Achievement,
    listing: Listing,
    change: ListingChange,
    found: Sequence[Difference],
    now: datetime,
) -> None:
    draft = draft_from(change.content)
    submitter = _submitter_of(session, change)
    facts = facts_of(session, achievements_for(session, achievement, draft), local_date(now))
    write_draft(listing, draft, facts, replace(actor, person_id=submitter), now)
    _refuse_offers_in_use(session)
    listing.platform_reviewed_by_id = actor.person_id
    touch(listing, now)
    version = show_version(session, listing, submitter, now)
    kinds = [kind.value for kind in material_kinds(found)]
    record_listing(
        session, listing, "listing.changed", actor, now, listing.state,
        snapshot=True, change_id=change.id, material=kinds, **stamp_of(version),
    )  # fmt: skip
    if kinds and listing.state == ListingState.PUBLICITY:
        move(session, listing, ListingAction.FALL_BACK, None, now, RESTARTED)


def _refuse_offers_in_use(session: Session) -> None:
    """A way on which somebody has applied, or that a lot was announced for, stays: the record points at it."""
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise ListingRefused(
            "change.way_in_use", N_("已有申请或竞价依据的转化方式不能去掉，请保留这种方式，或下架后重新挂牌。")
        ) from None


def _refuse_impossible(
    session: Session,
    achievement: Achievement,
    listing: Listing,
    change: ListingChange,
    now: datetime,
    *,
    is_handed_over: bool = False,
) -> list[Difference]:
    """What differs. Raises ListingHasProblems, or ListingRefused for no difference or one that a lot forbids."""
    draft = draft_from(change.content)
    found = changed_fields(session, listing, draft)
    if not found:
        raise ListingRefused("change.none", N_("修改稿与已公开的内容相同，没有需要审核的变化。"))
    refuse_frozen(ListingState(listing.state), material_kinds(found))
    refuse_members(session, achievement, draft, listing.id)
    refuse_problems(session, achievement, draft, local_date(now), is_handed_over=is_handed_over)
    return found


def _send_back(
    session: Session,
    listing: Listing,
    change: ListingChange,
    action: ChangeAction,
    actor: Actor,
    now: datetime,
    reason: str,
    comments: Mapping[str, str],
) -> None:
    target = CHANGES.target(ChangeState(change.state), action)
    number = write_comments(session, actor, listing.id, draft_from(change.content), comments, now)
    if number == 0 and not reason.strip():
        raise ReasonMissing
    change.state, change.updated_at = target, now
    change.review_reason = reason.strip() or None
    _record(session, listing, change, f"listing.change_{action.value}", actor, now, reason, comments=number)


def _members_of_change(session: Session, listing_id: int) -> tuple[int, ...]:
    """What the waiting change bundles, to be locked before the listing is."""
    change = open_change(session, listing_id)
    return draft_from(change.content).members if change is not None else ()


def _locked_change(session: Session, listing_id: int) -> ListingChange:
    change = open_change(session, listing_id)
    if change is None:
        raise NotFound
    return lock_row(session, ListingChange, change.id)


def _submitter_of(session: Session, change: ListingChange) -> int:
    statement = select(Event.actor_person_id).where(
        Event.subject_kind == "listing",
        Event.subject_id == change.listing_id,
        Event.action == "listing.change_submitted",
    )
    submitter = session.scalar(statement.order_by(Event.sequence.desc()).limit(1))
    assert submitter is not None
    return submitter


def _record(
    session: Session,
    listing: Listing,
    change: ListingChange,
    action: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
    **more: Any,
) -> None:
    record_listing(
        session, listing, action, actor, now, listing.state, reason.strip() or None, change_id=change.id, **more
    )
