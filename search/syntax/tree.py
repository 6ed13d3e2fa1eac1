"""What a listing must fulfil: a tree of conditions that every engine carries out as a filter.

Trees are made by `all_of`, `any_of` and `opposite`, which leave no And inside an And, no Or inside an Or, no part twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ALL_QUOTES = frozenset('"“”＂„「」『』')


@dataclass(frozen=True)
class Words:
    """Every term is held, in whichever of the fields; without fields, anywhere. `text` is what was written."""

    fields: tuple[str, ...]
    text: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Phrase:
    """The terms stand side by side in one of the fields; without fields, anywhere."""

    fields: tuple[str, ...]
    text: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Number:
    """One of the listing's numbers is among the exact keys or begins with one of `beginnings`."""

    text: str
    exact: tuple[str, ...]
    beginnings: tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """The listing has one of the values in a facet."""

    facet: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Range:
    """The numeric field lies between the bounds, both included; None = no bound. One without a value lies nowhere."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Not:
    """The part is not fulfilled."""

    part: Condition


@dataclass(frozen=True)
class And:
    """All parts are fulfilled."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Or:
    """One of the parts is fulfilled."""

    parts: tuple[Condition, ...]


Leaf = Words | Phrase | Number | Term | Range
Condition = Leaf | Not | And | Or


def all_of(parts: Iterable[Condition]) -> Condition:
    """The parts together; at least one is given."""
    flat = dict.fromkeys(one for part in parts for one in (part.parts if isinstance(part, And) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Condition]) -> Condition:
    """The parts as alternatives; at least one is given."""
    flat = dict.fromkeys(one for part in parts for one in (part.parts if isinstance(part, Or) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else Or(tuple(flat))


def opposite(part: Condition) -> Condition:
    """The contrary. Excluded words are excluded where they stand side by side, so that no more falls away than was meant."""
    if isinstance(part, Not):
        return part.part
    if isinstance(part, Words):
        return Not(Phrase(part.fields, unquoted(part.text), part.terms))
    return Not(part)


def unquoted(text: str) -> str:
    """The text of a phrase: without further quotes, one blank between its parts."""
    return " ".join("".join(" " if sign in ALL_QUOTES else sign for sign in text).split())


def leaves(condition: Condition | None) -> Iterator[tuple[Leaf, bool]]:
    """Every leaf from left to right, and whether it is asked for (True) or excluded."""
    yield from _leaves(condition, asked_for=True) if condition is not None else ()


def _leaves(condition: Condition, *, asked_for: bool) -> Iterator[tuple[Leaf, bool]]:
    if isinstance(condition, Not):
        yield from _leaves(condition.part, asked_for=not asked_for)
    elif isinstance(condition, And | Or):
        for part in condition.parts:
            yield from _leaves(part, asked_for=asked_for)
    else:
        yield condition, asked_for


def depth(condition: Condition | None) -> int:
    """How many levels of And, Or and Not stand above the deepest leaf."""
    if isinstance(condition, Not):
        return 1 + depth(condition.part)
    if isinstance(condition, And | Or):
        return 1 + max(map(depth, condition.parts))
    return 0
