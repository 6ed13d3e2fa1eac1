"""What of the result list a visitor has chosen to compare; the comparison's own page belongs to the listings."""

from __future__ import annotations

from dataclasses import dataclass

from market.listings.access import public_listings
from market.listings.views.comparison import MOST, compared_numbers
from search import pages
from search.query import SearchQuery


@dataclass(frozen=True)
class Comparison:
    """The chosen listings (number, title), and the address of this page of results, to which adding leads back."""

    chosen: tuple[tuple[str, str], ...]
    back: str
    most: int = MOST

    @property
    def numbers(self) -> tuple[str, ...]:
        """Numbers of the chosen listings."""
        return tuple(number for number, _ in self.chosen)

    @property
    def is_full(self) -> bool:
        """No further listing can be added."""
        return len(self.chosen) >= self.most


def comparison(query: SearchQuery) -> Comparison:
    """What this visitor compares; listings that are not public any more are left out. At most one query."""
    found = public_listings(compared_numbers())
    return Comparison(tuple((one.number, one.title) for one in found), pages.address(query, page=query.page))
