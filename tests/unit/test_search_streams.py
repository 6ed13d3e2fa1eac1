"""The streams of documents hold the very tokens that a question is cut into."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from search.analysis import characters, terms
from search.streams import SENTINEL, streams


@given(st.lists(st.text(max_size=80), max_size=5))
@example(["激光焊接5G", "", "ＳｉＯ₂ ㎡…℃", "x" * 100, "車\ud800床", "\U00020000\U00020001", "ꀀꀁ"])
@example([SENTINEL, f"甲{SENTINEL}乙"])
def test_documents_and_questions_are_cut_alike(texts: list[str]) -> None:
    found_terms, found_characters = streams(texts)
    assert [one.split(" ") for one in found_terms] == [[SENTINEL, *terms(one)] for one in texts]
    assert [one.split(" ") for one in found_characters] == [[SENTINEL, *characters(one)] for one in texts]


def test_a_text_of_nothing_has_the_sentinel_alone() -> None:
    assert streams(["", "，。"]) == ([SENTINEL, SENTINEL], [SENTINEL, SENTINEL])
