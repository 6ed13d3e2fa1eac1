"""Decisions about publicities and objections."""

from __future__ import annotations

from datetime import date

from market.deals.publicity.vocabulary import ObjectionAction, ObjectionState, PublicityAction, PublicityState
from market.deals.vocabulary import DealKind
from market.kernel.calendar import HolidayCalendar
from market.kernel.transitions import TransitionTable

PUBLICITIES: TransitionTable[PublicityState, PublicityAction] = TransitionTable(
    "publicity",
    {
        (PublicityState.CONFIRMED, PublicityAction.START): PublicityState.RUNNING,
        (PublicityState.CONFIRMED, PublicityAction.VOID): PublicityState.VOIDED,
        (PublicityState.RUNNING, PublicityAction.COMPLETE): PublicityState.COMPLETED,
        (PublicityState.RUNNING, PublicityAction.VOID): PublicityState.VOIDED,
    },
)
OBJECTIONS: TransitionTable[ObjectionState, ObjectionAction] = TransitionTable(
    "objection",
    {
        (ObjectionState.OPEN, ObjectionAction.UPHOLD): ObjectionState.UPHELD,
        (ObjectionState.OPEN, ObjectionAction.REJECT): ObjectionState.REJECTED,
        (ObjectionState.OPEN, ObjectionAction.DROP): ObjectionState.DROPPED,
    },
)
PUBLICITY_DAYS = "publicity.days"
OBJECTION_WORKDAYS = 3
"""rules.md 2.5: an objection is decided within so many working days."""
OBJECTIONS_OF_A_PERSON = 3
"""So many objections a person may have against one publicity."""
TEXT_MINIMUM, TEXT_MAXIMUM = 10, 2000
BASIS_MINIMUM = 5
WITH_PUBLICITY = frozenset({DealKind.AGREED_PRICE})
"""Kinds of deals whose price was agreed between two and is made known before signing (条例 art. 17)."""


def last_day(calendar: HolidayCalendar, started_on: date, days: int, paused_days: int) -> date:
    """The last day of a publicity of so many natural days, longer by those on which an objection was open."""
    return calendar.last_day(started_on, days + paused_days)


def is_over(ends_on: date, today: date) -> bool:
    """Whether the last day has passed."""
    return today > ends_on


def is_fair_text(text: str) -> bool:
    """Whether an objection says something and not a book."""
    return TEXT_MINIMUM <= len(text.strip()) <= TEXT_MAXIMUM
