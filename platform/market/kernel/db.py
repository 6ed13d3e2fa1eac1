"""The database session and the transaction that an entry point opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
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


def current_session() -> Session:
    """The session of this request, job or command."""
    return cast(Session, db.session())


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
