"""The engine that also searches by meaning: any engine, and an embedder.

What is found is one set, the same on every page: the listings that the words match, and the nearest ones (a bounded number,
chosen before any filter). Facets and totals count exactly that set. The first pages are ranked by both, what stands behind
them by words alone. When vectors cannot be asked, words answer.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from search.engines.base import Change, EngineUnavailable, SearchAnswer, SearchEngine, WriteOutcome
from search.meaning.embedder import Embedder, MeaningUnavailable
from search.meaning.fusion import (
    DEPTH,
    LEAST_COSINE,
    LEAST_LATIN_COSINE,
    NEIGHBOURS,
    fused,
    is_exact,
)
from search.query import SearchQuery
from search.ranking import Hit, Neighbour

logger = logging.getLogger(__name__)
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True)
class _First:
    """The answer to words or nearness, its hits that are ranked by both, and the question of all that stands behind."""

    found: SearchAnswer
    hits: tuple[Hit, ...]
    behind: SearchQuery


class HybridEngine:
    """Implements SearchEngine: searches by words and meaning, writes as the engine does that it stands before."""

    def __init__(self, engine: SearchEngine, embedder: Embedder) -> None:
        self._engine = engine
        self._embedder = embedder
        self.name = engine.name

    @property
    def words(self) -> SearchEngine:
        """The engine below, which answers by words alone."""
        return self._engine

    def search(self, query: SearchQuery) -> SearchAnswer:
        first = self._first(query)
        if first is None:
            return self._engine.search(query)
        hits = list(first.hits[query.offset : query.offset + query.limit])
        missing = query.limit - len(hits)
        if missing and first.found.total > len(first.hits):
            passed = max(0, query.offset - len(first.hits))
            rest = self._engine.search(replace(first.behind.at_page(1, passed + missing), counts_facets=False))
            hits += rest.hits[passed:]
        return replace(first.found, hits=tuple(hits))

    def walk(self, query: SearchQuery, block: int) -> Iterator[tuple[Hit, ...]]:
        first = self._first(replace(query, counts_facets=False))
        if first is None:
            yield from self._engine.walk(query, block)
            return
        for start in range(0, len(first.hits), block):
            yield first.hits[start : start + block]
        yield from self._engine.walk(first.behind, block)

    def _first(self, query: SearchQuery) -> _First | None:
        """The hits that are ranked by both; None where words answer alone."""
        neighbours = self._neighbours(query) if asks_meaning(query) else []
        if not neighbours:
            return None
        whole = replace(query, near=tuple(one.id for one in neighbours))
        found = self._engine.search(whole.at_page(1, DEPTH))
        if is_exact(found.hits):
            return None
        hits = tuple(fused(found.hits, self._held(query, neighbours)))
        by_words = sum(hit.score > 0 for hit in found.hits)
        if found.total > len(found.hits):
            by_words = max(by_words, found.total - len(neighbours))
        behind = replace(whole, without=tuple(hit.id for hit in hits))
        return _First(replace(found, by_words=by_words), hits, behind)

    def _neighbours(self, query: SearchQuery) -> list[Neighbour]:
        least = LEAST_COSINE if _HAN.search(query.text) else LEAST_LATIN_COSINE
        try:
            vector = self._embedder.question(query.text)
            return self._engine.nearest(vector, NEIGHBOURS, least)
        except (EngineUnavailable, MeaningUnavailable) as reason:
            logger.warning("searched by words alone: %s", reason)
            return []

    def _held(self, query: SearchQuery, neighbours: Sequence[Neighbour]) -> list[Neighbour]:
        """Those of the neighbours that the filters let through."""
        if not query.filters:
            return list(neighbours)
        ids = tuple(one.id for one in neighbours)
        within = SearchQuery(
            filters=query.filters, asked_at=query.asked_at, only=ids, page_size=len(ids), counts_facets=False
        )
        held = {hit.id for hit in self._engine.search(within).hits}
        return [one for one in neighbours if one.id in held]

    def nearest(self, vector: bytes, limit: int, least: float) -> list[Neighbour]:
        return self._engine.nearest(vector, limit, least)

    def is_current(self) -> bool:
        return self._engine.is_current()

    def is_lost(self) -> bool:
        return self._engine.is_lost()

    def write(self, changes: Sequence[Change], target: str | None = None) -> WriteOutcome:
        return self._engine.write(changes, target)

    def fill(self, target: str, blocks: Iterable[Sequence[Change]]) -> None:
        self._engine.fill(target, blocks)

    def refresh(self, target: str | None = None) -> None:
        self._engine.refresh(target)

    def versions(self, after_id: int, limit: int, target: str | None = None) -> list[tuple[int, int]]:
        return self._engine.versions(after_id, limit, target)

    def begin_rebuild(self) -> str:
        return self._engine.begin_rebuild()

    def finish_rebuild(self, target: str) -> None:
        self._engine.finish_rebuild(target)

    def abandon_rebuild(self, target: str) -> None:
        self._engine.abandon_rebuild(target)


def asks_meaning(query: SearchQuery) -> bool:
    """Words in the order of relevance, and no number: whoever names one, or writes for experts, wants exactly that."""
    is_plain = not (query.numbers or query.prefixes) and query.where is None
    return query.is_sorted_by_score and is_plain
