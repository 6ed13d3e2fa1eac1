"""Which questions find which listings: the ordinary query, asked of a small index that holds nothing else.

Whether a listing is a hit is boolean: it does not depend on the other listings, only its score does. Nearness in meaning
(vectors) is no part of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from search.documents import STORED_FACETS, ListingDocument, facet_values
from search.engines.embedded import EmbeddedEngine
from search.query import SearchQuery, Sort


class SmallIndex:
    """Some listings, each under a number of the caller's choice, and the questions asked of them at one moment."""

    def __init__(self, engine: EmbeddedEngine, listings: Mapping[int, ListingDocument], now: datetime) -> None:
        self._engine = engine
        self._size = len(listings)
        self._asked_at = int(now.timestamp())
        self._facets = {number: facet_values(one) for number, one in listings.items()}

    def hits(self, query: SearchQuery, among: Sequence[int]) -> set[int]:
        """Numbers of the listings among those given that the question finds."""
        may = {number for number in among if self._has_chosen(query, number)}
        if not may:
            return set()
        asked = replace(
            query, page=1, page_size=self._size, sort=Sort.NEWEST, counts_facets=False, asked_at=self._asked_at
        )
        return may & {hit.id for hit in self._engine.search(asked).hits}

    def _has_chosen(self, query: SearchQuery, number: int) -> bool:
        """What costs less than a question: the chosen values that the index would compare as well."""
        held = self._facets[number]
        return all(not set(values).isdisjoint(held[facet]) for facet, values in query.filters if facet in STORED_FACETS)


@contextmanager
def small_index(listings: Mapping[int, ListingDocument], now: datetime) -> Iterator[SmallIndex]:
    """An index of these listings alone, thrown away at the end. Numbers begin at 1."""
    # Tantivy's threads may still write for a moment after a commit: a file too many is no reason to fail
    with tempfile.TemporaryDirectory(prefix="kezhuan-alerts-", ignore_cleanup_errors=True) as folder:
        engine = EmbeddedEngine(Path(folder))
        target = engine.begin_rebuild()
        engine.write([one._replace(id=number, version=1) for number, one in listings.items()], target)
        engine.finish_rebuild(target)
        yield SmallIndex(engine, listings, now)
