"""What is compared: this system on its engines, with meaning and by words alone, plain bigrams, and the server's own
`standard` analyzer.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import tantivy
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from bench.search_quality.measures import DEPTH
from bench.search_quality.sets import Document
from search.classification import titles_of
from search.documents import ListingDocument
from search.engines.base import SearchEngine
from search.engines.breaker import CircuitBreaker
from search.engines.elasticsearch import ElasticsearchEngine, connect
from search.engines.embedded import EmbeddedEngine
from search.indexing import rebuild
from search.meaning.embedder import Embedder
from search.meaning.hybrid import HybridEngine
from search.meaning.texts import passage
from search.query import from_text
from search.synonyms.dictionary import shipped_dictionary
from search.widening import answered

DEEP = DEPTH + 1  # one document may be left out of the ranking
BASELINES = ("bigrams", "standard")
BY_WORDS = "-bm25"
ENGINES = ("embedded", "embedded-bm25", "elasticsearch", "elasticsearch-bm25")
"""The hybrid search, and with `-bm25` the same engine by words alone."""
NEEDS_SERVER = frozenset({"standard", "elasticsearch", "elasticsearch-bm25"})
TIMEOUT_SECONDS = 60.0
HEAP_BYTES = 64_000_000
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_RUNS = re.compile(rf"[{_HAN}]+|[a-z0-9]+")


class Ranker(Protocol):
    """An index of the documents of one set."""

    def rank(self, text: str) -> list[str]:
        """Ids of the best documents for a text, best first."""
        ...


@contextmanager
def opened(name: str, documents: Sequence[Document], url: str, embedder: Embedder | None) -> Iterator[Ranker]:
    """The named system with the documents indexed; what it stored is gone afterwards.

    `url`: the server, or empty. Without an embedder every system searches by words alone.
    """
    means = None if name.endswith(BY_WORDS) else embedder
    if name == "bigrams":
        yield PlainBigrams(documents)
    elif name.startswith("embedded"):
        with tempfile.TemporaryDirectory() as folder:
            yield Platform(EmbeddedEngine(Path(folder) / "search"), documents, means)
    else:
        with connect(url, timeout_seconds=TIMEOUT_SECONDS) as client, _indices(client) as prefix:
            if name == "standard":
                yield StandardAnalyzer(client, f"{prefix}-standard", documents)
            else:
                breaker = CircuitBreaker()
                engine = ElasticsearchEngine(client, prefix=prefix, breaker=breaker, timeout_seconds=TIMEOUT_SECONDS)
                yield Platform(engine, documents, means)


@contextmanager
def _indices(client: Elasticsearch) -> Iterator[str]:
    prefix = f"quality-{uuid.uuid4().hex[:10]}"
    try:
        yield prefix
    finally:
        for index in client.indices.get(index=f"{prefix}-*"):
            client.indices.delete(index=index)


class Platform:
    """This system: its documents, its question, its ranking."""

    def __init__(self, engine: SearchEngine, documents: Sequence[Document], embedder: Embedder | None) -> None:
        self._engine = HybridEngine(engine, embedder) if embedder else engine
        self._ids = [one.id for one in documents]
        listings = [_listing(number, one) for number, one in enumerate(documents, 1)]
        if embedder:
            vectors = embedder.passages([passage(one) for one in listings])
            listings = [one._replace(vector=vector) for one, vector in zip(listings, vectors, strict=True)]
        rebuild(engine, _Source(listings))

    def rank(self, text: str) -> list[str]:
        query = replace(shipped_dictionary().expanded(from_text(text)), page_size=DEEP, counts_facets=False)
        return [self._ids[hit.id - 1] for hit in answered(self._engine, query)[0].hits]


class _Source:
    """The documents of a set in the place of the database."""

    def __init__(self, documents: Sequence[ListingDocument]) -> None:
        self._documents = documents

    def versions(self, after_id: int, limit: int) -> list[tuple[int, int]]:
        return [(one.id, one.version) for one in self._documents[after_id : after_id + limit]]

    def documents(self, ids: Sequence[int]) -> list[ListingDocument]:
        return [self._documents[one - 1] for one in ids]


def _listing(number: int, document: Document) -> ListingDocument:
    symbols = tuple(document.ipc.replace("|", " ").replace(";", " ").split())
    return ListingDocument(
        id=number,
        version=1,
        number=document.id,
        title=document.title,
        summary=document.summary,
        problem=document.problem,
        advantage=document.advantage,
        abstract=document.abstract,
        claims=document.claims,
        institution_name=document.applicant,
        ipc_symbols=symbols,
        ipc_titles=tuple(dict.fromkeys(title for symbol in symbols for title in titles_of(symbol))),
    )


def _all_text(document: Document) -> str:
    texts = (document.title, document.summary, document.problem, document.advantage, document.abstract, document.claims)
    return "\n".join((*texts, document.applicant))


class PlainBigrams:
    """One field, every pair of neighbouring characters a term, BM25, nothing else: what CJK analyzers do."""

    def __init__(self, documents: Sequence[Document]) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
        builder.add_unsigned_field("row", fast=True)
        self._schema = builder.build()
        self._ids = [one.id for one in documents]
        index = tantivy.Index(self._schema)
        writer = index.writer(HEAP_BYTES, 1)
        for row, one in enumerate(documents):
            terms = " ".join(_bigrams(_all_text(one)))
            writer.add_document(tantivy.Document.from_dict({"text": terms, "row": row}, self._schema))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def rank(self, text: str) -> list[str]:
        terms = [tantivy.Query.term_query(self._schema, "text", one, index_option="freq") for one in _bigrams(text)]
        wanted = tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in terms])
        found = self._searcher.search(wanted, DEEP).hits if terms else []
        rows = self._searcher.fast_field_values("row", [address for _, address in found])
        return [self._ids[int(row or 0)] for row in rows]


def _bigrams(text: str) -> list[str]:
    terms: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if len(run) == 1 or run.isascii():
            terms.append(run)
        else:
            terms.extend(run[place : place + 2] for place in range(len(run) - 1))
    return terms


class StandardAnalyzer:
    """The server as it comes: one text field with the analyzer `standard`, a match query."""

    def __init__(self, client: Elasticsearch, index: str, documents: Sequence[Document]) -> None:
        self._client, self._index = client, index
        client.indices.create(
            index=index,
            settings={"number_of_shards": 1, "number_of_replicas": 0},
            mappings={"properties": {"text": {"type": "text"}}},
        )
        lines = ({"_index": index, "_id": one.id, "text": _all_text(one)} for one in documents)
        bulk(client, lines, refresh="wait_for")

    def rank(self, text: str) -> list[str]:
        found = self._client.search(index=self._index, query={"match": {"text": text}}, size=DEEP, source=False)
        return [hit["_id"] for hit in found["hits"]["hits"]]
