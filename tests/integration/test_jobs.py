"""Jobs end whatever happens to their worker."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.auctions import service as auctions
from market.deals.models import Deal
from market.kernel import jobs
from market.kernel.db import current_session, db, transaction
from market.kernel.jobs import registered
from market.kernel.locks import lock_name
from market.kernel.worker import run_worker
from market.listings.models import Listing
from market.listings.service import pause_listing
from tests.conftest import NOW
from tests.factories.auctions import bid, make_bidder, make_running_lot, move_times
from tests.factories.listings import make_published_listing
from tests.factories.world import actor_of, make_institution

ROOT = Path(__file__).resolve().parents[2]
OF_JOBS = "FROM procrastinate_jobs WHERE task_name = :name"


def statuses(name: str) -> list[str]:
    """The statuses of the jobs of a name that are still in the queue (done ones leave it)."""
    with transaction() as session:
        return list(session.scalars(text(f"SELECT CAST(status AS text) {OF_JOBS} ORDER BY id"), {"name": name}))


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    """Ask again and again; fails after so many seconds, with what the queue looks like."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, in_the_queue()
        time.sleep(0.1)


def in_the_queue() -> str:
    """Jobs, workers and who waits for whom, for a failure's message."""
    questions = (
        "SELECT id, task_name, status, attempts, worker_id, lock, scheduled_at FROM procrastinate_jobs",
        "SELECT id, last_heartbeat, now() FROM procrastinate_workers",
        "SELECT pid, state, wait_event, left(query, 90) FROM pg_stat_activity WHERE datname = current_database()",
    )
    with transaction() as session:
        return "\n".join(str(row) for question in questions for row in session.execute(text(question)))


@pytest.fixture
def start_worker(worker_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start the real worker as a process of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "flask", "--app", "app", "worker", "run"]
        with (tmp_path / f"worker-{len(started)}.txt").open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=worker_environment, stdout=output, stderr=output)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def make_sold_lot(session: Session) -> int:
    """The id of a lot that two bid for and that is closed."""
    lot = make_running_lot(session)
    bid(session, make_bidder(session, lot), lot, 500_000)
    bid(session, make_bidder(session, lot), lot, 510_000)
    move_times(session, lot, opens_in=-timedelta(hours=2), closes_in=-timedelta(seconds=1))
    auctions.close_lot(session, lot.id, auctions.bid_time(session))
    return lot.id


def deals() -> int:
    with transaction() as session:
        return session.scalar(select(func.count(Deal.id))) or 0


def someone_waits_for_the_lock() -> bool:
    with transaction() as session:
        return bool(
            session.scalar(text("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"))
        )


@pytest.mark.slow
def test_a_job_whose_worker_was_killed_in_the_middle_runs_again_and_ends_once(
    committed_app: Flask, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    with committed_app.app_context():
        with transaction() as session:
            lot_id = make_sold_lot(session)
        with db.engine.connect() as holder:  # holds the job in the middle of its transaction
            lock_name(Session(holder), f"deal of lot {lot_id}")
            first = start_worker()
            wait_until(someone_waits_for_the_lock, 40)
            first.send_signal(signal.SIGKILL)
            first.wait()
        assert statuses("deals.follow_lot") == ["doing"]
        assert deals() == 0

        start_worker()
        wait_until(lambda: statuses("deals.follow_lot") == [], 60)
        assert deals() == 1


def test_a_periodic_run_left_by_a_dead_worker_gives_way_to_the_waiting_one_and_holds_up_nobody(
    committed_app: Flask,
) -> None:
    periodic = "listings.sweep"
    insert = text(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status) "
        "SELECT 'default', name, name, name, CAST('{\"timestamp\": 0}' AS jsonb), CAST(:status AS procrastinate_job_status) "
        "FROM CAST(:name AS text) AS name"
    )
    with committed_app.app_context():
        with transaction() as session:
            session.execute(insert, [{"name": periodic, "status": status} for status in ("doing", "todo")])
            make_sold_lot(session)
            session.execute(
                text("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = :name"),
                {"name": "deals.follow_lot"},
            )
        assert (statuses(periodic), statuses("deals.follow_lot")) == (["doing", "todo"], ["doing"])

        work_until_idle(committed_app)

        assert (statuses(periodic), statuses("deals.follow_lot")) == ([], [])
        assert deals() == 1


def test_a_job_deferred_with_the_business_runs_after_its_commit(committed_app: Flask) -> None:
    with committed_app.app_context():
        with transaction() as session:
            lot_id = make_sold_lot(session)
        assert statuses("deals.follow_lot") == ["todo"]

        work_until_idle(committed_app)

        assert statuses("deals.follow_lot") == []
        with transaction() as session:
            assert session.scalars(select(Deal.lot_id)).all() == [lot_id]


def test_the_same_job_deferred_again_changes_nothing(committed_app: Flask) -> None:
    with committed_app.app_context():
        with transaction() as session:
            make_sold_lot(session)
            again = text(f"SELECT args {OF_JOBS}")
            arguments = session.scalars(again, {"name": "deals.follow_lot"}).one()
            jobs.defer(session, "deals.follow_lot", **arguments)

        work_until_idle(committed_app)

        assert statuses("deals.follow_lot") == []
        assert deals() == 1


def test_what_was_rolled_back_leaves_no_job_and_no_change(committed_app: Flask) -> None:
    with committed_app.app_context():
        with transaction() as session:
            institution = make_institution(session)
            listing_id = make_published_listing(session, institution).id
            officer = actor_of(institution.officer)
        before = statuses("search.index_listing")

        with pytest.raises(RuntimeError), transaction() as session:
            pause_listing(session, officer, listing_id, reason="核对", now=NOW)
            raise RuntimeError

        assert statuses("search.index_listing") == before
        assert current_session().get_one(Listing, listing_id).state == "published"


def test_gathered_jobs_are_written_once_together_and_none_when_the_work_fails(committed_app: Flask) -> None:
    with committed_app.app_context():
        with transaction() as session, jobs.gathered(session):
            for listing_id in (7, 8, 7):
                jobs.defer(session, "search.index_listing", lock="search.index", listing_id=listing_id)
            jobs.defer(session, "search.index_listing", run_at=NOW, listing_id=7)
        with pytest.raises(LookupError), transaction() as session, jobs.gathered(session):
            jobs.defer(session, "search.index_listing", listing_id=9)
            raise LookupError
        statement = text("SELECT args->>'listing_id', scheduled_at FROM procrastinate_jobs ORDER BY id")
        written = [tuple(row) for row in current_session().execute(statement)]

    assert written == [("7", None), ("8", None), ("7", NOW)]


def test_a_job_for_later_waits(committed_app: Flask) -> None:
    with committed_app.app_context():
        with transaction() as session:
            moment = session.scalars(text("SELECT now() + interval '1 hour'")).one()
            jobs.defer(session, "deals.follow_lot", run_at=moment, event_id=1)

        work_until_idle(committed_app)

        assert statuses("deals.follow_lot") == ["todo"]


def test_a_job_that_fails_is_kept_for_another_try(committed_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with committed_app.app_context():
        with transaction() as session:
            jobs.defer(session, "deals.follow_lot", event_id=987_654_321)

        work_until_idle(committed_app)

        assert statuses("deals.follow_lot") == ["todo"]
        with transaction() as session:
            attempts = session.scalar(text(f"SELECT attempts {OF_JOBS}"), {"name": "deals.follow_lot"})
        assert attempts == 1
        assert deals() == 0


def test_every_periodic_job_may_run_twice_on_an_empty_platform(committed_app: Flask) -> None:
    periodic = {name: entry for name, entry in registered.items() if entry.cron}
    assert {"listings.sweep", "auctions.close_due_lots"} <= set(periodic)

    for entry in [*periodic.values(), *periodic.values()]:
        with committed_app.app_context():
            entry.function()


def test_every_deferred_name_is_a_registered_job(worker_app: Flask) -> None:
    sources = [path.read_text("utf-8") for folder in ("platform", "search") for path in (ROOT / folder).rglob("*.py")]
    deferred = {name for source in [*sources, (ROOT / "app.py").read_text("utf-8")] for name in named_jobs(source)}

    assert deferred - set(registered) == set()
    assert {"search.index_listing", "evaluation.derive_facts", "deals.follow_lot", "notifications.deliver"} <= deferred


def named_jobs(source: str) -> set[str]:
    return set(re.findall(r"(?:defer\(\s*\w+,|Subscription\()\s*\"([a-z_.]+)\"", source))


def work_until_idle(app: Flask) -> None:
    """Run what is due, in this process."""
    run_worker(app, app.config["SQLALCHEMY_DATABASE_URI"], wait=False)
    current_session().rollback()
