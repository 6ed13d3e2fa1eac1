"""What became of achievements on the market: asked by the register, answered by listings and deals, which stand above it.

app.py hands the answers in; without them nothing is listed and nothing is sold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

LICENSED, TRANSFERRED, USED = "licensed", "transferred", "used"
"""Outcomes of a signed deal: a licence, a transfer or investment, another use."""


@dataclass(frozen=True)
class OpenListings:
    """A statement of listings that have not ended, and the word for a state.

    Columns: achievement_id, listing_id, number, state; at most one row an achievement. `negotiating`: states in which
    somebody is being talked to.
    """

    statement: Select[int, int, str, str]
    state_label: Callable[[str], str]
    negotiating: frozenset[str] = frozenset()


_provided: list[OpenListings] = []
_outcomes: list[Select[Any]] = []


def provide_open_listings(open_listings: OpenListings) -> None:
    """Wire the answer (app.py only); a later one replaces it."""
    _provided[:] = [open_listings]


def open_listings() -> OpenListings | None:
    """The wired answer."""
    return _provided[0] if _provided else None


def provide_outcomes(statement: Select[Any]) -> None:
    """Wire the statement of signed deals (app.py only): columns achievement_id and outcome, one of those above."""
    _outcomes[:] = [statement]


def outcomes() -> Select[Any] | None:
    """The wired statement."""
    return _outcomes[0] if _outcomes else None


def has_outcome(session: Session, achievement_id: int) -> bool:
    """Whether a deal on the achievement was signed."""
    statement = outcomes()
    if statement is None:
        return False
    found = statement.subquery("outcome")
    return session.scalar(select(found.c.outcome).where(found.c.achievement_id == achievement_id).limit(1)) is not None
