"""The question: parsed once from the address, bounded in every direction, the same for every engine.

Nothing that a user can type is an error: what cannot be used is left out and a notice says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from market.kernel.errors import N_
from search import analysis, numbers
from search.alternatives import Alternative
from search.documents import FACETS
from search.syntax import favours, parser
from search.syntax.notices import Notice
from search.syntax.tree import Condition

PAGE_SIZE = 20
MAXIMUM_PAGE = 50
MAXIMUM_TEXT_CHARACTERS = 200
MAXIMUM_TERMS = 64
MAXIMUM_FILTER_VALUES = 30
MAXIMUM_VALUE_CHARACTERS = 64

NOTICE_CUT = N_("检索内容过长，只按前 %(count)d 个字检索。")
NOTICE_NO_WORDS = N_("检索内容里没有文字或数字，请输入成果名称、关键词、专利号或单位名称。")
NOTICE_LAST_PAGE = N_("最多显示前 %(count)d 页，请用更具体的词或筛选条件缩小范围。")


class Sort(StrEnum):
    """Order of the hits."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    CHEAPEST = "price"
    DEAREST = "price_desc"
    CLOSING = "closing"
    WATCHED = "watched"


class Arguments(Protocol):
    """The part of a request's arguments that is used here."""

    def getlist(self, key: str) -> list[str]:
        """All values given for a key."""
        ...


@dataclass(frozen=True)
class SearchQuery:
    """What is searched for. `text` is what the box shows again; everything below is derived from it.

    `terms` are pairs of characters and Latin words, `characters` those that stood alone, `support` every single one.
    `limit` hits from `offset` are wanted; `filters` hold, per facet, values of which one must match. Without
    `counts_facets` the engine leaves the facets uncounted, which are most of its work. `asked_at` (seconds since 1970)
    decides which lots are open.

    `free` are the words that no operator binds; all that follows is derived from them. `where` is what a listing must
    fulfil besides; `favoured` are the words and `favoured_keys` the exact keys (field, key) in it that are asked for:
    they order what fulfils it.

    `near` are ids of listings that match as if they held the words, which adds nothing to their score; `only` and
    `without` bound the answer to some ids or leave some out. `alternatives` are other words for what is asked. With
    `any_word` a listing that holds one of the words is a hit, however short the question is.
    """

    text: str = ""
    free: str = ""
    terms: tuple[str, ...] = ()
    characters: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    name: str = ""
    where: Condition | None = None
    favoured: tuple[str, ...] = ()
    favoured_keys: tuple[tuple[str, str], ...] = ()
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    page_size: int = PAGE_SIZE
    notices: tuple[Notice, ...] = ()
    counts_facets: bool = True
    asked_at: int = 0
    near: tuple[int, ...] = ()
    only: tuple[int, ...] | None = None
    without: tuple[int, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    any_word: bool = False

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.page_size

    @property
    def limit(self) -> int:
        return self.page_size

    @property
    def has_words(self) -> bool:
        """Something to look for freely was found in the text."""
        return bool(self.terms or self.characters or self.numbers or self.prefixes)

    @property
    def matches_nothing(self) -> bool:
        """Text was given, but nothing in it can be looked for."""
        return bool(self.text.strip()) and not self.has_words and self.where is None

    @property
    def is_ranked(self) -> bool:
        """Some listings fit the question better than others."""
        return self.has_words or bool(self.favoured or self.favoured_keys)

    @property
    def is_sorted_by_score(self) -> bool:
        return self.is_ranked and self.sort is Sort.RELEVANCE

    def asked(self, now: datetime) -> SearchQuery:
        """The same question at a moment: which lots are open follows from it. One that was asked already stays."""
        return self if self.asked_at else replace(self, asked_at=int(now.timestamp()))

    def selected(self, facet: str) -> tuple[str, ...]:
        """The values chosen in a facet."""
        return dict(self.filters).get(facet, ())

    def with_filter(self, facet: str, values: tuple[str, ...]) -> SearchQuery:
        """The same question with other values of one facet, from its first page."""
        chosen = dict(self.filters) | {facet: values}
        return replace(self, filters=tuple((one, chosen[one]) for one in FACETS if chosen.get(one)), page=1)

    def at_page(self, page: int, page_size: int | None = None) -> SearchQuery:
        """The same question, another page."""
        return replace(self, page=page, page_size=page_size or self.page_size)


def parse(arguments: Arguments) -> SearchQuery:
    """The question that an address asks: `q`, the facets, `sort` and `page`."""
    query = from_text(_first(arguments.getlist("q")))
    page, beyond = _page(_first(arguments.getlist("page")))
    notices = query.notices
    if beyond:
        notices += (Notice(NOTICE_LAST_PAGE, {"count": MAXIMUM_PAGE}),)
    return replace(
        query,
        filters=tuple((facet, values) for facet in FACETS if (values := _values(arguments.getlist(facet)))),
        sort=_sort(_first(arguments.getlist("sort"))),
        page=page,
        notices=notices,
    )


def in_ordinary_words(text: str) -> SearchQuery:
    """The question of a text that nobody typed as one (a title): no sign in it is an operator."""
    return from_text(text, parser.Reading)


def from_text(text: str, read: Callable[[str], parser.Reading] = parser.read) -> SearchQuery:
    """The question that a text asks, without filters, first page."""
    cleaned = _printable(text)
    kept = cleaned[:MAXIMUM_TEXT_CHARACTERS]
    notices: tuple[Notice, ...] = ()
    if len(cleaned) > MAXIMUM_TEXT_CHARACTERS:
        notices = (Notice(NOTICE_CUT, {"count": MAXIMUM_TEXT_CHARACTERS}),)
    reading = read(kept)
    lookup = numbers.recognise(reading.free)
    found = list(dict.fromkeys(analysis.terms(lookup.rest)))[:MAXIMUM_TERMS]
    query = SearchQuery(
        text=kept,
        free=reading.free,
        terms=tuple(term for term in found if not analysis.is_single_character(term)),
        characters=tuple(filter(analysis.is_single_character, found)),
        support=tuple(dict.fromkeys(analysis.characters(lookup.rest)))[:MAXIMUM_TERMS],
        numbers=lookup.exact,
        prefixes=lookup.prefixes,
        name=analysis.name_key(reading.free),
        where=reading.where,
        favoured=favours.terms(reading.where)[:MAXIMUM_TERMS],
        favoured_keys=favours.keys(reading.where),
        notices=(*notices, *reading.notices),
    )
    if query.matches_nothing and not reading.notices:
        return replace(query, notices=(*notices, Notice(NOTICE_NO_WORDS)))
    return query


def reworded(query: SearchQuery, text: str) -> SearchQuery:
    """The question that another text asks: filters, order and moment stay; from the first page."""
    return replace(from_text(text), filters=query.filters, sort=query.sort, asked_at=query.asked_at)


def _printable(text: str) -> str:
    """Without null bytes, control characters and broken surrogates; blanks at the ends removed."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _first(values: list[str]) -> str:
    return values[0] if values else ""


def _values(given: Iterable[str]) -> tuple[str, ...]:
    cleaned = (_printable(value)[:MAXIMUM_VALUE_CHARACTERS] for value in given)
    return tuple(dict.fromkeys(value for value in cleaned if value))[:MAXIMUM_FILTER_VALUES]


def _sort(given: str) -> Sort:
    return Sort(given) if given in set(Sort) else Sort.RELEVANCE


def _page(given: str) -> tuple[int, bool]:
    """The page within bounds, and whether a later one was asked for."""
    digits = given.strip()[:32]
    if not digits.isascii() or not digits.isdigit():
        return 1, False
    wanted = int(digits)
    return min(max(wanted, 1), MAXIMUM_PAGE), wanted > MAXIMUM_PAGE
