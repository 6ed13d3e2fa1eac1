"""Other words for what a question asks: a listing that holds them is found as if it held the words themselves, for less.

An alternative stands in for clauses of the question, never beside them: how many clauses must be held stays what it is,
and a listing that holds both words gains nothing by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Alternative:
    """`terms` (all of them in one field) may stand for `source`, a word of the question by its terms.

    `characters` are the finest tokens of the alternative, `text` is its folded writing, `weight` (below 1) its worth
    beside the word itself.
    """

    source: tuple[str, ...]
    terms: tuple[str, ...]
    characters: tuple[str, ...]
    text: str
    weight: float


@dataclass(frozen=True)
class StandIn:
    """What stands in for one clause: `scored` terms count `weight` times, `shared` ones, which the question asks for
    anyway, are only required; `characters` add as those of the question do.
    """

    scored: tuple[str, ...]
    shared: tuple[str, ...]
    characters: tuple[str, ...]
    weight: float


def stand_ins(
    alternatives: Iterable[Alternative],
    telling: Collection[str],
    asked: tuple[Collection[str], Collection[str]],
    *,
    each: bool,
) -> Mapping[str, list[StandIn]]:
    """For each of the telling terms what may stand in for it.

    `asked` are the terms and the characters of the question. `each`: more than one clause must be held, so that the
    alternative stands in for each term of its word and its worth is divided among them; otherwise for the first one.
    A word of more terms than the word itself has counts less by the root of their ratio, one of fewer terms more.
    """
    terms, characters = asked
    found: dict[str, list[StandIn]] = {}
    for one in alternatives:
        places = [term for term in one.source if term in telling and term not in one.terms]
        scored = tuple(term for term in one.terms if term not in terms)
        if not places or not scored:
            continue
        worth = one.weight * (len(places) / len(scored)) ** 0.5
        places = places if each else places[:1]
        shared = tuple(term for term in one.terms if term in terms)
        finest = tuple(single for single in one.characters if single not in characters)
        for term in places:
            found.setdefault(term, []).append(StandIn(scored, shared, finest, worth / len(places)))
    return found
