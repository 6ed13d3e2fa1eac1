"""What subjects above put on a listing's public page: they fill slots, the page knows none of them.

app.py (or the subject's own module, once) hands a part in; a part with nothing to show returns None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from market.accounts.rules import Actor
from market.listings.detail_queries import ListingView


class Slot(StrEnum):
    """Places of the page."""

    ACTIONS = "actions"
    """Buttons beside the title's facts: watch."""
    ATTACHMENTS = "attachments"
    QUESTIONS = "questions"
    ASK = "ask"
    """Below the questions: ask one, write to the institution."""


Values = Mapping[str, Any]
Fill = Callable[[ListingView, Actor | None], Values | None]


@dataclass(frozen=True)
class FilledPart:
    """A template and what it reads as `part`."""

    template: str
    values: Values


_parts: dict[tuple[Slot, str], Fill] = {}


def provide_part(slot: Slot, template: str, fill: Fill) -> None:
    """Put a part into a slot; the same template again replaces it. `fill` is asked once a page."""
    _parts[slot, template] = fill


def parts_of(listing: ListingView, actor: Actor | None) -> dict[str, list[FilledPart]]:
    """By slot: what is shown for this listing to this reader."""
    found: dict[str, list[FilledPart]] = {slot.value: [] for slot in Slot}
    for (slot, template), fill in _parts.items():
        values = fill(listing, actor)
        if values is not None:
            found[slot.value].append(FilledPart(template, values))
    return found
