"""Facets of Elasticsearch: a chosen value as a filter, and the counts in one request.

Facets without a choice share one aggregation under all filters; each of the others is counted without its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from search.documents import AUCTION, FACETS
from search.engines import lots
from search.engines.base import FACET_SIZE, FacetCount, counted_facets, in_facet_order, nothing_counted
from search.query import SearchQuery

SHARED = "shared"
OWN = "own_"


def chosen(facet: str, values: Iterable[str], asked_at: int) -> dict[str, Any]:
    """Listings that have one of the values of a facet."""
    if facet != AUCTION:
        return {"terms": {facet: list(values)}}
    found = [_within(bounds) for value in values if (bounds := lots.bounds_of(value, asked_at))]
    return {"bool": {"should": found, "minimum_should_match": 1}} if found else {"match_none": {}}


def _within(bounds: Iterable[lots.Bounds]) -> dict[str, Any]:
    return {"bool": {"filter": [{"range": {field: _range(low, high)}} for field, low, high in bounds]}}


def _range(low: int | None, high: int | None) -> dict[str, int]:
    return {name: bound for name, bound in (("gte", low), ("lte", high)) if bound is not None}


def filters(query: SearchQuery, without: str | None = None) -> list[dict[str, Any]]:
    """What is chosen in all facets but one."""
    return [chosen(facet, values, query.asked_at) for facet, values in query.filters if facet != without]


def aggregations(query: SearchQuery) -> dict[str, Any]:
    """What counts the facets that are seen; without a choice nothing stands between them and the hits."""
    narrowed = {facet for facet, _ in query.filters}
    shared = {facet: _counting(query, facet) for facet in counted_facets(query) if facet not in narrowed}
    if not narrowed:
        return shared
    parts = {f"{OWN}{facet}": _part(filters(query, facet), {facet: _counting(query, facet)}) for facet in narrowed}
    return parts | ({SHARED: _part(filters(query), shared)} if shared else {})


def _part(narrowing: list[dict[str, Any]], inner: dict[str, Any]) -> dict[str, Any]:
    return {"filter": {"bool": {"filter": narrowing}}, "aggs": inner}


def _counting(query: SearchQuery, facet: str) -> dict[str, Any]:
    if facet == AUCTION:
        return lots.aggregation(query.asked_at)
    return {"terms": {"field": facet, "size": FACET_SIZE}}


def counts(answer: Mapping[str, Any]) -> dict[str, tuple[FacetCount, ...]]:
    """Facet to its counts, from the answer to `aggregations`."""
    found = nothing_counted()
    for facet in FACETS:
        part = answer.get(f"{OWN}{facet}") or answer.get(SHARED, answer)
        if facet in part:
            found[facet] = in_facet_order(_counted(facet, part[facet]))
    return found


def _counted(facet: str, found: Mapping[str, Any]) -> dict[str, int]:
    if facet == AUCTION:
        return lots.counted(found)
    return {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]}
