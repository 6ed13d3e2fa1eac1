"""`flask search rebuild` and `verify` beside a worker and writers, and killed in the middle: nothing is left out."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from market.kernel import jobs
from market.kernel.db import transaction
from market.listings.models import Listing
from search import indexing
from search.engines.embedded import BUILDING, CURRENT, EmbeddedEngine
from search.query import SearchQuery
from search.source import DatabaseSource
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation

ROOT = Path(__file__).resolve().parents[2]
LISTINGS = 120
PATIENCE_SECONDS = 180
pytestmark = pytest.mark.slow


@pytest.fixture
def engine(committed_app: Flask) -> EmbeddedEngine:
    found = committed_app.extensions["kezhuan_search"]
    found = getattr(found, "words", found)  # what stands below the search by meaning
    assert isinstance(found, EmbeddedEngine)
    return found


@pytest.fixture
def ids(committed_app: Flask, engine: EmbeddedEngine) -> list[int]:
    with committed_app.app_context():
        with transaction() as session:
            organisation = make_organisation(session)
            made = [make_public_listing(session, f"成果{one}", organisation=organisation).id for one in range(LISTINGS)]
        indexing.rebuild(engine, DatabaseSource())
    return made


def folder(app: Flask) -> Path:
    return Path(app.extensions["kezhuan_settings"].instance_path) / "search"


def start(environment: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)


def change(app: Flask, listing_id: int, title: str) -> None:
    """As the platform does: the row and its index job in one transaction."""
    with app.app_context(), transaction() as session:
        listing = session.get_one(Listing, listing_id)
        listing.title = title
        jobs.defer(session, "search.index_listing", lock="search.index", listing_id=listing_id)


def difference(app: Flask, engine: EmbeddedEngine) -> int:
    with app.app_context():
        return indexing.difference(engine, DatabaseSource())[0].count


def test_a_rebuild_that_is_killed_leaves_the_old_index_and_the_next_one_clears_up(
    committed_app: Flask, engine: EmbeddedEngine, ids: list[int], worker_environment: dict[str, str]
) -> None:
    unfinished = folder(committed_app) / BUILDING
    before = (folder(committed_app) / CURRENT).read_text()
    killed = start(worker_environment, "search", "rebuild")
    wait_for(unfinished.exists, killed)
    assert killed.poll() is None
    killed.kill()
    killed.wait()
    assert unfinished.exists()
    assert (folder(committed_app) / CURRENT).read_text() == before
    assert engine.search(SearchQuery()).total == LISTINGS
    change(committed_app, ids[0], "电子束焊接")
    assert start(worker_environment, "search", "rebuild").wait(PATIENCE_SECONDS) == 0
    assert not unfinished.exists()
    assert difference(committed_app, engine) == 0
    left = {path.name for path in folder(committed_app).iterdir() if path.is_dir()}
    assert left == {before, (folder(committed_app) / CURRENT).read_text()}


def test_rebuilding_and_verifying_while_rows_change_and_a_worker_indexes_lose_nothing(
    committed_app: Flask, engine: EmbeddedEngine, ids: list[int], worker_environment: dict[str, str]
) -> None:
    worker = start(worker_environment, "worker", "run")
    before = (folder(committed_app) / CURRENT).read_text()
    try:
        for turn, command in enumerate(("rebuild", "verify", "rebuild")):
            running, changed = start(worker_environment, "search", command), 0
            while running.poll() is None:
                change(committed_app, ids[changed % LISTINGS], f"第{turn}轮第{changed}次")
                changed += 1
            assert (running.returncode, changed > 0) == (0, True)
    finally:
        worker.kill()
        worker.wait()
    assert (folder(committed_app) / CURRENT).read_text() != before
    with committed_app.app_context():
        indexing.verify(engine, DatabaseSource())
    assert difference(committed_app, engine) == 0
    assert engine.search(SearchQuery()).total == LISTINGS
