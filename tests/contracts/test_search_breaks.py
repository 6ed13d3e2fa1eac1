"""The hall while Elasticsearch is away, silent, slow, red or read-only: it answers, says so, and comes back by itself."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import pytest
from elasticsearch import Elasticsearch
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.listings.models import Listing
from search import indexing, service
from search.documents import ListingDocument
from search.engines import elasticsearch_queries
from search.engines.base import EngineUnavailable
from search.engines.breaker import CircuitBreaker
from search.engines.elasticsearch import ElasticsearchEngine, connect
from search.engines.page_time import NotAsked
from search.query import from_text
from search.source import DatabaseSource
from tests.factories.public_listings import make_public_listing
from tests.factories.troubled_way import TroubledWay

pytestmark = pytest.mark.elasticsearch
PATIENT_SECONDS = 60.0
TIMEOUT_SECONDS = 2.0
SLOW_SECONDS = 10.0
ANSWERED_WITHIN_SECONDS = 20.0
PAUSE_SECONDS = 5.0
TROUBLES = ("cut", "silent", "stalled", "slow", "trickling")
NOTICE = "检索服务暂时不可用"


class Hall:
    """An engine on a way that can be troubled, and a direct way for whoever runs the server."""

    def __init__(self, way: TroubledWay, direct: Elasticsearch, prefix: str) -> None:
        self.way, self.direct, self.seconds = way, direct, 0.0
        breaker = CircuitBreaker(pause_seconds=PAUSE_SECONDS, monotonic=lambda: self.seconds)
        client = connect(way.url, timeout_seconds=TIMEOUT_SECONDS)
        self.engine = ElasticsearchEngine(client, prefix=prefix, breaker=breaker, timeout_seconds=TIMEOUT_SECONDS)
        self.patient = ElasticsearchEngine(
            direct, prefix=prefix, breaker=CircuitBreaker(), timeout_seconds=PATIENT_SECONDS
        )

    @property
    def index(self) -> str:
        return next(iter(self.direct.indices.get_alias(name=self.engine.alias)))

    def set(self, name: str, value: object) -> None:
        self.direct.indices.put_settings(index=self.index, settings={name: value})


@pytest.fixture
def hall(
    session: Session, app: Flask, elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Hall, Listing]]:
    prefix = f"break-{uuid.uuid4().hex[:10]}"
    listing = make_public_listing(session, "高温密封件")
    port = urlsplit(elasticsearch_url).port
    assert port is not None
    with connect(elasticsearch_url, timeout_seconds=PATIENT_SECONDS) as direct, TroubledWay(port, SLOW_SECONDS) as way:
        made = Hall(way, direct, prefix)
        indexing.rebuild(made.patient, DatabaseSource())
        monkeypatch.setitem(app.extensions, "kezhuan_search", made.engine)
        yield made, listing
        for index in direct.indices.get(index=f"{prefix}-*", expand_wildcards="all"):
            direct.indices.delete(index=index)


def page(client: FlaskClient, address: str = "/listings?q=密封件") -> tuple[bool, bool]:
    """Whether the listing is found, and whether the page says that the answer is reduced."""
    begin = time.monotonic()
    answer = client.get(address)
    assert time.monotonic() - begin < ANSWERED_WITHIN_SECONDS
    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    return "/listings/WZ2026" in html, NOTICE in html


@pytest.mark.parametrize("trouble", TROUBLES)
def test_without_an_answer_postgresql_answers_within_the_time_out_and_the_engine_is_left_in_peace(
    client: FlaskClient, hall: tuple[Hall, Listing], trouble: str
) -> None:
    made, _ = hall
    assert page(client) == (True, False)
    made.way.begin(trouble)
    assert [page(client) for _ in range(3)] == [(True, True)] * 3
    came = made.way.connections
    assert [page(client) for _ in range(5)] == [(True, True)] * 5
    assert made.way.connections == came
    assert not service.is_ready(made.engine)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_when_the_way_is_free_again_the_hall_comes_back_by_itself(
    client: FlaskClient, hall: tuple[Hall, Listing], trouble: str
) -> None:
    made, _ = hall
    made.way.begin(trouble)
    assert [page(client) for _ in range(3)] == [(True, True)] * 3
    made.way.begin(None)
    made.seconds += PAUSE_SECONDS
    assert page(client) == (True, False)
    assert service.is_ready(made.engine)


def test_changes_during_an_outage_are_lost_nowhere(session: Session, hall: tuple[Hall, Listing]) -> None:
    made, listing = hall
    made.way.begin("cut")
    fresh = make_public_listing(session, "激光焊接头")
    listing.title = "耐磨阀门"
    session.flush()
    for one in (fresh, listing):
        with pytest.raises(EngineUnavailable):
            service.index_listing(made.engine, one.id)
    made.way.begin(None)
    assert indexing.difference(made.patient, DatabaseSource())[0].count == 2
    service.reconcile(made.engine)
    assert indexing.difference(made.patient, DatabaseSource()) == (indexing.Difference((), ()), 2)


@pytest.mark.parametrize("trouble", ["silent", "stalled", "slow", "trickling"])
def test_a_page_that_asks_often_waits_once(app: Flask, hall: tuple[Hall, Listing], trouble: str) -> None:
    made, _ = hall
    made.way.begin(trouble)
    came, refusals = made.way.connections, []
    with app.test_request_context():
        for _ in range(3):
            with pytest.raises(EngineUnavailable) as refused:
                made.engine.search(from_text("密封件"))
            refusals.append(type(refused.value))
        assert not service.is_ready(made.engine)
    assert made.way.connections - came <= 1  # none where the open one was used
    assert refusals == [EngineUnavailable, NotAsked, NotAsked]


def test_an_index_of_which_no_copy_is_left_is_built_anew(
    session: Session, client: FlaskClient, hall: tuple[Hall, Listing], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = hall
    lost = fall_ill(made)
    monkeypatch.setattr("search.engines.elasticsearch.COPIES_ASKED_FOR", 2)
    assert made.direct.cluster.health(index=lost)["status"] == "red"
    assert page(client) == (True, True)
    assert made.patient.is_lost()

    assert service.reconcile(made.patient) is None

    made.seconds += PAUSE_SECONDS
    assert made.index != lost
    assert page(client) == (True, False)
    assert indexing.difference(made.patient, DatabaseSource()) == (indexing.Difference((), ()), 1)


class CutAmidReading(DatabaseSource):
    """The database, at whose first documents the way to the engine is cut."""

    def __init__(self, way: TroubledWay) -> None:
        self._way = way

    def documents(self, ids: Sequence[int]) -> list[ListingDocument]:
        self._way.begin("cut")
        return super().documents(ids)


def test_a_rebuild_that_loses_the_server_leaves_the_old_index_and_can_be_begun_again(
    session: Session, client: FlaskClient, hall: tuple[Hall, Listing]
) -> None:
    made, _ = hall
    whole = made.index
    make_public_listing(session, "激光焊接头")
    with pytest.raises(EngineUnavailable):
        indexing.rebuild(made.engine, CutAmidReading(made.way))
    assert made.index == whole
    made.way.begin(None)
    assert page(client) == (True, False)
    assert indexing.rebuild(made.engine, DatabaseSource()) == 2
    assert made.index != whole
    assert list(made.direct.indices.get(index=f"{made.engine.alias}*")) == [made.index]
    assert indexing.difference(made.patient, DatabaseSource())[0].count == 0


def test_a_read_only_index_answers_and_takes_the_changes_later(
    session: Session, client: FlaskClient, hall: tuple[Hall, Listing]
) -> None:
    made, listing = hall
    made.set("index.blocks.read_only_allow_delete", True)
    listing.summary = "用于泵阀。"
    session.flush()
    with pytest.raises(EngineUnavailable):
        service.index_listing(made.engine, listing.id)
    assert page(client) == (True, False)
    assert indexing.difference(made.patient, DatabaseSource())[0].outdated == (listing.id,)
    made.set("index.blocks.read_only_allow_delete", None)
    service.index_listing(made.engine, listing.id)
    made.patient.refresh()
    assert [hit.id for hit in made.engine.search(from_text("泵阀")).hits] == [listing.id]


def fall_ill(made: Hall) -> str:
    """From now on an index answers whose only copy lies nowhere; returns its name."""
    whole, red = made.index, f"{made.index}-red"
    nowhere = {**elasticsearch_queries.SETTINGS, "index.routing.allocation.enable": "none"}
    made.direct.indices.create(
        index=red,
        mappings=elasticsearch_queries.MAPPINGS,
        settings=nowhere,
        aliases={elasticsearch_queries.alias_for_changes(red): {}},
        wait_for_active_shards="0",
    )
    add = {"add": {"index": red, "alias": made.engine.alias}}
    made.direct.indices.update_aliases(actions=[add, {"remove": {"index": whole, "alias": made.engine.alias}}])
    return red


def test_a_red_index_is_not_ready_and_the_hall_answers_from_the_database_until_it_is_green(
    client: FlaskClient, hall: tuple[Hall, Listing]
) -> None:
    made, _ = hall
    red = fall_ill(made)
    assert made.direct.cluster.health(index=red)["status"] == "red"
    assert [page(client), page(client, "/listings")] == [(True, True)] * 2
    assert not service.is_ready(made.engine)
    made.set("index.routing.allocation.enable", None)
    made.direct.cluster.health(index=red, wait_for_status="yellow", timeout="60s")
    made.seconds += PAUSE_SECONDS
    assert service.is_ready(made.engine)
    service.reconcile(made.engine)
    assert page(client) == (True, False)
