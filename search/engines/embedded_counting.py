"""Counts of the facets in the embedded engine, in as few passes over the hits as the choices allow.

Facets without a choice are counted together, each of the others without its own filter. What is counted without words is
kept until the next commit: it is the same for everybody, and the longest of all counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import tantivy

from search.documents import AUCTION
from search.engines import embedded_facets
from search.engines import embedded_queries as queries
from search.engines.base import FacetCount, counted_facets, nothing_counted
from search.query import SearchQuery

Counts = dict[str, tuple[FacetCount, ...]]
Kept = dict[tuple[object, ...], Counts]
"""Counts of one commit by what was asked; thread-safe as far as reading and adding go."""
MAXIMUM_KEPT = 200


def count(searcher: tantivy.Searcher, query: SearchQuery, kept: Kept) -> Counts:
    """Facet to its counts; the finer classes are empty until a class above them is chosen."""
    chosen = {facet for facet, _ in query.filters}
    wanted = counted_facets(query)
    counts = nothing_counted()
    for facet in wanted:
        if facet in chosen:
            counts |= _together(searcher, query, [facet], facet, kept)
    return counts | _together(searcher, query, [one for one in wanted if one not in chosen], None, kept)


def _together(
    searcher: tantivy.Searcher, query: SearchQuery, facets: Iterable[str], without: str | None, kept: Kept
) -> Counts:
    """Counts of some facets under the same filters; whether lots are open is never kept, it changes by itself."""
    stored = tuple(facet for facet in facets if facet != AUCTION)
    narrowing = tuple(one for one in query.filters if one[0] != without)
    if not _is_for_everybody(query) or AUCTION in dict(narrowing):
        return _counted(searcher, query, facets, without)
    key = (stored, narrowing)
    found = kept.get(key)
    if found is None:
        found = _counted(searcher, query, stored, without)
        if len(kept) < MAXIMUM_KEPT:
            kept[key] = found
    return found | _counted(searcher, query, [facet for facet in facets if facet == AUCTION], without)


def _is_for_everybody(query: SearchQuery) -> bool:
    """Nothing but facets is asked for: no words, no conditions, no listings named."""
    plain = SearchQuery()
    first = replace(query, sort=plain.sort, page=plain.page, page_size=plain.page_size)
    return replace(first, filters=(), asked_at=0, notices=()) == plain


def _counted(searcher: tantivy.Searcher, query: SearchQuery, facets: Iterable[str], without: str | None) -> Counts:
    asked = embedded_facets.aggregations(facets, query.asked_at)
    if not asked:
        return {}
    return embedded_facets.counts(searcher.aggregate(queries.question(query, without=without), asked))
