"""Events a second into the hash-chained record, beside a bare INSERT and a bare COPY of the same rows.

The bare table has the record's columns and indexes, but no chain, no triggers and no foreign keys. One connection of one
embedded PostgreSQL, fsync on.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import create_app
from config import load_settings
from market.kernel.clock import SystemClock
from market.kernel.db import db, transaction
from market.kernel.events import Event, EventDraft, record, record_many
from market.kernel.runtime.embedded_postgres import EmbeddedPostgres

SINGLE = 1_000
MANY = 20_000
STREAMS = 200
PREPARE = "CREATE TABLE bench_event (LIKE event INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING IDENTITY)"
COLUMNS = (
    "stream", "sequence", "subject_kind", "subject_id", "action", "occurred_at", "payload", "previous_hash", "hash",
)  # fmt: skip
INSERT = f"INSERT INTO bench_event ({', '.join(COLUMNS)}) VALUES ({', '.join(f'%({name})s' for name in COLUMNS)})"
ROWS = list[dict[str, Any]]


def measure(context: object | None = None) -> list[dict[str, Any]]:  # noqa: ARG001
    """Rows for the runner: events a second and ratios."""
    directory = Path(tempfile.mkdtemp(prefix="kezhuan-bench-"))
    try:
        with EmbeddedPostgres(directory / "instance") as server:
            settings = load_settings({"DATABASE_URL": server.url, "INSTANCE_PATH": str(directory / "instance")})
            with create_app(settings).app_context():
                upgrade()
                rows = _rows()
                db.session.remove()
                db.engine.dispose()
        return rows
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _rows() -> list[dict[str, Any]]:
    with transaction() as session:
        session.execute(text(PREPARE))
    drafts = _drafts(MANY)
    one = _rate(SINGLE, lambda: _each(drafts[:SINGLE]))
    many = _rate(MANY, lambda: _together(drafts))
    with transaction() as session:
        rows = _as_rows(session)[:MANY]
    bare_one = _rate(SINGLE, lambda: _insert_each(rows[:SINGLE]))
    bare_many = _rate(MANY, lambda: _insert_together(rows))
    bare_copy = _rate(MANY, lambda: _copy(rows))
    return [
        {"name": "record, one event a transaction", "value": one, "unit": "events/s"},
        {"name": "bare INSERT, one row a transaction", "value": bare_one, "unit": "rows/s"},
        {"name": "bare INSERT / record, one at a time", "value": bare_one / one, "unit": "ratio"},
        {"name": f"record_many, {MANY:,} events at once", "value": many, "unit": "events/s"},
        {"name": f"bare INSERT, {MANY:,} rows at once", "value": bare_many, "unit": "rows/s"},
        {"name": f"bare COPY, {MANY:,} rows at once", "value": bare_copy, "unit": "rows/s"},
        {"name": "record_many / bare INSERT", "value": many / bare_many, "unit": "ratio"},
        {"name": "bare COPY / record_many", "value": bare_copy / many, "unit": "ratio"},
    ]


def _drafts(number: int) -> list[EventDraft]:
    """Events that nobody is told of, spread over some streams."""
    now = SystemClock().now()
    payload = {"fields": {"title": ["一种阀门密封面的检测方法", "一种阀门密封面的在线检测方法"]}}
    return [EventDraft("bench", index % STREAMS + 1, "bench.happened", now, payload=payload) for index in range(number)]


def _rate(number: int, write: Callable[[], None]) -> float:
    begin = time.perf_counter()
    write()
    return number / (time.perf_counter() - begin)


def _each(drafts: list[EventDraft]) -> None:
    for draft in drafts:
        with transaction() as session:
            record(session, draft)


def _together(drafts: list[EventDraft]) -> None:
    with transaction() as session:
        record_many(session, drafts)


def _as_rows(session: Session) -> ROWS:
    """The rows that were just recorded, for the bare table."""
    statement = select(*(getattr(Event, name) for name in COLUMNS)).where(Event.subject_kind == "bench")
    found = session.execute(statement.order_by(Event.id.desc()))
    return [dict(row._mapping) | {"payload": json.dumps(row.payload, ensure_ascii=False)} for row in found]


def _clear() -> None:
    with transaction() as session:
        session.execute(text("TRUNCATE bench_event"))


def _insert_each(rows: ROWS) -> None:
    for row in rows:
        with transaction() as session:
            session.connection().connection.cursor().execute(INSERT, row)
    _clear()


def _insert_together(rows: ROWS) -> None:
    with transaction() as session:
        session.connection().connection.cursor().executemany(INSERT, rows)
    _clear()


def _copy(rows: ROWS) -> None:
    with transaction() as session:
        cursor = session.connection().connection.cursor()
        with cursor.copy(f"COPY bench_event ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(tuple(row.values()))
