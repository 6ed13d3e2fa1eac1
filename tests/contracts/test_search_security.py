"""The whole contract on a server with TLS and passwords, as a user who may touch the platform's own indices alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from config import load_settings
from market.kernel.runtime.errors import StartRefused
from search.engines import build_engine
from search.engines.base import EngineUnavailable, SearchEngine
from search.engines.elasticsearch import ElasticsearchEngine, connect
from search.indexing import rebuild
from search.jobs import EXTENSION
from search.query import from_text
from tests.contracts.contract import whole_contract
from tests.contracts.test_search_engine import HALL, ListSource
from tests.factories.public_listings import make_public_listing
from tools.elasticsearch_security import ADMINISTRATOR, USER, Security, write_certificates
from tools.elasticsearch_server import ElasticsearchServer

pytestmark = [pytest.mark.elasticsearch, pytest.mark.slow, pytest.mark.timeout(400)]
OWN = "own"
NOTICE = "检索服务暂时不可用"
globals().update(whole_contract())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ElasticsearchServer]:
    made = ElasticsearchServer(tmp_path_factory.mktemp("secured"), heap="512m", security=Security(OWN))
    try:
        made.start()
    except StartRefused as refusal:
        pytest.skip(f"Elasticsearch: {refusal}")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def administrator(server: ElasticsearchServer) -> Iterator[Elasticsearch]:
    assert server.security is not None
    account = {"username": ADMINISTRATOR, "password": server.security.administrator_password}
    with connect(server.url, timeout_seconds=60, ca_certs=str(server.authority), **account) as client:
        yield client


@pytest.fixture(scope="module")
def elasticsearch_client(server: ElasticsearchServer) -> Iterator[Elasticsearch]:
    assert server.security is not None
    account = {"username": USER, "password": server.security.password}
    with connect(server.url, timeout_seconds=60, ca_certs=str(server.authority), **account) as client:
        yield client


def settings(server: ElasticsearchServer, **others: str) -> dict[str, str]:
    """What an operator sets; an empty value is one that she forgot."""
    assert server.security is not None
    given = {
        "ELASTICSEARCH_URL": server.url,
        "ELASTICSEARCH_USERNAME": USER,
        "ELASTICSEARCH_PASSWORD": server.security.password,
        "ELASTICSEARCH_CA_CERTS": str(server.authority),
        "ELASTICSEARCH_INDEX_PREFIX": f"{OWN}-{uuid.uuid4().hex[:10]}",
        "ELASTICSEARCH_TIMEOUT_SECONDS": "60",
    }
    return given | others


@pytest.fixture
def elasticsearch_in_test(server: ElasticsearchServer) -> SearchEngine:
    return build_engine(load_settings(settings(server)))


@pytest.fixture
def engine(elasticsearch_in_test: ElasticsearchEngine) -> ElasticsearchEngine:
    return elasticsearch_in_test


REFUSED = {
    "a wrong password": {"ELASTICSEARCH_PASSWORD": "wrong"},
    "no user": {"ELASTICSEARCH_USERNAME": ""},
    "an unknown user": {"ELASTICSEARCH_USERNAME": "nobody"},
    "indices of somebody else": {"ELASTICSEARCH_INDEX_PREFIX": "foreign"},
    "an authority that is not told": {"ELASTICSEARCH_CA_CERTS": ""},
}


@pytest.fixture(params=[*REFUSED, "another authority", "no TLS"])
def refused(request: pytest.FixtureRequest, server: ElasticsearchServer, tmp_path: Path) -> SearchEngine:
    """An engine that the server does not let in, or that does not believe the server."""
    if request.param == "another authority":
        write_certificates(tmp_path)
        wrong = {"ELASTICSEARCH_CA_CERTS": str(tmp_path / "authority.pem")}
    elif request.param == "no TLS":
        wrong = {"ELASTICSEARCH_URL": server.url.replace("https", "http"), "ELASTICSEARCH_CA_CERTS": ""}
    else:
        wrong = REFUSED[request.param]
    return build_engine(load_settings(settings(server, **wrong)))


@pytest.fixture
def foreign(administrator: Elasticsearch) -> Iterator[str]:
    """An index of somebody else on the same server, of the name that the platform would use."""
    administrator.indices.create(index="foreign-1", aliases={"foreign-listings": {}})
    administrator.index(index="foreign-1", id="1", document={"title": "激光"}, refresh=True)
    yield "foreign-1"
    administrator.indices.delete(index="foreign-1")


def everything(administrator: Elasticsearch) -> dict[str, int]:
    """Documents by index."""
    administrator.indices.refresh(index="*")
    return {name: administrator.count(index=name)["count"] for name in administrator.indices.get(index="*")}


def test_who_is_not_let_in_gets_nothing_and_changes_nothing(
    refused: SearchEngine, foreign: str, administrator: Elasticsearch
) -> None:
    before = everything(administrator)
    with pytest.raises(EngineUnavailable):
        refused.search(from_text("激光"))
    with pytest.raises(EngineUnavailable):
        refused.is_current()
    with pytest.raises(EngineUnavailable):
        refused.write([HALL[0]])
    with pytest.raises(EngineUnavailable):
        rebuild(refused, ListSource(HALL))
    assert everything(administrator) == before
    assert before[foreign] == 1


def test_the_page_of_who_is_not_let_in_is_answered_by_postgresql(
    app: Flask, session: Session, client: FlaskClient, refused: SearchEngine, foreign: str
) -> None:
    listing = make_public_listing(session, "激光焊接头")
    app.extensions[EXTENSION], kept = refused, app.extensions[EXTENSION]
    try:
        page = client.get("/listings?q=激光焊接").get_data(as_text=True)
    finally:
        app.extensions[EXTENSION] = kept
    assert NOTICE in page
    assert f"/listings/{listing.number}" in page


def test_the_user_walks_a_whole_answer_and_leaves_nothing_open_on_the_server(
    engine: ElasticsearchEngine, administrator: Elasticsearch
) -> None:
    rebuild(engine, ListSource(HALL))
    walked = [[hit.id for hit in block] for block in engine.walk(from_text(""), 4)]
    assert [one for block in walked for one in block] == [6, 5, 4, 3, 2, 1]
    assert len(walked) > 1
    [node] = administrator.nodes.stats(metric="indices", index_metric="search")["nodes"].values()
    assert node["indices"]["search"]["open_contexts"] == 0


def test_the_user_of_the_platform_sees_nothing_of_the_cluster(elasticsearch_client: Elasticsearch) -> None:
    from elasticsearch import AuthorizationException

    with pytest.raises(AuthorizationException):
        elasticsearch_client.cluster.health()
    with pytest.raises(AuthorizationException):
        elasticsearch_client.indices.create(index="another")
