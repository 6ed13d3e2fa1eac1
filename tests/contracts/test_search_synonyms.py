"""Other words for what is asked, on the embedded index and on the real Elasticsearch server alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.engines.base import SearchEngine
from search.engines.embedded import EmbeddedEngine
from search.indexing import rebuild
from search.query import SearchQuery, from_text
from search.synonyms.dictionary import Dictionary, Group
from tests.factories.search_documents import ListSource, listing

DICTIONARY = Dictionary(
    [
        Group("led", ("LED", "发光二极管", "light emitting diode")),
        Group("sealing-ring", ("密封圈", "密封环"), ("O型圈",)),
        Group("machine-vision", ("机器视觉", "machine vision")),
    ]
)
HALL = [
    listing(1, "发光二极管封装结构"),
    listing(2, "LED驱动电源"),
    listing(3, "半导体激光二极管"),
    listing(4, "耐磨密封圈"),
    listing(5, "耐磨密封环"),
    listing(6, "耐磨O型圈"),
    listing(7, "密封环"),
    listing(8, "Machine vision for sealing rings"),
    listing(9, "基于机器视觉的缺陷检测"),
    listing(10, "耐磨衬板"),
]


@pytest.fixture
def hall(engine: SearchEngine) -> SearchEngine:
    rebuild(engine, ListSource(HALL))
    return engine


def found(engine: SearchEngine, text: str) -> list[int]:
    return [hit.id for hit in engine.search(DICTIONARY.expanded(from_text(text))).hits]


def found_by_itself(engine: SearchEngine, text: str) -> list[int]:
    return [hit.id for hit in engine.search(from_text(text)).hits]


@pytest.mark.parametrize(
    ("text", "by_itself", "expected"),
    [
        ("LED", [2], [2, 1]),
        ("发光二极管", [1, 3], [1, 3, 2]),
        ("密封圈", [4], [4, 7, 5, 6]),
        ("O型圈", [6], [6]),
        ("机器视觉", [9], [9, 8]),
        ("machine vision", [8], [8, 9]),
    ],
)
def test_other_words_are_found_behind_the_words_themselves(
    hall: SearchEngine, text: str, by_itself: list[int], expected: list[int]
) -> None:
    assert found_by_itself(hall, text) == by_itself
    assert found(hall, text) == expected


def test_another_word_counts_as_one_of_those_that_must_be_held(hall: SearchEngine) -> None:
    """Of a short question two must be held: wear and rings, whatever they are called; lining plates are none."""
    assert set(found(hall, "耐磨密封圈")[:3]) == {4, 5, 6}
    assert found(hall, "耐磨密封圈")[0] == 4
    assert 10 not in found(hall, "耐磨 LED")


def test_a_question_with_other_words_ranks_alike_on_both_engines(hall: SearchEngine, tmp_path: Path) -> None:
    embedded = EmbeddedEngine(tmp_path / "beside")
    rebuild(embedded, ListSource(HALL))
    for text in (
        "LED",
        "发光二极管",
        "密封圈",
        "耐磨密封圈",
        "machine vision 密封环",
        "我们想要耐磨的密封圈和LED光源的结构",
    ):
        asked = DICTIONARY.expanded(from_text(text))
        assert [(hit.id, hit.score) for hit in hall.search(asked).hits] == [
            (hit.id, hit.score) for hit in embedded.search(asked).hits
        ]


def test_facets_count_what_other_words_find(hall: SearchEngine) -> None:
    answer = hall.search(DICTIONARY.expanded(from_text("LED")))
    assert (answer.total, {one.value: one.count for one in answer.facets["county"]}) == (2, {"330304": 2})


def test_a_question_without_known_words_stays_as_it_is() -> None:
    query: SearchQuery = from_text("耐磨衬板")
    assert DICTIONARY.expanded(query) is query
