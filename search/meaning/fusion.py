"""One ranking out of two: by words (BM25) and by nearness of meaning, fused by reciprocal rank; pure.

The constants were chosen on questions of even rows, see docs/search-quality.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from search.ranking import EXACT_NAME_SCORE, Hit

DEPTH = 200
"""Hits by words that take part; what stands behind them is ranked by words alone."""
NEIGHBOURS = 100
"""Nearest listings that take part, and that are found even when they hold none of the words."""
LEAST_COSINE = 0.25
LEAST_LATIN_COSINE = 0.18
"""Below these a listing is not near: questions that no listing answers stay below. A question without Chinese characters
leans less to a listing in Chinese.
"""
SMOOTHING = 20
"""The `k` of reciprocal rank fusion: how little the first places count more than the following ones."""
MEANING_WEIGHT = 1.0
"""What a place by nearness counts against the same place by words."""


@dataclass(frozen=True)
class Neighbour:
    """A listing near the question and the cosine of both meanings."""

    id: int
    cosine: float


def is_exact(hits: Sequence[Hit]) -> bool:
    """The best hit is a number or a name that the question names: meaning has nothing to add."""
    return bool(hits) and hits[0].score >= EXACT_NAME_SCORE


def fused(by_words: Sequence[Hit], neighbours: Sequence[Neighbour]) -> list[Hit]:
    """Both lists as one, best first; equal ones as words rank them. A hit by words of score 0 only is a neighbour."""
    scores: dict[int, float] = {}
    for place, hit in enumerate((one for one in by_words if one.score > 0), 1):
        scores[hit.id] = 1 / (SMOOTHING + place)
    nearness = {one.id: one.cosine for one in neighbours}
    for place, one in enumerate(neighbours, 1):
        scores[one.id] = scores.get(one.id, 0.0) + MEANING_WEIGHT / (SMOOTHING + place)
    ordered = sorted(scores, key=lambda listing: -scores[listing])
    return [Hit(listing, scores[listing], nearness.get(listing, 0.0)) for listing in ordered]
