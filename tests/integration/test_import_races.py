"""Imports at the same time, and an import whose worker is killed: real commits, real connections, a real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.achievements.importing import applying, queries, running, service
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.rows import FileRow
from market.achievements.importing.running import run_import
from market.achievements.models import Achievement, ImportRow, ImportRun, IPRight
from market.achievements.vocabulary import ImportState, RowOutcome
from market.kernel.db import current_session, db, transaction
from market.kernel.events import Event, verify_stream
from tests.conftest import NOW
from tests.factories.imports import approve_and_run, check, receive
from tests.factories.office_files import HEADINGS, office_rows, workbook_bytes
from tests.factories.world import make_organisation

ROOT = Path(__file__).resolve().parents[2]
ROWS = office_rows(1200)


def queued_import(app: Flask, rows: list[tuple[str, ...]], name: str) -> int:
    """An institution with an approved import, committed."""
    with app.app_context():
        with transaction() as session:
            organisation = make_organisation(session, name=name)
        run_id = check(session, organisation, OfficeFile("清单.xlsx", workbook_bytes(HEADINGS, rows)), NOW)
        with transaction() as session:
            service.approve(session, run_id)
        db.session.remove()
        return run_id


def in_own_connection(app: Flask, step: Callable[[], object]) -> None:
    with app.app_context():
        try:
            step()
        finally:
            db.session.remove()


def wait_until(app: Flask, condition: Callable[[Session], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with app.app_context():
            is_true = condition(current_session())
            db.session.remove()
        if is_true:
            return
        time.sleep(0.01)
    pytest.fail("the awaited state did not come")


def somebody_waits(session: Session) -> bool:
    statement = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(session.scalar(statement))


def counts(app: Flask, run_id: int) -> tuple[int, int, int, int]:
    with app.app_context():
        result = queries.import_result(run_id)
        db.session.remove()
    return tuple(result.counts[outcome] for outcome in RowOutcome)  # type: ignore[return-value]


def test_of_two_institutions_with_the_same_numbers_at_once_the_first_commit_wins(committed_app: Flask) -> None:
    rows = ROWS[:50]
    first, second = queued_import(committed_app, rows, "甲大学"), queued_import(committed_app, rows, "乙大学")
    rival = threading.Thread(
        target=in_own_connection, args=(committed_app, lambda: run_import(second, now=NOW)), daemon=True
    )
    with committed_app.app_context():
        with transaction() as session:
            applying.begin(session, first)
        with transaction() as session:
            run = applying.claim(session, first)
            assert run is not None
            batch = [FileRow(number, row) for number, row in enumerate(rows, start=2)]
            applying.write_rows(session, run, batch, {}, now=NOW)
            rival.start()
            wait_until(committed_app, somebody_waits)
            applying.finish(session, first, now=NOW)
    rival.join(30)
    assert counts(committed_app, first) == (50, 0, 0, 0)
    assert counts(committed_app, second) == (0, 0, 0, 50)
    with committed_app.app_context():
        session = current_session()
        loser = session.get_one(ImportRun, second)
        assert (loser.state, loser.moved_count) == (ImportState.CHECKED, 50)
        reasons = set(session.scalars(select(ImportRow.reason_code).where(ImportRow.import_run_id == second)))
        assert reasons == {"row.held_by_another"}
        assert session.scalar(select(func.count(Achievement.id))) == 50
        approve_and_run(session, second, NOW)
        assert session.scalar(select(func.count(Achievement.id))) == 50
        assert session.scalar(select(func.count(Event.id)).where(Event.action == "import.number_conflicts")) == 1
        db.session.remove()


def test_while_an_import_writes_others_see_its_progress_and_none_of_its_rows(committed_app: Flask) -> None:
    run_id = queued_import(committed_app, ROWS, "甲大学")
    with committed_app.app_context():
        with transaction() as session:
            applying.begin(session, run_id)
        with transaction() as session:
            run = applying.claim(session, run_id)
            assert run is not None
            batch = [FileRow(number, row) for number, row in enumerate(ROWS[:400], start=2)]
            applying.write_rows(session, run, batch, {}, now=NOW)
            running.tell_progress(run_id, 400)
            with db.engine.connect() as stranger:
                assert stranger.scalar(select(ImportRun.done_count)) == 400
                assert stranger.scalar(select(func.count(IPRight.id))) == 0
            session.rollback()
        run_import(run_id, now=NOW)
        db.session.remove()
    assert_complete(committed_app, run_id, ROWS)


def test_two_workers_on_one_import_share_it_without_a_trace(committed_app: Flask) -> None:
    run_id = queued_import(committed_app, ROWS, "甲大学")
    workers = [
        threading.Thread(target=in_own_connection, args=(committed_app, lambda: run_import(run_id, now=NOW)))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert_complete(committed_app, run_id, ROWS)


@pytest.mark.slow
def test_an_import_whose_worker_is_killed_ends_as_if_nothing_had_happened(
    committed_app: Flask, worker_environment: dict[str, str]
) -> None:
    rows = office_rows(6000)
    run_id = queued_import(committed_app, rows, "甲大学")
    victim = start_worker(worker_environment)
    try:
        wait_until(committed_app, lambda session: 0 < done(session, run_id) < len(rows))
    finally:
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    with committed_app.app_context():
        session = current_session()
        assert session.get_one(ImportRun, run_id).state == ImportState.RUNNING
        assert session.scalar(select(func.count(IPRight.id))) == 0
        db.session.remove()
    successor = start_worker(worker_environment)
    try:
        wait_until(committed_app, lambda session: state_of(session, run_id) == ImportState.DONE, seconds=90)
    finally:
        successor.terminate()
        successor.wait(30)
    assert_complete(committed_app, run_id, rows)


@pytest.mark.slow
def test_a_check_whose_worker_is_killed_goes_on_with_the_next_row(
    committed_app: Flask, worker_environment: dict[str, str]
) -> None:
    rows = office_rows(6000)
    with committed_app.app_context():
        with transaction() as session:
            organisation = make_organisation(session, name="甲大学")
        run_id = receive(session, organisation, OfficeFile("清单.xlsx", workbook_bytes(HEADINGS, rows)), NOW)
        db.session.remove()
    victim = start_worker(worker_environment)
    try:
        wait_until(committed_app, lambda session: 0 < done(session, run_id) < len(rows))
    finally:
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    successor = start_worker(worker_environment)
    try:
        wait_until(committed_app, lambda session: state_of(session, run_id) == ImportState.CHECKED, seconds=90)
    finally:
        successor.terminate()
        successor.wait(30)
    assert counts(committed_app, run_id) == (len(rows), 0, 0, 0)
    with committed_app.app_context():
        assert current_session().scalar(select(func.count()).select_from(ImportRow)) == len(rows)
        assert current_session().scalar(select(func.count(IPRight.id))) == 0
        db.session.remove()


def start_worker(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "worker", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def state_of(session: Session, run_id: int) -> str | None:
    return session.scalar(select(ImportRun.state).where(ImportRun.id == run_id))


def done(session: Session, run_id: int) -> int:
    return session.scalar(select(ImportRun.done_count).where(ImportRun.id == run_id)) or 0


def assert_complete(app: Flask, run_id: int, rows: list[tuple[str, ...]]) -> None:
    """Every row once: right, achievement, event, line; one end; chains whole."""
    assert counts(app, run_id) == (len(rows), 0, 0, 0)
    with app.app_context():
        session = current_session()
        assert session.get_one(ImportRun, run_id).state == ImportState.DONE
        numbers = sorted(row[1].removeprefix("CN") for row in rows)
        assert sorted(session.scalars(select(IPRight.number))) == numbers
        assert session.scalar(select(func.count(Achievement.id))) == len(rows)
        assert session.scalar(select(func.count()).select_from(ImportRow)) == len(rows)
        registered = select(func.count(func.distinct(Event.subject_id))).where(Event.action == "achievement.registered")
        assert session.scalar(registered) == len(rows)
        assert session.scalar(select(func.count(Event.id)).where(Event.subject_kind == "achievement")) == len(rows)
        assert session.scalar(select(func.count(Event.id)).where(Event.action == "import.finished")) == 1
        assert verify_stream(session, f"import_run:{run_id}") == []
        db.session.remove()
