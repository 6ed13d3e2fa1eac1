"""View objects of the result page: hits with their highlights, facets whose every value is an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from search.documents import FACETS
from search.engines.base import FacetCount, SearchAnswer
from search.facet_texts import TITLES, value_label
from search.ordering import label_of, offered
from search.query import MAXIMUM_PAGE, SearchQuery, Sort

Translate = Callable[[str], str]


@dataclass(frozen=True)
class FacetOption:
    """One value of a facet; `url` adds it to the question, or takes it away when it is active."""

    label: str
    count: int
    url: str
    active: bool


@dataclass(frozen=True)
class FacetGroup:
    """A facet with its title in the page's language."""

    title: str
    options: tuple[FacetOption, ...]


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


def address(query: SearchQuery, *, page: int = 1, path: str = "/listings", sort: Sort | None = None) -> str:
    """The address of a question; it can be sent to anybody and means the same there."""
    parts: list[tuple[str, str]] = [("q", query.text)] if query.text else []
    parts += [(facet, value) for facet, values in query.filters for value in values]
    order = sort or query.sort
    if order is not Sort.RELEVANCE:
        parts.append(("sort", order.value))
    if page > 1:
        parts.append(("page", str(page)))
    return f"{path}?{urlencode(parts)}" if parts else path


def toggled(query: SearchQuery, facet: str, value: str) -> str:
    """The address with one value of a facet added, or taken away when it was chosen; begins at page 1."""
    chosen = query.selected(facet)
    values = tuple(one for one in chosen if one != value) if value in chosen else (*chosen, value)
    return address(query.with_filter(facet, values))


def sort_links(query: SearchQuery, translate: Translate) -> list[tuple[str, str, bool]]:
    """(label, address, is chosen) of every order that the question can have."""
    return [(translate(label_of(sort)), address(query, sort=sort), chosen) for sort, chosen in offered(query)]


def paging(query: SearchQuery, answer: SearchAnswer) -> ResultPaging:
    """Pages of the answer, at most as many as can be asked for."""
    pages = min(MAXIMUM_PAGE, max(1, -(-answer.total // query.page_size)))
    return ResultPaging(min(query.page, pages), pages, answer.total, query)


def facet_groups(
    query: SearchQuery, answer: SearchAnswer, institutions: Mapping[str, str], translate: Translate
) -> list[FacetGroup]:
    """Facets with counts; a chosen value stays to be taken away, also when nothing has it any more."""
    groups = []
    for facet in FACETS:
        counted = {one.value: one.count for one in answer.facets.get(facet, ())}
        values = [*counted, *(value for value in query.selected(facet) if value not in counted)]
        options = tuple(
            FacetOption(
                label=value_label(facet, value, institutions, translate),
                count=counted.get(value, 0),
                url=toggled(query, facet, value),
                active=value in query.selected(facet),
            )
            for value in values
        )
        groups.append(FacetGroup(translate(TITLES[facet]), options))
    return groups


def institution_codes(query: SearchQuery, answer: SearchAnswer) -> list[str]:
    """Codes whose names the facet of institutions shows."""
    counted: tuple[FacetCount, ...] = tuple(answer.facets.get("institution", ()))
    return [*(one.value for one in counted), *query.selected("institution")]
