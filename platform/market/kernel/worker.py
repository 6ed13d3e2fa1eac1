"""The worker: runs registered jobs from PostgreSQL, also those that a killed worker left behind."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import procrastinate
from flask import Flask
from procrastinate import JobContext
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Status

from market.kernel.jobs import ORIGIN, RETRIES, RegisteredJob, registered
from market.kernel.logs import job_begins

log = logging.getLogger("kezhuan.worker")

HEARTBEAT_SECONDS = 2.0
STALLED_AFTER_SECONDS = 10.0
SWEEP_CRON = "* * * * * */5"


def build_worker(flask_app: Flask, database_url: str) -> procrastinate.App:
    """The procrastinate application with every registered job, each run inside an application context."""
    connector = procrastinate.PsycopgConnector(conninfo=plain_url(database_url))
    worker_app = procrastinate.App(connector=connector)
    for entry in registered.values():
        _add(worker_app, flask_app, entry)
    _add_stalled_sweep(worker_app)
    return worker_app


def plain_url(database_url: str) -> str:
    """SQLAlchemy's address as libpq knows it."""
    return database_url.replace("postgresql+psycopg://", "postgresql://", 1)


def _add(worker_app: procrastinate.App, flask_app: Flask, entry: RegisteredJob) -> None:
    def run(context: JobContext, /, **arguments: Any) -> None:
        with flask_app.app_context():
            job_begins(entry.name, context.job.id, arguments.pop(ORIGIN, None))
            try:
                entry.function(**arguments)
            except Exception:  # the outermost loop of a job: procrastinate decides whether to try again
                log.warning("job %s did not end well", entry.name, exc_info=True)
                raise

    def run_periodically(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
        run(context)

    retry = procrastinate.RetryStrategy(max_attempts=RETRIES, exponential_wait=2)
    if entry.cron is None:
        worker_app.task(name=entry.name, retry=retry, pass_context=True)(run)
    else:
        # one at a time: a slow sweep is not piled upon
        declare = worker_app.task(name=entry.name, queueing_lock=entry.name, lock=entry.name, pass_context=True)
        task = declare(run_periodically)
        worker_app.periodic(cron=entry.cron)(task)


def _add_stalled_sweep(worker_app: procrastinate.App) -> None:
    @worker_app.periodic(cron=SWEEP_CRON)
    @worker_app.task(name="kernel.retry_stalled", pass_context=True)
    async def retry_stalled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
        await retry_stalled_jobs(context.app)


async def retry_stalled_jobs(worker_app: procrastinate.App) -> int:
    """Give jobs of workers whose heartbeat stopped back to the queue; returns how many."""
    manager = worker_app.job_manager
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS))
    for stalled_job in stalled:
        log.warning("job %s (%s) was left by a dead worker, trying again", stalled_job.id, stalled_job.task_name)
        try:
            await manager.retry_job(stalled_job)
        except UniqueViolation:  # a periodic job whose next run waits already: that one does what this one left
            await manager.finish_job(stalled_job, Status.FAILED, delete_job=True)
    return len(stalled)


def run_worker(flask_app: Flask, database_url: str, *, wait: bool = True, concurrency: int = 2) -> None:
    """Run jobs until told to stop, or, with `wait=False`, until none is due."""
    import asyncio

    worker_app = build_worker(flask_app, database_url)

    async def work() -> None:
        async with worker_app.open_async():
            await retry_stalled_jobs(worker_app)
            await _defer_first_runs(worker_app)
            await worker_app.run_worker_async(
                wait=wait,
                concurrency=concurrency,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_AFTER_SECONDS,
                fetch_job_polling_interval=2.0,
                install_signal_handlers=wait,
            )

    asyncio.run(work())


async def _defer_first_runs(worker_app: procrastinate.App) -> None:
    for entry in registered.values():
        if entry.runs_at_start:
            with contextlib.suppress(AlreadyEnqueued):
                await worker_app.configure_task(entry.name, queueing_lock=entry.name, lock=entry.name).defer_async(
                    timestamp=0
                )
