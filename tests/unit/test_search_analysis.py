"""One analysis for documents and queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import MAXIMUM_TOKEN_CHARACTERS, characters, fold, name_key, terms, tokenize


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("激光焊接", ["激光", "光焊", "焊接"]),
        ("泵", ["泵"]),
        ("高温 泵 阀", ["高温", "泵", "阀"]),
        ("5G基站", ["5g", "基站"]),
        ("SiO2气凝胶", ["sio2", "气凝", "凝胶"]),
        ("ＳｉＯ₂", ["sio2"]),
        ("纯度≥99.9％", ["纯度", "99.9"]),
        ("3D打印", ["3d", "打印"]),
        ("Al2O3-TiO2", ["al2o3", "tio2"]),
        ("café", ["cafe"]),
        ("車床熱變形", ["车床", "床热", "热变", "变形"]),
        ("機", ["机"]),
        ("cafe\u0301", ["cafe"]),
        ("a\x00b\ud800c", ["a", "b", "c"]),
        ("，。！？", []),
        ("", []),
    ],
)
def test_a_text_becomes_its_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_offsets_point_into_the_original_text_also_where_folding_changes_lengths() -> None:
    text = "㎡级ＳｉＯ₂薄膜"
    assert [(token.text, text[token.start : token.end]) for token in tokenize(text)] == [
        ("m2", "㎡"),
        ("级", "级"),
        ("sio2", "ＳｉＯ₂"),
        ("薄膜", "薄膜"),
    ]


def test_the_finest_stream_has_single_characters_and_other_tokens_whole() -> None:
    assert characters("耐温≥99.5℃的ＳｉＯ₂") == ["耐", "温", "99.5", "c", "的", "sio2"]


def test_names_are_compared_without_blanks_points_and_width() -> None:
    assert name_key("Ｊｏｈｎ  Smith·温州") == "johnsmith温州"


@given(st.text(max_size=300))
def test_any_text_has_bounded_tokens_inside_it_in_order(text: str) -> None:
    tokens = tokenize(text)
    assert [token.text for token in tokens] == terms(text)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)
    assert all(0 < len(token.text) <= MAXIMUM_TOKEN_CHARACTERS for token in tokens)
    assert not any(character.isspace() for token in tokens for character in token.text)


@given(st.text(max_size=100))
def test_folding_twice_gives_the_terms_of_folding_once(text: str) -> None:
    assert terms(fold(text)) == terms(text)
