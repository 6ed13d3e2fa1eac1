"""Hits of Elasticsearch in the order of a sort key, and all hits of a question by `search_after`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from search.documents import AUCTION, LOT_OPEN
from search.engines import elasticsearch_facets as facets
from search.engines import elasticsearch_queries as queries
from search.ordering import Part, parts_of
from search.query import SearchQuery
from search.ranking import Hit, RankedHit, in_order, significant

PIT_KEPT = "1m"
"""How long the server keeps the state of the index for the next block of a walk."""
Search = Callable[[dict[str, Any]], Mapping[str, Any]]
"""Sends one search request and gives its answer."""


def requests(query: SearchQuery, size: int) -> list[dict[str, Any]]:
    """Arguments of client.search, one for each run of hits; only the first one counts facets."""
    base = queries.request(query, size)
    if query.is_sorted_by_score:
        return [base]
    runs = [base | _of_part(query, part) for part in parts_of(query)]
    return [runs[0], *(run | {"aggregations": {}} for run in runs[1:])]


def _of_part(query: SearchQuery, part: Part) -> dict[str, Any]:
    narrowing: dict[str, Any] = {"filter": facets.filters(query)}
    if part.lots is not None:
        is_open = facets.chosen(AUCTION, (LOT_OPEN,), query.asked_at)
        narrowing = {"filter": [*narrowing["filter"], is_open]} if part.lots else narrowing | {"must_not": [is_open]}
    return {"sort": [{part.key: "asc" if part.rises else "desc"}], "post_filter": {"bool": narrowing}}


def ranked(hits: Sequence[Mapping[str, Any]]) -> list[RankedHit]:
    """Hits of a request that is sorted by score and recency."""
    return [
        RankedHit(queries.id_of(hit), float(hit["_score"]), int(hit["sort"][1]), queries.traits_of(hit)) for hit in hits
    ]


def unranked(hits: Sequence[Mapping[str, Any]]) -> list[Hit]:
    """Hits of a request that is sorted by a key, as they come."""
    return [Hit(queries.id_of(hit), 0.0) for hit in hits]


def walk(search: Search, query: SearchQuery, block: int) -> Iterator[tuple[Hit, ...]]:
    """All hits in the order of the pages, `block` at a time; `search` reads one state of the index throughout."""
    bare = replace(query, counts_facets=False)
    for wanted in requests(bare, block):
        if query.is_sorted_by_score:
            yield from _by_score(_blocks(search, wanted))
        else:
            yield from (tuple(unranked(hits)) for hits in _blocks(search, wanted))


def _blocks(search: Search, wanted: dict[str, Any]) -> Iterator[Sequence[Mapping[str, Any]]]:
    wanted = wanted | {"track_total_hits": False}
    while hits := queries.hits_of(search(wanted)):
        yield hits
        wanted = wanted | {"search_after": hits[-1]["sort"]}


def _by_score(blocks: Iterator[Sequence[Mapping[str, Any]]]) -> Iterator[tuple[Hit, ...]]:
    """Scores that differ only in their last bits are ties (see ranking): the last of a block wait for the next one."""
    waiting: list[RankedHit] = []
    for hits in blocks:
        waiting += ranked(hits)
        last = significant(waiting[-1].score)
        ready = [hit for hit in waiting if significant(hit.score) > last]
        waiting = waiting[len(ready) :]
        if ready:
            yield tuple(in_order(ready))
    if waiting:
        yield tuple(in_order(waiting))
