"""Whether two texts say nearly the same: MinHash over three-character shingles, in bands that an index can look up.

A text's signature has 64 minima in 16 bands of 4; two texts of Jaccard similarity s share a band with probability
1 − (1 − s⁴)¹⁶: 0.64 at 0.5, 0.99 at 0.7, 0.9999 at 0.8. What shares a band is then compared exactly, and told from
`ALIKE` on. So what is told is exact, and what is missed has the bound above. Pure.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from functools import cache
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from market.listings.rules import ListingDraft

ALIKE = 0.5
SHINGLE = 3
BANDS, ROWS = 16, 4
TEXT_MAXIMUM = 3000
"""Characters of a text that are looked at."""
_PRIME = (1 << 61) - 1
_WORDS = re.compile(r"\W+")


def text_of(draft: ListingDraft) -> str:
    """The text of a draft by which it is compared."""
    return "\n".join((draft.title, draft.summary, draft.problem, draft.advantage, draft.application))


def shingles(text: str) -> frozenset[int]:
    """The three-character pieces of the text without blanks and signs, as numbers."""
    plain = _WORDS.sub("", unicodedata.normalize("NFKC", text).lower())[:TEXT_MAXIMUM]
    return frozenset(
        zlib.crc32(plain[start : start + SHINGLE].encode()) for start in range(max(0, len(plain) - SHINGLE + 1))
    )


def likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """Jaccard similarity: 1.0 for the same pieces, 0.0 for none in common."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def bands(text: str) -> list[int]:
    """The signature's bands as 32-bit numbers, each marked with its place; none for a text that is too short."""
    pieces = shingles(text)
    if not pieces:
        return []
    minima = [min((factor * piece + shift) % _PRIME for piece in pieces) for factor, shift in _permutations()]
    return [_band(place, minima[place * ROWS : (place + 1) * ROWS]) for place in range(BANDS)]


def _band(place: int, minima: list[int]) -> int:
    digest = zlib.crc32(repr((place, minima)).encode())
    return digest - (1 << 32) if digest >= 1 << 31 else digest


@cache
def _permutations() -> tuple[tuple[int, int], ...]:
    numbers = Random(20261122)  # noqa: S311 - fixed, so that every process makes the same bands
    return tuple((numbers.randrange(1, _PRIME), numbers.randrange(_PRIME)) for _ in range(BANDS * ROWS))
