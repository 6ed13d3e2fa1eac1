"""How a question of an expert reads without its quotes, and without its operators."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.documents import NAME_STREAMS
from search.syntax.easing import without_operators, without_quotes
from search.syntax.parser import read
from search.syntax.tree import Phrase, leaves

PIECES = (
    "激光",
    '"高温 密封"',
    "“焊接头”",
    "-超声",
    '-"低温 泵"',
    "OR",
    "AND",
    "(",
    ")",
    "标题:",
    "申请人:",
    "TRL:>=6",
    "10 kW",
)


def unquoted(text: str) -> str | None:
    reading = read(text)
    return without_quotes(reading.free, reading.where) if reading.where else None


def plain(text: str) -> str | None:
    reading = read(text)
    return without_operators(reading.free, reading.where) if reading.where else None


@pytest.mark.parametrize(
    ("text", "eased"),
    [
        ('"高温密封圈"', "高温密封圈"),
        ('泵阀 "高温 密封圈"', "泵阀 高温 密封圈"),
        ('"高温密封圈" -低温', "高温密封圈 -低温"),
        ('"高温密封圈" -"低温 水泵"', '高温密封圈 -"低温 水泵"'),
        ('"高温密封圈" TRL:>=6', "高温密封圈 TRL:6.."),
        ('标题:"高温 密封圈"', "标题:高温 标题:密封圈"),
        ('"高温 密封圈" OR 激光', "((高温 AND 密封圈) OR 激光)"),
    ],
)
def test_quoted_words_become_ordinary_ones_and_all_else_stays(text: str, eased: str) -> None:
    assert unquoted(text) == eased


@pytest.mark.parametrize("text", ["激光 -焊接", "激光 TRL:>=6", '申请人:"温州大学"', '-"高温密封圈"', "激光 OR 焊接"])
def test_a_question_that_no_quotes_bind_cannot_lose_them(text: str) -> None:
    assert unquoted(text) is None


@pytest.mark.parametrize(
    ("text", "eased"),
    [
        ("高温 AND 密封圈", "高温 密封圈"),
        ("高温 -密封圈", "高温"),
        ("(高温 OR 低温) AND 密封圈 -泵", "高温 低温 密封圈"),
        ("(高温 -泵) OR 密封圈", "高温 密封圈"),
        ("高温 AND 密封圈 TRL:>=6", "高温 密封圈 TRL:6.."),
        ("标题:高温 -密封圈", "标题:高温"),
        ("202310000003.5 OR 密封圈", "密封圈 202310000003.5"),
    ],
)
def test_joined_words_become_free_and_exclusions_fall_away(text: str, eased: str) -> None:
    assert plain(text) == eased


@pytest.mark.parametrize("text", ["标题:高温", "高温 TRL:>=6", "-高温", "-高温 -低温", "县:瑞安 OR TRL:>=6"])
def test_a_question_without_joined_words_or_with_exclusions_alone_cannot_be_eased(text: str) -> None:
    assert plain(text) is None


@given(st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join))
def test_what_is_eased_once_has_nothing_left_to_ease(text: str) -> None:
    without = unquoted(text)
    if without is not None:
        reading = read(without)
        asked_for = [leaf for leaf, is_asked_for in leaves(reading.where) if is_asked_for]
        quoted = [leaf for leaf in asked_for if isinstance(leaf, Phrase) and leaf.fields[:1] != NAME_STREAMS[:1]]
        assert quoted == []
        assert unquoted(without) is None
    easier = plain(text)
    assert easier is None or plain(easier) is None
