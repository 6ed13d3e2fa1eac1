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
        ("H₂O和CO₂", ["h2o", "和", "co2"]),
        ("LiDAR", ["lidar"]),
        ("C/C与C/SiC", ["c/c", "与", "c", "sic"]),
        ("A61F2/08", ["a61f2", "08"]),
        ("SiO2s N95 IP68", ["sio2s", "n95", "ip68"]),
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
    assert characters("耐温≥99.5℃的ＳｉＯ₂ seals") == ["耐", "温", "99.5c", "的", "sio2", "seal"]


@pytest.mark.parametrize(
    ("token", "writings"),
    [
        ("5g", ["5G", "5 G", "５Ｇ"]),
        ("3d", ["3D", "3 d"]),
        ("sio2", ["SiO2", "SiO₂", "ＳｉＯ２"]),
        ("pm2.5", ["PM2.5", "PM 2.5", "ＰＭ₂.₅"]),
        ("ip68", ["IP68", "IP 68"]),
        ("99.9", ["99.9%", "≥99.9 %", "99.9％"]),
        ("0.5c", ["±0.5℃", "0.5 °C", "０．５ ℃"]),
        ("10kw", ["10kW", "10 kW", "１０ｋＷ", "10  KW"]),
        ("100um", ["100μm", "100 µm", "100um"]),
        ("10kω", ["10kΩ", "10 kΩ"]),
        ("5m3/h", ["5m³/h", "5 m3/h"]),
        ("seal", ["seal", "seals", "sealed", "sealing", "SEALS"]),
        ("batteri", ["battery", "batteries"]),
    ],
)
def test_one_thing_is_one_token_however_it_is_written(token: str, writings: list[str]) -> None:
    assert [terms(one) for one in writings] == [[token]] * len(writings)


@pytest.mark.parametrize("text", ["-40~85 °C", "-40℃～+85℃", "－40—85℃", "-40 – 85 ℃"])
def test_both_ends_of_a_range_have_its_unit(text: str) -> None:
    assert terms(text) == ["40c", "85c"]
    assert all(text[one.start : one.end].strip("-－+") for one in tokenize(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-2021", ["2019", "2021"]),
        ("pm bus", ["pm", "bus"]),
        ("图 6 mmx", ["图", "6", "mmx"]),
        ("3 in 1", ["3", "in", "1"]),
    ],
)
def test_what_is_no_quantity_stays_apart(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


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
