"""What attachments put on a listing's public page."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from market.accounts.rules import Actor
from market.listings.attachments.queries import shown_attachments
from market.listings.detail_queries import ListingView
from market.listings.page_parts import Slot, provide_part


def _attachments(listing: ListingView, actor: Actor | None) -> dict[str, Any] | None:
    is_signed_in = bool(current_user.is_authenticated)
    shown = shown_attachments(listing.id, listing.organisation_id, actor, is_signed_in=is_signed_in)
    return {"number": listing.number, "attachments": shown} if shown else None


def provide_parts() -> None:
    """Fill the page's slot (app.py only)."""
    provide_part(Slot.ATTACHMENTS, "listings/_attachments.html", _attachments)
