"""What the last step of ranking knows of a listing besides words and meaning, as one number that an index keeps.

Main IPC subclass, day of publication, and how fully the listing describes itself; never what somebody pays.
"""

from __future__ import annotations

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


def subclass_of(traits: int) -> int:
    """A number that only equals that of the same subclass; 0 = the listing has none."""
    return traits >> _DAY_BITS + _FULLNESS_BITS


def day_of(traits: int) -> int:
    """Days from 2020 to the publication; 0 = before."""
    return traits >> _FULLNESS_BITS & _LAST_DAY


def fullness_of(traits: int) -> int:
    """How many of summary, problem, advantage, abstract, readiness level, price and industry the listing tells."""
    return traits & FULLEST


def _subclass(document: ListingDocument) -> int:
    """That of the first symbol which names one."""
    for symbol in document.ipc_symbols:
        if levels := levels_of(symbol):
            section, letter = ord(levels[0]) - ord("A"), ord(levels[2][-1]) - ord("A")
            return (section * _CLASSES + int(levels[1][1:])) * _LETTERS + letter + 1
    return 0
