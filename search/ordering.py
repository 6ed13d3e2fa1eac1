"""Orders of the hits other than by relevance: which sort key, in which direction, in how many parts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from market.kernel.errors import N_
from search.query import SearchQuery, Sort


@dataclass(frozen=True)
class Part:
    """A run of hits in the order of one key of documents.SORT_KEYS.

    `lots` True: only listings whose lot takes bids at the question's time; False: only the others; None: all.
    """

    key: str
    rises: bool = False
    lots: bool | None = None


_NEWEST = (Part("recency"),)
_PARTS: dict[Sort, tuple[Part, ...]] = {
    Sort.CHEAPEST: (Part("cheapest", rises=True),),
    Sort.DEAREST: (Part("dearest"),),
    Sort.CLOSING: (Part("closing", rises=True, lots=True), Part("recency", lots=False)),
    Sort.WATCHED: (Part("watched"),),
}
_LABELS = {
    Sort.RELEVANCE: N_("相关程度"),
    Sort.NEWEST: N_("最新发布"),
    Sort.CHEAPEST: N_("价格从低到高"),
    Sort.DEAREST: N_("价格从高到低"),
    Sort.CLOSING: N_("竞价即将截止"),
    Sort.WATCHED: N_("关注最多"),
}


def parts_of(query: SearchQuery) -> tuple[Part, ...]:
    """The runs of hits that follow each other; without words relevance is the same as newest first."""
    return _PARTS.get(query.sort, _NEWEST)


def present(query: SearchQuery) -> Sort:
    """The order that the hits are in: without words there is nothing to be relevant to."""
    return Sort.NEWEST if query.sort is Sort.RELEVANCE and not _has_relevance(query) else query.sort


def offered(query: SearchQuery) -> list[tuple[Sort, bool]]:
    """Orders that the question can have, each with whether it is the present one."""
    orders = [one for one in Sort if _has_relevance(query) or one is not Sort.RELEVANCE]
    return [(one, one is present(query)) for one in orders]


def label_of(sort: Sort) -> str:
    """How an order reads (a message id)."""
    return _LABELS[sort]


def _has_relevance(query: SearchQuery) -> bool:
    return replace(query, sort=Sort.RELEVANCE).is_sorted_by_score
