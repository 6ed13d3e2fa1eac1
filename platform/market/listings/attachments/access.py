"""Attachments as far as a reader may have them; "not yours" looks like "not there"."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from market.accounts.policy import Act, Rows, may, rows_for
from market.accounts.rules import Actor
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.listings.access import listing_for, public_listing
from market.listings.attachments.errors import AttachmentLocked
from market.listings.attachments.models import Attachment, NdaConsent
from market.listings.attachments.nda import VERSION
from market.listings.attachments.rules import Gate, Reader, gate
from market.listings.attachments.vocabulary import SERVED, Level
from market.listings.models import Listing


@dataclass(frozen=True)
class Opened:
    """An attachment that the reader may have, and on the strength of which promise."""

    listing: Listing
    attachment: Attachment
    reader: Reader
    consent_id: int | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether the institution learns that it was read: not for public ones, nor of its own people."""
        return self.attachment.level != Level.PUBLIC and not self.reader.is_inside

    @property
    def is_marked(self) -> bool:
        """Whether the reader's name goes on it."""
        secret = self.attachment.level == Level.AFTER_NDA and not self.reader.is_inside
        return secret and self.attachment.media_type == "application/pdf"


def reader_of(
    listing_organisation_id: int, consent: NdaConsent | None, actor: Actor | None, *, is_signed_in: bool
) -> Reader:
    """What is known of the reader. Inside are the institution's officer and head alone."""
    is_inside = (
        actor is not None
        and actor.organisation_id == listing_organisation_id
        and may(actor, Act.READ_LISTINGS)
        and rows_for(actor, Act.READ_LISTINGS) is Rows.OWN_ORGANISATION
    )
    return Reader(is_signed_in, is_inside, consent is not None)


def consent_of(listing_id: int, actor: Actor | None) -> NdaConsent | None:
    """The promise that lets this person read now: for the organisation that she acts for, in a role that may promise."""
    if actor is None or not may(actor, Act.PROMISE_SECRECY):
        return None
    return current_session().scalar(
        select(NdaConsent).where(
            NdaConsent.listing_id == listing_id,
            NdaConsent.person_id == actor.person_id,
            NdaConsent.organisation_id == actor.organisation_id,
            NdaConsent.text_version == VERSION,
        )
    )


def served() -> tuple[ColumnElement[bool], ...]:
    """The conditions that an attachment is handed out at all."""
    return (Attachment.removed_at.is_(None), Attachment.scan_state.in_([state.value for state in SERVED]))


def public_attachment(number: str, attachment_id: int, actor: Actor | None, *, is_signed_in: bool) -> Opened:
    """An attachment of a public page. Raises NotFound, AttachmentLocked when something stands between."""
    listing = public_listing(number)
    attachment = _of(listing, attachment_id, *served())
    consent = consent_of(listing.id, actor) if attachment.level == Level.AFTER_NDA else None
    reader = reader_of(listing.organisation_id, consent, actor, is_signed_in=is_signed_in)
    between = gate(Level(attachment.level), reader)
    if between is not Gate.OPEN:
        raise AttachmentLocked(between)
    return Opened(listing, attachment, reader, consent.id if consent else None)


def console_attachment(actor: Actor, number: str, attachment_id: int) -> Opened:
    """An attachment of a listing that the actor sees in the console: her own institution's, or one under review."""
    listing = listing_for(actor, number)
    attachment = _of(listing, attachment_id, *served())
    return Opened(listing, attachment, reader_of(listing.organisation_id, None, actor, is_signed_in=True))


def kept_attachment(actor: Actor, number: str, attachment_id: int) -> Attachment:
    """An attachment that is not removed, whatever its scan said, of a listing in the console. Raises NotFound."""
    return _of(listing_for(actor, number), attachment_id, Attachment.removed_at.is_(None))


def _of(listing: Listing, attachment_id: int, *conditions: ColumnElement[bool]) -> Attachment:
    statement = select(Attachment).where(
        Attachment.id == attachment_id, Attachment.listing_id == listing.id, *conditions
    )
    found = current_session().scalar(statement)
    if found is None:
        raise NotFound
    return found
