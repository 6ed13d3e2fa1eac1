"""One ranking out of two: by words (BM25) and by nearness of meaning, fused by reciprocal rank and looked over once more; pure.

The constants were chosen on questions of even rows, see docs/search-quality.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from search.ranking import EXACT_NAME_SCORE, Hit, Neighbour
from search.traits import FULLEST, day_of, fullness_of, subclass_of

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
WORDS_FEATURE = 0.02
"""Of the best score by words, which knows in which fields how many words stand: places alone do not tell by how much."""
COSINE_FEATURE = 0.1
CLASS_FEATURE = 0.03
VOTERS = 10
"""Of the share that a listing's subclass has among the first ten; the first of them stays first whatever the others are."""
FRESHNESS_FEATURE = 0.001
FULLNESS_FEATURE = 0.001
"""Each decides between hits that all else leaves a hundredth of a cosine apart, no more."""
HALF_LIFE_DAYS = 365


_Scored = tuple[float, int]
"""A score and the listing."""


def is_exact(hits: Sequence[Hit]) -> bool:
    """The best hit is a number or a name that the question names: meaning has nothing to add."""
    return bool(hits) and hits[0].score >= EXACT_NAME_SCORE


def fused(by_words: Sequence[Hit], neighbours: Sequence[Neighbour]) -> list[Hit]:
    """Both lists as one, best first; equal ones as words rank them. A hit by words of score 0 only is a neighbour.

    Without neighbours words rank, as ever.
    """
    worded = [one for one in by_words if one.score > 0]
    if not neighbours:
        return worded
    scores: dict[int, float] = {}
    best = worded[0].score if worded else 1.0
    for place, hit in enumerate(worded, SMOOTHING + 1):
        scores[hit.id] = 1 / place + WORDS_FEATURE * hit.score / best
    for place, near in enumerate(neighbours, SMOOTHING + 1):
        scores[near.id] = scores.get(near.id, 0.0) + MEANING_WEIGHT / place + COSINE_FEATURE * near.cosine
    traits = {one.id: one.traits for one in worded} | {one.id: one.traits for one in neighbours}
    newest = max(map(day_of, traits.values()))
    scored = [(score + _by_itself(traits[one], newest), one) for one, score in scores.items()]
    scored.sort(key=_score, reverse=True)
    nearness = {one.id: one.cosine for one in neighbours}
    return [Hit(one, score, nearness.get(one, 0.0), traits[one]) for score, one in _with_its_class(scored, traits)]


def _score(one: _Scored) -> float:
    return one[0]


def _by_itself(traits: int, newest: int) -> float:
    """What a listing earns whatever was asked; its age is taken against the newest of those found."""
    freshness: float = 0.5 ** ((newest - day_of(traits)) / HALF_LIFE_DAYS)
    return FRESHNESS_FEATURE * freshness + FULLNESS_FEATURE * fullness_of(traits) / FULLEST


def _with_its_class(scored: Sequence[_Scored], traits: Mapping[int, int]) -> list[_Scored]:
    """The best one, then the others with what the class of the first ones adds; scores fall."""
    shares = _shares([traits[one] for _, one in scored[:VOTERS]])
    lifted = [(score + CLASS_FEATURE * shares.get(subclass_of(traits[one]), 0.0), one) for score, one in scored]
    highest, (_, first) = max(map(_score, lifted)), lifted[0]
    return [(highest, first), *sorted(lifted[1:], key=_score, reverse=True)]


def _shares(voters: Sequence[int]) -> Mapping[int, float]:
    """Subclass to its share among the first ones, of which each counts as its place does."""
    votes: dict[int, float] = defaultdict(float)
    for place, traits in enumerate(voters, SMOOTHING + 1):
        votes[subclass_of(traits)] += 1 / place
    whole = sum(votes.values())
    return {subclass: vote / whole for subclass, vote in votes.items() if subclass}
