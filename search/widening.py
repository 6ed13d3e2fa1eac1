"""A short question whose words no listing holds together is answered by listings that hold one of them, and the page says so."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace

from search.engines.base import AnswersQueries, EngineUnavailable, SearchAnswer
from search.query import SearchQuery
from search.ranking import required

_SEVERAL = re.compile(r"\w\W+\w|[\u3400-\u4dbf\u4e00-\u9fff]{4}")
"""Something between two words, or four Chinese characters in a row: three of them are mostly one word."""
FEW = 3
"""So many listings that are near in meaning and hold too few of the words are not yet an answer."""


def held_by_words(found: SearchAnswer) -> int:
    """How many of the hits hold the words, at least."""
    return found.total if found.by_words is None else found.by_words


def answered(engine: AnswersQueries, asked: SearchQuery) -> tuple[SearchAnswer, SearchQuery]:
    """What is found, and the question that it answers: the one that was asked, or the same asked for any of its words.

    Raises EngineUnavailable; once something was found, that is an answer too.
    """
    found = engine.search(asked)
    if _may_widen(asked, found):
        with suppress(EngineUnavailable):
            wider = replace(asked, any_word=True)
            if not _filters_empty_it(engine, asked) and held_by_words(found_by_any := engine.search(wider)):
                return found_by_any, wider
    return found, asked


def _may_widen(asked: SearchQuery, found: SearchAnswer) -> bool:
    """Several plain words of which more than one is wanted, and hardly anything was found."""
    is_plain = asked.has_words and asked.where is None and not (asked.numbers or asked.prefixes or asked.any_word)
    is_poor = not found.is_cut and found.total <= FEW and not held_by_words(found)
    return is_plain and is_poor and required(asked)[2] > 1 and _SEVERAL.search(asked.free) is not None


def _filters_empty_it(engine: AnswersQueries, asked: SearchQuery) -> bool:
    """Without its filters the question finds what holds the words as it wants them."""
    if not asked.filters:
        return False
    bare = replace(asked.at_page(1, 1), filters=(), counts_facets=False)
    return held_by_words(engine.search(bare)) > 0
