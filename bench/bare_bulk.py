"""How fast the engine alone takes documents that are ready made: what the building of an index is compared with."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Sequence

import tantivy
from elasticsearch import Elasticsearch

from search.documents import ListingDocument
from search.engines import elasticsearch_queries, embedded_queries
from search.engines.elasticsearch import BULK_BLOCK, connect
from search.engines.embedded import WRITER_BYTES
from search.source import DatabaseSource

TIMEOUT_SECONDS = 60.0


def bare_rate(source: DatabaseSource, limit: int, elasticsearch_url: str | None) -> float:
    """Documents a second into an empty index of the same fields; reading and analysis are done beforehand.

    Without an address it is the embedded engine.
    """
    documents = source.documents([one for one, _ in source.versions(0, limit)])
    if elasticsearch_url:
        with connect(elasticsearch_url, timeout_seconds=TIMEOUT_SECONDS) as client:
            return len(documents) / _elasticsearch_seconds(client, documents)
    return len(documents) / _tantivy_seconds(documents)


def _tantivy_seconds(documents: Sequence[ListingDocument]) -> float:
    ready = list(embedded_queries.rows(documents))
    with tempfile.TemporaryDirectory(prefix="kezhuan-bench-") as folder:
        index = tantivy.Index(embedded_queries.SCHEMA, path=folder)
        begin = time.perf_counter()
        writer = index.writer(WRITER_BYTES, 1)
        for one in ready:
            writer.add_document(one)
        writer.commit()
        writer.wait_merging_threads()
        return time.perf_counter() - begin


def _elasticsearch_seconds(client: Elasticsearch, documents: Sequence[ListingDocument]) -> float:
    index = f"bench-{uuid.uuid4().hex[:10]}"
    blocks = [documents[start : start + BULK_BLOCK] for start in range(0, len(documents), BULK_BLOCK)]
    ready = [list(elasticsearch_queries.operations(block)) for block in blocks]
    client.indices.create(index=index, mappings=elasticsearch_queries.MAPPINGS, settings=elasticsearch_queries.SETTINGS)
    begin = time.perf_counter()
    for operations in ready:
        client.bulk(index=index, operations=operations)
    client.indices.refresh(index=index)
    spent = time.perf_counter() - begin
    client.indices.delete(index=index)
    return spent
