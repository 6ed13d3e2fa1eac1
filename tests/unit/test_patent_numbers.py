"""Patent numbers: the vectors of rules.md 8.1, ways of writing, what is refused and why."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.achievements.errors import NumberRefused
from market.achievements.patent_numbers import check_digit, grouped, read_number
from market.achievements.vocabulary import AchievementKind

TODAY = date(2026, 11, 22)
REAL = (
    "201710601862.3", "200710308494.X", "97101765.4", "95115608.X", "200710077832.3", "200930143483.0", "200480002090.2",
    "202310000001.5", "202320000001.0", "202330000001.6", "201910123456.X",
)  # fmt: skip
serials = st.one_of(
    st.builds("{:04d}{}{:07d}".format, st.integers(2003, 2026), st.sampled_from("12389"), st.integers(0, 9_999_999)),
    st.builds(
        "{:02d}{}{:05d}".format,
        st.one_of(st.integers(89, 99), st.integers(0, 3)),
        st.sampled_from("12389"),
        st.integers(0, 99_999),
    ),
)


@pytest.mark.parametrize("number", REAL)
def test_real_numbers_pass_and_keep_their_form(number: str) -> None:
    read = read_number(number, TODAY)
    assert (read.normal, read.has_check_digit) == (number, True)


def test_wrong_check_digit_is_refused_and_the_right_one_named() -> None:
    with pytest.raises(NumberRefused) as refusal:
        read_number("200490000001.3", TODAY)
    assert refusal.value.code == "number.check_digit"
    assert "应为 6" in refusal.value.sentence


@pytest.mark.parametrize(
    "written",
    ["ZL201710601862.3", "CN201710601862.3", "ZL 2017 1 0601862.3", "２０１７１０６０１８６２．３", "2017106018623",
     "zl201710601862.3 ", "CN\u00a0201710601862.3", "'201710601862.3", "ZL:201710601862.3"],
)  # fmt: skip
def test_usual_writings_mean_the_same_number(written: str) -> None:
    assert read_number(written, TODAY).normal == "201710601862.3"


def test_missing_check_digit_is_kept_marked_and_found_under_the_full_number() -> None:
    read = read_number("CN201710601862", TODAY)
    assert (read.normal, read.has_check_digit) == ("201710601862.3", False)


def test_numbers_before_1989_stay_without_check_digit() -> None:
    read = read_number("CN85102475", TODAY)
    assert (read.normal, read.has_check_digit, read.year) == ("85102475", False, 1985)


@pytest.mark.parametrize(
    ("digit", "kind", "is_pct"),
    [
        ("1", AchievementKind.INVENTION, False),
        ("8", AchievementKind.INVENTION, True),
        ("2", AchievementKind.UTILITY_MODEL, False),
        ("9", AchievementKind.UTILITY_MODEL, True),
        ("3", AchievementKind.DESIGN, False),
    ],
)
def test_type_digit_gives_the_kind(digit: str, kind: AchievementKind, is_pct: bool) -> None:
    read = read_number(f"2012{digit}0000001", TODAY)
    assert (read.kind, read.is_pct) == (kind, is_pct)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "number.missing"),
        ("  ", "number.missing"),
        ("CN101234567A", "number.publication"),
        ("CN202345678U", "number.publication"),
        ("2012401234567", "number.format"),
        ("一种水泵", "number.format"),
        ("20171060186233", "number.format"),
        ("202710000001", "number.year"),
        ("200210000001", "number.year"),
        ("84100001", "number.year"),
        ("9" * 5000, "number.format"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(written: str, code: str) -> None:
    with pytest.raises(NumberRefused) as refusal:
        read_number(written, TODAY)
    assert refusal.value.code == code
    assert len(refusal.value.sentence) < 200


@pytest.mark.parametrize(
    ("normal", "shown"),
    [
        ("201710601862.3", "2017 1 0601862.3"),
        ("97101765.4", "97 1 01765.4"),
        ("85102475", "85 1 02475"),
        ("2020SR1", "2020SR1"),
    ],
)
def test_numbers_are_grouped_for_reading(normal: str, shown: str) -> None:
    assert grouped(normal) == shown


@given(serials)
def test_a_number_with_its_check_digit_reads_back_unchanged(serial: str) -> None:
    written = f"{serial}.{check_digit(serial)}"
    read = read_number(written, TODAY)
    assert read.normal == written
    assert read_number(read.normal, TODAY) == read


@given(serials, st.data())
def test_one_wrong_digit_never_passes(serial: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(serial) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != serial[position]]))
    wrong = serial[:position] + other + serial[position + 1 :]
    with pytest.raises(NumberRefused):
        read_number(f"{wrong}.{check_digit(serial)}", TODAY)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_never_an_error(text: str) -> None:
    try:
        assert read_number(text, TODAY).normal
    except NumberRefused as refusal:
        assert refusal.sentence
