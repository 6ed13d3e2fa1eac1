"""Watch a listing, and no longer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.enquiries.following import watchers_changed
from market.enquiries.models import Watch
from market.kernel.errors import NotFound
from market.listings.models import Listing
from market.listings.vocabulary import READABLE_STATES


def watch(session: Session, actor: Actor, listing_number: str, *, now: datetime) -> None:
    """The enterprise hears what becomes of a public listing; twice is once. Raises NotFound otherwise."""
    require(actor, Act.WATCH)
    listing = session.scalar(select(Listing).where(Listing.number == listing_number))
    if listing is None or listing.state not in READABLE_STATES:
        raise NotFound
    row = {
        "organisation_id": actor.organisation_id,
        "listing_id": listing.id,
        "watched_by_id": actor.person_id,
        "title": listing.title,
        "watched_at": now,
    }
    written = insert(Watch).values(row).on_conflict_do_nothing(index_elements=["organisation_id", "listing_id"])
    if session.scalar(written.returning(Watch.listing_id)) is not None:
        watchers_changed(session, listing.id)


def unwatch(session: Session, actor: Actor, listing_number: str) -> None:
    """The enterprise hears no more of it. Raises NotFound for a listing that it does not watch."""
    require(actor, Act.WATCH)
    listing_id = session.scalar(select(Listing.id).where(Listing.number == listing_number))
    own = (Watch.organisation_id == actor.organisation_id, Watch.listing_id == listing_id)
    ended = session.scalar(delete(Watch).where(*own).returning(Watch.listing_id))
    if ended is None:
        raise NotFound
    watchers_changed(session, ended)
