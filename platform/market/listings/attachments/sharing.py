"""The picture that goes with a shared address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import url_for

from market.listings.attachments.queries import AttachmentView
from market.listings.attachments.vocabulary import Level
from market.listings.page_parts import FilledPart, Slot

PLAIN = "share.png"
"""Under static/: the platform's mark, 1200 × 630, for listings without a picture."""


def share_picture(number: str, parts: Mapping[str, Sequence[FilledPart]]) -> str:
    """The path of what a messenger shows beside the address: the cover, else the first public picture, else the mark.

    `parts` is what stands on the listing's page: the attachments are read once for both.
    """
    shown: list[AttachmentView] = [one for part in parts[Slot.ATTACHMENTS] for one in part.values["attachments"]]
    pictures = [one for one in shown if one.level is Level.PUBLIC and one.has_thumbnail]
    if not pictures:
        return url_for("static", filename=PLAIN)
    first = min(pictures, key=lambda one: not one.is_cover)
    return url_for("attachments.thumbnail", number=number, attachment_id=first.id)
