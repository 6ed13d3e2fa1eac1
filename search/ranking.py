"""How hits are ranked, in words that every engine can carry out: BM25 per term, best field counts most.

An exact number stands above an exact name, a name above everything that words can earn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from search import alternatives
from search.alternatives import StandIn
from search.query import SearchQuery

FIELD_WEIGHTS: dict[str, float] = {
    "title": 3.0,
    "summary": 1.5,
    "problem": 1.2,
    "advantage": 1.2,
    "abstract": 1.0,
    "claims": 0.5,
    "context": 0.6,
    "parties": 1.5,
}
CHARACTER_FIELD = "characters"
CHARACTER_WEIGHT = 1.0
SUPPORT_WEIGHT = 2.0  # of the single characters of a question, which forgive another order of the same words
TIE_BREAKER = 0.3  # what the other fields that hold a term add to the best one
EXACT_NUMBER_SCORE = 10_000.0
NUMBER_PREFIX_SCORE = 5_000.0
EXACT_NAME_SCORE = 1_000.0
TIE_MARGIN = 50  # hits beyond the page that take part in ordering ties
SCORE_DIGITS = 5  # engines differ in the last bits of a float of 32 bits
MINIMUM_TERMS = 2
SHORT_TERMS = 3
SUPPORT_FIELDS: Mapping[str, float] = {CHARACTER_FIELD: SUPPORT_WEIGHT}
_IN_EVERY_PATENT = (
    "一种 本发 发明 明公 公开 开了 种用 实用 用新 新型 型公 其特 特征 征是 在于 及其 其制 制备 备方 方法 装置 设备 系统 用于"
    " 包括 所述 设有 安装 结构 具有 可以 技术 领域 采用 进行"
)
_ENGLISH_PARTICLES = "a an and are as at be by for from in is it its of on or our that the this to we which with"
FORMULAIC = frozenset(_IN_EVERY_PATENT.split()) | frozenset(_ENGLISH_PARTICLES.split())
"""Pairs of characters that very many published patents hold, and English particles: they tell nothing of the subject."""

Clause = tuple[str, Mapping[str, float]]


class Hit(NamedTuple):
    """A listing found. `score` compares only within one answer.

    `nearness` is the cosine between the meanings of question and listing, where that helped to find or to place it.
    `traits` are those of search/traits.py, packed, where the engine looked them up.
    """

    id: int
    score: float
    nearness: float = 0.0
    traits: int = 0

    @property
    def by_meaning(self) -> bool:
        """Meaning found it or lifted it."""
        return self.nearness > 0


class RankedHit(NamedTuple):
    """A hit as an engine returns it, with the key that orders ties (newest first)."""

    id: int
    score: float
    recency: int
    traits: int = 0


class Neighbour(NamedTuple):
    """A listing near the question, the cosine of both meanings, and its traits as `Hit` has them."""

    id: int
    cosine: float
    traits: int = 0


def minimum_match(query: SearchQuery, terms: int) -> int:
    """How many of the terms a listing must hold in the reduced answer of PostgreSQL: two, whatever their number."""
    return min(terms, 1 if query.any_word else MINIMUM_TERMS)


def required(query: SearchQuery) -> tuple[list[Clause], list[Clause], int]:
    """The clauses of which some must be held, those that only add to the score, and how many of the first.

    Of a short question two, of a longer one any: asking for more drops the very listing that a sentence of need
    describes in other words. What stands in every other text is not asked for, unless there is nothing else.
    """
    found = clauses(query)
    telling = [one for one in found if one[0] not in FORMULAIC] or found
    others = [one for one in found if one[0] in FORMULAIC] if len(telling) < len(found) else []
    with_characters = [(one, SUPPORT_FIELDS) for one in query.support]
    least = MINIMUM_TERMS if wants_several(query, len(telling)) else 1
    return telling, [*others, *with_characters], min(least, len(telling))


def wants_several(query: SearchQuery, telling: int) -> bool:
    """Of a short question a listing must hold several words, unless one was said to be enough."""
    return telling <= SHORT_TERMS and not query.any_word


def stand_ins(query: SearchQuery, telling: Sequence[Clause]) -> Mapping[str, list[StandIn]]:
    """What may stand in for the telling terms of a question, by term."""
    if not query.alternatives:
        return {}
    asked = ((*query.terms, *query.characters), query.support)
    each = wants_several(query, len(telling))
    return alternatives.stand_ins(query.alternatives, [term for term, _ in telling], asked, each=each)


def clauses(query: SearchQuery) -> list[Clause]:
    """The terms to look for, each with the fields that count and their weights."""
    with_characters: Mapping[str, float] = {**FIELD_WEIGHTS, CHARACTER_FIELD: CHARACTER_WEIGHT}
    return [*((term, FIELD_WEIGHTS) for term in query.terms), *((one, with_characters) for one in query.characters)]


def lookups(query: SearchQuery) -> list[tuple[str, str, float]]:
    """Keys to look up as they are: field, key, and the constant score that finding it gives."""
    found = [("numbers", key, EXACT_NUMBER_SCORE) for key in query.numbers]
    found += [("number_prefixes", key, NUMBER_PREFIX_SCORE) for key in query.prefixes]
    if query.name:
        found.append(("names", query.name, EXACT_NAME_SCORE))
    return found


def significant(score: float) -> float:
    """The score to the digits that all engines agree on."""
    return float(f"{score:.{SCORE_DIGITS}g}")


def in_order(hits: Iterable[RankedHit]) -> list[Hit]:
    """Best first; equal scores newest first."""
    ordered = sorted(hits, key=lambda hit: (-significant(hit.score), -hit.recency))
    return [Hit(hit.id, significant(hit.score), traits=hit.traits) for hit in ordered]
