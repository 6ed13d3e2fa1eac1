"""What the last step of ranking knows of a listing besides words and meaning, as one number that an index keeps.

Main IPC subclass, day of publication, and how fully the listing describes itself; never what somebody pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from market.kernel.clock import local_date
from search.classification import levels_of
from search.documents import ListingDocument

FIELD = "traits"
FULLEST = 7
_FIRST_DAY = date(2020, 1, 1)
_DAY_BITS, _FULLNESS_BITS = 14, 3
_LAST_DAY = (1 << _DAY_BITS) - 1  # in the year 2064; the number has 32 bits altogether
_CLASSES, _LETTERS = 100, 26


@dataclass(frozen=True)
class Traits:
    """`subclass` is a number that only equals that of the same subclass, 0 = none; `day` counts from 2020, 0 = before.

    `fullness`: how many of summary, problem, advantage, abstract, readiness level, price and industry are told.
    """

    subclass: int = 0
    day: int = 0
    fullness: int = 0


def packed(document: ListingDocument) -> int:
    """The traits of a listing in 32 bits."""
    told = (
        document.summary,
        document.problem,
        document.advantage,
        document.abstract,
        document.trl,
        document.price_bands,
        document.industry_code,
    )
    day = (local_date(document.published_at) - _FIRST_DAY).days
    found = (_subclass(document) << _DAY_BITS) | max(0, min(day, _LAST_DAY))
    return (found << _FULLNESS_BITS) | sum(map(bool, told))


def unpacked(number: int) -> Traits:
    """What `packed` made the number of."""
    days = number >> _FULLNESS_BITS
    return Traits(days >> _DAY_BITS, days & _LAST_DAY, number & FULLEST)


def _subclass(document: ListingDocument) -> int:
    """That of the first symbol which names one."""
    for symbol in document.ipc_symbols:
        if levels := levels_of(symbol):
            section, letter = ord(levels[0]) - ord("A"), ord(levels[2][-1]) - ord("A")
            return (section * _CLASSES + int(levels[1][1:])) * _LETTERS + letter + 1
    return 0
