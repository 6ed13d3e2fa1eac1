"""The picture that goes with a shared address."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import select

from market.kernel.db import current_session
from market.listings.attachments.access import served
from market.listings.attachments.models import Attachment
from market.listings.attachments.vocabulary import Level

PLAIN = "share.png"
"""Under static/: the platform's mark, 1200 × 630, for listings without a picture."""


def share_picture(listing_id: int, number: str) -> str:
    """The path of what a messenger shows beside the address: the cover, else the first public picture, else the mark."""
    pictures = (
        Attachment.listing_id == listing_id,
        Attachment.level == Level.PUBLIC,
        Attachment.thumbnail_file_id.is_not(None),
        *served(),
    )
    first = select(Attachment.id).where(*pictures).order_by(Attachment.is_cover.desc(), Attachment.position)
    attachment_id = current_session().scalar(first.limit(1))
    if attachment_id is None:
        return url_for("static", filename=PLAIN)
    return url_for("attachments.thumbnail", number=number, attachment_id=attachment_id)
