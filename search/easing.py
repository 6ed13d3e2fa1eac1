"""Ways out of a list that holds nothing: which choice to take back, and how much is there then at least."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from search import pages
from search.engines.base import SearchAnswer
from search.facet_texts import TITLES, value_label
from search.query import SearchQuery

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Easing:
    """Without this facet's choice (`title`, `values` in words) the list holds `at_least` so many."""

    title: str
    values: str
    at_least: int
    url: str


def easings(query: SearchQuery, answer: SearchAnswer, names: Mapping[str, str], translate: Translate) -> list[Easing]:
    """One for each facet whose choice alone empties the list, most hits first; no further question is asked.

    A facet's own counts leave its choice aside, so that its largest count is found without it. A facet that counts
    nothing would help nobody.
    """
    if answer.total:
        return []
    found = []
    for facet, values in query.filters:
        at_least = max((one.count for one in answer.facets.get(facet, ())), default=0)
        if at_least:
            told = "、".join(value_label(facet, one, names, translate) for one in values)
            url = pages.address(query.with_filter(facet, ()))
            found.append(Easing(translate(TITLES[facet]), told, at_least, url))
    return sorted(found, key=lambda one: -one.at_least)
