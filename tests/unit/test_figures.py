"""Numbers with their units inside a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.listings.figures import pieces


def figures(text: str) -> list[str]:
    return [piece.text for piece in pieces(text) if piece.is_figure]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("寿命是常用件的 3 倍", ["3 倍"]),
        ("磨损降低 42%，成本下降15.5%", ["42%", "15.5%"]),
        ("在 350 ℃ 下连续运行 2,000 小时", ["350 ℃", "2,000 小时"]),
        ("精度 ±0.5 μm，耗电 1.2–1.5 kW", ["±0.5 μm", "1.2–1.5 kW"]),
        ("400 mA/cm² 下运行 1,050 h，920 元/台", ["400 mA/cm²", "1,050 h", "920 元/台"]),
        ("按 GB/T 4754 和专利 201911234567.1", []),
        ("2026 年立项", ["2026 年"]),
        ("3 mice", []),
        ("", []),
    ],
)
def test_a_number_with_its_unit_is_a_figure(text: str, found: list[str]) -> None:
    assert figures(text) == found


@given(st.text(max_size=200))
def test_the_pieces_are_the_text(text: str) -> None:
    assert "".join(piece.text + piece.closing for piece in pieces(text)) == text


def test_a_long_run_of_digits_costs_no_time() -> None:
    assert figures("9" * 20_000 + "%") == []


def test_the_mark_behind_a_figure_stays_with_it() -> None:
    found = pieces("每双节约 0.21 元。耐温 350 ℃")

    assert [(piece.text, piece.closing) for piece in found if piece.is_figure] == [("约 0.21 元", "。"), ("350 ℃", "")]
