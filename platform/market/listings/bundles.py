"""Bundles (打包挂牌): the achievements that a listing offers together, locked and looked at before it is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.achievements.models import Achievement
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.locks import lock_rows
from market.listings.checks import UNKNOWN_STATUS, bundle_problems, facts_of, lawful_problems, terms_problems
from market.listings.errors import ListingHasProblems, ListingRefused
from market.listings.models import Listing, ListingMember
from market.listings.rules import ListingDraft, check_described

MEMBERS_MAXIMUM = 20
"""Achievements bundled with the leading one; more cannot be read on one page."""


def in_order(session: Session, achievement_ids: Sequence[int]) -> list[Achievement]:
    """The achievements in the given order; what is not there is left out."""
    statement = select(Achievement).where(Achievement.id.in_(achievement_ids))
    found = {row.id: row for row in session.scalars(statement)} if achievement_ids else {}
    return [found[one] for one in achievement_ids if one in found]


def achievements_of(session: Session, listing: Listing) -> list[Achievement]:
    """Everything that a listing offers, the leading one first."""
    return in_order(session, listing.achievement_ids)


def achievements_for(session: Session, lead: Achievement, draft: ListingDraft) -> list[Achievement]:
    """Everything that the draft offers. Raises NotFound for a member that is not the lead's institution's."""
    members = in_order(session, draft.members)
    if len(members) != len(draft.members) or any(one.organisation_id != lead.organisation_id for one in members):
        raise NotFound
    return [lead, *members]


def lock_own_achievement(session: Session, actor: Actor, achievement_id: int, members: Iterable[int]) -> Achievement:
    """An entry of the actor's institution's register, locked together with the members. Raises NotFound."""
    found = {row.id: row for row in lock_rows(session, Achievement, {achievement_id, *members})}
    if achievement_id not in found or found[achievement_id].organisation_id != actor.organisation_id:
        raise NotFound
    return found[achievement_id]


def lock_achievement_of(session: Session, listing_id: int, members: Iterable[int] = ()) -> Achievement:
    """The leading entry of a listing, locked with all others that it offers, and `members`; before the listing is.

    Raises NotFound.
    """
    statement = select(ListingMember.achievement_id, ListingMember.position).where(
        ListingMember.listing_id == listing_id
    )
    rows = session.execute(statement.order_by(ListingMember.position)).all()
    if not rows:
        raise NotFound
    offered = [row.achievement_id for row in rows]
    found = {row.id: row for row in lock_rows(session, Achievement, {*offered, *members})}
    return found[offered[0]]


def open_listing_of(session: Session, achievement_id: int) -> tuple[int, str] | None:
    """Id and number of the open listing that offers the achievement, alone or in a bundle."""
    statement = select(Listing.id, Listing.number).join(ListingMember, ListingMember.listing_id == Listing.id)
    row = session.execute(
        statement.where(ListingMember.achievement_id == achievement_id, ListingMember.is_open)
    ).first()
    return None if row is None else (row.id, row.number)


def refuse_second_listing(session: Session, achievement_id: int) -> None:
    """Raise ListingRefused for an achievement that an open listing offers already."""
    found = open_listing_of(session, achievement_id)
    if found is not None:
        raise ListingRefused(
            "listing.exists", N_("这项成果已有一条挂牌（%(number)s），请在它上面修改。"), number=found[1]
        )


def refuse_members(session: Session, lead: Achievement, draft: ListingDraft, listing_id: int | None) -> None:
    """Raise what keeps the draft's members out of this listing (None: a new one). The caller holds their locks.

    NotFound for another institution's, ListingRefused for one twice, too many, or one that another open listing offers.
    """
    if len({lead.id, *draft.members}) != 1 + len(draft.members):
        raise ListingRefused("bundle.twice", N_("同一项成果在一条挂牌里只能出现一次。"))
    if len(draft.members) > MEMBERS_MAXIMUM:
        message = N_("一条挂牌最多打包 %(maximum)s 项其他成果，请分成几条。")
        raise ListingRefused("bundle.too_many", message, maximum=MEMBERS_MAXIMUM)
    for achievement in achievements_for(session, lead, draft)[1:]:
        found = open_listing_of(session, achievement.id)
        if found is not None and found[0] != listing_id:
            message = N_("“%(title)s”已在挂牌 %(number)s 里；一项成果同时只能在一条挂牌里。")
            raise ListingRefused("bundle.listed_elsewhere", message, title=achievement.title, number=found[1])


def refuse_unlistable(session: Session, achievements: Sequence[Achievement], now: datetime) -> None:
    """Raise ListingHasProblems for what keeps one of them off; an unknown status may still be looked up."""
    found = bundle_problems(session, achievements, local_date(now))
    if lasting := [problem for problem in found if problem.code != UNKNOWN_STATUS]:
        raise ListingHasProblems(lasting)


def refuse_problems(
    session: Session, lead: Achievement, draft: ListingDraft, today: date, *, is_handed_over: bool = False
) -> None:
    """Raise ListingHasProblems with everything that keeps what is offered, or these terms, from the market today.

    `is_handed_over`: the draft is submitted for review, and says what every listing says.
    """
    achievements = achievements_for(session, lead, draft)
    facts = facts_of(session, achievements, today)
    problems = bundle_problems(session, achievements, today)
    problems += terms_problems(session, facts, draft.offers, today)
    if is_handed_over:
        problems += check_described(draft, facts.without_trl)
    if problems := [*problems, *lawful_problems(facts, draft)]:
        raise ListingHasProblems(problems)


def refuse_unclear_terms(session: Session, lead: Achievement, draft: ListingDraft, now: datetime) -> None:
    """A draft may still lack its offers, but an offer that it has is complete."""
    if draft.offers:
        today = local_date(now)
        facts = facts_of(session, achievements_for(session, lead, draft), today)
        if problems := terms_problems(session, facts, draft.offers, today):
            raise ListingHasProblems(problems)
