"""The reasons that a hit shows come from the row itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from market.achievements.rules import RightState
from market.achievements.vocabulary import Industry, MaturityStage, TechnicalField
from search.alternatives import Alternative
from search.highlight import wanted_terms
from search.queries import HitRow
from search.query import from_text
from search.why import IN_CLAIMS, IN_CLASS, IN_INSTITUTION, IN_PEOPLE, IN_TEXT, IN_TITLE, Why, explain, shared_classes

ROW = HitRow(
    id=1,
    number="WZ20260010000017",
    title="高温密封环",
    summary="用于泵阀的密封环。",
    described=("用于泵阀的密封环。", "在400℃下磨损小，采用SiO₂涂层。"),
    institution_code="WZU",
    institution_name="温州大学",
    county_code="330302",
    field=TechnicalField.MATERIALS,
    industry=Industry.PUMPS_VALVES,
    stage=MaturityStage.PILOT,
    trl=6,
    published_at=None,
    offers=(),
    patent_numbers=("202310000001.5",),
    publication_numbers=("CN116000001A",),
    right_states=(RightState.ALIVE,),
    subclasses=("F16J",),
    class_titles=("活塞；缸；密封",),
    people=("张三丰", "李四"),
    cover_id=None,
)


def why(text: str, row: HitRow = ROW, **more: object) -> Why:
    query = from_text(text)
    return explain(query, wanted_terms(query), row, **more)  # type: ignore[arg-type]


def places(found: Why) -> dict[str, tuple[str, ...]]:
    return {place.label: place.words for place in found.places}


def test_words_are_told_as_they_are_written_and_where_they_stand() -> None:
    found = why("磨损 密封環 sio2")
    assert places(found) == {IN_TITLE: ("密封环",), IN_TEXT: ("密封环", "磨损", "SiO₂"), IN_CLASS: ("密封",)}
    assert found.words == ("密封环", "磨损", "SiO₂")
    assert found.missing == ()


def test_claims_are_a_place_of_their_own_and_are_read_for_the_passage_last() -> None:
    row = replace(ROW, claims=("1. 一种密封环，设有波纹弹簧。",))
    assert places(why("波纹弹簧", row)) == {IN_CLAIMS: ("波纹弹簧",)}
    assert why("波纹弹簧", row).missing == ()
    assert row.texts == (*ROW.texts, "1. 一种密封环，设有波纹弹簧。")


def test_institution_and_people_are_places_of_their_own() -> None:
    assert places(why("温州大学")) == {IN_INSTITUTION: ("温州大学",)}
    assert places(why("李四")) == {IN_PEOPLE: ("李四",)}


@pytest.mark.parametrize(
    ("text", "name"), [("温州大学", "温州大学"), (" 張三豐 ", "张三丰"), ("wzu", "WZU"), ("温州大学 密封", "")]
)
def test_a_name_in_full_is_told(text: str, name: str) -> None:
    assert why(text).name == name


@pytest.mark.parametrize(
    ("text", "number", "begins"),
    [
        ("ZL 2023 1 0000001.5", "202310000001.5", ""),
        ("2023100000015 密封", "202310000001.5", ""),
        ("CN116000001", "CN116000001A", ""),
        ("WZ20260010000017", "WZ20260010000017", ""),
        ("20231000", "", "202310000001.5"),
        ("202410000009.1", "", ""),
    ],
)
def test_the_number_that_was_asked_for_is_told_as_it_is_written(text: str, number: str, begins: str) -> None:
    found = why(text)
    assert (found.number, found.number_begins) == (number, begins)


def test_what_stands_nowhere_is_admitted_but_not_when_nothing_stands_anywhere() -> None:
    assert why("密封环 石墨烯").missing == ("石墨烯",)
    assert why("石墨烯 量子").missing == ()
    assert not why("石墨烯 量子").says_anything


def test_meaning_alone_is_a_reason() -> None:
    found = why("耐热垫圈", is_near=True)
    assert found.says_anything
    assert found.words == ()


def test_the_class_is_a_reason_when_the_best_hits_share_it() -> None:
    others = [replace(ROW, id=number, subclasses=("A61F",)) for number in range(2, 7)]
    assert shared_classes([ROW, *others]) == {"A61F"}
    assert shared_classes([ROW, *others[:1]]) == frozenset()
    shared = shared_classes([ROW, replace(ROW, id=2)])
    found = why("耐热垫圈", shared=shared)
    assert (found.same_class, found.says_anything) == ("F16J", True)
    assert "密封" in found.same_class_title


def test_a_list_without_a_question_gives_no_reasons() -> None:
    assert why("", shared=frozenset({"F16J"})) == Why()
    assert why("。！？") == Why()


def test_parts_of_a_longer_word_are_not_told_beside_it() -> None:
    row = replace(ROW, title="密封", described=("高温密封环",))
    assert why("高温密封环", row).words == ("高温密封环",)


def test_another_word_for_what_is_asked_is_told_as_such_and_not_as_missing() -> None:
    query = from_text("垫圈 高温")
    other = Alternative(source=("垫圈",), terms=("密封", "封环"), characters=(), text="密封环", weight=0.5)
    asked = replace(query, alternatives=(other,))
    found = explain(asked, wanted_terms(asked), ROW)
    assert found.stand_ins == (("垫圈", "密封环"),)
    assert found.missing == ()
    assert explain(query, wanted_terms(query), ROW).missing == ("垫圈",)


def test_no_other_word_is_told_where_the_word_itself_stands() -> None:
    query = from_text("密封环")
    other = Alternative(source=("密封", "封环"), terms=("泵阀",), characters=(), text="泵阀", weight=0.5)
    asked = replace(query, alternatives=(other,))
    assert explain(asked, wanted_terms(asked), ROW).stand_ins == ()


@pytest.mark.parametrize(
    ("text", "words", "number", "name"),
    [
        ("标题:密封环 -石墨烯", ("密封环",), "", ""),
        ('"磨损小" OR 泵阀', ("泵阀", "磨损小"), "", ""),
        ("专利号:202310000001.5", (), "202310000001.5", ""),
        ("发明人:张三丰 密封", ("密封",), "", "张三丰"),
    ],
)
def test_what_experts_ask_for_is_told_and_what_they_exclude_is_not_missing(
    text: str, words: tuple[str, ...], number: str, name: str
) -> None:
    found = why(text)
    assert (found.words, found.number, found.name, found.missing) == (words, number, name, ())


def test_what_is_only_excluded_gives_no_reasons() -> None:
    assert why("-石墨烯") == Why()
