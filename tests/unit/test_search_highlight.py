"""Highlights are cut from the original text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.alternatives import Alternative
from search.analysis import fold, is_single_character, tokenize
from search.highlight import PASSAGE_CHARACTERS, Segment, marked, marked_words, passage, terms_in, wanted_terms
from search.query import from_text


def wanted(text: str) -> frozenset[str]:
    return wanted_terms(from_text(text))


def shown(segments: tuple[Segment, ...]) -> str:
    return "".join(f"[{one.text}]" if one.is_match else one.text for one in segments)


def test_neighbouring_pairs_are_marked_as_one_word() -> None:
    assert shown(marked("大功率激光焊接设备", wanted("激光焊接"))) == "大功率[激光焊接]设备"


def test_full_width_and_formulas_are_marked_as_they_are_written() -> None:
    assert shown(marked("ＳｉＯ₂气凝胶用于5G", wanted("sio2 5g"))) == "[ＳｉＯ₂]气凝胶用于[5G]"


def test_a_single_character_is_marked_inside_words() -> None:
    assert shown(marked("水泵与泵阀", wanted("泵"))) == "水[泵]与[泵]阀"


def test_without_a_question_nothing_is_marked() -> None:
    assert marked("水泵", frozenset()) == (Segment("水泵"),)


def test_the_passage_is_the_place_with_most_different_matches() -> None:
    far = "本成果涉及机械。" * 40 + "密封件在高温下的磨损明显降低。" + "其余内容。" * 40
    found = shown(passage(["密封。", far], wanted("密封件 高温 磨损")))
    assert found.startswith("[密封件]在[高温]下的[磨损]明显降低。")
    assert found.endswith("…")
    assert len(found) < PASSAGE_CHARACTERS + 12


def test_without_a_match_the_passage_is_the_beginning_of_the_first_text() -> None:
    assert passage(["", "摘要。" * 100, "其他"], wanted("量子")) == (
        Segment(("摘要。" * 100)[:PASSAGE_CHARACTERS]),
        Segment("…"),
    )


def test_no_text_has_no_passage() -> None:
    assert passage(["", " "], wanted("量子")) == ()


@given(st.text(max_size=400), st.text(max_size=40))
def test_marking_changes_no_character(text: str, question: str) -> None:
    assert "".join(segment.text for segment in marked(text, wanted(question))) == text


def by_tokens(text: str, terms: frozenset[str]) -> str:
    """What is marked when every token of the text is looked at: slow, and plainly right."""
    covered = [False] * len(text)
    found = [(token.start, token.end) for token in tokenize(text) if token.text in terms]
    folded = [(place, fold(character)) for place, character in enumerate(text)]
    found += [
        (place, place + 1) for place, one in folded if any(is_single_character(term) and term in one for term in terms)
    ]
    for start, end in found:
        covered[start:end] = [True] * (end - start)
    return "".join("#" if one else "." for one in covered)


PIECES = st.sampled_from(
    [
        "密封",
        "密封环",
        "封",
        "高温",
        "溫",
        "5G",
        "ＳｉＯ₂",
        "SiO2",
        "℃",
        "㎡",
        "…",
        "\u200b",
        "é",
        "sealing",
        "Al-Si",
        "99.9%",
        "，",
        " ",
        "。",
        "ﬁ",
        "磨損",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join), st.lists(PIECES, max_size=6).map(" ".join))
def test_the_same_is_marked_as_by_looking_at_every_token(text: str, question: str) -> None:
    terms = wanted(question)
    marks = "".join(("#" if one.is_match else ".") * len(one.text) for one in marked(text, terms))
    assert marks == by_tokens(text, terms)


def test_traditional_characters_are_marked_as_they_are_written() -> None:
    assert shown(marked("密封環的磨損", wanted("磨损"))) == "密封環的[磨損]"
    assert shown(marked("密封环的磨损", wanted("磨損"))) == "密封环的[磨损]"


def test_signs_that_fold_to_several_characters_shift_nothing() -> None:
    assert shown(marked("…在400℃、2㎡的密封件", wanted("密封件"))) == "…在400℃、2㎡的[密封件]"


def test_what_every_patent_says_is_marked_only_when_there_is_nothing_else() -> None:
    assert shown(marked("一种密封装置", wanted("一种密封装置"))) == "一[种密封装]置"
    assert shown(marked("一种密封装置", wanted("装置"))) == "一种密封[装置]"


@pytest.mark.parametrize(
    ("text", "question", "found"),
    [
        ("厚度为10 μm的涂层", "10um", "厚度为[10 μm]的涂层"),
        ("功率10kW电机", "10 KW", "功率[10kW]电机"),
        ("C/C复合材料", "c/c", "[C/C]复合材料"),
        ("PM2.5检测", "pm 2.5", "[PM2.5]检测"),
        ("The seals of pumps", "sealing pump", "The [seals] of [pumps]"),
    ],
)
def test_a_thing_is_marked_however_it_is_written(text: str, question: str, found: str) -> None:
    assert shown(marked(text, wanted(question))) == found


def test_another_word_is_marked_as_a_whole() -> None:
    other = Alternative(("垫圈",), ("密封", "封环"), (), "密封环", 0.5)
    english = Alternative(("垫圈",), ("gasket",), (), "gasket", 0.5)
    terms = wanted_terms(replace(from_text("垫圈"), alternatives=(other, english)))
    assert shown(marked("密封垫圈、密封環、Gaskets", terms)) == "密封[垫圈]、[密封環]、[Gaskets]"


def test_words_of_experts_are_marked_and_what_they_exclude_is_not() -> None:
    assert shown(marked("石墨密封环与磨损", wanted('"密封环" -石墨 摘要:磨损'))) == "石墨[密封环]与[磨损]"


def test_a_part_of_a_word_is_not_marked() -> None:
    assert shown(marked("15G与5G", wanted("5g"))) == "15G与[5G]"


def test_the_passage_does_not_begin_inside_a_match() -> None:
    found = shown(passage(["甲" * 40 + "密封环" * 10 + "乙" * 40 + "磨损与温度与压力"], wanted("磨损 温度 压力")))
    assert found.startswith("…")
    assert "[磨损]与[温度]与[压力]" in found


def test_terms_that_stand_in_a_text_are_told_from_the_others() -> None:
    assert terms_in("密封环，5G，磨損", frozenset({"密封", "磨损", "5g", "15g", "泵"})) == {"密封", "磨损", "5g"}


def test_words_are_told_once_and_in_the_order_of_the_text() -> None:
    assert marked_words("磨损的密封件，密封件的磨损", wanted("密封件 磨损")) == ("磨损", "密封件")
