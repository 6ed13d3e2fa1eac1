"""A question of an expert, eased: without its quotes, or without what joins and excludes its words."""

from __future__ import annotations

from collections.abc import Iterable

from search import analysis
from search.documents import NAME_STREAMS
from search.syntax.tree import And, Condition, Not, Number, Or, Phrase, Words, all_of, any_of, leaves
from search.syntax.writing import written


def without_quotes(free: str, where: Condition) -> str | None:
    """The question with what stands in quotes as ordinary words; None without any that quotes bind.

    Names of people and institutions stay: their words stand side by side with and without quotes. So do exclusions.
    """
    words = [free]
    others: list[Condition] = []
    for part in _parts(where):
        if isinstance(part, Phrase) and not part.fields:
            words.append(part.text)
        else:
            others.append(_unquoted(part))
    return _written(words, others) if len(words) > 1 or tuple(others) != _parts(where) else None


def without_operators(free: str, where: Condition) -> str | None:
    """The question with its joined words as free ones and without its exclusions; None where that leaves nothing or all.

    Fields and ranges stay: each of them can be taken away by itself.
    """
    words = [free]
    others: list[Condition] = []
    for part in _parts(where):
        if isinstance(part, Not):
            continue
        joined = _joined_words(part)
        words += joined
        others += [] if joined else [part]
    is_eased = len(words) > 1 or len(others) < len(_parts(where))
    return (_written(words, others) or None) if is_eased else None


def _parts(where: Condition) -> tuple[Condition, ...]:
    return where.parts if isinstance(where, And) else (where,)


def _unquoted(part: Condition) -> Condition:
    if isinstance(part, And):
        return all_of(map(_unquoted, part.parts))
    if isinstance(part, Or):
        return any_of(map(_unquoted, part.parts))
    if not isinstance(part, Phrase) or (part.fields and part.fields[0] in NAME_STREAMS):
        return part
    pieces = [(one, tuple(analysis.terms(one))) for one in part.text.split()]
    told = [Words(part.fields, piece, terms) for piece, terms in pieces if terms]
    return all_of(told) if told else part


def _joined_words(part: Condition) -> list[str]:
    """The words of a part that asks for nothing but words (a word may also be a number); empty for any other part."""
    asked_for = [leaf for leaf, is_asked_for in leaves(part) if is_asked_for]
    words = [leaf.text for leaf in asked_for if isinstance(leaf, Words) and not leaf.fields]
    numbers = [leaf.text for leaf in asked_for if isinstance(leaf, Number)]
    is_joined = bool(words) and len(words) + len(numbers) == len(asked_for)
    return list(dict.fromkeys([*words, *numbers])) if is_joined else []


def _written(words: Iterable[str], others: list[Condition]) -> str:
    return written(" ".join(filter(None, words)), all_of(map(_plain_exclusion, others)) if others else None)


def _plain_exclusion(part: Condition) -> Condition:
    """An excluded word without quotes, which reads the same."""
    if isinstance(part, Not) and isinstance(part.part, Phrase) and part.part.text.isalnum():
        return Not(Words(part.part.fields, part.part.text, part.part.terms))
    return part
