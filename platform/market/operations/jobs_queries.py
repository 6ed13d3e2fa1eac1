"""The job queue as the operator sees it; procrastinate's tables, read only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, TextClause, literal_column, text

from market.kernel.db import current_session
from market.kernel.lists import Order, Orders
from market.listings.vocabulary import PUBLIC_STATES
from market.operations.vocabulary import JobState

_JOBS = """
FROM procrastinate_jobs AS job
LEFT JOIN LATERAL (
    SELECT min(at) FILTER (WHERE type = 'deferred') AS deferred_at, max(at) AS touched_at
    FROM procrastinate_events WHERE job_id = job.id
) AS life ON true
WHERE (:state = '' OR job.status = CAST(NULLIF(:state, '') AS procrastinate_job_status))
  AND (:task = '' OR strpos(job.task_name, :task) > 0)
"""
_ID: ColumnElement[int] = literal_column("job.id")
ORDERS = Orders(
    {"id": _ID, "task": literal_column("job.task_name"), "attempts": literal_column("job.attempts")},
    default=(_ID.desc(),),
    last=_ID,
)
"""What a list of jobs can be sorted by; by itself the newest stand first."""


@dataclass(frozen=True)
class JobRow:
    """One job: what it is, how often it was tried, since when it waits."""

    id: int
    task: str
    state: JobState
    attempts: int
    arguments: str
    deferred_at: datetime | None
    touched_at: datetime | None
    scheduled_at: datetime | None


@dataclass(frozen=True)
class QueueState:
    """How many jobs stand where. `oldest_due_seconds`: how long the first due job has waited, 0 without any.

    `search_rows` listings wait for the index, the first of them for `oldest_search_seconds`, tried again or given up.
    """

    counts: dict[JobState, int]
    oldest_due_seconds: float
    search_rows: int
    oldest_search_seconds: float
    workers_alive: int


def _statement(start: str, end: str = "") -> TextClause:
    return text(f"{start} {_JOBS} {end}")


def count_jobs(state: JobState | None, task: str) -> int:
    """How many jobs fit."""
    given = {"state": state.value if state else "", "task": task}
    return current_session().scalar(_statement("SELECT count(*)"), given) or 0


def list_jobs(
    state: JobState | None, task: str, *, order: Order | None = None, limit: int | None = None, offset: int = 0
) -> list[JobRow]:
    """A page of jobs."""
    sorting = ", ".join(str(column) for column in (order or ORDERS.default).columns)
    columns = (
        "job.id, job.task_name, job.status::text, job.attempts, job.args, job.scheduled_at, deferred_at, touched_at"
    )
    statement = _statement(f"SELECT {columns}", f"ORDER BY {sorting} LIMIT :limit OFFSET :offset")
    given: dict[str, Any] = {"state": state.value if state else "", "task": task, "limit": limit, "offset": offset}
    return [
        JobRow(
            id=row.id,
            task=row.task_name,
            state=JobState(row.status),
            attempts=row.attempts,
            arguments=json.dumps(row.args, ensure_ascii=False) if row.args else "",
            deferred_at=row.deferred_at,
            touched_at=row.touched_at,
            scheduled_at=row.scheduled_at,
        )
        for row in current_session().execute(statement, given)
    ]


_BEHIND = text(
    """
    WITH behind AS (
        SELECT id, coalesce(args -> 'listing_ids', jsonb_build_array(args -> 'listing_id')) AS listings
        FROM procrastinate_jobs
        WHERE task_name IN ('search.index_listing', 'search.index_listings') AND status IN ('todo', 'doing', 'failed')
        UNION ALL
        SELECT job.id, jsonb_agg(listing.id)
        FROM procrastinate_jobs AS job
        JOIN listing_member ON listing_member.achievement_id = (job.args ->> 'achievement_id')::bigint
        JOIN listing ON listing.id = listing_member.listing_id AND listing.state = ANY(:public)
        WHERE job.task_name = 'search.follow_achievement' AND job.status IN ('todo', 'doing')
        GROUP BY job.id
    )
    SELECT
        (SELECT count(DISTINCT listing) FROM behind, jsonb_array_elements_text(listings) AS listing),
        coalesce(max(extract(epoch FROM clock_timestamp() - (
            SELECT min(at) FROM procrastinate_events WHERE job_id = behind.id AND type = 'deferred'
        ))), 0)
    FROM behind
    """
)
"""Also what waits for its next try while the engine is away, that is when the lag is asked for; what was given up, until a
comparison has repaired it (search.jobs.reconcile); and listings whose achievement changed, of which a job of its own tells.
"""


def queue_state() -> QueueState:
    """Counts by state and how long the oldest due job has waited, by the database's clock."""
    session = current_session()
    rows = session.execute(text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"))
    counts = {JobState(status): number for status, number in rows}
    lag = text(
        """
        SELECT coalesce(max(waited), 0) FROM (
            SELECT extract(epoch FROM clock_timestamp() - greatest(scheduled_at, (
                SELECT min(at) FROM procrastinate_events WHERE job_id = job.id AND type = 'deferred'
            ))) AS waited
            FROM procrastinate_jobs AS job
            WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp())
        ) AS due
        """
    )
    oldest = session.execute(lag).scalar_one()
    rows_behind, oldest_search = session.execute(_BEHIND, {"public": [state.value for state in PUBLIC_STATES]}).one()
    alive = (
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > clock_timestamp() - interval '15 seconds'"
    )
    return QueueState(
        counts=counts,
        oldest_due_seconds=max(0.0, float(oldest)),
        search_rows=rows_behind,
        oldest_search_seconds=max(0.0, float(oldest_search)),
        workers_alive=session.scalar(text(alive)) or 0,
    )
