"""The test vectors of rules.md section 8, one by one, each by the part of the program that users meet."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.accounts.counties import COUNTIES, WENZHOU_PREFIX
from market.accounts.identity import credit_code
from market.achievements.classification import is_cpc, is_ipc, normal_class
from market.achievements.editing.numbers import read_right_number
from market.achievements.errors import NumberRefused, RegisterRefused
from market.achievements.importing.numbers import read_publication, read_row_number
from market.achievements.industries import industry_classes, read_industry
from market.achievements.patent_numbers import check_digit, read_number, read_priorities
from market.achievements.rules import presumed_expiry
from market.achievements.vocabulary import AchievementKind, Industry

TODAY = date(2026, 11, 22)
LAYOUT, VARIETY = AchievementKind.CIRCUIT_LAYOUT, AchievementKind.PLANT_VARIETY
PATENTS = (
    "201710601862.3", "200710308494.X", "97101765.4", "95115608.X", "200710077832.3", "200930143483.0", "200480002090.2",
    "202310000001.5", "202320000001.0", "202330000001.6", "201910123456.X",
)  # fmt: skip


@pytest.mark.parametrize("number", PATENTS)
def test_8_1_patent_numbers_pass(number: str) -> None:
    assert read_number(f"ZL {number}", TODAY).normal == number


def test_8_1_the_wrong_check_digit_fails_and_six_is_named() -> None:
    with pytest.raises(NumberRefused, match="应为 6"):
        read_number("200490000001.3", TODAY)


@pytest.mark.parametrize("number", PATENTS)
def test_8_1_no_neighbours_may_be_swapped(number: str) -> None:
    serial = number.split(".", maxsplit=1)[0]
    for position, (left, right) in enumerate(pairwise(serial)):
        if left != right:
            swapped = serial[:position] + right + left + serial[position + 2 :]
            assert check_digit(swapped) != check_digit(serial) or swapped == serial


@pytest.mark.parametrize(
    ("kind", "filed", "ends"),
    [
        (AchievementKind.INVENTION, date(2020, 3, 4), date(2040, 3, 4)),
        (AchievementKind.UTILITY_MODEL, date(2020, 3, 4), date(2030, 3, 4)),
        (AchievementKind.DESIGN, date(2021, 5, 31), date(2031, 5, 31)),
        (AchievementKind.DESIGN, date(2021, 6, 1), date(2036, 6, 1)),
    ],
)
def test_8_1_the_term_runs_from_the_filing(kind: AchievementKind, filed: date, ends: date) -> None:
    assert presumed_expiry(kind, filed) == ends


@pytest.mark.parametrize(
    "number",
    ["CN104321091A", "CN104321091B", "CN1234567C", "CN204321091U", "CN2234567Y", "CN304321091S", "CN3234567D",
     *(f"CN104321091{letter}{digit}" for letter in "AB" for digit in "89"),
     *(f"CN204321091U{digit}" for digit in "12345678"), *(f"CN304321091S{digit}" for digit in "12345679")],
)  # fmt: skip
def test_8_2_publication_numbers_of_every_kind_and_version_pass(number: str) -> None:
    kinds = {"1": AchievementKind.INVENTION, "2": AchievementKind.UTILITY_MODEL, "3": AchievementKind.DESIGN}
    assert read_publication(number)[1] is kinds[number[2]]


@pytest.mark.parametrize(
    "number", ["CN104321091U", "CN204321091S", "CN304321091B", "CN404321091A", "CN10432109A", "104"]
)
def test_8_2_the_first_digit_and_the_letter_agree(number: str) -> None:
    with pytest.raises(NumberRefused):
        read_publication(number)


@pytest.mark.parametrize("symbol", ["A61F9/00", "C07D487/04", "G16H 50/20", "A61F 9/007", "H01M 10/0525"])
def test_8_3_class_symbols_pass(symbol: str) -> None:
    assert is_ipc(normal_class(symbol))
    assert is_cpc(normal_class(symbol))


@pytest.mark.parametrize(("symbol", "is_of_cpc"), [("A61", False), ("A61F 9/0", False), ("Y02E10/50", True)])
def test_8_3_what_is_no_ipc_symbol_fails(symbol: str, is_of_cpc: bool) -> None:
    assert not is_ipc(normal_class(symbol))
    assert is_cpc(normal_class(symbol)) is is_of_cpc


@pytest.mark.parametrize(
    "code", ["91110000600037341L", "91330302MA2ABCD13R", "91330382MA2ABCDEXK", "123303004700000054"]
)
def test_8_4_credit_codes_pass_and_one_wrong_character_fails(code: str) -> None:
    assert credit_code(code) == code
    for position in range(18):
        other = "2" if code[position] != "2" else "3"
        assert credit_code(code[:position] + other + code[position + 1 :]) is None


@pytest.mark.parametrize(("written", "code"), [("C3599", "3599"), ("3599", "3599"), ("C35", "35"), ("c359", "359")])
def test_8_5_industry_codes_are_read(written: str, code: str) -> None:
    assert read_industry(written) == code


@pytest.mark.parametrize("written", ["A3599", "D35", "9999", "C1", "35991"])
def test_8_5_a_letter_must_fit_its_division_and_the_code_the_table(written: str) -> None:
    with pytest.raises(RegisterRefused):
        read_industry(written)


def test_8_5_manufacturing_is_13_to_43_and_the_table_is_whole() -> None:
    levels = [row.level for row in industry_classes().values()]
    assert (levels.count(1), levels.count(2), levels.count(3)) == (20, 97, 473)
    divisions = {int(row.code) for row in industry_classes().values() if row.parent == "C"}
    assert divisions == set(range(13, 44))


def test_8_6_the_counties_are_the_twelve_of_the_city() -> None:
    assert " ".join(f"{code} {name}" for code, name in sorted(COUNTIES.items())) == (
        "330302 鹿城区 330303 龙湾区 330304 瓯海区 330305 洞头区 330324 永嘉县 330326 平阳县 330327 苍南县 330328 文成县 "
        "330329 泰顺县 330381 瑞安市 330382 乐清市 330383 龙港市"
    )
    assert all(code.startswith(WENZHOU_PREFIX) for code in COUNTIES)


def test_8_7_the_industries_have_their_codes() -> None:
    assert [industry.value for industry in Industry] == [
        "DQ", "XY", "FZ", "QC", "BF", "SZ", "ZZ", "SM", "XNY", "XCL", "F", "00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "normal", "has_check_digit"),
    [
        ("BS.185559220", "BS.185559220", True),
        ("BS.12500520.2", "BS.125005202", True),
        ("bs 18555922 . 0", "BS.185559220", True),
        ("ＢＳ.18555922", "BS.185559220", False),
    ],
)
def test_layouts_end_in_the_check_digit_of_patents(written: str, normal: str, has_check_digit: bool) -> None:
    by_hand = read_right_number(LAYOUT, written, TODAY)
    by_file = read_row_number(None, written, "", TODAY)
    assert (by_hand.normal, by_hand.has_check_digit) == (normal, has_check_digit)
    assert by_file is not None
    assert (by_file.kind, by_file.normal) == (LAYOUT, normal)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("BS.185559221", "number.layout_check_digit"),
        ("BS.12500520.3", "number.layout_check_digit"),
        ("BS.18555922X", "number.layout_check_digit"),
        ("BS.275000010", "number.other_year"),
        ("BS.1855592", "number.other_format"),
        ("BS.1855592200", "number.other_format"),
        ("185559220", "number.other_format"),
    ],
)
def test_a_wrong_layout_number_says_why(written: str, code: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        read_right_number(LAYOUT, written, TODAY)
    assert refused.value.code == code


@given(st.integers(1, 26), st.integers(0, 999_999), st.data())
def test_one_wrong_digit_of_a_layout_never_passes(year: int, serial: int, data: st.DataObject) -> None:
    digits = f"{year:02d}{serial:06d}"
    position = data.draw(st.integers(0, 7))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != digits[position]]))
    wrong = f"BS.{digits[:position]}{other}{digits[position + 1 :]}{check_digit(digits)}"
    with pytest.raises(NumberRefused):
        read_right_number(LAYOUT, wrong, TODAY)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("CNA20191006012", "CNA20191006012"),
        ("cna 2019 1003728", "CNA20191003728"),
        ("20191006012", "CNA20191006012"),
        ("CNA20070123.4", "CNA20070123.4"),
        ("20070123.X", "CNA20070123.X"),
        ("20210012", "20210012"),
    ],
)
def test_varieties_have_one_normal_form(written: str, normal: str) -> None:
    assert read_right_number(VARIETY, written, TODAY).normal == normal


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("CNA1", "number.other_format"),
        ("CNA2019100601", "number.other_format"),
        ("CNA20210012", "number.other_format"),
        ("CNA20191006012.3", "number.other_format"),
        ("CNA19981006012", "number.other_year"),
        ("CNA20271006012", "number.other_year"),
        ("19980012", "number.other_year"),
    ],
)
def test_a_wrong_variety_number_says_why(written: str, code: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        read_right_number(VARIETY, written, TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("CN201710601862.3", ("201710601862.3",)),
        ("CN 201710601862 A 2017-07-21；US62/123,456", ("201710601862.3", "US62/123")),
        ("CN201710601862|US15123456A; CN 201710601862.3", ("201710601862.3", "US15123456A")),
        ("无", ()),
        ("", ()),
    ],
)
def test_priorities_have_one_form_however_written(written: str, numbers: tuple[str, ...]) -> None:
    assert read_priorities(written) == numbers
    assert read_priorities("；".join(numbers)) == numbers
