"""Facets of the embedded engine: a chosen value as a query, and the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tantivy
from tantivy import FieldType, Occur, Query

from search.documents import AUCTION
from search.engines import lots
from search.engines.base import FACET_SIZE, FacetCount, in_facet_order


def chosen(schema: tantivy.Schema, facet: str, values: Iterable[str], asked_at: int) -> Query:
    """Listings that have one of the values of a facet."""
    if facet != AUCTION:
        return Query.term_set_query(schema, facet, list(values))
    found = [_within(schema, bounds) for value in values if (bounds := lots.bounds_of(value, asked_at))]
    return Query.boolean_query([(Occur.Should, one) for one in found]) if found else Query.empty_query()


def _within(schema: tantivy.Schema, bounds: Iterable[lots.Bounds]) -> Query:
    ranges = [Query.range_query(schema, field, FieldType.Unsigned, low, high) for field, low, high in bounds]
    return Query.boolean_query([(Occur.Must, one) for one in ranges])


def aggregations(facets: Iterable[str], asked_at: int) -> dict[str, Any]:
    """What counts the facets in one pass over the hits."""
    return {
        facet: lots.aggregation(asked_at) if facet == AUCTION else {"terms": {"field": facet, "size": FACET_SIZE}}
        for facet in facets
    }


def counts(answer: Mapping[str, Any]) -> dict[str, tuple[FacetCount, ...]]:
    """Facet to its counts, from the answer to `aggregations`."""
    return {facet: in_facet_order(_counted(facet, found)) for facet, found in answer.items()}


def _counted(facet: str, found: Mapping[str, Any]) -> dict[str, int]:
    if facet == AUCTION:
        return lots.counted(found)
    return {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]}
