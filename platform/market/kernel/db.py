"""The database session and the transaction that an entry point opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CursorResult, Executable
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from market.kernel.orm import Base

db = SQLAlchemy(
    metadata=Base.metadata,
    # on an engine this changes nothing; on a test's connection a commit stays inside the test's own transaction
    session_options={"join_transaction_mode": "create_savepoint"},
)

ENGINE_OPTIONS: dict[str, Any] = {
    "pool_pre_ping": True,
    "connect_args": {"options": "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=120s"},
}

View = TypeVar("View", bound=Callable[..., Any])


def current_session() -> Session:
    """The session of this request, job or command."""
    return cast(Session, db.session())


def plain_rows(
    session: Session, statement: Executable, parameters: Mapping[str, Any] | None = None
) -> CursorResult[*tuple[Any, ...]]:
    """Rows of columns, read in the session's transaction without what it does for objects: a third of a short read."""
    if session.autoflush:
        session.flush()
    return session.connection().execute(statement, parameters)


def only_reads(view: View) -> View:
    """For a view that changes nothing: its transaction ends by COMMIT.

    At a ROLLBACK psycopg forgets the statements that it has prepared, and the server plans each of them anew: two
    milliseconds of a page that asks eight. The next request of the connection finds them when nothing was rolled back.
    """

    @wraps(view)
    def reading(*args: Any, **kwargs: Any) -> Any:
        g.only_reads = True
        return view(*args, **kwargs)

    return cast(View, reading)


def end_reading(error: BaseException | None) -> None:
    """What `only_reads` promises, before the session is closed; a transaction that failed is rolled back with it."""
    if error is None and g.pop("only_reads", False):
        with suppress(SQLAlchemyError):
            db.session.commit()


@contextmanager
def transaction() -> Iterator[Session]:
    """One business transaction, opened by the entry point: commits at the end, rolls back on any exception.

    Services never commit. Everything that leaves the process is a job written inside (kernel.jobs).
    """
    session = current_session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
