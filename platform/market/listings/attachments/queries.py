"""Reads of attachments for pages; frozen rows, never ORM rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select

from market.accounts.models import Organisation, Person
from market.accounts.rules import Actor
from market.kernel.db import current_session
from market.kernel.lists import ListQuery, Orders
from market.listings.attachments.access import consent_of, reader_of, served
from market.listings.attachments.models import Attachment, AttachmentReading
from market.listings.attachments.rules import Gate, gate
from market.listings.attachments.vocabulary import Level, ScanState
from market.listings.models import Listing


@dataclass(frozen=True)
class AttachmentView:
    """One attachment on a page; `gate` is what stands between it and the reader."""

    id: int
    title: str
    file_name: str
    kind: str
    byte_size: int
    sha256: str
    level: Level
    scan_state: ScanState
    scan_finding: str | None
    is_image: bool
    is_cover: bool
    has_thumbnail: bool
    added_at: datetime
    gate: Gate = Gate.OPEN
    readings: int = 0


def shown_attachments(
    listing_id: int, organisation_id: int, actor: Actor | None, *, is_signed_in: bool
) -> list[AttachmentView]:
    """What the public page lists, in order, with what the reader must still do for each."""
    rows = _rows(Attachment.listing_id == listing_id, *served())
    is_secret = any(row.level == Level.AFTER_NDA for row in rows)
    consent = consent_of(listing_id, actor) if is_secret else None
    reader = reader_of(organisation_id, consent, actor, is_signed_in=is_signed_in)
    return [_view(row, gate(Level(row.level), reader)) for row in rows]


def kept_attachments(listing_id: int) -> list[AttachmentView]:
    """Everything that is not removed, for the console, with how often each was read."""
    rows = _rows(Attachment.listing_id == listing_id, Attachment.removed_at.is_(None))
    counts = (
        select(AttachmentReading.attachment_id, func.count().label("number"))
        .where(AttachmentReading.attachment_id.in_([row.id for row in rows]))
        .group_by(AttachmentReading.attachment_id)
    )
    read = {row.attachment_id: row.number for row in current_session().execute(counts)}
    return [_view(row, Gate.OPEN, read.get(row.id, 0)) for row in rows]


def _rows(*conditions: ColumnElement[bool]) -> Sequence[Attachment]:
    statement = select(Attachment).where(*conditions).order_by(Attachment.position, Attachment.id)
    return current_session().scalars(statement).all()


def _view(row: Attachment, between: Gate, readings: int = 0) -> AttachmentView:
    return AttachmentView(
        id=row.id,
        title=row.title,
        file_name=row.file_name,
        kind=row.file_name.rpartition(".")[2].upper()[:5],
        byte_size=row.byte_size,
        sha256=row.sha256,
        level=Level(row.level),
        scan_state=ScanState(row.scan_state),
        scan_finding=row.scan_finding,
        is_image=row.is_image,
        is_cover=row.is_cover,
        has_thumbnail=row.thumbnail_file_id is not None,
        added_at=row.added_at,
        gate=between,
        readings=readings,
    )


def cover_id() -> ScalarSelect[int]:
    """For a query of listings: the id of the cover of each, NULL without one."""
    cover = (Attachment.listing_id == Listing.id, Attachment.is_cover.is_(True), *served())
    return select(Attachment.id).where(*cover).correlate(Listing).scalar_subquery()


@dataclass(frozen=True)
class ReadingRow:
    """Who was handed what, and when."""

    read_at: datetime
    title: str
    level: Level
    person_name: str
    organisation_name: str
    has_promised: bool
    has_watermark: bool


def _reading(row: Any) -> ReadingRow:
    return ReadingRow(
        read_at=row.read_at,
        title=row.title,
        level=Level(row.level),
        person_name=row.display_name,
        organisation_name=row.name or "",
        has_promised=row.nda_consent_id is not None,
        has_watermark=row.has_watermark,
    )


READINGS = ListQuery(
    select(
        AttachmentReading.read_at,
        Attachment.title,
        Attachment.level,
        Person.display_name,
        Organisation.name,
        AttachmentReading.nda_consent_id,
        AttachmentReading.has_watermark,
    )
    .join(Attachment, Attachment.id == AttachmentReading.attachment_id)
    .join(Person, Person.id == AttachmentReading.person_id)
    .outerjoin(Organisation, Organisation.id == AttachmentReading.organisation_id),
    _reading,
    Orders(
        {
            "read": AttachmentReading.read_at,
            "title": Attachment.title,
            "person": Person.display_name,
            "organisation": Organisation.name,
        },
        default=(AttachmentReading.id.desc(),),
        last=AttachmentReading.id,
    ),
)


def readings_of(listing_id: int, words: str) -> list[ColumnElement[bool]]:
    """Conditions of the list of who read what of a listing."""
    conditions: list[ColumnElement[bool]] = [Attachment.listing_id == listing_id]
    if words:
        columns = (Attachment.title, Person.display_name, Organisation.name)
        found = [column.icontains(words, autoescape=True) for column in columns]
        conditions.append(found[0] | found[1] | found[2])
    return conditions


@dataclass(frozen=True)
class AttachmentNumbers:
    """How much is kept; `unscanned` came when there was no scanner."""

    count: int
    byte_size: int
    waiting: int
    infected: int
    unscanned: int


def attachment_numbers() -> AttachmentNumbers:
    """Of all attachments that are not removed."""

    def so_many(state: ScanState) -> ColumnElement[int]:
        return func.count().filter(Attachment.scan_state == state.value)

    kept = select(
        func.count(),
        func.coalesce(func.sum(Attachment.byte_size), 0),
        so_many(ScanState.WAITING),
        so_many(ScanState.INFECTED),
        so_many(ScanState.UNSCANNED),
    ).where(Attachment.removed_at.is_(None))
    count, size, waiting, infected, unscanned = current_session().execute(kept).one()
    return AttachmentNumbers(count, int(size), waiting, infected, unscanned)
