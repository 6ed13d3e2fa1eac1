"""Addresses of questions, orders and pages: every state of the result page is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

from search.documents import FACETS
from search.engines.base import FacetCount, SearchAnswer
from search.facet_texts import Translate
from search.ordering import label_of, offered
from search.query import MAXIMUM_PAGE, SearchQuery, Sort


@dataclass(frozen=True)
class ResultPaging:
    """What the paging macro wants; pages end where the search stops counting them."""

    number: int
    pages: int
    total: int
    query: SearchQuery

    @property
    def has_prev(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number < self.pages

    def url_for_page(self, number: int) -> str:
        """The same question, another page."""
        return address(self.query, page=number)


PATH = "/listings"


def address(query: SearchQuery, *, page: int = 1, path: str = PATH, sort: Sort | None = None) -> str:
    """The address of a question; it can be sent to anybody and means the same there."""
    parts = _written(query.text, query.filters, sort or query.sort)
    if page > 1:
        parts.append(("page", str(page)))
    return f"{path}?{urlencode(parts)}" if parts else path


def _written(text: str, filters: Sequence[tuple[str, tuple[str, ...]]], sort: Sort) -> list[tuple[str, str]]:
    parts = [("q", text)] if text else []
    parts += [(facet, value) for facet, values in filters for value in values]
    return parts if sort is Sort.RELEVANCE else [*parts, ("sort", sort.value)]


class Widened:
    """Addresses of a question with one more value of one facet, as `address` would write them.

    What they share is written once: a panel has hundreds of them.
    """

    def __init__(self, query: SearchQuery, facet: str) -> None:
        place = FACETS.index(facet)
        before = [one for one in query.filters if FACETS.index(one[0]) <= place]
        after = [one for one in query.filters if FACETS.index(one[0]) > place]
        head, tail = _written(query.text, before, Sort.RELEVANCE), _written("", after, query.sort)
        self._head = f"{PATH}?{urlencode(head)}{'&' if head else ''}{facet}="
        self._tail = f"&{urlencode(tail)}" if tail else ""

    def by(self, value: str) -> str:
        """The address with `value` added; begins at page 1."""
        return f"{self._head}{quote_plus(value)}{self._tail}"


def sort_links(query: SearchQuery, translate: Translate) -> list[tuple[str, str, bool]]:
    """(label, address, is chosen) of every order that the question can have."""
    return [(translate(label_of(sort)), address(query, sort=sort), chosen) for sort, chosen in offered(query)]


def paging(query: SearchQuery, answer: SearchAnswer) -> ResultPaging:
    """Pages of the answer, at most as many as can be asked for."""
    pages = min(MAXIMUM_PAGE, max(1, -(-answer.total // query.page_size)))
    return ResultPaging(min(query.page, pages), pages, answer.total, query)


def institution_codes(query: SearchQuery, answer: SearchAnswer) -> list[str]:
    """Codes whose names the facet of institutions shows."""
    counted: tuple[FacetCount, ...] = tuple(answer.facets.get("institution", ()))
    return [*(one.value for one in counted), *query.selected("institution")]
