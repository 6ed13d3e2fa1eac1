"""What the timeline of a listing says."""

from __future__ import annotations

from market.kernel.errors import N_
from market.listings.attachments.texts import TEXTS as ATTACHMENT_TEXTS
from market.listings.vocabulary import ListingAction

TEXTS = {
    **ATTACHMENT_TEXTS,
    "listing.created": N_("建立草稿"),
    "listing.edited": N_("修改内容"),
} | {f"listing.{action.value}": action.label for action in ListingAction if action is not ListingAction.PASS_CHECK}

PUBLIC_TEXTS = {
    f"listing.{action.value}": action.label
    for action in (
        ListingAction.PLATFORM_APPROVE,
        ListingAction.PAUSE,
        ListingAction.RESUME,
        ListingAction.START_NEGOTIATION,
        ListingAction.START_PUBLICITY,
        ListingAction.START_BIDDING,
        ListingAction.START_TRIAL,
        ListingAction.FALL_BACK,
        ListingAction.SELL,
        ListingAction.WITHDRAW,
        ListingAction.EXPIRE,
    )
}

INNER_REASONS = frozenset({f"listing.{ListingAction.PLATFORM_APPROVE.value}"})
"""Steps that everybody sees, but not what the reviewer wrote to the institution."""
