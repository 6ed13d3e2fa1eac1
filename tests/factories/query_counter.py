"""How many statements a block sends to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The statements of every engine, savepoints left out, in the order in which they are sent."""
    statements: list[str] = []

    def remember(*given: Any) -> None:
        if "SAVEPOINT" not in given[2]:
            statements.append(given[2])

    event.listen(Engine, "before_cursor_execute", remember)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", remember)
