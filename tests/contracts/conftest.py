"""The engines of these tests: the embedded one and the real Elasticsearch server.

Without java or maven the tests of the server are skipped with the reason.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from market.kernel.runtime.errors import StartRefused
from search.engines.base import SearchEngine
from search.engines.breaker import CircuitBreaker
from search.engines.elasticsearch import ElasticsearchEngine, connect
from search.engines.embedded import EmbeddedEngine
from tools.elasticsearch_server import ElasticsearchServer

MINUTE_TIMEOUT_SECONDS = 60.0


@pytest.fixture(scope="session")
def elasticsearch_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of one real node, for the whole run."""
    server = ElasticsearchServer(tmp_path_factory.mktemp("elasticsearch"), heap="512m")
    try:
        url = server.start()
    except StartRefused as refusal:
        pytest.skip(f"Elasticsearch: {refusal}")
    try:
        yield url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def elasticsearch_client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    """A patient client of the server."""
    with connect(elasticsearch_url, timeout_seconds=MINUTE_TIMEOUT_SECONDS) as client:
        yield client


@pytest.fixture
def elasticsearch_in_test(elasticsearch_client: Elasticsearch) -> Iterator[ElasticsearchEngine]:
    """An engine with indices of its own, which go with the test."""
    prefix = f"test-{uuid.uuid4().hex[:10]}"
    yield ElasticsearchEngine(
        elasticsearch_client, prefix=prefix, breaker=CircuitBreaker(), timeout_seconds=MINUTE_TIMEOUT_SECONDS
    )
    for index in elasticsearch_client.indices.get(index=f"{prefix}-*"):
        elasticsearch_client.indices.delete(index=index)


@pytest.fixture(params=["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> SearchEngine:
    """Each engine in turn, without an index."""
    if request.param == "embedded":
        return EmbeddedEngine(tmp_path / "search")
    found: ElasticsearchEngine = request.getfixturevalue("elasticsearch_in_test")
    return found
