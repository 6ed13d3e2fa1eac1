"""The real Elasticsearch server of these tests; without java or maven they are skipped with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from market.kernel.runtime.errors import StartRefused
from tools.elasticsearch_server import ElasticsearchServer


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
