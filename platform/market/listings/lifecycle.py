"""The life of a published listing beside its seller's wishes: longer life, the register's changes, the platform's hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.achievements.rights_state import encumbrances_in_force
from market.kernel.clock import local_date
from market.kernel.errors import N_, TransitionRefused
from market.kernel.events import Event
from market.kernel.locks import lock_row
from market.kernel.parameters import parameter
from market.listings.bundles import achievements_of, lock_achievement_of, refuse_problems
from market.listings.checks import confirm_unknown_rights
from market.listings.errors import ListingRefused
from market.listings.models import Listing, ListingMember
from market.listings.record import record_listing
from market.listings.service import decide, move, own_listing, touch
from market.listings.versions import draft_of_listing
from market.listings.vocabulary import CHANGEABLE_STATES, ListingAction, ListingState, WithdrawalKind

EXPIRY_NOTICE_DAYS = 30
"""rules.md 2.4: a notice not more than thirty days before the end."""
EXTENDABLE = frozenset({ListingState.PUBLISHED, ListingState.NEGOTIATING, ListingState.TRIAL})
PAUSABLE = frozenset({ListingState.PUBLISHED, ListingState.NEGOTIATING, ListingState.PUBLICITY, ListingState.TRIAL})
"""A listing in bidding is not paused: its lot is terminated and it falls back first (auctions.end_dead_lots)."""
ENCUMBERED = N_("成果台账新登记了所含专利的质押、许可或保全，系统自动中止；核对条件后可以恢复")


def extend_listing(
    session: Session, actor: Actor, listing_id: int, *, confirms_legal_status: bool, now: datetime
) -> Listing:
    """续期: a listing near its end lives on for another life, after its rights were looked up again.

    Raises ListingRefused earlier than thirty days before the end or without the look-up, ListingHasProblems for rights
    and terms that cannot be on the market today.
    """
    require(actor, Act.STEER_LISTING)
    achievement = lock_achievement_of(session, listing_id)
    listing = own_listing(session, actor, listing_id)
    today = local_date(now)
    if not is_extendable(listing, now):
        raise ListingRefused("listing.not_extendable", N_("展示期届满前 30 天内才能续期；已经下架的请重新提交审核。"))
    if not confirms_legal_status:
        raise ListingRefused("listing.not_looked_up", N_("续期前请重新查询专利的法律状态，并确认目前有效。"))
    confirm_unknown_rights(session, achievements_of(session, listing), actor, now)
    refuse_problems(session, achievement, draft_of_listing(listing), today)
    assert listing.expires_on is not None
    listing.expires_on += relativedelta(months=int(parameter(session, "listing.life_months", today)))
    touch(listing, now)
    record_listing(
        session, listing, "listing.extended", actor, now, listing.state, expires_on=listing.expires_on.isoformat()
    )
    return listing


def is_extendable(listing: Listing, now: datetime) -> bool:
    """Whether the listing's end is near and its state lets it live on."""
    near = local_date(now) + timedelta(days=EXPIRY_NOTICE_DAYS)
    return listing.state in EXTENDABLE and listing.expires_on is not None and listing.expires_on <= near


def tell_expiry(session: Session, listing_id: int, now: datetime) -> None:
    """Tell the institution once that the listing's end is near; nothing when that has been told or is not so."""
    listing = lock_row(session, Listing, listing_id)
    if is_extendable(listing, now) and listing.expiry_told_for != listing.expires_on:
        assert listing.expires_on is not None
        listing.expiry_told_for = listing.expires_on
        record_listing(
            session, listing, "listing.expiring", None, now, listing.state, expires_on=listing.expires_on.isoformat()
        )


def pause_encumbered(session: Session, event_id: int, now: datetime) -> None:
    """Pause the listing of an achievement for whose right the event `achievement.encumbered` says a new burden.

    Nothing once the burden has ended, or when the institution has brought the listing back since.
    """
    event = session.get_one(Event, event_id)
    listing_id = session.scalar(
        select(Listing.id)
        .join(ListingMember, ListingMember.listing_id == Listing.id)
        .where(ListingMember.achievement_id == event.subject_id, Listing.state.in_([state.value for state in PAUSABLE]))
    )
    if listing_id is None:
        return
    lock_achievement_of(session, listing_id)
    listing = lock_row(session, Listing, listing_id)
    in_force = encumbrances_in_force(session, event.subject_id, local_date(now))
    is_heavy = any(burden.kind == event.payload["kind"] for burden in in_force.get(event.payload["right_id"], ()))
    if listing.state in PAUSABLE and is_heavy and not _resumed_since(session, listing.id, event.occurred_at):
        listing.review_reason = ENCUMBERED
        move(session, listing, ListingAction.PAUSE, None, now, ENCUMBERED, kind=event.payload["kind"])


def _resumed_since(session: Session, listing_id: int, moment: datetime) -> bool:
    statement = select(Event.id).where(
        Event.subject_kind == "listing",
        Event.subject_id == listing_id,
        Event.action.in_((f"listing.{ListingAction.RESUME.value}", f"listing.{ListingAction.PLATFORM_APPROVE.value}")),
        Event.occurred_at > moment,
    )
    return session.scalar(statement.limit(1)) is not None


def suspend_listing(session: Session, actor: Actor, listing_id: int, *, reason: str, now: datetime) -> Listing:
    """The platform takes a listing out of the search while something is looked into. Raises ReasonMissing."""
    require(actor, Act.TAKE_DOWN_LISTING)
    listing = lock_row(session, Listing, listing_id)
    decide(session, listing, ListingAction.PAUSE, actor, now, reason, needs_reason=True, by_platform=True)
    return listing


def take_down_listing(session: Session, actor: Actor, listing_id: int, *, reason: str, now: datetime) -> Listing:
    """The platform takes a listing off the market because a report about it was found true.

    Raises ReasonMissing, TransitionRefused for one that is not public or that a lot or a deal holds.
    """
    require(actor, Act.TAKE_DOWN_LISTING)
    listing = lock_row(session, Listing, listing_id)
    if listing.state not in CHANGEABLE_STATES:
        raise TransitionRefused("listing.not_public", N_("这条挂牌没有公开展示，不需要由平台下架。"))
    kind = WithdrawalKind.REPORTED
    decide(
        session, listing, ListingAction.WITHDRAW, actor, now, reason,
        needs_reason=True, by_platform=True, withdrawal_kind=kind.value,
    )  # fmt: skip
    listing.withdrawal_kind = kind
    return listing
