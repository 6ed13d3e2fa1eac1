"""How good a ranking is: MRR, nDCG, recall and the share of relevant ones, each at ten, with a confidence interval."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEPTH = 10
RESAMPLES = 1_000
SEED = 20261122
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over questions and the bounds between which it lies with 95 % confidence (bootstrap over questions)."""

    mean: float
    low: float
    high: float


def reciprocal_rank(ranked: Sequence[str], relevant: Mapping[str, float]) -> float:
    """One over the place of the first relevant document among the first ten; 0 when there is none."""
    return next((1 / place for place, one in enumerate(ranked[:DEPTH], 1) if relevant.get(one, 0) > 0), 0.0)


def ndcg(ranked: Sequence[str], relevant: Mapping[str, float]) -> float:
    """Discounted gain (2^grade - 1) of the first ten over that of the best order possible."""
    best = _gain(sorted(relevant.values(), reverse=True)[:DEPTH])
    return _gain([relevant.get(one, 0.0) for one in ranked[:DEPTH]]) / best if best else 0.0


def _gain(grades: Sequence[float]) -> float:
    return sum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def recall(ranked: Sequence[str], relevant: Mapping[str, float]) -> float:
    """Share of the relevant documents that stand among the first ten (of ten, where there are more)."""
    wanted = {one for one, grade in relevant.items() if grade > 0}
    return len(wanted.intersection(ranked[:DEPTH])) / min(len(wanted), DEPTH) if wanted else 0.0


def share(ranked: Sequence[str], relevant: Mapping[str, float]) -> float:
    """Share of the first ten places that a relevant document holds."""
    return sum(relevant.get(one, 0) > 0 for one in ranked[:DEPTH]) / DEPTH


MEASURES = {"MRR@10": reciprocal_rank, "nDCG@10": ndcg, "R@10": recall, "P@10": share}


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and percentile bootstrap; the same values always give the same bounds."""
    if not values:
        return Estimate(0.0, 0.0, 0.0)
    chance = random.Random(SEED)
    size = len(values)
    means = sorted(sum(chance.choices(values, k=size)) / size for _ in range(RESAMPLES))
    outside = int(RESAMPLES * (1 - CONFIDENCE) / 2)
    return Estimate(sum(values) / size, means[outside], means[-1 - outside])
