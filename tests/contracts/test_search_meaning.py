"""Search by meaning on the embedded index and on the real Elasticsearch server alike; vectors are made by hand."""

from __future__ import annotations

import random
import struct
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from search.documents import ListingDocument
from search.engines.base import EngineUnavailable, Removal, SearchEngine
from search.engines.embedded import EmbeddedEngine
from search.indexing import rebuild
from search.meaning.embedder import MeaningUnavailable
from search.meaning.fusion import DEPTH, LEAST_COSINE
from search.meaning.hybrid import HybridEngine
from search.query import Sort, from_text, parse
from search.traits import packed

TIMEOUT_SECONDS = 60.0


def vector(*angles: float) -> bytes:
    """A vector of length one that leans to the first axes as told."""
    length = sum(one * one for one in angles) ** 0.5
    return struct.pack("<384f", *(one / length for one in angles), *([0.0] * (384 - len(angles))))


class ByHand:
    """An embedder that knows some texts; any other leans to no listing."""

    def __init__(self, known: dict[str, bytes]) -> None:
        self.known = known

    def question(self, text: str) -> bytes:
        return self.known.get(text, vector(*([0.0] * 300), 1.0))

    def passages(self, texts: Sequence[str]) -> list[bytes]:
        return [self.question(text) for text in texts]


class Broken(ByHand):
    def question(self, text: str) -> bytes:
        raise MeaningUnavailable("no model")


class ListSource:
    def __init__(self, documents: Sequence[ListingDocument]) -> None:
        self.rows = {document.id: document for document in documents}

    def versions(self, after_id: int, limit: int) -> list[tuple[int, int]]:
        return [(one, self.rows[one].version) for one in sorted(self.rows) if one > after_id][:limit]

    def documents(self, ids: Sequence[int]) -> list[ListingDocument]:
        return [self.rows[one] for one in ids if one in self.rows]


def listing(listing_id: int, title: str, leaning: bytes = b"", **fields: Any) -> ListingDocument:
    defaults: dict[str, Any] = {"version": 1, "number": f"WZ2026001{listing_id:05d}3", "tech_field": "materials"}
    return ListingDocument(id=listing_id, title=title, vector=leaning, **(defaults | fields))


HALL = [
    listing(1, "一种高温密封件", vector(1, 0.1), completers=("陈立新",)),
    listing(2, "耐磨石墨环", vector(0.8, 0.55), tech_field="energy"),
    listing(3, "近视防控镜片", vector(0, 0, 1)),
    listing(4, "激光焊接机器人", vector(0, 1)),
    listing(5, "没有向量的密封圈"),
]
EMBEDDER = ByHand({"密封": vector(1, 0.3), "pump seal": vector(1, 0.3), "陈立新": vector(0, 0, 1)})


@pytest.fixture(params=["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchEngine]:
    if request.param == "embedded":
        yield EmbeddedEngine(tmp_path / "search")
        return
    from search.engines.breaker import CircuitBreaker
    from search.engines.elasticsearch import ElasticsearchEngine, connect

    prefix = f"meaning-{uuid.uuid4().hex[:10]}"
    with connect(request.getfixturevalue("elasticsearch_url"), timeout_seconds=TIMEOUT_SECONDS) as client:
        yield ElasticsearchEngine(client, prefix=prefix, breaker=CircuitBreaker(), timeout_seconds=TIMEOUT_SECONDS)
        for index in client.indices.get(index=f"{prefix}-*"):
            client.indices.delete(index=index)


@pytest.fixture
def hall(engine: SearchEngine) -> HybridEngine:
    rebuild(engine, ListSource(HALL))
    return HybridEngine(engine, EMBEDDER)


def ids(engine: SearchEngine, text: str, **arguments: str) -> list[int]:
    return [hit.id for hit in engine.search(parse(MultiDict({"q": text, **arguments}))).hits]


def test_the_nearest_listings_are_told_with_their_cosine(hall: SearchEngine) -> None:
    found = hall.nearest(vector(1, 0.3), 10, 0.2)
    assert [one.id for one in found] == [1, 2, 4]
    assert found[0].cosine == pytest.approx(0.982, abs=0.01)
    assert [one.id for one in hall.nearest(vector(1, 0.3), 1, 0.2)] == [1]
    assert hall.nearest(vector(-1), 10, 0.2) == []


def test_a_change_of_the_vector_a_removal_and_a_listing_without_one_are_followed(hall: SearchEngine) -> None:
    hall.write([HALL[0]._replace(version=2, vector=b""), Removal(2, 2), HALL[4]._replace(version=2, vector=vector(1))])
    hall.refresh()
    assert [one.id for one in hall.nearest(vector(1, 0.3), 10, 0.5)] == [5]


def test_hits_and_neighbours_tell_the_traits_of_the_listing_as_it_is_now(hall: SearchEngine) -> None:
    told = HALL[0]._replace(version=2, ipc_symbols=("F16J 15/34",), summary="密封", trl=6)
    hall.write([told])
    hall.refresh()
    assert hall.nearest(vector(1, 0.3), 1, 0.2)[0].traits == packed(told)
    found = hall.search(parse(MultiDict({"q": HALL[0].title}))).hits
    assert {hit.id: hit.traits for hit in found}[told.id] == packed(told)


def test_an_older_change_does_not_bring_its_vector_back(hall: SearchEngine) -> None:
    hall.write([HALL[2]._replace(version=5, vector=vector(0, 1))])
    hall.write([HALL[2]._replace(version=4)])
    hall.refresh()
    assert {one.id for one in hall.nearest(vector(0, 1), 10, 0.9)} == {3, 4}


def test_a_rebuild_takes_the_vectors_along(hall: SearchEngine) -> None:
    rebuild(hall, ListSource([*HALL[:1], listing(7, "新的密封", vector(1, 0.3))]))
    assert [one.id for one in hall.nearest(vector(1, 0.3), 10, 0.2)] == [7, 1]


def test_a_question_finds_what_says_the_same_in_other_words(hall: SearchEngine) -> None:
    found = hall.search(from_text("密封"))
    assert found.hits[0].id == 1
    assert {hit.id for hit in found.hits} == {1, 2, 4, 5}
    assert found.total == 4
    assert {hit.id for hit in found.hits if hit.by_meaning} == {1, 2, 4}


def test_an_answer_says_how_many_of_its_hits_hold_the_words(hall: HybridEngine) -> None:
    for text in ("密封", "pump seal"):
        query = from_text(text)
        by_words = hall.words.search(query).total
        found = hall.search(query)

        assert (found.by_words, found.total) == (by_words, {"密封": 4, "pump seal": 3}[text])
    assert hall.search(from_text("没有谁这样说")).by_words is None


def test_another_language_finds_by_meaning_alone(hall: SearchEngine) -> None:
    assert ids(hall, "pump seal") == [1, 2, 4]


def test_nonsense_finds_nothing(hall: SearchEngine) -> None:
    found = hall.search(from_text("asdf qwer"))
    assert (found.total, found.hits) == (0, ())


def test_filters_and_facets_hold_for_what_meaning_found(hall: SearchEngine) -> None:
    found = hall.search(parse(MultiDict({"q": "密封"})))
    assert {one.value: one.count for one in found.facets["field"]} == {"materials": 3, "energy": 1}
    narrowed = hall.search(parse(MultiDict({"q": "密封", "field": "energy"})))
    assert ([hit.id for hit in narrowed.hits], narrowed.total) == ([2], 1)
    assert {one.value: one.count for one in narrowed.facets["field"]} == {"materials": 3, "energy": 1}


def test_names_numbers_and_other_orders_are_answered_by_words_alone(hall: HybridEngine) -> None:
    assert ids(hall, "陈立新") == [1]
    newest = replace(from_text("密封"), sort=Sort.NEWEST)
    assert hall.search(newest) == hall.words.search(newest)
    for text in (HALL[3].number, "密封 -高温", "标题:密封"):
        asked = from_text(text)
        assert hall.search(asked) == hall.words.search(asked)
        assert list(hall.walk(asked, 2)) == list(hall.words.walk(asked, 2))


def test_when_vectors_cannot_be_had_words_answer(engine: SearchEngine) -> None:
    rebuild(engine, ListSource(HALL))
    assert HybridEngine(engine, Broken({})).search(from_text("密封")) == engine.search(from_text("密封"))


def test_when_the_engine_finds_no_neighbours_words_answer(hall: HybridEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    by_words = hall.words.search(from_text("密封"))
    monkeypatch.setattr(hall.words, "nearest", refuse)
    assert hall.search(from_text("密封")) == by_words


def refuse(*_: object) -> list[tuple[int, float]]:
    raise EngineUnavailable("no vectors")


@pytest.mark.parametrize("filters", [{}, {"field": "energy"}])
def test_pages_give_each_listing_once_and_all_of_them(engine: SearchEngine, filters: dict[str, str]) -> None:
    chance = random.Random(3)
    texts = ["高温密封", "密封", "焊接机器人", "镜片"]
    documents = [
        listing(
            one,
            texts[one % 4] + "改" * (one % 7),
            vector(chance.random(), chance.random() - 0.5, chance.random() - 0.5) if one % 3 else b"",
            tech_field=("materials", "energy")[one % 2],
        )
        for one in range(1, 701)
    ]
    rebuild(engine, ListSource(documents))
    hybrid = HybridEngine(engine, EMBEDDER)
    asked = parse(MultiDict({"q": "密封", **filters}))
    whole = hybrid.search(asked)
    pages = [hybrid.search(asked.at_page(one)) for one in range(1, -(-whole.total // asked.page_size) + 2)]

    found = [hit.id for page in pages for hit in page.hits]

    assert {page.total for page in pages} == {whole.total}
    assert whole.total > DEPTH or filters
    assert len(found) == len(set(found)) == whole.total
    assert {page.facets["field"] for page in pages} == {whole.facets["field"]}
    assert not pages[-1].hits
    in_blocks = [hit.id for one in range(1, 5) for hit in hybrid.search(asked.at_page(one, 200)).hits]
    assert in_blocks == found
    assert [hit.id for block in hybrid.walk(asked, 90) for hit in block] == found


def test_the_floor_is_what_was_measured() -> None:
    assert 0.2 <= LEAST_COSINE <= 0.35


@pytest.mark.elasticsearch
def test_the_graph_of_the_server_finds_nearly_all_that_looking_at_every_vector_finds(
    tmp_path: Path, engine: SearchEngine
) -> None:
    chance = random.Random(1)
    documents = [listing(one, "密封", vector(*(chance.gauss(0, 1) for _ in range(384)))) for one in range(1, 2_001)]
    exact = EmbeddedEngine(tmp_path / "exact")
    for one in (exact, engine):
        rebuild(one, ListSource(documents))
    agreeing = 0
    for _ in range(20):
        asked = vector(*(chance.gauss(0, 1) for _ in range(384)))
        wanted, found = ({near.id: near.cosine for near in one.nearest(asked, 100, 0.0)} for one in (exact, engine))
        agreeing += len(set(wanted) & set(found))
        assert all(wanted[one] == pytest.approx(found[one], abs=0.03) for one in set(wanted) & set(found))
    assert agreeing >= 0.93 * 20 * 100


@pytest.mark.elasticsearch
def test_both_engines_rank_by_words_and_meaning_alike(tmp_path: Path, engine: SearchEngine) -> None:
    embedded = EmbeddedEngine(tmp_path / "other")
    for one in (embedded, engine):
        rebuild(one, ListSource(HALL))
    for asked in ("密封", "pump seal", "焊接", "耐磨 密封"):
        one, other = (HybridEngine(below, EMBEDDER).search(from_text(asked)) for below in (embedded, engine))
        assert [hit.id for hit in one.hits] == [hit.id for hit in other.hits]
        assert (one.total, one.facets) == (other.total, other.facets)
        nearness = [hit.nearness for hit in other.hits]
        assert [hit.nearness for hit in one.hits] == pytest.approx(nearness, abs=0.02)
