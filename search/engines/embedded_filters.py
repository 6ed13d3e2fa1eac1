"""Conditions of a question in the words of Tantivy."""

from __future__ import annotations

from collections.abc import Sequence

import tantivy
from tantivy import FieldType, Occur, Query

from search.documents import AUCTION
from search.engines import embedded_facets


class Tantivy:
    """Implements conditions.Language."""

    def __init__(self, schema: tantivy.Schema, asked_at: int) -> None:
        self._schema = schema
        self._asked_at = asked_at

    def keyword(self, field: str, values: Sequence[str]) -> Query:
        if field == AUCTION:
            return embedded_facets.chosen(self._schema, field, values, self._asked_at)
        return Query.term_set_query(self._schema, field, list(values))

    def term(self, field: str, term: str) -> Query:
        return Query.term_query(self._schema, field, term, index_option="basic")

    def containing(self, field: str, character: str) -> Query:
        return Query.regex_query(self._schema, field, f"{character}.?|.{character}")

    def side_by_side(self, field: str, terms: Sequence[str]) -> Query:
        return Query.phrase_query(self._schema, field, list(terms))

    def between(self, field: str, low: int | None, high: int | None) -> Query:
        return Query.range_query(self._schema, field, FieldType.Unsigned, low, high)

    def all_of(self, parts: Sequence[Query]) -> Query:
        return Query.boolean_query([(Occur.Must, one) for one in parts])

    def any_of(self, parts: Sequence[Query]) -> Query:
        return Query.boolean_query([(Occur.Should, one) for one in parts])

    def none_of(self, part: Query) -> Query:
        return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, part)])
