"""How far the index is behind is told truly, also of what was given up; a lost index is built anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.kernel import jobs
from search import service
from search.engines.base import EngineUnavailable
from search.engines.embedded import CURRENT, EmbeddedEngine
from search.jobs import EXTENSION
from search.query import SearchQuery
from tests.factories.public_listings import make_public_listing


class Unreachable(EmbeddedEngine):
    """An engine whose server is away."""

    def is_current(self) -> bool:
        raise EngineUnavailable("away")


@pytest.fixture
def engine(app: Flask, tmp_path: Path) -> Iterator[EmbeddedEngine]:
    made = EmbeddedEngine(tmp_path / "search")
    app.extensions[EXTENSION], kept = made, app.extensions[EXTENSION]
    yield made
    app.extensions[EXTENSION] = kept


def give_up(session: Session, name: str, **arguments: object) -> None:
    """A job that failed as often as it may, ten minutes after it was written."""
    jobs.defer(session, name, **arguments)
    session.execute(text("UPDATE procrastinate_events SET at = now() - interval '10 minutes'"))
    session.execute(text("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = :name"), {"name": name})


def lag(client: FlaskClient) -> tuple[int, float]:
    body = client.get("/readyz").get_json()
    return body["lag_rows"]["search"], body["lag_seconds"]["search"]


def failed_jobs(session: Session) -> list[str]:
    rows = session.scalars(text("SELECT task_name FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id"))
    return list(rows)


def reconcile() -> None:
    jobs.registered["search.reconcile"].function()


def test_what_was_given_up_is_behind_until_a_comparison_has_repaired_it(
    session: Session, client: FlaskClient, engine: EmbeddedEngine
) -> None:
    listing = make_public_listing(session, "激光")
    give_up(session, "search.index_listing", listing_id=listing.id)
    rows, seconds = lag(client)
    assert rows == 1
    assert 599 < seconds < 700

    reconcile()

    assert [hit.id for hit in engine.search(SearchQuery()).hits] == [listing.id]
    assert lag(client) == (0, 0.0)
    assert failed_jobs(session) == []


def test_a_comparison_that_could_not_be_made_forgets_nothing(
    app: Flask, session: Session, client: FlaskClient, engine: EmbeddedEngine, tmp_path: Path
) -> None:
    give_up(session, "search.index_listing", listing_id=1)
    app.extensions[EXTENSION] = Unreachable(tmp_path / "away")
    reconcile()
    assert lag(client)[0] == 1
    assert failed_jobs(session) == ["search.index_listing"]


def test_other_jobs_that_were_given_up_stay_for_the_operator(session: Session, engine: EmbeddedEngine) -> None:
    give_up(session, "notifications.deliver", event_id=1)
    reconcile()
    assert failed_jobs(session) == ["notifications.deliver"]


def test_listings_of_a_block_and_single_ones_count_once_each(session: Session, client: FlaskClient) -> None:
    jobs.defer(session, "search.index_listings", listing_ids=[1, 2, 3])
    jobs.defer(session, "search.index_listing", listing_id=3)
    jobs.defer(session, "search.index_listing", listing_id=4)
    assert lag(client)[0] == 4


def test_an_index_whose_files_are_damaged_is_built_anew(session: Session, engine: EmbeddedEngine) -> None:
    listing = make_public_listing(session, "激光")
    service.reconcile(engine)
    folder = engine._folder / (engine._folder / CURRENT).read_text()
    for path in list(folder.iterdir()):
        path.unlink()  # the open index keeps its own, as after a restore of half a backup
        path.write_bytes(b"damaged")
    assert engine.is_lost()

    assert service.reconcile(engine) is None

    assert not engine.is_lost()
    assert [hit.id for hit in engine.search(SearchQuery()).hits] == [listing.id]


def test_readiness_asks_nothing_twice_of_an_engine_that_is_away(session: Session, tmp_path: Path) -> None:
    asked: list[str] = []

    class Counting(EmbeddedEngine):
        def search(self, query: SearchQuery) -> object:  # type: ignore[override]
            asked.append("search")
            raise EngineUnavailable("away")

        def is_current(self) -> bool:
            asked.append("is_current")
            return True

    assert not service.is_ready(Counting(tmp_path))
    assert asked == ["search"]


def test_a_listing_whose_achievement_changed_is_behind_before_its_own_job_is_written(
    session: Session, client: FlaskClient, engine: EmbeddedEngine
) -> None:
    listing = make_public_listing(session, "高温密封件")
    service.reconcile(engine)
    session.execute(text("DELETE FROM procrastinate_jobs"))
    jobs.defer(session, "search.follow_achievement", achievement_id=listing.achievement_id + 1_000)
    assert lag(client)[0] == 0
    jobs.defer(session, "search.follow_achievement", achievement_id=listing.achievement_id)
    assert lag(client)[0] == 1
