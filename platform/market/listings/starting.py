"""Drafts of listings for several entries of the register at once: what the register knows, the rest is for the editor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.achievements.editing.bulk import require_some
from market.achievements.models import Achievement
from market.kernel.errors import N_, NotFound, Refusal
from market.listings.errors import ListingRefused
from market.listings.rules import ListingDraft
from market.listings.service import create_listing

TITLE_MAXIMUM = 200


@dataclass(frozen=True)
class StartedLine:
    """What became of one entry: the number of its draft, or why there is none."""

    achievement_id: int
    title: str
    number: str | None = None
    refusal: Refusal | None = None


def start_drafts(
    session: Session, actor: Actor, achievement_ids: Collection[int], *, now: datetime
) -> list[StartedLine]:
    """A draft for each entry that can be on the market. A draft goes the usual way: a second person approves it.

    Raises NotFound (then there is no draft at all) for another institution's, RegisterRefused when nothing was chosen.
    """
    require(actor, Act.WRITE_LISTING)
    require_some(achievement_ids)
    wanted = sorted(set(achievement_ids))
    own = select(Achievement).where(Achievement.id.in_(wanted), Achievement.organisation_id == actor.organisation_id)
    entries = session.scalars(own.order_by(Achievement.id)).all()
    if len(entries) < len(wanted):
        raise NotFound
    return [_started(session, actor, entry, now) for entry in entries]


def _started(session: Session, actor: Actor, entry: Achievement, now: datetime) -> StartedLine:
    entry_id, title = entry.id, entry.title
    try:
        with session.begin_nested():
            number = create_listing(session, actor, entry_id, _draft_for(entry), now=now).number
    except Refusal as refusal:
        return StartedLine(entry_id, title, refusal=refusal)
    return StartedLine(entry_id, title, number)


def _draft_for(entry: Achievement) -> ListingDraft:
    """Raises ListingRefused when the register does not say what every listing says."""
    if not (entry.technical_field and entry.industry and entry.maturity_stage):
        raise ListingRefused(
            "listing.register_incomplete", N_("请先在台账里填写技术领域、产业和技术就绪等级，可以批量设置。")
        )
    return ListingDraft(
        title=entry.title[:TITLE_MAXIMUM],
        summary="",
        problem="",
        advantage="",
        technical_field=entry.technical_field,
        industry=entry.industry,
        maturity_stage=entry.maturity_stage,
        applied_industries=tuple(entry.applied_industries),
    )
