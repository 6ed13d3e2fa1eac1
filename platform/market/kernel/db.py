"""The database session and the transaction that an entry point opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import wraps
from math import inf
from time import monotonic
from typing import Any, TypeVar, cast

from flask import g
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CursorResult, Engine, Executable, event
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from market.kernel.orm import Base

db = SQLAlchemy(
    metadata=Base.metadata,
    # on an engine this changes nothing; on a test's connection a commit stays inside the test's own transaction
    session_options={"join_transaction_mode": "create_savepoint"},
)

ENGINE_OPTIONS: dict[str, Any] = {
    "connect_args": {"options": "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=120s"},
}

FRESH_SECONDS = 1.0
"""A connection that was used so lately is handed out unasked: asking costs a result page .4 ms."""

View = TypeVar("View", bound=Callable[..., Any])


def ask_idle_connections(engine: Engine) -> None:
    """A connection that lay idle is asked whether its server is still there, and replaced when it is not.

    So `pool_pre_ping` does at every turn. A server that went away within the last second fails the request that meets it;
    SQLAlchemy then drops all connections of before.
    """

    def returned(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["returned_at"] = monotonic()

    def taken(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
        if monotonic() - record.info.get("returned_at", inf) > FRESH_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

    event.listen(engine, "checkin", returned)
    event.listen(engine, "checkout", taken)


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
