"""By what number a row goes: every kind's numbers, publication numbers, and kinds that need none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.achievements.errors import NumberRefused
from market.achievements.importing.details import status_named
from market.achievements.importing.headings import Column
from market.achievements.importing.numbers import (
    UNNUMBERED_KINDS,
    kind_named,
    publication_variants,
    read_publication,
    read_row_number,
)
from market.achievements.importing.rows import FileRow, RefusedRow, RowDraft, read_row
from market.achievements.patent_numbers import check_digit
from market.achievements.vocabulary import AchievementKind, LegalStatus

TODAY = date(2026, 11, 22)
LETTERS = {"1": "ABC", "2": "UY", "3": "SD"}


@pytest.mark.parametrize(
    ("written", "kind", "normal"),
    [
        ("CN201710601862.3", AchievementKind.INVENTION, "201710601862.3"),
        ("CN 201710601862 A", AchievementKind.INVENTION, "201710601862.3"),
        ("CN 202320000001 U", AchievementKind.UTILITY_MODEL, "202320000001.0"),
        ("CN 97101765 A", AchievementKind.INVENTION, "97101765.4"),
        ("201910123456.X", AchievementKind.INVENTION, "201910123456.X"),
        ("201910123456X", AchievementKind.INVENTION, "201910123456.X"),
        ("2021SR0123456", AchievementKind.SOFTWARE, "2021SR0123456"),
        (" 2021 ｓｒ 0123456", AchievementKind.SOFTWARE, "2021SR0123456"),
        ("BS.215001230", AchievementKind.CIRCUIT_LAYOUT, "BS.215001230"),
        ("BS.12500520.2", AchievementKind.CIRCUIT_LAYOUT, "BS.125005202"),
        ("bs21500123", AchievementKind.CIRCUIT_LAYOUT, "BS.215001230"),
        ("CNA20191006012", AchievementKind.PLANT_VARIETY, "CNA20191006012"),
    ],
)
def test_the_form_of_a_number_says_what_it_is(written: str, kind: AchievementKind, normal: str) -> None:
    number = read_row_number(None, written, "", TODAY)
    assert number is not None
    assert (number.kind, number.normal, number.as_given) == (kind, normal, written)


@pytest.mark.parametrize(
    ("written", "normal", "kind"),
    [
        ("CN104321091A", "CN104321091", AchievementKind.INVENTION),
        ("CN-104321091-B", "CN104321091", AchievementKind.INVENTION),
        ("CN 204321091 U", "CN204321091", AchievementKind.UTILITY_MODEL),
        ("CN304321091S", "CN304321091", AchievementKind.DESIGN),
        ("CN1234567C", "CN1234567", AchievementKind.INVENTION),
        ("CN2234567Y", "CN2234567", AchievementKind.UTILITY_MODEL),
        ("CN104321091B8", "CN104321091", AchievementKind.INVENTION),
    ],
)
def test_publication_numbers_are_read(written: str, normal: str, kind: AchievementKind) -> None:
    assert read_publication(written) == (normal, kind)


@pytest.mark.parametrize(
    "written",
    ["", "CN104321091", "CN104321091U", "CN204321091A", "CN304321091B", "CN12345678A", "US10432109B2", "一种水泵"],
)
def test_what_is_no_publication_number_is_refused(written: str) -> None:
    with pytest.raises(NumberRefused) as refusal:
        read_publication(written)
    assert refusal.value.code == "number.publication_format"


publications = st.sampled_from("123").flatmap(
    lambda digit: st.tuples(
        st.just(digit), st.integers(0, 99_999_999), st.sampled_from(LETTERS[digit]), st.sampled_from(["", *"123456789"])
    )
)


@given(publications)
def test_a_publication_number_reads_back_in_every_version(parts: tuple[str, int, str, str]) -> None:
    digit, serial, letter, version = parts
    normal = f"CN{digit}{serial:08d}"
    assert read_publication(f"{normal}{letter}{version}")[0] == normal
    assert f"{normal}{letter}{version}" in publication_variants(normal)


@given(publications, st.sampled_from("ABCUYSDEFGX"))
def test_a_publication_letter_of_another_kind_never_passes(parts: tuple[str, int, str, str], letter: str) -> None:
    digit, serial, _, version = parts
    if letter in LETTERS[digit]:
        return
    with pytest.raises(NumberRefused):
        read_publication(f"CN{digit}{serial:08d}{letter}{version}")


@given(st.integers(2004, 2026), st.sampled_from("12389"), st.integers(0, 9_999_999), st.sampled_from("AUSB"))
def test_databases_without_check_digit_name_the_same_patent(year: int, digit: str, serial: int, letter: str) -> None:
    digits = f"{year}{digit}{serial:07d}"
    number = read_row_number(None, f"CN {digits} {letter}", "", TODAY)
    assert number == read_row_number(None, f"CN {digits} {letter}", "", TODAY)
    assert number is not None
    assert (number.normal, number.has_check_digit) == (f"{digits}.{check_digit(digits)}", False)


@given(st.integers(1992, 2026), st.integers(0, 9_999_999))
def test_registered_software_reads_back(year: int, serial: int) -> None:
    written = f"{year}SR{serial:07d}"
    number = read_row_number(AchievementKind.SOFTWARE, written, "", TODAY)
    assert number is not None
    assert (number.normal, number.kind) == (written, AchievementKind.SOFTWARE)


@given(st.sampled_from(list(AchievementKind)), st.text(max_size=60), st.text(max_size=30))
def test_any_texts_are_a_number_none_or_refused(kind: AchievementKind, text: str, publication: str) -> None:
    try:
        number = read_row_number(kind, text, publication, TODAY)
    except NumberRefused as refusal:
        assert refusal.sentence
        return
    assert number is not None or kind in UNNUMBERED_KINDS


@pytest.mark.parametrize("kind", list(AchievementKind))
def test_each_kind_is_known_by_its_own_name(kind: AchievementKind) -> None:
    assert kind_named(kind.label) is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("授权发明", AchievementKind.INVENTION),
        ("发明申请", AchievementKind.INVENTION),
        ("外观专利", AchievementKind.DESIGN),
        ("计算机软件著作权", AchievementKind.SOFTWARE),
        ("植物新品种权", AchievementKind.PLANT_VARIETY),
        ("专利", None),
        (" ", None),
    ],
)
def test_kinds_are_known_by_usual_words(text: str, kind: AchievementKind | None) -> None:
    assert kind_named(text) is kind


COLUMNS = {
    Column.KIND: 0, Column.NUMBER: 1, Column.TITLE: 2, Column.APPLICANTS: 3, Column.PUBLICATION_NUMBER: 4,
}  # fmt: skip


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("外星技术", "201710601862.3", "名称", "某大学", ""), "row.unknown_kind"),
        (("实用新型", "201710601862.3", "名称", "某大学", ""), "row.kind_contradicts"),
        (("发明专利", "", "名称", "某大学", "CN204321091U"), "row.kind_contradicts"),
        (("软件著作权", "", "名称", "某大学", ""), "number.missing"),
        (("软件著作权", "软著登字第1号", "名称", "某大学", ""), "number.other_format"),
        (("", "", "名称", "某大学", "US10432109B2"), "number.publication_format"),
        (("", "", "名称", "某大学", ""), "number.missing"),
        (("技术秘密", "", "", "某大学", ""), "row.title_missing"),
        (("软件著作权", "2021SR0123456", "名称", "", ""), "row.applicant_missing"),
    ],
)
def test_a_row_whose_number_and_kind_do_not_fit_says_why(values: tuple[str, ...], code: str) -> None:
    read = read_row(FileRow(7, values), COLUMNS, TODAY)
    assert isinstance(read, RefusedRow)
    assert read.refusal.code == code


def test_know_how_needs_neither_number_nor_applicant() -> None:
    read = read_row(FileRow(7, ("技术秘密", "", "一种配方", "", "")), COLUMNS, TODAY)
    assert isinstance(read, RowDraft)
    assert (read.number, read.kind, read.key) == (None, AchievementKind.TRADE_SECRET, "trade_secret:一种配方")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("有效", LegalStatus.ALIVE),
        ("授权", LegalStatus.ALIVE),
        ("失效", LegalStatus.LAPSED),
        ("专利权全部无效", LegalStatus.LAPSED),
        ("未缴年费专利权终止", LegalStatus.LAPSED),
        ("审中", LegalStatus.PENDING),
        ("实质审查的生效", LegalStatus.PENDING),
        ("申请中", LegalStatus.PENDING),
        ("Inactive", LegalStatus.LAPSED),
        ("ACTIVE", LegalStatus.ALIVE),
        ("驳回等复审请求", None),
        ("状态未核实", None),
        ("", None),
        ("不详", None),
    ],
)
def test_a_status_in_words_is_understood_or_left_alone(words: str, status: LegalStatus | None) -> None:
    assert status_named(words) is status
