"""What all lists of the console share: the order that the address asks for, columns that are exported as shown.

A list names its orders once, each with what it sorts by; headings, page and export take them from there:

    ORDERS = Orders({"number": Deal.number, "price": Deal.price_fen}, last=Deal.id)
    order = ORDERS.requested()
    statement.order_by(*order.columns)      # a query
    {{ order_header(_("编号"), "number", order) }}     # the template
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import Response, request
from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from market.kernel.db import current_session
from market.kernel.excel import excel_response
from market.kernel.paging import address_with, requested_page

Row = TypeVar("Row")
Choice = TypeVar("Choice", bound=str)
By = ColumnElement[Any] | InstrumentedAttribute[Any]
LONGEST_WORDS = 200


@dataclass(frozen=True)
class Order:
    """How a list is sorted now. `key` is "" for the list's own order, which no heading stands for."""

    key: str
    is_descending: bool
    columns: tuple[ColumnElement[Any], ...]

    def direction(self, key: str) -> str | None:
        """For aria-sort of the heading: "ascending", "descending", or None when the list is sorted otherwise."""
        return ("descending" if self.is_descending else "ascending") if key == self.key else None

    def url(self, key: str) -> str:
        """The address of this list sorted by the heading: upwards first, the other way when it is so already."""
        turns = key == self.key and not self.is_descending
        return address_with(sort=key, order="desc" if turns else "asc")

    def sorted(self, rows: Iterable[Row], by: Mapping[str, Callable[[Row], Any]]) -> list[Row]:
        """For lists that are no query: the rows in this order; what has no value stands last."""
        value = by.get(self.key)
        if value is None:
            return list(rows)
        known: list[Row] = []
        unknown: list[Row] = []
        for row in rows:
            (unknown if value(row) is None else known).append(row)
        return sorted(known, key=value, reverse=self.is_descending) + unknown


class Orders:
    """The orders that a list offers. An address that asks for another one gets the list's own order."""

    def __init__(self, by: Mapping[str, By | None], *, default: Sequence[Any] = (), last: By | None = None) -> None:
        """`by`: key in the address → what it sorts by, None where `Order.sorted` does it. `default`: the list's own
        order; `last`: what tells rows apart that are equal otherwise.
        """
        self.by = dict(by)
        self._default = tuple(default)
        self._last = last

    @property
    def default(self) -> Order:
        """The list's own order."""
        return Order("", False, self._default)

    def requested(self) -> Order:
        """The order that the address asks for."""
        key, is_descending = request.args.get("sort", ""), request.args.get("order") == "desc"
        if key not in self.by:
            return self.default
        columns = [column for column in (self.by[key], self._last) if column is not None]
        directed = [column.desc() if is_descending else column.asc() for column in columns]
        return Order(key, is_descending, tuple(column.nulls_last() for column in directed))


class ListQuery(Generic[Row]):
    """A list that one statement reads: counted, sorted and paged in the database."""

    def __init__(self, statement: Select[*tuple[Any, ...]], row: Callable[[Any], Row], orders: Orders) -> None:
        """`row` makes a view row of what the statement reads."""
        self.orders = orders
        self._statement = statement
        self._row = row

    def count(self, conditions: Sequence[ColumnElement[bool]]) -> int:
        """How many rows fit."""
        found = self._statement.where(*conditions).order_by(None).subquery()
        return current_session().scalar(select(func.count()).select_from(found)) or 0

    def rows(
        self,
        conditions: Sequence[ColumnElement[bool]],
        order: Order | None = None,
        *,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Row]:
        """Rows that fit, in the given order or the list's own: one query."""
        columns = (order or self.orders.default).columns
        statement = self._statement.where(*conditions).order_by(*columns).limit(limit).offset(offset)
        return [self._row(found) for found in current_session().execute(statement)]

    def shown(self, conditions: Sequence[ColumnElement[bool]]) -> dict[str, Any]:
        """What a template of a list needs: the rows of the page that the address asks for, the page, the order."""
        page, order = requested_page(self.count(conditions)), self.orders.requested()
        rows = self.rows(conditions, order, limit=page.size, offset=page.offset)
        return {"rows": rows, "page": page, "order": order}

    def exported(self, conditions: Sequence[ColumnElement[bool]]) -> list[Row]:
        """All rows of the list as shown, on all pages."""
        return self.rows(conditions, self.orders.requested())


def requested_words(name: str = "text") -> str:
    """What somebody typed into a filter, as the database can take it."""
    return request.args.get(name, "").replace("\x00", "").strip()[:LONGEST_WORDS]


def requested_choice(kind: type[Choice], name: str = "state") -> Choice | None:
    """The member of a closed list that the address names; None for none or nonsense."""
    given = request.args.get(name, "")
    return kind(given) if given in set(kind) else None  # type: ignore[call-overload]


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of an export: its heading (a gettext id) and what a row shows there."""

    heading: str
    value: Callable[[Row], Any]


def workbook_of(name: str, columns: Sequence[Column[Row]], rows: Iterable[Row]) -> Response:
    """The rows as a download named `<name>.xlsx`."""
    headings = [gettext(column.heading) for column in columns]
    return excel_response(name, headings, ([column.value(row) for column in columns] for row in rows))
