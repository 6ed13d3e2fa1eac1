"""What tells of a question: keys, of which a listing must have some to be found by it.

The keys only narrow down which questions are asked of a listing; whether it is a hit, the ordinary query decides. So
they may admit too much, never too little: `tests/unit/test_saved_search_keys.py` holds that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from search import analysis, documents, ranking
from search.documents import INDEX_VERSION, ListingDocument
from search.query import SearchQuery
from search.synonyms.dictionary import Dictionary
from search.syntax.fields import IPC_GROUP
from search.syntax.tree import And, Condition, Not, Number, Or, Phrase, Range, Term, Words

SCHEME = 2
"""Raise when the keys of a question or of a listing are made otherwise."""
ANY = "any"
"""The key that every listing has: of questions that nothing narrows down."""
_SELECTIVE = (
    IPC_GROUP,
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
    "free_trial",
    "open_licence",
    "way",
)
"""Facets and other keywords by how few listings have a value."""
_FIRST_SELECTIVE = 4
NUMBERED, SEVERAL_WORDS, FEW_WORDS, NARROW_FACET, ANY_WORD, FACET, NOTHING = range(6, -1, -1)
"""How much keys narrow down, best first: a question is kept under the best that it has."""
_FEW = 3


@dataclass(frozen=True)
class Telling:
    """Keys with their weights; a listing must have keys of the weight `needs` in all. `grade`: how much they narrow down."""

    weights: dict[str, int]
    needs: int
    grade: int

    @property
    def hashed(self) -> dict[int, int]:
        """The keys as they are kept."""
        return {_hash(key): weight for key, weight in self.weights.items()}


_NARROWS_NOTHING = Telling({ANY: 1}, 1, NOTHING)


def derivation(dictionary: Dictionary) -> str:
    """Names the way in which keys are made now, synonyms included; questions that were derived otherwise are derived anew."""
    groups = sorted(map(repr, dictionary.groups.values()))
    return f"{SCHEME}.{INDEX_VERSION}.{hashlib.sha256(repr(groups).encode()).hexdigest()[:16]}"


def keys_of_question(query: SearchQuery) -> Telling:
    """The keys under which a question is kept: of all that a hit has to fulfil, what narrows down most."""
    all_fulfilled = [_one_of(facet, values) for facet, values in query.filters]
    if query.where is not None:
        all_fulfilled.append(_of_condition(query.where))
    if query.has_words:
        all_fulfilled.append(_of_words(query))
    return _best(all_fulfilled)


def keys_of_listing(document: ListingDocument) -> set[int]:
    """All keys that a listing has."""
    words = {token for stream in documents.text_streams(document).values() for token in stream.split(" ")}
    keywords = {
        "numbers": documents.number_keys(document),
        "number_prefixes": documents.number_beginnings(document),
        "names": documents.name_keys(document),
        IPC_GROUP: documents.class_groups(document),
        **documents.facet_values(document),
    }
    keys = [f"{field}:{value}" for field, values in keywords.items() for value in values]
    return {_hash(key) for key in (ANY, *keys, *(f"word:{one}" for one in words))}


def _best(all_fulfilled: Iterable[Telling]) -> Telling:
    return max(all_fulfilled, key=lambda one: one.grade, default=_NARROWS_NOTHING)


def _of_words(query: SearchQuery) -> Telling:
    """Its telling terms, of which it asks for some, what may stand in for them, and its numbers and names: one is enough."""
    telling, _, needs = ranking.required(query)
    weights = {f"word:{term}": 1 for term, _ in telling}
    needs = max(1, needs)
    for others in ranking.stand_ins(query, telling).values():
        for other in others:
            key = f"word:{other.scored[0]}"
            weights[key] = min(needs, weights.get(key, 0) + 1)
    weights |= {f"{field}:{key}": needs for field, key, _ in ranking.lookups(query)}
    return Telling(weights, needs, _grade(needs, len(weights)))


def _grade(needs: int, keys: int) -> int:
    if needs > 1:
        return SEVERAL_WORDS
    return FEW_WORDS if keys <= _FEW else ANY_WORD


def _one_of(field: str, values: Iterable[str]) -> Telling:
    """One of the values of a facet; a facet that follows from the time of the question narrows nothing down."""
    if field not in _SELECTIVE:
        return _NARROWS_NOTHING
    grade = NARROW_FACET if _SELECTIVE.index(field) < _FIRST_SELECTIVE else FACET
    return Telling({f"{field}:{value}": 1 for value in values}, 1, grade)


def _of_condition(condition: Condition) -> Telling:
    if isinstance(condition, And):
        return _best(map(_of_condition, condition.parts))
    if isinstance(condition, Or):
        return _of_alternatives([_of_condition(part) for part in condition.parts])
    if isinstance(condition, Words | Phrase):
        return _all_terms(condition)
    if isinstance(condition, Number):
        keys = [f"numbers:{key}" for key in condition.exact]
        keys += [f"number_prefixes:{key}" for key in condition.beginnings]
        return Telling(dict.fromkeys(keys, 1), 1, NUMBERED) if keys else _NARROWS_NOTHING
    if isinstance(condition, Term):
        return _one_of(condition.facet, condition.values)
    assert isinstance(condition, Range | Not)
    return _NARROWS_NOTHING


def _all_terms(condition: Words | Phrase) -> Telling:
    """Every term has to be held; where a character stands alone among them, their finest tokens do."""
    terms = set(condition.terms)
    if any(map(analysis.is_single_character, terms)):
        if condition.fields:
            terms = {term for term in terms if not analysis.is_single_character(term)}
        elif isinstance(condition, Phrase) and len(condition.terms) > 1:
            terms = set(analysis.characters(condition.text))
    if not terms:
        return _NARROWS_NOTHING
    return Telling({f"word:{term}": 1 for term in terms}, len(terms), _grade(len(terms), len(terms)))


def _of_alternatives(parts: list[Telling]) -> Telling:
    """One of the parts is fulfilled: of each so many keys that whoever fulfils it has at least one of them."""
    weights: dict[str, int] = {}
    for part in parts:
        spare = part.needs - 1
        ordered = sorted(part.weights.items(), key=lambda item: (len(item[0]), item[0]))
        for key, weight in ordered:
            if weight <= spare:
                spare -= weight
            else:
                weights[key] = 1
    return Telling(weights, 1, min(_grade(1, len(weights)), *(part.grade for part in parts)))


def _hash(key: str) -> int:
    """A signed number of 64 bits; two keys with the same number only let a question be asked in vain."""
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
