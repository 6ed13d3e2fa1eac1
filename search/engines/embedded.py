"""The embedded engine: Tantivy in a folder, fed with the same token streams, ranked by the same formula.

Layout of the folder: one sub-folder per built index, the files `current` and `building` that hold the name of one,
and `write.lock`; the file `filling` lies in an index that one process fills for the first time. Processes take turns at
writing; readers look at the pointer and at the commit before each search, so that several web processes follow one worker.
"""

from __future__ import annotations

import fcntl
import importlib.util
import logging
import shutil
import threading
import uuid
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import tantivy

from search.documents import INDEX_VERSION
from search.engines import embedded_counting, embedded_order
from search.engines import embedded_queries as queries
from search.engines.base import (
    Change,
    EngineUnavailable,
    SearchAnswer,
    WriteOutcome,
    nothing_found,
)
from search.query import SearchQuery
from search.ranking import TIE_MARGIN, Hit, Neighbour, RankedHit, in_order, significant
from search.traits import FIELD as TRAITS

if TYPE_CHECKING:
    from search.engines.vector_file import VectorFile

logger = logging.getLogger(__name__)
MAXIMUM_TIES = 20_000
WRITER_BYTES = 48_000_000
COMMIT_FILE = "meta.json"
CURRENT = "current"
BUILDING = "building"
FILLING = "filling"


@dataclass(frozen=True)
class _Opened:
    """An index as it was at one commit; `stamp` changes with every commit and every swap."""

    stamp: tuple[str, int, int]
    index: tantivy.Index
    searcher: tantivy.Searcher
    kept: embedded_counting.Kept = field(default_factory=dict)


class EmbeddedEngine:
    """The engine of a machine without Elasticsearch; implements SearchEngine. Threads and processes may share it."""

    name = "embedded"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: _Opened | None = None
        self._vectors: dict[Path, VectorFile] = {}
        self._lock = threading.Lock()

    def search(self, query: SearchQuery) -> SearchAnswer:
        if query.matches_nothing:
            return nothing_found(self.name)
        with _translated():
            opened = self._open_current()
            depth = query.offset + query.limit
            if query.is_sorted_by_score:
                found = _with_ties(opened.searcher, queries.question(query), depth)
                total, hits = _count(found), in_order(_ranked(opened.searcher, found))
            else:
                total, hits = embedded_order.first(opened.searcher, query, depth)
            facets = embedded_counting.count(opened.searcher, query, opened.kept) if query.counts_facets else {}
        return SearchAnswer(self.name, total, tuple(hits[query.offset : depth]), facets)

    def walk(self, query: SearchQuery, block: int) -> Iterator[tuple[Hit, ...]]:
        if query.matches_nothing:
            return
        with _translated():
            searcher = self._open_current().searcher
            if not query.is_sorted_by_score:
                yield from embedded_order.walk(searcher, query, block)
                return
            found = searcher.search(queries.question(query), max(searcher.num_docs, 1))
            hits = in_order(_ranked(searcher, found))
        for start in range(0, len(hits), block):
            yield tuple(hits[start : start + block])

    def nearest(self, vector: bytes, limit: int, least: float) -> list[Neighbour]:
        with _translated():
            rows = self._vectors_of(self._folder / self._current())
            return rows.nearest(vector, limit, least) if rows else []

    def is_current(self) -> bool:
        try:
            return (self._folder / self._current()).is_dir()
        except EngineUnavailable:
            return False

    def is_lost(self) -> bool:
        """Its files are there but cannot be read as an index."""
        path = self._folder / self._current()
        try:
            tantivy.Index.open(str(path)).searcher().search(tantivy.Query.all_query(), 1)
        except (ValueError, OSError):
            return path.is_dir()
        return False

    def write(self, changes: Sequence[Change], target: str | None = None) -> WriteOutcome:
        if not changes:
            return WriteOutcome(0, 0)
        rows = list(queries.rows(changes))
        with self._writing():
            building = None if target else self._pointer(BUILDING)
            if building is not None and not (self._folder / building / FILLING).exists():
                self._store(self._folder / building, changes, rows)
            return self._store(self._folder / (target or self._current()), changes, rows)

    def _store(self, path: Path, changes: Sequence[Change], rows: Sequence[tantivy.Document]) -> WriteOutcome:
        """Store the changes that are not older than what is there, vectors first: a row too many is harmless."""
        index, newest, known = _newest(path, changes)
        vectors = self._vectors_of(path) if newest else None
        if vectors:
            vectors.append([changes[place] for place in newest])
        if newest:
            _store(index, [(changes[place], rows[place]) for place in newest], known)
        return WriteOutcome(len(newest), len(changes) - len(newest))

    def fill(self, target: str, blocks: Iterable[Sequence[Change]]) -> None:
        """One writer takes everything: it stores and merges in threads of its own while the next block is made ready.

        Nobody else can write to the index meanwhile, so it is marked, and changes leave it aside.
        """
        path = self._folder / target
        with self._writing():
            index = tantivy.Index.open(str(path))
            writer = index.writer(WRITER_BYTES, 1)
            known = {one for one, _ in queries.versions(index.searcher(), 0, index.searcher().num_docs)}
            (path / FILLING).touch()
        vectors = self._vectors_of(path)
        for block in blocks:
            changes = [one for one in block if one.id not in known]
            with _translated():
                if vectors:
                    vectors.append(changes)
                for row in queries.rows(changes):
                    writer.add_document(row)
        with _translated():
            writer.commit()
            writer.wait_merging_threads()
        with self._writing():
            (path / FILLING).unlink()

    def _vectors_of(self, path: Path) -> VectorFile | None:
        """The vectors beside an index; None where the package that compares them is not installed."""
        found = self._vectors.get(path)
        if found is None:
            if not importlib.util.find_spec("simsimd"):
                return None
            from search.engines.vector_file import VectorFile

            with self._lock:
                self._vectors = {one: rows for one, rows in self._vectors.items() if one.is_dir()}
                found = self._vectors.setdefault(path, VectorFile(path))
        return found

    def refresh(self, target: str | None = None) -> None:
        """Nothing to do: a change is found as soon as its commit is on disk."""

    def versions(self, after_id: int, limit: int, target: str | None = None) -> list[tuple[int, int]]:
        with _translated():
            name = target or self._current()
            searcher = tantivy.Index.open(str(self._folder / name)).searcher()
            return queries.versions(searcher, after_id, limit)

    def begin_rebuild(self) -> str:
        with self._writing():
            unfinished = self._pointer(BUILDING)
            if unfinished is not None:
                shutil.rmtree(self._folder / unfinished, ignore_errors=True)
            target = f"v{INDEX_VERSION}-{uuid.uuid4().hex[:12]}"
            self._create(target)
            self._point(BUILDING, target)
        return target

    def finish_rebuild(self, target: str) -> None:
        with self._writing():
            if self._pointer(BUILDING) != target:
                raise EngineUnavailable("another rebuild has begun")
            replaced = self._pointer(CURRENT)
            self._point(CURRENT, target)
            (self._folder / BUILDING).unlink(missing_ok=True)
            self._drop_all_but({target, replaced})  # readers in other processes may still hold the replaced one

    def abandon_rebuild(self, target: str) -> None:
        with self._writing():
            if self._pointer(BUILDING) == target:
                (self._folder / BUILDING).unlink()
            shutil.rmtree(self._folder / target, ignore_errors=True)

    def _open_current(self) -> _Opened:
        """The present commit of the present index; opened again only when either has changed."""
        name = self._current()
        status = (self._folder / name / COMMIT_FILE).stat()
        stamp = (name, status.st_mtime_ns, status.st_ino)
        with self._lock:
            if self._opened is None or self._opened.stamp != stamp:
                index = tantivy.Index.open(str(self._folder / name))
                self._opened = _Opened(stamp, index, index.searcher())
            return self._opened

    def _current(self) -> str:
        """Folder of the index that answers; one of another version has other fields and is not read."""
        name = self._pointer(CURRENT)
        if name is None:
            raise EngineUnavailable("there is no index yet")
        if not name.startswith(f"v{INDEX_VERSION}-"):
            raise EngineUnavailable("the index was built by another version")
        return name

    def _pointer(self, kind: str) -> str | None:
        try:
            return (self._folder / kind).read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def _point(self, kind: str, name: str) -> None:
        fresh = self._folder / f"{kind}.new"
        fresh.write_text(name, encoding="ascii")
        fresh.replace(self._folder / kind)

    def _create(self, name: str) -> None:
        path = self._folder / name
        path.mkdir(parents=True)
        tantivy.Index(queries.SCHEMA, path=str(path))

    def _drop_all_but(self, kept: set[str | None]) -> None:
        for path in self._folder.iterdir():
            if path.is_dir() and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time over all processes; the lock ends with the process that holds it."""
        with _translated():
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / "write.lock").open("a") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield


def _newest(path: Path, changes: Sequence[Change]) -> tuple[tantivy.Index, list[int], Container[int]]:
    """The index, places of the changes that are not older than what is there, one of each listing, and which it knows."""
    index = tantivy.Index.open(str(path))
    known = queries.known_versions(index.searcher(), {change.id for change in changes})
    newest: dict[int, int] = {}
    for place, change in enumerate(changes):
        latest = newest.get(change.id)
        least = known.get(change.id, change.version) if latest is None else changes[latest].version
        if change.version >= least:
            newest[change.id] = place
    return index, list(newest.values()), known


def _store(index: tantivy.Index, rows: Sequence[tuple[Change, tantivy.Document]], known: Container[int]) -> None:
    """Take the rows; those of listings that the index knows replace theirs, which costs as much again."""
    writer = index.writer(WRITER_BYTES, 1)
    for change, row in rows:
        if change.id in known:
            writer.delete_documents_by_query(queries.row_of(change.id))
        writer.add_document(row)
    writer.commit()
    writer.wait_merging_threads()


@contextmanager
def _translated() -> Iterator[None]:
    """Tantivy tells every trouble as ValueError or OSError; both become EngineUnavailable, logged here."""
    try:
        yield
    except (ValueError, OSError) as error:
        logger.warning("the embedded search index is unavailable: %s", error)
        raise EngineUnavailable(str(error)) from error


def _with_ties(searcher: tantivy.Searcher, wanted: tantivy.Query, depth: int) -> tantivy.SearchResult:
    """At least `depth` hits, and all that have the score of the last of them: Tantivy orders ties by storage."""
    size = depth + TIE_MARGIN
    while True:
        found = searcher.search(wanted, size)
        scores = [score for score, _ in found.hits]
        if len(scores) < size or significant(scores[-1]) < significant(scores[depth - 1]) or size >= MAXIMUM_TIES:
            return found
        size *= 4


def _count(found: tantivy.SearchResult) -> int:
    count: int = found.count  # type: ignore[attr-defined] # missing in the library's stub
    return count


def _ranked(searcher: tantivy.Searcher, found: tantivy.SearchResult) -> list[RankedHit]:
    addresses = [address for _, address in found.hits]
    ids = searcher.fast_field_values("id", addresses)
    recencies = searcher.fast_field_values("recency", addresses)
    traits = searcher.fast_field_values(TRAITS, addresses)
    return [
        RankedHit(int(found_id or 0), float(score), int(recency or 0), int(known or 0))
        for (score, _), found_id, recency, known in zip(found.hits, ids, recencies, traits, strict=True)
    ]
