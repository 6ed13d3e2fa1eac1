"""Versions of a listing as rows: what it says now, the last version, a new one; and the change that waits beside it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.achievements.models import Achievement, IPRight
from market.listings.canonical import digest_of, draft_from, draft_json
from market.listings.models import Listing, ListingChange, ListingVersion
from market.listings.offers import draft_of
from market.listings.rules import ListingDraft
from market.listings.vocabulary import OPEN_CHANGES, ChangeState


def draft_of_listing(listing: Listing) -> ListingDraft:
    """The stored texts and terms as a draft."""
    values = {
        field.name: getattr(listing, field.name) for field in fields(ListingDraft) if hasattr(listing, field.name)
    }
    return replace(draft_from(values | {"offers": []}), offers=tuple(map(draft_of, listing.offers)))


def content_of(session: Session, listing: Listing, draft: ListingDraft) -> dict[str, Any]:
    """What the draft says, with the numbers of the rights that it is about and the titles of what it bundles."""
    offered = IPRight.achievement_id.in_([listing.achievement_id, *draft.members])
    rights = session.execute(select(IPRight.number, IPRight.kind).where(offered).order_by(IPRight.id))
    said = {name: value for name, value in draft_json(draft).items() if name != "members"}
    content = {"draft": said, "rights": [{"number": number, "kind": kind} for number, kind in rights]}
    if not draft.members:
        return content
    titles = session.execute(select(Achievement.id, Achievement.title).where(Achievement.id.in_(draft.members)))
    by_id = {row.id: row.title for row in titles}
    return content | {"bundled": [{"achievement_id": one, "title": by_id.get(one, "")} for one in draft.members]}


NOT_KEPT = ("contact_name", "contact_role", "contact_phone", "confirms_no_secret")
"""What a version leaves out: a person's name and telephone do not belong into rows that nobody can ever erase."""


def keep_version(session: Session, listing: Listing, person_id: int | None, now: datetime) -> ListingVersion:
    """The version of what the listing says now: the last one if nothing has changed since, else a new one.

    The caller holds the listing's row lock.
    """
    content = content_of(session, listing, draft_of_listing(listing))
    content["draft"] = {name: value for name, value in content["draft"].items() if name not in NOT_KEPT}
    digest = digest_of(content)
    last = last_version(session, listing.id)
    if last is not None and last.digest == digest:
        return last
    version = ListingVersion(
        listing_id=listing.id,
        number=last.number + 1 if last else 1,
        content=content,
        digest=digest,
        written_by_id=person_id,
        written_at=now,
    )
    session.add(version)
    session.flush()
    return version


def show_version(session: Session, listing: Listing, person_id: int | None, now: datetime) -> ListingVersion:
    """The version of what the listing says now becomes the one of the public page."""
    session.flush()
    version = keep_version(session, listing, person_id, now)
    if listing.shown_version != version.number:
        listing.shown_version, listing.shown_since = version.number, now
    return version


def stamp_of(version: ListingVersion) -> dict[str, Any]:
    """What an event says of the version that it is about."""
    return {"version": version.number, "version_digest": version.digest}


def last_version(session: Session, listing_id: int) -> ListingVersion | None:
    """The newest version, None before the first submission."""
    statement = select(ListingVersion).where(ListingVersion.listing_id == listing_id)
    return session.scalar(statement.order_by(ListingVersion.number.desc()).limit(1))


def open_change(session: Session, listing_id: int) -> ListingChange | None:
    """The change that is being written or reviewed."""
    statement = select(ListingChange).where(
        ListingChange.listing_id == listing_id, ListingChange.state.in_([state.value for state in OPEN_CHANGES])
    )
    return session.scalar(statement)


def discard_open_change(session: Session, listing_id: int, now: datetime) -> None:
    """A listing that has left the market takes no change any more; the caller holds its row lock."""
    change = open_change(session, listing_id)
    if change is not None:
        change.state = ChangeState.DISCARDED
        change.updated_at = now
