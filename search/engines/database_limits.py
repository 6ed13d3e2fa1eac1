"""How long PostgreSQL may look for an answer: it has other work than the search of an engine that is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

QUERY_CANCELED = "57014"
SETTING = "statement_timeout"


class TookTooLong(Exception):  # noqa: N818 - an answer, not a fault
    """A statement was broken off; the transaction around it goes on."""


@contextmanager
def at_most(session: Session, seconds: float) -> Iterator[None]:
    """Each statement inside may take so long. Raises TookTooLong; what was read before it stays good."""
    before = session.scalar(select(func.current_setting(SETTING)))
    try:
        with session.begin_nested():
            session.execute(select(func.set_config(SETTING, str(int(seconds * 1000)), True)))
            yield
            session.execute(select(func.set_config(SETTING, before, True)))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != QUERY_CANCELED:
            raise
        raise TookTooLong from error
