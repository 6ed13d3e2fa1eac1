"""Conditions of a question in the words of Elasticsearch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search.documents import AUCTION
from search.engines import elasticsearch_facets

Made = dict[str, Any]


class QueryDsl:
    """Implements conditions.Language."""

    def __init__(self, asked_at: int) -> None:
        self._asked_at = asked_at

    def keyword(self, field: str, values: Sequence[str]) -> Made:
        if field == AUCTION:
            return elasticsearch_facets.chosen(field, values, self._asked_at)
        return {"terms": {field: list(values)}}

    def term(self, field: str, term: str) -> Made:
        return {"term": {field: term}}

    def containing(self, field: str, character: str) -> Made:
        return {"regexp": {field: {"value": f"{character}.?|.{character}"}}}

    def side_by_side(self, field: str, terms: Sequence[str]) -> Made:
        return {"match_phrase": {field: {"query": " ".join(terms), "analyzer": "whitespace"}}}

    def between(self, field: str, low: int | None, high: int | None) -> Made:
        bounds = {name: bound for name, bound in (("gte", low), ("lte", high)) if bound is not None}
        return {"range": {field: bounds}}

    def all_of(self, parts: Sequence[Made]) -> Made:
        return {"bool": {"filter": list(parts)}}

    def any_of(self, parts: Sequence[Made]) -> Made:
        return {"bool": {"should": list(parts), "minimum_should_match": 1}}

    def none_of(self, part: Made) -> Made:
        return {"bool": {"must_not": [part]}}
