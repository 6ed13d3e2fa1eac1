"""The words of Tantivy: schema, documents and the question as a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import tantivy
from tantivy import Occur, Query

from search import documents, traits
from search.alternatives import StandIn
from search.documents import NUMBERS, SORT_KEYS, STORED_FACETS, ListingDocument
from search.engines.base import Change
from search.engines.conditions import FILTER_KEYWORDS, FILTER_STREAMS, favoured_clauses, favoured_lookups, say
from search.engines.embedded_facets import chosen
from search.engines.embedded_filters import Tantivy
from search.query import SearchQuery
from search.ranking import (
    CHARACTER_FIELD,
    FIELD_WEIGHTS,
    SUPPORT_FIELDS,
    TIE_BREAKER,
    Clause,
    lookups,
    required,
    stand_ins,
)

TEXT_FIELDS = (*FIELD_WEIGHTS, CHARACTER_FIELD, *FILTER_STREAMS)
LOOKUP_FIELDS = ("numbers", "number_prefixes", "names", *FILTER_KEYWORDS)
PRESENT = 1
REMOVED = 0
MAXIMUM_ID = (1 << 63) - 1
ANALYSED_TOGETHER = 100


def _schema() -> tantivy.Schema:
    """A removed listing stays as a row with `present` 0 and its version, which tells a late older change."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    builder.add_unsigned_field("version", fast=True)
    builder.add_unsigned_field("present", indexed=True, fast=True)
    for name in (*NUMBERS, *SORT_KEYS):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    builder.add_unsigned_field(traits.FIELD, fast=True)
    for name in TEXT_FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in STORED_FACETS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in LOOKUP_FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    return builder.build()


SCHEMA = _schema()


def rows(changes: Sequence[Change]) -> Iterator[tantivy.Document]:
    """The rows of listings or of their removals, in order; what they hold is analysed in blocks."""
    for start in range(0, len(changes), ANALYSED_TOGETHER):
        block = changes[start : start + ANALYSED_TOGETHER]
        streams = iter(documents.text_streams_of([one for one in block if isinstance(one, ListingDocument)]))
        for change in block:
            yield _row(change, next(streams) if isinstance(change, ListingDocument) else {})


def _row(change: Change, streams: dict[str, str]) -> tantivy.Document:
    if not isinstance(change, ListingDocument):
        removed = {"id": change.id, "version": change.version, "present": REMOVED} | dict.fromkeys(SORT_KEYS, 0)
        return tantivy.Document.from_dict(removed, SCHEMA)
    facets = {facet: list(values) for facet, values in documents.facet_values(change).items()}
    lookup_keys = {
        "numbers": documents.number_keys(change),
        "number_prefixes": documents.number_beginnings(change),
        "names": documents.name_keys(change),
        "ipc_group": documents.class_groups(change),
    }
    fields: dict[str, Any] = {
        "id": change.id,
        "version": change.version,
        "present": PRESENT,
        **documents.numeric_values(change),
        **documents.sort_keys(change),
        traits.FIELD: traits.packed(change),
        **streams,
        **facets,
        **{name: " ".join(keys) for name, keys in lookup_keys.items()},
    }
    return tantivy.Document.from_dict(fields, SCHEMA)


def question(query: SearchQuery, without: str | None = None) -> Query:
    """The whole question; `without` leaves the filter of one facet aside."""
    parts = [(Occur.Must, _scored(Query.term_query(SCHEMA, "present", PRESENT), 0.0))]
    if query.has_words:
        parts.append((Occur.Must, _matching(query)))
    if query.where is not None:
        parts.append((Occur.Must, _scored(say(query.where, Tantivy(SCHEMA, query.asked_at)), 0.0)))
        parts += ((Occur.Should, one) for one in _favoured(query))
    for facet, values in query.filters:
        if facet != without:
            parts.append((Occur.Must, _scored(chosen(SCHEMA, facet, values, query.asked_at), 0.0)))
    if query.only is not None:
        parts.append((Occur.Must, _scored(_among(query.only), 0.0)))
    if query.without:
        parts.append((Occur.MustNot, _among(query.without)))
    return Query.boolean_query(parts)


def _favoured(query: SearchQuery) -> Iterator[Query]:
    for field, key, score in favoured_lookups(query):
        yield _scored(Query.term_query(SCHEMA, field, key), score)
    yield from map(_best_field, favoured_clauses(query))


def _among(ids: Iterable[int]) -> Query:
    return Query.term_set_query(SCHEMA, "id", list(ids))


def _scored(query: Query, score: float) -> Query:
    return Query.const_score_query(query, score)


def _matching(query: SearchQuery) -> Query:
    ways = [_scored(Query.term_query(SCHEMA, field, key), score) for field, key, score in lookups(query)]
    if query.terms or query.characters:
        ways.append(_words(query))
    if query.near:
        ways.append(_scored(_among(query.near), 0.0))
    return _any_of(ways, 1)


def _words(query: SearchQuery) -> Query:
    """Some of the telling terms; everything else that is found adds to the score."""
    telling, others, least = required(query)
    others_for = stand_ins(query, telling)
    some = _any_of((_clause(one, others_for.get(one[0], [])) for one in telling), least)
    return Query.boolean_query([(Occur.Must, some), *((Occur.Should, _best_field(one)) for one in others)])


def _clause(clause: Clause, others: Sequence[StandIn]) -> Query:
    """The term itself or what stands in for it, whichever is worth more."""
    itself = _best_field(clause)
    return Query.disjunction_max_query([itself, *map(_standing_in, others)], 0.0) if others else itself


def _standing_in(other: StandIn) -> Query:
    in_one_field = Query.disjunction_max_query([_all_in(field, other) for field in FIELD_WEIGHTS], TIE_BREAKER)
    finest = [(Occur.Should, _best_field((one, SUPPORT_FIELDS))) for one in other.characters]
    return Query.boost_query(Query.boolean_query([(Occur.Must, in_one_field), *finest]), other.weight)


def _all_in(field: str, other: StandIn) -> Query:
    scored = [Query.boost_query(_term(field, one), FIELD_WEIGHTS[field]) for one in other.scored]
    shared = [_scored(_term(field, one), 0.0) for one in other.shared]
    return Query.boolean_query([(Occur.Must, one) for one in (*scored, *shared)])


def _term(field: str, term: str) -> Query:
    return Query.term_query(SCHEMA, field, term, index_option="freq")


def _best_field(clause: Clause) -> Query:
    term, weights = clause
    fields = [
        Query.boost_query(Query.term_query(SCHEMA, field, term, index_option="freq"), weight)
        for field, weight in weights.items()
    ]
    return fields[0] if len(fields) == 1 else Query.disjunction_max_query(fields, TIE_BREAKER)


def _any_of(queries: Iterable[Query], minimum: int) -> Query:
    return Query.boolean_query([(Occur.Should, one) for one in queries], minimum_number_should_match=minimum)


def row_of(listing_id: int) -> Query:
    """The row of one listing, present or removed."""
    return Query.term_query(SCHEMA, "id", listing_id)


def known_versions(searcher: tantivy.Searcher, ids: set[int]) -> dict[int, int]:
    """Version of each of the listings that the index knows, removed ones too."""
    if not searcher.num_docs:
        return {}
    found = searcher.search(Query.term_set_query(SCHEMA, "id", sorted(ids)), len(ids), count=False)
    return dict(_id_and_version(searcher, found))


def versions(searcher: tantivy.Searcher, after_id: int, limit: int) -> list[tuple[int, int]]:
    """(id, version) of the next listings that are present, by id."""
    if not searcher.num_docs:
        return []
    later = Query.range_query(SCHEMA, "id", tantivy.FieldType.Unsigned, after_id + 1, MAXIMUM_ID)
    present = Query.term_query(SCHEMA, "present", PRESENT)
    wanted = Query.boolean_query([(Occur.Must, later), (Occur.Must, present)])
    found = searcher.search(wanted, limit, count=False, order_by_field="id", order=tantivy.Order.Asc)
    return _id_and_version(searcher, found)


def _id_and_version(searcher: tantivy.Searcher, found: tantivy.SearchResult) -> list[tuple[int, int]]:
    addresses = [address for _, address in found.hits]
    ids = searcher.fast_field_values("id", addresses)
    known = searcher.fast_field_values("version", addresses)
    return [(int(one or 0), int(version or 0)) for one, version in zip(ids, known, strict=True)]
