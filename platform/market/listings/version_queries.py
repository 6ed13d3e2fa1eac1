"""Reads of versions and changes for pages; frozen rows, never ORM rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from market.accounts.models import Person
from market.accounts.policy import Act, Rows, rows_for
from market.accounts.rules import Actor
from market.kernel.db import current_session
from market.kernel.events import Event
from market.listings.canonical import draft_from
from market.listings.changing import changed_fields
from market.listings.differences import Difference, MaterialKind, differences, material_kinds
from market.listings.models import Listing, ListingChange, ListingVersion
from market.listings.rules import ListingDraft
from market.listings.versions import open_change
from market.listings.vocabulary import ChangeState, ListingAction

APPROVED_INSIDE = f"listing.{ListingAction.INSTITUTION_APPROVE.value}"
PUBLISHED = frozenset({f"listing.{ListingAction.PLATFORM_APPROVE.value}", "listing.changed"})


@dataclass(frozen=True)
class VersionRow:
    """One version in the list: who wrote it when, what the record says of it."""

    number: int
    digest: str
    writer: str
    written_at: datetime
    published_at: tuple[datetime, ...]
    is_shown: bool
    content: Mapping[str, Any]


@dataclass(frozen=True)
class ChangeView:
    """A change that waits beside what is published."""

    version: int
    state: ChangeState
    review_reason: str | None
    updated_at: datetime
    draft: ListingDraft
    differences: tuple[Difference, ...]
    material: tuple[MaterialKind, ...]


def versions_of(actor: Actor, listing: Listing) -> list[VersionRow]:
    """The listing's versions, newest first: to the operator those that reached the platform. Two queries."""
    session = current_session()
    known = _occasions(listing.id)
    statement = (
        select(ListingVersion, Person.display_name)
        .outerjoin(Person, Person.id == ListingVersion.written_by_id)
        .where(ListingVersion.listing_id == listing.id)
        .order_by(ListingVersion.number.desc())
    )
    is_platform = rows_for(actor, Act.READ_LISTINGS) is Rows.REACHED_PLATFORM
    rows = []
    for version, writer in session.execute(statement):
        occasions = known.get(version.number, [])
        if is_platform and not any(action == APPROVED_INSIDE or action in PUBLISHED for action, _ in occasions):
            continue
        rows.append(
            VersionRow(
                number=version.number,
                digest=version.digest,
                writer="" if is_platform else writer or "",
                written_at=version.written_at,
                published_at=tuple(at for action, at in occasions if action in PUBLISHED),
                is_shown=version.number == listing.shown_version,
                content=version.content,
            )
        )
    return rows


def compared(rows: Sequence[VersionRow], before: int, after: int) -> list[Difference] | None:
    """What differs between two of the versions; None when one of the numbers is not among them."""
    by_number = {row.number: row for row in rows}
    if before not in by_number or after not in by_number:
        return None
    return differences(by_number[before].content, by_number[after].content)


def change_of(actor: Actor, listing: Listing) -> ChangeView | None:
    """The change that waits: to the operator one that reached the platform."""
    session = current_session()
    change = open_change(session, listing.id)
    is_platform = rows_for(actor, Act.READ_LISTINGS) is Rows.REACHED_PLATFORM
    if change is None or (is_platform and change.state != ChangeState.PLATFORM_REVIEW):
        return None
    return _change_view(listing, change)


def _change_view(listing: Listing, change: ListingChange) -> ChangeView:
    draft = draft_from(change.content)
    found = changed_fields(current_session(), listing, draft)
    return ChangeView(
        version=change.version,
        state=ChangeState(change.state),
        review_reason=change.review_reason,
        updated_at=change.updated_at,
        draft=draft,
        differences=tuple(found),
        material=tuple(material_kinds(found)),
    )


def _occasions(listing_id: int) -> dict[int, list[tuple[str, datetime]]]:
    """By version: what the record says was done with it, and when."""
    statement = (
        select(Event.payload["version"].as_integer(), Event.action, Event.occurred_at)
        .where(Event.subject_kind == "listing", Event.subject_id == listing_id, Event.payload.has_key("version"))
        .order_by(Event.sequence)
    )
    found: dict[int, list[tuple[str, datetime]]] = {}
    for number, action, at in current_session().execute(statement):
        found.setdefault(number, []).append((action, at))
    return found
