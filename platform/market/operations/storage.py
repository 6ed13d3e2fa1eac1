"""The tables of the database by size: what grows is seen here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import text

from market.kernel.db import current_session
from market.kernel.errors import N_
from market.kernel.lists import Column, Order, Orders
from market.operations.table_names import TABLE_NAMES


@dataclass(frozen=True)
class TableRow:
    """One table: bytes with its indexes and long values; `rows` as PostgreSQL estimates them."""

    name: str
    rows: int
    byte_size: int

    @property
    def label(self) -> str:
        """What it is called, a gettext id; its own name where it has no other."""
        return TABLE_NAMES.get(self.name, self.name)


TABLE_ORDERS = Orders(dict.fromkeys(("name", "rows", "size")))
SORTED_BY: dict[str, Callable[[TableRow], Any]] = {
    "name": lambda row: row.name,
    "rows": lambda row: row.rows,
    "size": lambda row: row.byte_size,
}
TABLE_COLUMNS: tuple[Column[TableRow], ...] = (
    Column(N_("名称"), lambda row: gettext(row.label)),
    Column(N_("表"), lambda row: row.name),
    Column(N_("行数（估计）"), lambda row: row.rows),
    Column(N_("大小（字节）"), lambda row: row.byte_size),
)


def tables(words: str = "", order: Order | None = None) -> list[TableRow]:
    """The tables whose name or label holds the words, the largest first unless the order says otherwise."""
    statement = text(
        "SELECT relname::text, n_live_tup, pg_total_relation_size(relid) AS size FROM pg_stat_user_tables "
        "ORDER BY size DESC, relname"
    )
    wanted = words.casefold()
    rows = [TableRow(*row) for row in current_session().execute(statement)]
    found = [row for row in rows if wanted in row.name or wanted in gettext(row.label).casefold()]
    return (order or TABLE_ORDERS.default).sorted(found, SORTED_BY)
