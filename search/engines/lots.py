"""The facet of auctions: what of a listing's lot is true at the question's time, as bounds of `opens` and `closes`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from search.documents import LOT_OPEN, LOT_UPCOMING

Bounds = tuple[str, int | None, int | None]
"""Field, lowest and highest value (both included); None = no bound."""


def bounds_of(value: str, asked_at: int) -> tuple[Bounds, ...]:
    """All of these hold for a listing that has the value at `asked_at` (seconds); none for an unknown value."""
    if value == LOT_OPEN:
        return ("opens", None, asked_at), ("closes", asked_at + 1, None)
    if value == LOT_UPCOMING:
        return (("opens", asked_at + 1, None),)
    return ()


def aggregation(asked_at: int) -> dict[str, Any]:
    """Counts of both values in one aggregation, in the words that both engines share."""
    later = asked_at + 1
    begun = [{"key": LOT_OPEN, "to": later}, {"key": LOT_UPCOMING, "from": later}]
    return {
        "range": {"field": "closes", "ranges": [{"key": "not over", "from": later}]},
        "aggs": {"opens": {"range": {"field": "opens", "ranges": begun}}},
    }


def counted(answer: Mapping[str, Any]) -> dict[str, int]:
    """Value to count, from what either engine answers to `aggregation`."""
    counts: dict[str, int] = {}
    for outer in _buckets(answer):
        if outer["key"] != "not over":
            continue  # Tantivy adds the ranges that were not asked for
        for inner in _buckets(outer["opens"]):
            counts[inner["key"]] = inner["doc_count"]
    return {value: counts.get(value, 0) for value in (LOT_OPEN, LOT_UPCOMING)}


def _buckets(answer: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    buckets: Iterable[Mapping[str, Any]] = answer["buckets"]
    return buckets
