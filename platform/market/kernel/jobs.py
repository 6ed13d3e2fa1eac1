"""Background jobs in PostgreSQL (procrastinate), written on the business connection.

A job leaves only if the business transaction commits, and then it always leaves. Each job looks at the rows as they
are now, does what is due, and may run twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import procrastinate
from croniter import croniter
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.kernel.logs import current_request_id

JobFunction = Callable[..., None]
RETRIES = 5
ORIGIN = "request_id"
"""The argument that says which request caused the job; the worker takes it off and puts it into the job's logs."""


@dataclass(frozen=True)
class RegisteredJob:
    """A job function under the name by which it is deferred; `cron` (six fields, seconds last) makes it periodic.

    With `runs_at_start` a worker that starts does not wait for the first tick.
    """

    name: str
    function: JobFunction
    cron: str | None = None
    runs_at_start: bool = False


registered: dict[str, RegisteredJob] = {}


def job(name: str, *, cron: str | None = None, runs_at_start: bool = False) -> Callable[[JobFunction], JobFunction]:
    """Declare a job. It runs inside an application context and opens its own transactions.

    A periodic job (`cron`) takes no arguments. Five fields, from the minute on; a sixth, last one counts seconds and
    comes only with stars from the hour on, so that none reads as if seconds came first. Raises ValueError otherwise.
    """
    if cron is not None:
        check_cron(cron)

    def register(function: JobFunction) -> JobFunction:
        registered[name] = RegisteredJob(name, function, cron, runs_at_start)
        return function

    return register


MINUTE_FIELDS = 5


def check_cron(cron: str) -> None:
    """Raise ValueError unless the expression means what it looks like."""
    fields = cron.split()
    has_seconds = len(fields) == MINUTE_FIELDS + 1
    if not croniter.is_valid(cron) or (has_seconds and set(fields[1:MINUTE_FIELDS]) != {"*"}):
        raise ValueError(f"cron: {cron!r}")


_deferring = JobManager(procrastinate.SyncPsycopgConnector())
_GATHERED = "kezhuan_gathered_jobs"


@contextmanager
def gathered(session: Session) -> Iterator[None]:
    """For work that defers thousands of jobs in one transaction: within it equal jobs are one, written together at its end.

    What is raised inside leaves no job. Jobs look at the rows as they are when they run, so none of them misses anything.
    """
    waiting: dict[tuple[object, ...], Job] = {}
    session.info[_GATHERED] = waiting
    try:
        yield
    finally:
        del session.info[_GATHERED]
    if waiting:
        _deferring.batch_defer_jobs(list(waiting.values()), connection=_driver_connection(session))


def defer(
    session: Session, name: str, *, lock: str | None = None, run_at: datetime | None = None, **arguments: Any
) -> None:
    """Write a job in the session's own transaction: rolled back with it, visible with its commit.

    `lock` serialises jobs that share it; `run_at` postpones. The request that is being answered, or that caused the
    job which defers, goes along.
    """
    origin = current_request_id()
    job = Job(
        id=None,
        queue="default",
        lock=lock,
        queueing_lock=None,
        task_name=name,
        task_kwargs=arguments | ({ORIGIN: origin} if origin else {}),
        scheduled_at=run_at,
    )
    waiting: dict[tuple[object, ...], Job] | None = session.info.get(_GATHERED)
    if waiting is None:
        _deferring.defer_job(job, connection=_driver_connection(session))
    else:
        waiting[name, lock, run_at, *sorted(arguments.items())] = job


def given_up(session: Session, *names: str) -> list[int]:
    """Ids of the jobs of these names that failed as often as they may."""
    statement = "SELECT id FROM procrastinate_jobs WHERE status = 'failed' AND task_name = ANY(:names) ORDER BY id"
    return list(session.scalars(text(statement), {"names": list(names)}))


def forget(session: Session, job_ids: list[int]) -> None:
    """Drop jobs that were given up and whose work is done by another way; one that runs again meanwhile stays."""
    statement = "DELETE FROM procrastinate_jobs WHERE status = 'failed' AND id = ANY(:ids)"
    session.execute(text(statement), {"ids": job_ids})


def _driver_connection(session: Session) -> Any:
    """The connection below the session, in its transaction: a lone job would else be lost at the commit."""
    session.flush()
    session.execute(text("SELECT 1"))  # begins the transaction
    return session.connection().connection.driver_connection
