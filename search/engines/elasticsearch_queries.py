"""The words of Elasticsearch: mapping, settings, bulk lines and the request of a question."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from search import documents, traits
from search.alternatives import StandIn
from search.documents import INDEX_VERSION, NUMBERS, SORT_KEYS, STORED_FACETS, ListingDocument
from search.engines import elasticsearch_facets as facets
from search.engines.base import Change
from search.engines.conditions import FILTER_KEYWORDS, FILTER_STREAMS, favoured_clauses, favoured_lookups, say
from search.engines.elasticsearch_filters import QueryDsl
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
KEYWORD_FIELDS = (*STORED_FACETS, "numbers", "number_prefixes", "names", *FILTER_KEYWORDS)
VECTOR = "vector"
DIMENSIONS = 384
CANDIDATES = 3
"""Of each wanted neighbour so many are looked at: the graph then misses few of the nearest."""
VERSION_TYPE = "external_gte"
ID = "id"
ANSWERED = "pit_id,hits.total,hits.hits._score,hits.hits.sort,hits.hits.fields,aggregations"
"""What an answer is read for; the server leaves out the rest, which is half of it."""

SETTINGS: dict[str, Any] = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "gc_deletes": "1h",  # a removal outlives every late writer
    "refresh_interval": "1s",
    "max_result_window": 10_000,
}
MAPPINGS: dict[str, Any] = {
    "dynamic": "strict",
    "_meta": {"version": INDEX_VERSION},
    "_source": {"excludes": [*TEXT_FIELDS, *KEYWORD_FIELDS, VECTOR]},
    "properties": {
        ID: {"type": "long"},
        **{name: {"type": "long"} for name in (*NUMBERS, *SORT_KEYS)},
        traits.FIELD: {"type": "long", "index": False},
        **{name: {"type": "text", "analyzer": "whitespace", "index_options": "positions"} for name in TEXT_FIELDS},
        **{name: {"type": "keyword"} for name in KEYWORD_FIELDS},
        VECTOR: {
            "type": "dense_vector",
            "dims": DIMENSIONS,
            "similarity": "dot_product",
            "index_options": {"type": "int8_hnsw"},
        },
    },
}


def alias_for_changes(index: str) -> str:
    """The index's own alias, from its first day to its last; changes name it, for a bulk request to a name makes an index."""
    return f"{index}-changes"


def operations(changes: Sequence[Change]) -> Iterator[dict[str, Any]]:
    """Bulk lines; every one carries the listing's own version."""
    streams = iter(documents.text_streams_of([one for one in changes if isinstance(one, ListingDocument)]))
    for change in changes:
        header = {"_id": str(change.id), "version": change.version, "version_type": VERSION_TYPE}
        if isinstance(change, ListingDocument):
            yield {"index": header}
            yield _fields(change, next(streams))
        else:
            yield {"delete": header}


def _fields(document: ListingDocument, streams: dict[str, str]) -> dict[str, Any]:
    return {
        ID: document.id,
        **documents.numeric_values(document),
        **documents.sort_keys(document),
        traits.FIELD: traits.packed(document),
        **streams,
        **documents.facet_values(document),
        "numbers": documents.number_keys(document),
        "number_prefixes": documents.number_beginnings(document),
        "names": documents.name_keys(document),
        "ipc_group": documents.class_groups(document),
        **({VECTOR: _numbers(document.vector)} if document.vector else {}),
    }


def request(query: SearchQuery, size: int) -> dict[str, Any]:
    """Arguments of client.search; filters act after the counts, so that each facet still shows its other values."""
    by_score = query.is_sorted_by_score
    return {
        "query": _bounded(query, _fulfilling(query)),
        "post_filter": {"bool": {"filter": facets.filters(query)}},
        "aggregations": facets.aggregations(query) if query.counts_facets else {},
        "sort": ["_score", {"recency": "desc"}] if by_score else [{"recency": "desc"}],
        "size": size,
        **_told(*((ID, traits.FIELD) if by_score else (ID,))),
        "track_total_hits": True,
        "track_scores": by_score,
    }


def _told(*fields: str) -> dict[str, Any]:
    """What the answer says of each hit: columns alone, for the `_id` of 250 hits means unpacking 250 stored rows."""
    return {"stored_fields": "_none_", "docvalue_fields": list(fields), "filter_path": ANSWERED}


def _fulfilling(query: SearchQuery) -> dict[str, Any]:
    """The free words, and what must be fulfilled besides."""
    matching = _matching(query) if query.has_words else {"match_all": {"boost": 0.0}}
    if query.where is None:
        return matching
    favoured = [_exactly(*one) for one in favoured_lookups(query)] + [
        _best_field(one) for one in favoured_clauses(query)
    ]
    return {"bool": {"must": [matching], "filter": [say(query.where, QueryDsl(query.asked_at))], "should": favoured}}


def _bounded(query: SearchQuery, matching: dict[str, Any]) -> dict[str, Any]:
    """Only some listings, or without some."""
    if query.only is None and not query.without:
        return matching
    only = [] if query.only is None else [_among(query.only)]
    return {"bool": {"must": [matching], "filter": only, "must_not": [_among(query.without)]}}


def _among(ids: Sequence[int]) -> dict[str, Any]:
    return {"terms": {ID: list(ids)}}


def nearest_request(vector: bytes, limit: int, least: float) -> dict[str, Any]:
    """Arguments of client.search for the nearest vectors; the score of a hit is (1 + cosine) / 2."""
    asked = {"field": VECTOR, "query_vector": _numbers(vector), "k": limit, "num_candidates": limit * CANDIDATES}
    known = _told(ID, traits.FIELD)
    return {"knn": asked | {"similarity": least}, "size": limit, "track_total_hits": False, **known}


def hits_of(answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The hits of an answer; of one without any the server leaves the list out too."""
    hits: Sequence[Mapping[str, Any]] = answer.get("hits", {}).get("hits", ())
    return hits


def id_of(hit: Mapping[str, Any]) -> int:
    """The listing's id."""
    return int(hit["fields"][ID][0])


def traits_of(hit: Mapping[str, Any]) -> int:
    """What a hit of these two requests tells of the listing, packed."""
    return int(hit["fields"][traits.FIELD][0])


def cosine(score: float) -> float:
    """The cosine that the server's score tells."""
    return 2 * score - 1


def _numbers(vector: bytes) -> list[float]:
    return list(struct.unpack(f"<{DIMENSIONS}f", vector))


def _matching(query: SearchQuery) -> dict[str, Any]:
    ways = [_exactly(*one) for one in lookups(query)]
    if query.terms or query.characters:
        ways.append(_words(query))
    if query.near:
        ways.append({"constant_score": {"filter": _among(query.near), "boost": 0.0}})
    return _any_of(ways, 1)


def _exactly(field: str, key: str, score: float) -> dict[str, Any]:
    return {"constant_score": {"filter": {"term": {field: key}}, "boost": score}}


def _words(query: SearchQuery) -> dict[str, Any]:
    """Some of the telling terms; everything else that is found adds to the score."""
    telling, others, least = required(query)
    others_for = stand_ins(query, telling)
    some = _any_of([_clause(one, others_for.get(one[0], [])) for one in telling], least)
    return {"bool": {"must": [some], "should": [_best_field(one) for one in others]}}


def _clause(clause: Clause, others: Sequence[StandIn]) -> dict[str, Any]:
    """The term itself or what stands in for it, whichever is worth more."""
    itself = _best_field(clause)
    return _highest([itself, *map(_standing_in, others)], 0.0) if others else itself


def _standing_in(other: StandIn) -> dict[str, Any]:
    in_one_field = _highest([_all_in(field, other) for field in FIELD_WEIGHTS], TIE_BREAKER)
    finest = [_best_field((one, SUPPORT_FIELDS)) for one in other.characters]
    return {"bool": {"must": [in_one_field], "should": finest, "boost": other.weight}}


def _all_in(field: str, other: StandIn) -> dict[str, Any]:
    scored = [{"term": {field: {"value": one, "boost": FIELD_WEIGHTS[field]}}} for one in other.scored]
    return {"bool": {"must": scored, "filter": [{"term": {field: one}} for one in other.shared]}}


def _highest(queries: list[dict[str, Any]], tie_breaker: float) -> dict[str, Any]:
    return {"dis_max": {"tie_breaker": tie_breaker, "queries": queries}}


def _best_field(clause: Clause) -> dict[str, Any]:
    term, weights = clause
    fields = [{"term": {field: {"value": term, "boost": weight}}} for field, weight in weights.items()]
    return fields[0] if len(fields) == 1 else _highest(fields, TIE_BREAKER)


def _any_of(queries: list[dict[str, Any]], minimum: int) -> dict[str, Any]:
    return {"bool": {"should": queries, "minimum_should_match": minimum}}


def versions_request(after_id: int, limit: int) -> dict[str, Any]:
    """Arguments of client.search for the next ids and versions."""
    return {
        "query": {"range": {ID: {"gt": after_id}}},
        "sort": [{ID: "asc"}],
        "size": limit,
        "source": False,
        "version": True,
        "track_total_hits": False,
    }
