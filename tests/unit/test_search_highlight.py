"""Highlights are cut from the original text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search.highlight import PASSAGE_CHARACTERS, Segment, marked, passage, wanted_terms
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
