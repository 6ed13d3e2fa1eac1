"""A saved question: kept as the query string of its address, so that it always means what the page means by it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from market.kernel.errors import N_
from search import analysis, pages
from search.query import Arguments, SearchQuery, parse
from search.saved.errors import SavingRefused
from search.synonyms.dictionary import Dictionary

LONGEST_QUESTION = 4_000
LONGEST_NAME = 60


@dataclass(frozen=True)
class Question:
    """A question that can be saved: its query string, what it asks, and the digest that equal ones share."""

    text: str
    query: SearchQuery
    digest: str

    @property
    def address(self) -> str:
        """Where it is asked again."""
        return pages.address(self.query)


def asked(arguments: Arguments) -> Question:
    """The question that an address asks, without its page.

    Raises SavingRefused when nothing is asked for, nothing can be found, or it is too long to be kept.
    """
    query = parse(arguments).at_page(1)
    if query.matches_nothing:
        raise SavingRefused("saved_search.no_words", N_("检索内容里没有文字或数字，不能保存。"))
    text = pages.address(query, path="").lstrip("?")
    if not query.text and not query.filters:
        raise SavingRefused("saved_search.empty", N_("请先输入检索内容或选择筛选条件，再保存检索。"))
    if len(text) > LONGEST_QUESTION:
        raise SavingRefused("saved_search.long", N_("检索条件太多，不能保存，请减少一些。"))
    return Question(text, query, _digest(query))


def stored(text: str) -> SearchQuery:
    """What a kept question asks today."""
    return parse(MultiDict(parse_qsl(text))).at_page(1)


def in_force(text: str, dictionary: Dictionary) -> SearchQuery:
    """The same with the synonyms that the result page would add."""
    return dictionary.expanded(stored(text))


def address_of(text: str) -> str:
    """The address at which a kept question is asked again."""
    return f"/listings?{text}"


def suggested_name(query: SearchQuery) -> str:
    """A name to begin with: the words, or the chosen values."""
    values = "、".join(value for _, chosen in query.filters for value in chosen)
    return " ".join((query.text or values).split())[:LONGEST_NAME]


def _digest(query: SearchQuery) -> str:
    """The same for questions that find the same: however written, in whichever order."""
    words = " ".join(analysis.fold(query.text).split())
    chosen = tuple((facet, tuple(sorted(values))) for facet, values in query.filters)
    return hashlib.sha256(repr((words, chosen)).encode()).hexdigest()
