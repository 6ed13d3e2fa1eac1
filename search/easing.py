"""Ways out of a list that holds nothing: what to take back of it, and how much is there then at least."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from search import pages
from search.counting import count_by_words
from search.engines.base import SearchAnswer, SearchEngine
from search.facet_texts import TITLES, value_label
from search.query import MAXIMUM_TEXT_CHARACTERS, SearchQuery, reworded
from search.service import Answer
from search.syntax.easing import without_operators, without_quotes

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


@dataclass(frozen=True)
class EasedQuestion:
    """The question as `text` finds `at_least` so many; `is_unquoted` = only its quotes are gone."""

    text: str
    is_unquoted: bool
    at_least: int
    url: str


def eased_question(session: Session, engine: SearchEngine, query: SearchQuery, answer: Answer) -> EasedQuestion | None:
    """What a question with operators that finds nothing finds without its quotes; without any, without its operators.

    One further question is asked, and only of an empty answer. None when that finds nothing either.
    """
    if answer.found.total or query.where is None:
        return None
    unquoted = without_quotes(query.free, query.where)
    text = unquoted or without_operators(query.free, query.where)
    if not text or len(text) > MAXIMUM_TEXT_CHARACTERS:
        return None
    eased = reworded(query, text)
    at_least = count_by_words(session, engine, eased, is_reduced=answer.is_reduced)
    return EasedQuestion(eased.text, bool(unquoted), at_least, pages.address(eased)) if at_least else None
