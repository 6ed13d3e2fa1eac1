"""Which achievements are on the market: asked by the register, answered by listings, which stand above it.

app.py hands the answer in (`provide_open_listings`); without it nothing is listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Select


@dataclass(frozen=True)
class OpenListings:
    """A statement of listings that have not ended, and the word for a state.

    Columns: achievement_id, listing_id, number, state; at most one row an achievement.
    """

    statement: Select[int, int, str, str]
    state_label: Callable[[str], str]


_provided: list[OpenListings] = []


def provide_open_listings(open_listings: OpenListings) -> None:
    """Wire the answer (app.py only); a later one replaces it."""
    _provided[:] = [open_listings]


def open_listings() -> OpenListings | None:
    """The wired answer."""
    return _provided[0] if _provided else None
