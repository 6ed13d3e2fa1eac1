"""What an institution does with attachments, what a reader promises, what the scan brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.kernel import jobs
from market.kernel.errors import N_, NotFound
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_row
from market.listings.attachments import nda, rules
from market.listings.attachments.access import Opened
from market.listings.attachments.checking import CheckedFile
from market.listings.attachments.errors import AttachmentRefused
from market.listings.attachments.models import Attachment, AttachmentReading, NdaConsent
from market.listings.attachments.scanning import Verdict
from market.listings.attachments.storing import keep
from market.listings.attachments.vocabulary import Level, ScanState
from market.listings.errors import ReasonMissing
from market.listings.models import Listing
from market.listings.vocabulary import READABLE_STATES, ListingState

SCAN_JOB = "attachments.scan"


@dataclass(frozen=True)
class AttachmentDraft:
    """A checked file with what the officer says about it."""

    file: CheckedFile
    title: str
    level: Level


def add_attachment(
    session: Session, actor: Actor, listing_id: int, draft: AttachmentDraft, *, has_scanner: bool, now: datetime
) -> Attachment:
    """Keep a file with the listing, last in order; unseen until a scanner, if there is one, calls it clean.

    The first public picture becomes the cover. Raises NotFound, AttachmentRefused during a review, after the end of the
    listing, and for one too many.
    """
    require(actor, Act.WRITE_LISTING)
    listing = _changeable(session, actor, listing_id)
    held = _held(session, listing.id)
    if len(held) >= rules.MAXIMUM_ATTACHMENTS:
        raise AttachmentRefused(
            "attachment.count",
            N_("一条挂牌最多 %(maximum)s 份附件和图片，请先删除不需要的。"),
            field="file",
            maximum=rules.MAXIMUM_ATTACHMENTS,
        )
    file = draft.file
    stored = keep(session, listing.organisation_id, file.name, file.media_type, file.content, now=now)
    small = (
        keep(session, listing.organisation_id, f"{file.name[:240]}-small.jpg", "image/jpeg", file.thumbnail, now=now)
        if file.thumbnail is not None
        else None
    )
    row = Attachment(
        listing_id=listing.id,
        stored_file_id=stored.id,
        thumbnail_file_id=small.id if small else None,
        position=max((each.position for each in held), default=0) + 1,
        title=draft.title.strip() or file.name,
        level=draft.level.value,
        is_cover=small is not None and draft.level is Level.PUBLIC and not any(each.is_cover for each in held),
        file_name=file.name,
        media_type=file.media_type,
        byte_size=stored.byte_size,
        sha256=stored.sha256,
        scan_state=ScanState.WAITING if has_scanner else ScanState.UNSCANNED,
        added_by_id=actor.person_id,
        added_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, listing, "listing.attachment_added", actor, now, row, level=row.level, sha256=row.sha256)
    if has_scanner:
        jobs.defer(session, SCAN_JOB, attachment_id=row.id)
    return row


def change_attachment(
    session: Session, actor: Actor, attachment_id: int, title: str, level: Level, *, now: datetime
) -> Attachment:
    """Another title or level; a picture that is no longer public is no cover. Raises as adding does."""
    require(actor, Act.WRITE_LISTING)
    listing, row = _own(session, actor, attachment_id)
    before = {"title": row.title, "level": row.level}
    row.title, row.level = title.strip() or row.file_name, level.value
    row.is_cover = row.is_cover and level is Level.PUBLIC
    if before != {"title": row.title, "level": row.level}:
        level_before = before["level"]
        _record(
            session, listing, "listing.attachment_changed", actor, now, row, level=row.level, level_before=level_before
        )
    return row


def move_attachment(session: Session, actor: Actor, attachment_id: int, by: int, *, now: datetime) -> None:
    """Further up (negative) or down in the order; at an end nothing happens."""
    require(actor, Act.WRITE_LISTING)
    listing, row = _own(session, actor, attachment_id)
    held = _held(session, listing.id)
    ids = [each.id for each in held]
    order = rules.moved(ids, row.id, by)
    for each in held:
        each.position = order.index(each.id) + 1
    if order != ids:
        _record(session, listing, "listing.attachment_moved", actor, now, row, position=row.position)


def choose_cover(session: Session, actor: Actor, attachment_id: int, *, now: datetime) -> None:
    """Make a public picture the cover of the listing. Raises AttachmentRefused for anything else."""
    require(actor, Act.WRITE_LISTING)
    listing, row = _own(session, actor, attachment_id)
    if not row.is_image or row.level != Level.PUBLIC:
        raise AttachmentRefused("attachment.cover", N_("封面只能是公开的图片。"))
    others = (Attachment.listing_id == listing.id, Attachment.is_cover.is_(True), Attachment.id != row.id)
    session.execute(update(Attachment).where(*others).values(is_cover=False))
    if not row.is_cover:
        row.is_cover = True
        _record(session, listing, "listing.cover_chosen", actor, now, row)


def remove_attachment(session: Session, actor: Actor, attachment_id: int, *, reason: str, now: datetime) -> Attachment:
    """Take it off the listing; what was on the market needs a reason. The file goes for good after KEPT_DAYS."""
    require(actor, Act.WRITE_LISTING)
    listing, row = _own(session, actor, attachment_id)
    if listing.published_at is not None and not reason.strip():
        raise ReasonMissing
    row.is_cover = False
    row.removed_at, row.removed_by_id, row.removal_reason = now, actor.person_id, reason.strip() or None
    _record(session, listing, "listing.attachment_removed", actor, now, row, reason=reason.strip() or None)
    return row


def promise_secrecy(session: Session, actor: Actor, listing_id: int, *, now: datetime) -> NdaConsent:
    """Keep, word for word, that the person promised secrecy for her organisation; a second promise changes nothing.

    Raises NotFound for a listing that is not public, NotAllowed for who may not promise.
    """
    require(actor, Act.PROMISE_SECRECY)
    listing = lock_row(session, Listing, listing_id)
    if ListingState(listing.state) not in READABLE_STATES:
        raise NotFound
    earlier = session.scalar(
        select(NdaConsent).where(
            NdaConsent.listing_id == listing.id,
            NdaConsent.person_id == actor.person_id,
            NdaConsent.organisation_id == actor.organisation_id,
            NdaConsent.text_version == nda.VERSION,
        )
    )
    if earlier is not None:
        return earlier
    text = nda.text_for(parties(session, listing, actor))
    consent = NdaConsent(
        listing_id=listing.id,
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
        text_version=nda.VERSION,
        text=text,
        text_sha256=nda.digest(text),
        accepted_at=now,
    )
    session.add(consent)
    session.flush()
    payload = {
        "reader_organisation_id": actor.organisation_id,
        "nda_consent_id": consent.id,
        "text_version": consent.text_version,
        "text_sha256": consent.text_sha256,
    }
    _record_on(session, listing, "listing.secrecy_promised", actor, now, payload)
    return consent


def parties(session: Session, listing: Listing, actor: Actor) -> nda.Parties:
    """Whom the promise is between, about what."""
    institution = session.get_one(Organisation, listing.organisation_id)
    return nda.Parties(actor.organisation_name, institution.name, listing.number, listing.title)


def record_reading(
    session: Session, opened: Opened, person_id: int, organisation_id: int | None, *, now: datetime
) -> None:
    """Keep that the attachment was handed to the person."""
    session.add(
        AttachmentReading(
            attachment_id=opened.attachment.id,
            person_id=person_id,
            organisation_id=organisation_id,
            nda_consent_id=opened.consent_id,
            has_watermark=opened.is_marked,
            read_at=now,
        )
    )


def keep_verdict(session: Session, attachment_id: int, verdict: Verdict, *, now: datetime) -> None:
    """What the scanner said; an infected file is seen by nobody any more, and the institution is told."""
    listing, row = _locked(session, attachment_id)
    row.scanned_at, row.scan_finding = now, verdict.finding
    if verdict.finding is None:
        row.scan_state = ScanState.CLEAN
        return
    if row.scan_state != ScanState.INFECTED:
        row.scan_state, row.is_cover = ScanState.INFECTED, False
        _record(session, listing, "listing.attachment_infected", None, now, row, reason=verdict.finding)


def keep_failure(session: Session, attachment_id: int, failure: str) -> None:
    """Why a file that waits could not be scanned; it goes on waiting."""
    row = session.get_one(Attachment, attachment_id)
    if row.scan_state == ScanState.WAITING:
        row.scan_finding = failure


def _held(session: Session, listing_id: int) -> list[Attachment]:
    kept = (Attachment.listing_id == listing_id, Attachment.removed_at.is_(None))
    return list(session.scalars(select(Attachment).where(*kept).order_by(Attachment.position, Attachment.id)))


def _locked(session: Session, attachment_id: int) -> tuple[Listing, Attachment]:
    """The listing first: whoever writes its stream holds its row."""
    listing_id = session.scalar(select(Attachment.listing_id).where(Attachment.id == attachment_id))
    if listing_id is None:
        raise NotFound
    return lock_row(session, Listing, listing_id), lock_row(session, Attachment, attachment_id)


def _own(session: Session, actor: Actor, attachment_id: int) -> tuple[Listing, Attachment]:
    listing, row = _locked(session, attachment_id)
    if row.removed_at is not None:
        raise NotFound
    return _changeable(session, actor, listing.id), row


def _changeable(session: Session, actor: Actor, listing_id: int) -> Listing:
    listing = lock_row(session, Listing, listing_id)
    if listing.organisation_id != actor.organisation_id:
        raise NotFound
    state = ListingState(listing.state)
    if state in rules.REVIEWED_STATES:
        raise AttachmentRefused(
            "attachment.review", N_("审核期间不能增减或修改附件，审核人看到的要和公开的一致。审核结束后再改。")
        )
    if state not in rules.CHANGEABLE_STATES:
        raise AttachmentRefused("attachment.ended", N_("这条挂牌已经结束，附件不再变动。"))
    return listing


def _record(
    session: Session,
    listing: Listing,
    action: str,
    actor: Actor | None,
    now: datetime,
    row: Attachment,
    reason: str | None = None,
    **more: Any,
) -> None:
    said = {"attachment_id": row.id, **more}  # no title: people name files after people
    _record_on(session, listing, action, actor, now, said, reason)


def _record_on(
    session: Session,
    listing: Listing,
    action: str,
    actor: Actor | None,
    now: datetime,
    said: dict[str, Any],
    reason: str | None = None,
) -> None:
    session.flush()
    payload = {"listing_id": listing.id, "organisation_id": listing.organisation_id, **said}
    record(
        session,
        EventDraft(
            subject_kind="listing",
            subject_id=listing.id,
            action=action,
            occurred_at=now,
            actor_person_id=actor.person_id if actor else None,
            actor_organisation_id=actor.organisation_id if actor else None,
            state_before=listing.state,
            state_after=listing.state,
            reason=reason,
            payload=payload,
        ),
    )
