"""A cluster of three nodes, one shard and its replica: the elected master is killed, and nobody notices."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from elasticsearch import Elasticsearch

from config import load_settings
from market.kernel.runtime.errors import StartRefused
from search.documents import ListingDocument
from search.engines import build_engine
from search.engines.base import EngineUnavailable, SearchEngine
from search.engines.elasticsearch import ElasticsearchEngine, connect
from search.indexing import difference, rebuild
from search.query import SearchQuery, from_text
from tests.contracts.contract import contract_of
from tests.contracts.test_search_engine import ListSource, listing
from tools.elasticsearch_cluster import ElasticsearchCluster

pytestmark = [pytest.mark.elasticsearch, pytest.mark.slow, pytest.mark.timeout(600)]
LISTINGS = 2_500
"""More than one block of a build."""
READERS = 4
PATIENCE_SECONDS = 120.0
globals().update(contract_of("rebuild", "change", "version", "removed", "pages", "same_order"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ElasticsearchCluster]:
    made = ElasticsearchCluster(tmp_path_factory.mktemp("cluster"), heap="512m")
    try:
        made.start()
    except StartRefused as refusal:
        pytest.skip(f"Elasticsearch: {refusal}")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def elasticsearch_client(cluster: ElasticsearchCluster) -> Iterator[Elasticsearch]:
    with connect(cluster.url, timeout_seconds=60) as client:
        yield client


@pytest.fixture
def elasticsearch_in_test(cluster: ElasticsearchCluster) -> ElasticsearchEngine:
    given = {
        "ELASTICSEARCH_URL": cluster.url,
        "ELASTICSEARCH_INDEX_PREFIX": f"cluster-{uuid.uuid4().hex[:10]}",
        "ELASTICSEARCH_TIMEOUT_SECONDS": "30",
    }
    made = build_engine(load_settings(given))
    assert isinstance(made, ElasticsearchEngine)
    return made


@pytest.fixture
def engine(elasticsearch_in_test: ElasticsearchEngine) -> ElasticsearchEngine:
    return elasticsearch_in_test


@pytest.fixture
def source() -> ListSource:
    return ListSource([listing(one, f"激光设备{one}") for one in range(1, LISTINGS + 1)])


@pytest.fixture
def kill_master(cluster: ElasticsearchCluster) -> Iterator[Callable[[], None]]:
    """Kills the elected master; at the end it comes back empty, so that the next test has three nodes again."""
    killed: list[str] = []
    yield lambda: killed.append(cluster.kill_master())
    for name in killed:
        cluster.start_again(name)


class Reader:
    """Visitors who ask again and again, from several threads, until the block ends."""

    def __init__(self, engine: SearchEngine, query: SearchQuery) -> None:
        self._engine, self._query = engine, query
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(READERS)
        self.answers: list[int | str] = []
        self._came = threading.Condition()

    def __enter__(self) -> Reader:
        for _ in range(READERS):
            self._pool.submit(self._read)
        return self

    def __exit__(self, *ignored: object) -> None:
        self._stop.set()
        self._pool.shutdown()

    def _read(self) -> None:
        while not self._stop.is_set():
            answer: int | str
            try:
                answer = self._engine.search(self._query).total
            except EngineUnavailable as reason:
                answer = str(reason)
            with self._came:
                self.answers.append(answer)
                self._came.notify_all()

    def wait_for(self, number: int) -> None:
        """Until so many more answers have come."""
        with self._came:
            wanted = len(self.answers) + number
            assert self._came.wait_for(lambda: len(self.answers) >= wanted, PATIENCE_SECONDS)


def test_no_reader_notices_that_the_master_is_killed(
    engine: ElasticsearchEngine, source: ListSource, cluster: ElasticsearchCluster, kill_master: Callable[[], None]
) -> None:
    rebuild(engine, source)
    cluster.wait_until_green()
    with Reader(engine, from_text("激光")) as readers:
        readers.wait_for(20)
        kill_master()
        readers.wait_for(100)
    assert set(readers.answers) == {LISTINGS}


def test_changes_go_on_while_the_master_is_killed_and_none_is_lost(
    engine: ElasticsearchEngine, source: ListSource, cluster: ElasticsearchCluster, kill_master: Callable[[], None]
) -> None:
    rebuild(engine, source)
    cluster.wait_until_green()
    tries = 0
    for turn in range(60):
        if turn == 20:
            kill_master()
        changed = source.rows[turn + 1]._replace(version=2, title=f"等离子设备{turn}")
        source.rows[changed.id] = changed
        tries += written_as_by_jobs(engine, changed)
    assert tries < 60 + 10
    engine.refresh()
    assert engine.search(from_text("等离子")).total == 60
    assert difference(engine, source)[0].count == 0


def written_as_by_jobs(engine: SearchEngine, changed: ListingDocument) -> int:
    """Write it as a job does that is tried again when the engine is away; return how often it was tried."""
    waiting = threading.Event()
    for tries in range(1, 8):
        try:
            engine.write([changed])
        except EngineUnavailable:
            waiting.wait(2.0)
        else:
            return tries
    raise AssertionError("the change was never taken")


class KillAmidReading(ListSource):
    """The database of a build, at whose second block something happens."""

    def __init__(self, source: ListSource, happens: Callable[[], None]) -> None:
        super().__init__(list(source.rows.values()))
        self._happens, self._blocks = happens, 0

    def documents(self, ids: Sequence[int]) -> list[ListingDocument]:
        self._blocks += 1
        if self._blocks == 2:
            self._happens()
        return super().documents(ids)


def test_a_rebuild_during_which_the_master_is_killed_ends_whole_or_leaves_the_old_index(
    engine: ElasticsearchEngine, source: ListSource, cluster: ElasticsearchCluster, kill_master: Callable[[], None]
) -> None:
    rebuild(engine, source)
    cluster.wait_until_green()
    grown = ListSource([*source.rows.values(), listing(LISTINGS + 1, "新的激光设备")])
    with Reader(engine, from_text("激光")) as readers:
        try:
            rebuild(engine, KillAmidReading(grown, kill_master))
            expected = {LISTINGS, LISTINGS + 1}
        except EngineUnavailable:
            expected = {LISTINGS}
        readers.wait_for(20)
    assert set(readers.answers) <= expected
    rebuild(engine, grown)
    assert engine.search(from_text("激光")).total == LISTINGS + 1
    assert difference(engine, grown)[0].count == 0
