"""Groups of words that mean the same, and the question with its alternatives. Pure: no database, no clock.

Words of a group find each other; they also find its narrower words, which do not find them back: who asks for seals finds
sealing rings, who asks for sealing rings does not find every seal.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from search import analysis
from search.alternatives import Alternative
from search.query import SearchQuery

SHIPPED = Path(__file__).parents[1] / "data" / "synonyms.csv"
BETWEEN_WORDS = "|"
SAME_WEIGHT = 0.5
NARROWER_WEIGHT = 0.35
MAXIMUM_ALTERNATIVES = 12  # of one question: each is looked for in every field


@dataclass(frozen=True)
class Group:
    """`words` mean the same; `narrower` are kinds of it. `code` names the group for good."""

    code: str
    words: tuple[str, ...]
    narrower: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Word:
    terms: frozenset[str]
    ordered: tuple[str, ...]
    group: Group
    own: str

    def is_in(self, asked: frozenset[str], told: str) -> bool:
        """Pairs of a Chinese word must stand together in what was asked; English words may stand apart."""
        return self.terms <= asked and (self.own.isascii() or _written_together(self.own) in told)


def _written_together(text: str) -> str:
    return "".join(analysis.fold(text).split())


class Dictionary:
    """Groups, found by the terms of a question."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.groups = {group.code: group for group in groups}
        by_first: dict[str, list[_Word]] = defaultdict(list)
        for group in self.groups.values():
            for word in group.words:
                ordered = told_terms(word)
                if ordered:
                    by_first[ordered[0]].append(_Word(frozenset(ordered), ordered, group, word))
        self._by_first: Mapping[str, list[_Word]] = by_first

    def expanded(self, query: SearchQuery) -> SearchQuery:
        """The question with the alternatives of its words; a word inside a longer known one does not count."""
        asked = frozenset(query.terms)
        told = _written_together(query.text)
        held = [word for term in query.terms for word in self._by_first.get(term, ()) if word.is_in(asked, told)]
        whole = [word for word in held if not any(word.terms < other.terms for other in held)]
        found: dict[tuple[str, ...], Alternative] = {}
        for word in whole:
            for other, weight in _others(word):
                one = _alternative(word, other, weight)
                found.setdefault(one.terms, one)
        wanted = tuple(one for one in found.values() if not asked.issuperset(one.terms))
        return replace(query, alternatives=wanted[:MAXIMUM_ALTERNATIVES]) if wanted else query


def _others(word: _Word) -> list[tuple[str, float]]:
    same = [(other, SAME_WEIGHT) for other in word.group.words if other != word.own]
    return same + [(other, NARROWER_WEIGHT) for other in word.group.narrower]


@cache
def _analysed(text: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    return told_terms(text), tuple(dict.fromkeys(analysis.characters(text))), " ".join(analysis.fold(text).split())


def _alternative(word: _Word, other: str, weight: float) -> Alternative:
    terms, characters, folded = _analysed(other)
    return Alternative(word.ordered, terms, characters, folded, weight)


def told_terms(word: str) -> tuple[str, ...]:
    """What a word is looked for by: its terms but for characters that stand alone (灯 in LED灯), none twice."""
    return tuple(dict.fromkeys(term for term in analysis.terms(word) if not analysis.is_single_character(term)))


def overlaid(shipped: Iterable[Group], changed: Mapping[str, Group | None]) -> list[Group]:
    """The shipped groups as they were changed: replaced, taken out (None), and new ones."""
    groups: dict[str, Group | None] = {group.code: group for group in shipped}
    groups.update(changed)
    return [group for group in groups.values() if group is not None]


@cache
def shipped_groups() -> tuple[Group, ...]:
    """The groups that ship with the platform."""
    with SHIPPED.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return tuple(Group(row["code"], split(row["words"]), split(row["narrower"])) for row in rows)


@cache
def shipped_dictionary() -> Dictionary:
    """The dictionary as it ships, for measurements that have no database."""
    return Dictionary(shipped_groups())


def split(text: str) -> tuple[str, ...]:
    """The words of a cell or a field, in order, none twice."""
    return tuple(dict.fromkeys(word.strip() for word in text.split(BETWEEN_WORDS) if word.strip()))
