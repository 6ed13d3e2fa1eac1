"""Who may read an attachment, how many there are, what may change when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from market.listings.attachments.vocabulary import Level
from market.listings.vocabulary import ENDED_STATES, ListingState

MAXIMUM_ATTACHMENTS = 10
MAXIMUM_BYTES = 30 * 1024 * 1024
KEPT_DAYS = 30
"""So long the file of a removed attachment is kept, for a dispute; its name, size and hash stay for good."""

REVIEWED_STATES = frozenset({ListingState.CHECKING, ListingState.INSTITUTION_REVIEW, ListingState.PLATFORM_REVIEW})
"""Meanwhile nothing is added or changed: reviewers decide about what they saw."""
CHANGEABLE_STATES = frozenset(ListingState) - ENDED_STATES - REVIEWED_STATES
UNPUBLISHED_STATES = frozenset({ListingState.DRAFT, ListingState.REJECTED})


class Gate(StrEnum):
    """What stands between a reader and an attachment."""

    OPEN = "open"
    SIGN_IN = "sign_in"
    NDA = "nda"


@dataclass(frozen=True)
class Reader:
    """What is known of who asks: nobody signed in, somebody, the institution's own or the reviewing operator."""

    is_signed_in: bool = False
    is_inside: bool = False
    has_promised: bool = False


def gate(level: Level, reader: Reader) -> Gate:
    """What the reader must still do before she gets an attachment of this level."""
    if reader.is_inside or level is Level.PUBLIC:
        return Gate.OPEN
    if not reader.is_signed_in:
        return Gate.SIGN_IN
    if level is Level.AFTER_NDA and not reader.has_promised:
        return Gate.NDA
    return Gate.OPEN


def moved(ids: Sequence[int], moving: int, by: int) -> list[int]:
    """The order with one of the ids `by` places further down (up when negative); at an end it stays."""
    order = list(ids)
    place = order.index(moving)
    order.insert(max(0, min(len(order) - 1, place + by)), order.pop(place))
    return order
