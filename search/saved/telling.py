"""What tells of a question: keys, of which a listing must have some to be found by it.

The keys only narrow down which questions are asked of a listing; whether it is a hit, the ordinary query decides. So
they may admit too much, never too little: `tests/integration/test_saved_search_keys.py` holds that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from search import documents, ranking
from search.documents import INDEX_VERSION, ListingDocument
from search.query import SearchQuery

SCHEME = 1
"""Raise when the keys of a question or of a listing are made otherwise."""
ANY = "any"
"""The key that every listing has: of questions that nothing narrows down."""
_SELECTIVE = (
    "institution",
    "ipc_subclass",
    "ipc_class",
    "legal_status",
    "industry",
    "county",
    "trl",
    "price_band",
    "field",
    "kind",
    "stage",
    "ipc_section",
    "way",
)
"""Facets by how few listings a value has: a question without words is kept under the first one that it chooses."""


@dataclass(frozen=True)
class Telling:
    """Keys with their weights; a listing must have keys of the weight `needs` in all."""

    weights: dict[int, int]
    needs: int


def derivation() -> str:
    """Names the way in which keys are made now; questions that were derived otherwise are derived anew."""
    return f"{SCHEME}.{INDEX_VERSION}"


def keys_of_question(query: SearchQuery) -> Telling:
    """The keys under which a question is kept."""
    if query.has_words:
        return _of_words(query)
    chosen = dict(query.filters)
    for facet in _SELECTIVE:
        if facet in chosen:
            return _one_of(f"{facet}:{value}" for value in chosen[facet])
    return _one_of((ANY,))


def keys_of_listing(document: ListingDocument) -> set[int]:
    """All keys that a listing has."""
    words = {token for stream in documents.text_streams(document).values() for token in stream.split(" ")}
    keys = [f"word:{one}" for one in words]
    keys += [f"numbers:{key}" for key in documents.number_keys(document)]
    keys += [f"number_prefixes:{key}" for key in documents.number_beginnings(document)]
    keys += [f"names:{key}" for key in documents.name_keys(document)]
    keys += [f"{facet}:{one}" for facet, values in documents.facet_values(document).items() for one in values]
    return {_hash(key) for key in (*keys, ANY)}


def _of_words(query: SearchQuery) -> Telling:
    """Its telling terms, of which it asks for some, and its numbers and names, of which one is enough."""
    telling, _, needs = ranking.required(query)
    weights = {_hash(f"word:{term}"): 1 for term, _ in telling}
    needs = max(1, min(needs, len(weights)))
    lookups = {_hash(f"{field}:{key}"): needs for field, key, _ in ranking.lookups(query)}
    return Telling(weights | lookups, needs)


def _one_of(keys: Iterable[str]) -> Telling:
    return Telling({_hash(key): 1 for key in keys}, 1)


def _hash(key: str) -> int:
    """A signed number of 64 bits; two keys with the same number only let a question be asked in vain."""
    return int.from_bytes(
        hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True
    )
