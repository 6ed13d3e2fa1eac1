"""Pages of a list, and addresses that keep the other filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

PAGE_SIZE = 25
MAXIMUM_PAGE = 100_000


@dataclass(frozen=True)
class Page:
    """One page of a list: numbers from 1, `total` rows in all."""

    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def has_prev(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number < self.pages

    @property
    def first_row(self) -> int:
        return min(self.total, self.offset + 1)

    @property
    def last_row(self) -> int:
        return min(self.total, self.offset + self.size)

    def url_for_page(self, number: int) -> str:
        """The address of another page of the same list with the same filters."""
        return address_with(page=str(number) if number > 1 else None)


def requested_page(total: int, size: int = PAGE_SIZE) -> Page:
    """The page that the address asks for; nonsense means the first, beyond the end means the last."""
    text = request.args.get("page", "")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MAXIMUM_PAGE)) else 1
    pages = max(1, -(-total // size))
    return Page(min(max(1, wanted), pages), size, total)


def address_with(**changes: str | None) -> str:
    """This page's address with some filters changed (None removes one); the page number starts anew."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in changes and key != "page"]
    kept += [(key, value) for key, value in changes.items() if value is not None]
    return request.path + ("?" + urlencode(kept) if kept else "")


def same_filters(endpoint: str, **values: Any) -> str:
    """The address of another view of the same list, an export say, with this page's filters.

    `values` fill the rule of the route; the filters never do.
    """
    kept = [(key, value) for key, value in request.args.items(multi=True) if key != "page"]
    return url_for(endpoint, **values) + ("?" + urlencode(kept) if kept else "")
