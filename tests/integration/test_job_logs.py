"""Lines that a job logs say which job it is and which request caused it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask, g
from sqlalchemy import text

from market.kernel import jobs
from market.kernel.db import transaction
from market.kernel.logs import JsonFormatter
from market.kernel.worker import run_worker

REQUEST_ID = "0123456789abcdef0123456789abcdef"
log = logging.getLogger("kezhuan.tests")


class Lines(logging.Handler):
    """The lines as they would be written, by the thread that logs."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.written: list[dict[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(json.loads(self.format(record)))

    def saying(self, message: str) -> list[dict[str, str]]:
        return [line for line in self.written if line["message"] == message]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, root = Lines(), logging.getLogger("kezhuan")
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def talking_jobs() -> Iterator[None]:
    """One job that defers another; one that breaks."""

    @jobs.job("tests.first")
    def first(number: int) -> None:
        log.info("first %s", number)
        with transaction() as session:
            jobs.defer(session, "tests.second")

    @jobs.job("tests.second")
    def second() -> None:
        log.info("second")

    @jobs.job("tests.breaks")
    def breaks() -> None:
        raise ZeroDivisionError

    yield
    for name in ("tests.first", "tests.second", "tests.breaks"):
        del jobs.registered[name]


def defer_and_work(app: Flask, name: str, request_id: str | None, **arguments: int) -> None:
    with app.test_request_context("/"):
        if request_id:
            g.request_id = request_id
        with transaction() as session:
            session.execute(text("DELETE FROM procrastinate_jobs"))
            jobs.defer(session, name, **arguments)
    run_worker(app, app.config["SQLALCHEMY_DATABASE_URI"], wait=False)


@pytest.mark.usefixtures("talking_jobs")
def test_a_job_and_the_job_that_it_defers_log_the_request_that_caused_them(committed_app: Flask, lines: Lines) -> None:
    defer_and_work(committed_app, "tests.first", REQUEST_ID, number=7)

    [first], [second] = lines.saying("first 7"), lines.saying("second")
    assert (first["request_id"], second["request_id"]) == (REQUEST_ID, REQUEST_ID)
    assert (first["job"].split()[0], second["job"].split()[0]) == ("tests.first", "tests.second")


@pytest.mark.usefixtures("talking_jobs")
def test_a_job_that_breaks_says_for_which_request(committed_app: Flask, lines: Lines) -> None:
    defer_and_work(committed_app, "tests.breaks", REQUEST_ID)

    line = lines.saying("job tests.breaks did not end well")[0]
    assert (line["request_id"], line["level"]) == (REQUEST_ID, "WARNING")
    assert "ZeroDivisionError" in line["traceback"]


@pytest.mark.usefixtures("talking_jobs")
def test_a_job_that_no_request_caused_names_none(committed_app: Flask, lines: Lines) -> None:
    defer_and_work(committed_app, "tests.second", None)

    [line] = lines.saying("second")
    assert "request_id" not in line
    assert line["job"].startswith("tests.second ")
