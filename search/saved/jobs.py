"""Background steps of saved searches. They share the lock "search.saved"; each may run twice, and after a kill."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from market.achievements.models import Achievement
from market.kernel import jobs
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.jobs import job
from market.listings.models import Listing
from market.listings.vocabulary import PUBLIC_STATES
from search.documents import INDEX_VERSION
from search.saved import alerts, comparing, service
from search.saved.deriving import derive_stale
from search.saved.models import ComparedListing
from search.source import VERSION

logger = logging.getLogger(__name__)
BATCH = 100
"""Listings of one comparison: they share the small index and one reading of the questions."""


@job(service.MATCH)
def match_saved(listing_id: int) -> None:
    """A listing changed: ask the saved searches, of this listing and of all others that wait for the same."""
    _derive()
    now = current_time()
    with transaction() as session:
        if not comparing.is_due(session, listing_id, now):
            return  # an earlier job took it along
        waiting = service.waiting_listings(session, BATCH - 1)
        outcome = comparing.compare(session, [listing_id, *waiting], now=now)
        if outcome.new_hits:
            jobs.defer(session, service.TELL, lock=comparing.LOCK)
    logger.info("saved searches: %s", outcome)


@job(service.TELL)
def tell_saved() -> None:
    """Tell of new hits whoever wants to hear at once."""
    while True:
        with transaction() as session:
            if not alerts.tell_instant(session, now=current_time()):
                return


@job("search.tell_saved_daily", cron="30 23 * * *")
def tell_saved_daily() -> None:
    """At half past seven in the morning in China: the summaries, before the mails that go at eight."""
    while True:
        with transaction() as session:
            if not alerts.tell_daily(session, now=current_time()):
                return


@job("search.sweep_saved", cron="*/5 * * * *", runs_at_start=True)
def sweep_saved() -> None:
    """What no event tells: a lot opened or closed, a price band was read otherwise, a job was lost; and untold hits."""
    _derive()
    now = current_time()
    while True:
        with transaction() as session:
            due = due_listings(session, BATCH, now)
            if not due or not comparing.compare(session, due, now=now).listings:
                break
    tell_saved()


def due_listings(session: Session, number: int, now: datetime) -> list[int]:
    """Ids of some listings that are not as they were when they were compared last."""
    versions = (
        select(Listing.id, VERSION.label("version"), Listing.state)
        .join(Achievement, Achievement.id == Listing.achievement_id)
        .subquery()
    )
    kept = ComparedListing
    is_public = versions.c.state.in_(PUBLIC_STATES)
    is_other = (kept.version != versions.c.version) & (is_public | kept.content.is_not(None))
    changed = (
        select(versions.c.id)
        .outerjoin(kept, kept.listing_id == versions.c.id)
        .where((is_public & kept.listing_id.is_(None)) | is_other)
    )
    older = select(kept.listing_id).where(kept.layout != INDEX_VERSION)
    turned = select(kept.listing_id).where(kept.turns_at <= now)
    return list(session.scalars(union(changed, older, turned).limit(number)))


def _derive() -> None:
    """No question is asked by keys that an older analysis made."""
    while True:
        with transaction() as session:
            if not derive_stale(session):
                return
