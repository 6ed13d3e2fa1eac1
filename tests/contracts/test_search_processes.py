"""Processes of the whole platform are killed in the middle of publishing and indexing: afterwards nothing differs."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import psutil
import psycopg
import pytest
from flask import Flask

from app import create_app
from market.kernel import jobs
from market.kernel.db import db, transaction
from market.kernel.runtime.errors import StartRefused
from search import indexing
from search.engines.base import EngineUnavailable
from search.jobs import EXTENSION
from search.source import DatabaseSource
from tests.conftest import NOW, TEMPLATE, admin_execute, settings_for, url_of
from tests.factories.public_listings import make_public_listing
from tests.factories.started_platform import StartedPlatform, started_platform
from tests.factories.world import PASSWORD, make_institution
from tests.functional.real_server import Visitor
from tools.elasticsearch_server import ElasticsearchServer

pytestmark = [pytest.mark.elasticsearch, pytest.mark.slow, pytest.mark.timeout(900)]
AGREES_WITHIN_SECONDS = 300  # tries of a job, and a comparison every two minutes
EDITORS = 3
LISTINGS_EACH = 3
NOTICE = "检索服务暂时不可用"
LISTINGS = 40


@dataclass
class Whole:
    """A running platform on an Elasticsearch of its own, and this process's view of both."""

    platform: StartedPlatform
    elasticsearch: ElasticsearchServer
    app: Flask
    officer: str
    numbers: list[str]

    def kill(self, word: str) -> None:
        """kill -9 of every process of the platform with the word on its command line; it is started again by itself."""
        everyone = psutil.Process(self.platform.process.pid).children(recursive=True)
        killed = [one for one in everyone if word in " ".join(one.cmdline()) and "-I" not in one.cmdline()]
        assert killed
        for process in killed:
            process.kill()

    def differing(self) -> int:
        with self.app.app_context():
            try:
                return indexing.difference(self.app.extensions[EXTENSION], DatabaseSource())[0].count
            finally:
                db.session.remove()

    def wait_until_agreed(self) -> None:
        """Until nothing waits for the index any more, and then the index says of each listing what its row says."""
        deadline = time.monotonic() + AGREES_WITHIN_SECONDS
        while self.behind() or (differing := self._differing_if_known()) is None:
            assert time.monotonic() < deadline, f"{self.behind()} listings are behind"
            time.sleep(1)  # asking other processes
        assert differing == 0

    def behind(self) -> int:
        """How many listings wait for the index, as the platform says."""
        return int(httpx.get(f"{self.platform.address}/readyz", timeout=60).json()["lag_rows"]["search"])

    def _differing_if_known(self) -> int | None:
        try:
            return self.differing()
        except EngineUnavailable:
            return None

    def wait_for_web(self) -> None:
        deadline = time.monotonic() + AGREES_WITHIN_SECONDS
        while True:
            try:
                assert httpx.get(f"{self.platform.address}/healthz", timeout=5).status_code == 200
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.1)  # asking a starting process
            else:
                return


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("whole")
    name = f"kezhuan_{uuid.uuid4().hex[:12]}"
    server = ElasticsearchServer(folder / "elasticsearch", heap="512m")
    with ExitStack() as at_the_end:
        try:
            variables = {"ELASTICSEARCH_URL": server.start(), "ELASTICSEARCH_TIMEOUT_SECONDS": "20", "MEANING": "off"}
        except StartRefused as refusal:
            pytest.skip(f"Elasticsearch: {refusal}")
        at_the_end.callback(server.stop)
        admin_execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        at_the_end.callback(admin_execute, f"DROP DATABASE {name} WITH (FORCE)")
        settings = settings_for(url_of(name), folder / "here", **variables)
        app = create_app(settings)
        at_the_end.callback(let_go, app)
        officer, numbers = a_market(app)
        started = started_platform(folder / "instance", url_of(name), WEB_PROCESSES="2", **variables)
        found = Whole(at_the_end.enter_context(started), server, app, officer, numbers)
        found.wait_until_agreed()
        yield found


def a_market(app: Flask) -> tuple[str, list[str]]:
    """An institution's listings that may be paused and resumed: its officer's address, and their numbers."""
    with app.app_context():
        with transaction() as session:
            house = make_institution(session, name="温州大学")
            made = [
                make_public_listing(
                    session,
                    f"第{one}号激光切割装置",
                    organisation=house.organisation,
                    patent_numbers=(f"20231{one:07d}",),
                    abstract="一种激光切割装置，精度高。" * 5,
                    completers="张三",
                    summary="用于切割的激光设备，速度快，成本低。" * 3,
                    problem="切割慢，切口粗糙。" * 3,
                    advantage="切割快，切口光滑。" * 3,
                    no_secret_by_id=house.officer.id,
                    no_secret_at=NOW,
                ).number
                for one in range(1, LISTINGS + 1)
            ]
            officer = house.officer.email
        db.session.remove()
    return officer, made


def let_go(app: Flask) -> None:
    """Close this process's connections to the database."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


class Editors:
    """Officers who pause and resume their listings as fast as they are answered, until the block ends."""

    def __init__(self, whole: Whole) -> None:
        numbers = whole.numbers[: EDITORS * LISTINGS_EACH]
        self._visitors = [Visitor(whole.platform.address).sign_in(whole.officer, PASSWORD) for _ in range(EDITORS)]
        self._threads = [
            threading.Thread(target=self._edit, args=(visitor, numbers[turn::EDITORS]))
            for turn, visitor in enumerate(self._visitors)
        ]
        self._stop = threading.Event()
        self._count = itertools.count(1)
        self._done = threading.Condition()
        self.made = 0

    def __enter__(self) -> Editors:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *ignored: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for visitor in self._visitors:
            visitor.__exit__()

    def _edit(self, visitor: Visitor, numbers: list[str]) -> None:
        steps = [(number, step) for number in numbers for step in ("pause", "resumption")]
        for number, step in itertools.cycle(steps):
            if self._stop.is_set():
                return
            page = f"/console/listings/{number}"
            try:
                answer = visitor.post(f"{page}/{step}", page, reason="核对材料")
            except (httpx.TransportError, AssertionError):  # killed before or in the middle of the answer
                continue
            if answer.status_code == 302:
                with self._done:
                    self.made += 1
                    self._done.notify_all()

    def wait_for(self, number: int) -> None:
        """Until so many more changes were made."""
        with self._done:
            wanted = self.made + number
            assert self._done.wait_for(lambda: self.made >= wanted, AGREES_WITHIN_SECONDS), self.made


def test_web_and_worker_killed_amid_many_changes_leave_no_difference(whole: Whole) -> None:
    with Editors(whole) as editors:
        for victim in ("gunicorn", "worker", "gunicorn"):
            editors.wait_for(8)
            whole.kill(victim)
            whole.wait_for_web()
        editors.wait_for(8)
    assert editors.made >= 32
    whole.wait_until_agreed()


def test_a_request_that_is_killed_before_its_commit_changes_neither_row_nor_index(whole: Whole) -> None:
    number = whole.numbers[-1]
    page = f"/console/listings/{number}"
    with Visitor(whole.platform.address) as officer, psycopg.connect(whole.platform.database) as held:
        officer.sign_in(whole.officer, PASSWORD)
        held.execute("LOCK TABLE procrastinate_jobs IN SHARE MODE")  # the listing is written, its jobs must wait

        def publish() -> None:
            with pytest.raises((httpx.TransportError, AssertionError)):
                officer.post(f"{page}/pause", page, reason="核对材料")

        request = threading.Thread(target=publish)
        request.start()
        wait_for_a_waiting_request(whole.platform.database)
        whole.kill("gunicorn")
        request.join()
    whole.wait_for_web()
    with psycopg.connect(whole.platform.database) as connection:
        state = connection.execute("SELECT state FROM listing WHERE number = %s", [number]).fetchone()
    assert state == ("published",)
    whole.wait_until_agreed()


def wait_for_a_waiting_request(database: str) -> None:
    waiting = """
    SELECT count(*) FROM pg_locks
    WHERE NOT granted AND relation = 'procrastinate_jobs'::regclass AND mode = 'RowExclusiveLock'
      AND EXISTS (SELECT FROM pg_locks AS own WHERE own.pid = pg_locks.pid AND own.relation = 'listing'::regclass
                  AND own.mode = 'RowExclusiveLock' AND own.granted)
    """
    deadline = time.monotonic() + AGREES_WITHIN_SECONDS
    with psycopg.connect(database, autocommit=True) as connection:
        while connection.execute(waiting).fetchone() == (0,):
            assert time.monotonic() < deadline
            time.sleep(0.02)  # asking another process


def test_elasticsearch_killed_amid_changes_and_a_rebuild_and_come_back_empty_ends_whole(whole: Whole) -> None:
    address = f"{whole.platform.address}/listings?q=装置"
    with Editors(whole) as editors:
        editors.wait_for(4)
        rebuild_by_the_operator(whole)
        whole.elasticsearch.kill()
        editors.wait_for(8)
        assert NOTICE in httpx.get(address, timeout=60).text
        body = httpx.get(f"{whole.platform.address}/readyz", timeout=60).json()
        assert (body["status"], body["checks"]["search"]) == ("degraded", False)
        assert whole.behind() > 0
    whole.elasticsearch.start()
    whole.wait_until_agreed()
    assert NOTICE not in httpx.get(address, timeout=60).text
    assert httpx.get(f"{whole.platform.address}/readyz", timeout=60).json()["checks"]["search"] is True


def rebuild_by_the_operator(whole: Whole) -> None:
    """The job of the operator's button; the worker begins with it at once."""
    with whole.app.app_context():
        with transaction() as session:
            jobs.defer(session, "search.rebuild", lock="search.index")
        db.session.remove()
