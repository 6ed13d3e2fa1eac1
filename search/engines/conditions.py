"""Conditions of a question in the few words that an index knows; each engine says these words in its own language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from search import analysis
from search.documents import NAME_STREAMS
from search.query import SearchQuery
from search.ranking import (
    CHARACTER_FIELD,
    CHARACTER_WEIGHT,
    EXACT_NAME_SCORE,
    EXACT_NUMBER_SCORE,
    FIELD_WEIGHTS,
    Clause,
)
from search.syntax.fields import IPC_GROUP
from search.syntax.tree import And, Condition, Not, Number, Or, Phrase, Range, Term, Words

Made = TypeVar("Made")
FILTER_STREAMS = NAME_STREAMS
"""Token streams that only filter."""
FILTER_KEYWORDS = (IPC_GROUP,)
"""Keywords that only filter and are no facet."""


class Language(Protocol[Made]):
    """What an index can be asked for; nothing of it adds to a score."""

    def keyword(self, field: str, values: Sequence[str]) -> Made:
        """One of the values of a facet or of another keyword."""
        ...

    def term(self, field: str, term: str) -> Made:
        """The term stands in the stream."""
        ...

    def containing(self, field: str, character: str) -> Made:
        """A character stands in the stream, alone or inside a pair."""
        ...

    def side_by_side(self, field: str, terms: Sequence[str]) -> Made:
        """Two or more terms stand side by side in the stream."""
        ...

    def between(self, field: str, low: int | None, high: int | None) -> Made:
        """The number lies between the bounds, both included."""
        ...

    def all_of(self, parts: Sequence[Made]) -> Made:
        """All parts."""
        ...

    def any_of(self, parts: Sequence[Made]) -> Made:
        """One of the parts."""
        ...

    def none_of(self, part: Made) -> Made:
        """Every listing that does not fulfil the part."""
        ...


def say(condition: Condition, language: Language[Made]) -> Made:
    """The condition in the language of an engine."""
    if isinstance(condition, And):
        return language.all_of([say(part, language) for part in condition.parts])
    if isinstance(condition, Or):
        return language.any_of([say(part, language) for part in condition.parts])
    if isinstance(condition, Not):
        return language.none_of(say(condition.part, language))
    if isinstance(condition, Words):
        return _words(condition.fields, condition.terms, language)
    if isinstance(condition, Phrase):
        return _phrase(condition, language)
    return _coded(condition, language)


def _coded(condition: Number | Term | Range, language: Language[Made]) -> Made:
    if isinstance(condition, Range):
        return language.between(condition.field, condition.low, condition.high)
    if isinstance(condition, Term):
        return language.keyword(condition.facet, condition.values)
    keys = (("numbers", condition.exact), ("number_prefixes", condition.beginnings))
    return language.any_of([language.keyword(field, values) for field, values in keys if values])


def _words(fields: Sequence[str], terms: Iterable[str], language: Language[Made]) -> Made:
    return language.all_of([_somewhere(fields, term, language) for term in dict.fromkeys(terms)])


def _somewhere(fields: Sequence[str], term: str, language: Language[Made]) -> Made:
    """A character that stands alone is inside the pairs of a stream, and for itself among the characters."""
    if not analysis.is_single_character(term):
        return language.any_of([language.term(field, term) for field in fields or FIELD_WEIGHTS])
    if not fields:
        return language.any_of([language.term(field, term) for field in (*FIELD_WEIGHTS, CHARACTER_FIELD)])
    return language.any_of([language.containing(field, term) for field in fields])


def _phrase(phrase: Phrase, language: Language[Made]) -> Made:
    if len(phrase.terms) == 1:
        return _somewhere(phrase.fields, phrase.terms[0], language)
    if not any(map(analysis.is_single_character, phrase.terms)):
        streams = phrase.fields or tuple(FIELD_WEIGHTS)
        return language.any_of([language.side_by_side(field, phrase.terms) for field in streams])
    if phrase.fields:
        return _words(phrase.fields, phrase.terms, language)
    return language.side_by_side(CHARACTER_FIELD, analysis.characters(phrase.text))


def favoured_clauses(query: SearchQuery) -> list[Clause]:
    """Words asked for in the conditions: whoever holds more of them, and in weightier fields, stands higher."""
    with_characters = {**FIELD_WEIGHTS, CHARACTER_FIELD: CHARACTER_WEIGHT}
    return [(term, with_characters if analysis.is_single_character(term) else FIELD_WEIGHTS) for term in query.favoured]


def favoured_lookups(query: SearchQuery) -> list[tuple[str, str, float]]:
    """Field, key and constant score of the numbers and names asked for in the conditions."""
    scores = {"numbers": EXACT_NUMBER_SCORE, "names": EXACT_NAME_SCORE}
    return [(field, key, scores[field]) for field, key in query.favoured_keys]
