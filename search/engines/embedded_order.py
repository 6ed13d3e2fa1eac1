"""Hits of the embedded engine in the order of a sort key."""

from __future__ import annotations

from collections.abc import Iterator

import tantivy
from tantivy import FieldType, Occur, Order, Query

from search.documents import AUCTION, LOT_OPEN
from search.engines import embedded_queries as queries
from search.engines.embedded_facets import chosen
from search.ordering import Part, parts_of
from search.query import SearchQuery
from search.ranking import Hit


def first(searcher: tantivy.Searcher, query: SearchQuery, depth: int) -> tuple[int, list[Hit]]:
    """The number of all hits and the first `depth` of them."""
    total, hits = 0, []
    for part in parts_of(query):
        found = _asked(searcher, _narrowed(query, part), part, depth)
        total += found.count  # type: ignore[attr-defined] # missing in the library's stub
        hits += _hits(searcher, found)
    return total, hits[:depth]


def walk(searcher: tantivy.Searcher, query: SearchQuery, block: int) -> Iterator[tuple[Hit, ...]]:
    """All hits, `block` at a time: each begins behind the key of the last one. Reads one commit of the index."""
    for part in parts_of(query):
        wanted = _narrowed(query, part)
        found = _asked(searcher, wanted, part, block)
        while found.hits:
            yield tuple(_hits(searcher, found))
            behind = Query.boolean_query([(Occur.Must, wanted), (Occur.Must, _behind(part, int(found.hits[-1][0])))])
            found = _asked(searcher, behind, part, block)


def _asked(searcher: tantivy.Searcher, wanted: Query, part: Part, size: int) -> tantivy.SearchResult:
    return searcher.search(wanted, size, order_by_field=part.key, order=Order.Asc if part.rises else Order.Desc)


def _narrowed(query: SearchQuery, part: Part) -> Query:
    """The question, bounded to listings whose lot is open or to the others, where the part is."""
    whole = queries.question(query)
    if part.lots is None:
        return whole
    is_open = chosen(queries.SCHEMA, AUCTION, (LOT_OPEN,), query.asked_at)
    return Query.boolean_query([(Occur.Must, whole), (Occur.Must if part.lots else Occur.MustNot, is_open)])


def _behind(part: Part, key: int) -> Query:
    bounds = (key + 1, None) if part.rises else (None, key - 1)
    return Query.range_query(queries.SCHEMA, part.key, FieldType.Unsigned, *bounds)


def _hits(searcher: tantivy.Searcher, found: tantivy.SearchResult) -> list[Hit]:
    ids = searcher.fast_field_values("id", [address for _, address in found.hits])
    return [Hit(int(one or 0), 0.0) for one in ids]
