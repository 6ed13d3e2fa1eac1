"""Credit codes, industry codes, deceptive names, file types, passwords."""

from __future__ import annotations

import pytest

from market.accounts.identity import (
    code_for,
    credit_code,
    file_type,
    has_deceptive_characters,
    is_industry,
    skeleton,
)
from market.accounts.passwords import WeakPassword, require_strong

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def with_check(first_seventeen: str) -> str:
    """GB 32100-2015, computed here anew."""
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(first_seventeen))
    return first_seventeen + ALPHABET[-total % 31]


@pytest.mark.parametrize(
    "code",
    [
        "91110000600037341L",
        "91330302MA2ABCD13R",
        "91330382MA2ABCDEXK",
        "123303004700000054",
        with_check("A1330302MA2ABCD13"),
        with_check("N2330302MA2ABCD13"),
        with_check("Y1330302MA2ABCD13"),
    ],
)
def test_a_credit_code_is_taken_also_with_a_letter_first(code: str) -> None:
    assert credit_code(code) == code
    assert credit_code(f" {code.lower()} ") == code


@pytest.mark.parametrize(
    "code",
    [
        "91110000600037341M",
        "91110000600037341",
        "91110000600037341LL",
        with_check("B1330302MA2ABCD13"),
        with_check("91A30302MA2ABCD13"),
        "9111000060003734IL",
        "91110000６0003734OL",
        "",
    ],
)
def test_what_is_no_credit_code_is_refused(code: str) -> None:
    assert credit_code(code) is None


def test_every_wrong_check_character_is_found() -> None:
    right = "91330302MA2ABCD13R"

    assert [character for character in ALPHABET if credit_code(right[:-1] + character)] == ["R"]


def test_full_width_figures_mean_the_same() -> None:
    assert credit_code("９1330302MA2ABCD13R") == "91330302MA2ABCD13R"


def test_the_platforms_code_comes_from_the_organisations_own_part() -> None:
    assert code_for("91330302MA2ABCD13R") == "UMA2ABCD13"


@pytest.mark.parametrize("text", ["C3443", "34", "344", "3443", "M7320", "A01"])
def test_an_industry_class_is_known_by_its_form(text: str) -> None:
    assert is_industry(text)


@pytest.mark.parametrize("text", ["C9999", "A3443", "U12", "C", "1", "34434", "c3443", ""])
def test_what_is_no_industry_class_is_refused(text: str) -> None:
    assert not is_industry(text)


@pytest.mark.parametrize(
    "name", ["温州大\u200b学", "温州\u202e大学", "温州АBC公司", "Αlpha 公司", "温州\x07大学", "温州\ue000大学"]
)
def test_invisible_and_borrowed_letters_are_found(name: str) -> None:
    assert has_deceptive_characters(name)


@pytest.mark.parametrize("name", ["温州大学", "温州ABC有限公司", "温州大学（瓯江学院）", "ＡＢＣ公司", "É科技"])
def test_honest_names_are_not(name: str) -> None:
    assert not has_deceptive_characters(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("温州己末厂", "温州巳未厂"),
        ("温州ABC公司", "温州АВС公司".replace("В", "B")),
        ("温州大学（瓯江）", "温州大学(瓯江)"),
        ("温州大学·分院", "温州大学分院"),
        ("温州O1科技", "温州０l科技"),
        ("温州大学", "温州\u200b大学"),
    ],
)
def test_names_that_the_eye_takes_for_each_other_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_different_names_stay_different() -> None:
    names = ["温州大学", "温州医科大学", "温州大字", "浙江大学"]

    assert len({skeleton(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"PK\x03\x04", None),
        (b" %PDF-1.7", None),
        (b"", None),
    ],
)
def test_the_content_says_what_a_file_is(content: bytes, media_type: str | None) -> None:
    assert file_type(content) == media_type


@pytest.mark.parametrize(
    "password", ["short", "password123", "qwertyuiop", "1234567890", "linxiaoman2026", "wenzhou-daxue-1", "a" * 200]
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        require_strong(password, ("lin.xiaoman@example.test", "linxiaoman", "wenzhou daxue"))


@pytest.mark.parametrize(
    "password", ["correct horse battery", "Teapot-Lantern-Quarry-41", "雁荡山下的灯塔与茶壶四十一"]
)
def test_strong_passwords_are_taken(password: str) -> None:
    require_strong(password, ("lin.xiaoman@example.test", "林小满", "温州大学"))
