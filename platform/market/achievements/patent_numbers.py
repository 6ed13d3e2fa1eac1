"""Chinese patent application numbers: reading, check digit, kind, grouping (rules.md 8.1; CNIPA standard ZC 0006-2003).

The normal form has neither prefix nor blanks: `201710601862.3`, `97101765.4`. Numbers of 1985 to 1988 were issued
without a check digit and stay without one (`85102475`), so that one patent has one normal form however it is written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from market.achievements.errors import NumberRefused
from market.achievements.vocabulary import AchievementKind
from market.kernel.errors import N_

_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_MODULUS = 11
_NUMBER = re.compile(r"(?P<serial>\d{4}[12389]\d{7}|\d{2}[12389]\d{5})(?:\.?(?P<check>[\dX]))?")
_PUBLICATION = re.compile(r"(?:CN)?[123]\d{6}(?:\d{2})?[ABCUYSD]\d?")
_KINDS = {
    "1": AchievementKind.INVENTION,
    "8": AchievementKind.INVENTION,
    "2": AchievementKind.UTILITY_MODEL,
    "9": AchievementKind.UTILITY_MODEL,
    "3": AchievementKind.DESIGN,
}
_LONG = 12
FIRST_YEAR = 1985
FIRST_CHECKED_YEAR = 1989
FIRST_LONG_YEAR = 2003
MAXIMUM_CHARACTERS = 60


@dataclass(frozen=True)
class PatentNumber:
    """A number that was read. `has_check_digit`: one was written, and it was right."""

    serial: str
    has_check_digit: bool

    @property
    def year(self) -> int:
        """Year in which the number was issued (a divisional application has a later one than its filing date)."""
        if len(self.serial) == _LONG:
            return int(self.serial[:4])
        short = int(self.serial[:2])
        return (1900 if short >= FIRST_YEAR % 100 else 2000) + short

    @property
    def kind(self) -> AchievementKind:
        """Kind by the type digit; 8 and 9 are PCT applications in the national phase."""
        return _KINDS[self.serial[4 if len(self.serial) == _LONG else 2]]

    @property
    def is_pct(self) -> bool:
        return self.serial[4 if len(self.serial) == _LONG else 2] in "89"

    @cached_property
    def normal(self) -> str:
        """The form that is stored and compared."""
        if self.year < FIRST_CHECKED_YEAR:
            return self.serial
        return f"{self.serial}.{check_digit(self.serial)}"


def check_digit(serial: str) -> str:
    """The check digit of 8 or 12 digits: weights 2…9, 2…5, sum modulo 11, ten is X."""
    assert len(serial) in {8, _LONG}
    remainder = sum(int(digit) * weight for digit, weight in zip(serial, _WEIGHTS, strict=False)) % _MODULUS
    return "X" if remainder == _MODULUS - 1 else str(remainder)


def clean_number(text: str) -> str:
    """Half-width, upper case, without blanks and without the prefixes CN and ZL."""
    folded = unicodedata.normalize("NFKC", text).upper()
    compact = re.sub(r"[\s\u200b\ufeff'\"]", "", folded).replace("．", ".").replace("·", ".")
    return re.sub(r"^(?:CN|ZL)+[.:：]?", "", compact)


def read_number(text: str, today: date) -> PatentNumber:
    """Read an application or patent number in any usual writing.

    Raises NumberRefused: empty, a publication number, no known form, a year that cannot be, a wrong check digit (the
    sentence names the right one). A number without check digit passes.
    """
    cleaned = clean_number(text)
    if not cleaned:
        raise NumberRefused("number.missing", N_("没有填写申请号或专利号。"))
    if _PUBLICATION.fullmatch(cleaned):
        raise NumberRefused(
            "number.publication", N_("“%(given)s”是公开（公告）号，请填写申请号。"), given=text.strip()[:40]
        )
    match = _NUMBER.fullmatch(cleaned)
    if match is None or len(text) > MAXIMUM_CHARACTERS:
        raise NumberRefused(
            "number.format",
            N_("“%(given)s”不是专利申请号：应为 12 位（2003 年 10 月以后）或 8 位数字，加小数点和校验位。"),
            given=text.strip()[:40],
        )
    number = PatentNumber(match["serial"], match["check"] is not None)
    _require_plausible_year(number, today)
    expected = check_digit(number.serial)
    if number.has_check_digit and match["check"] != expected:
        raise NumberRefused(
            "number.check_digit",
            N_("申请号 %(given)s 的校验位不对，应为 %(expected)s，请核对是否抄错。"),
            given=text.strip()[:40],
            expected=expected,
        )
    return number


MAXIMUM_PRIORITIES = 20
MAXIMUM_PRIORITY_CHARACTERS = 40


def read_priorities(text: str) -> tuple[str, ...]:
    """Applications whose priority is claimed, by ； ; | 、 or line breaks: Chinese ones in normal form, others compact.

    What stands behind a blank or comma (a day, a country) is left out.
    """
    found = []
    for part in re.split(r"[;；|｜、\n]+", unicodedata.normalize("NFKC", text)):
        compact = re.sub(r"^([A-Za-z]{2})\s+(?=\d)", r"\1", part.strip()).upper()
        first = re.split(r"[\s,，]", compact, maxsplit=1)[0][:MAXIMUM_PRIORITY_CHARACTERS]
        number = _NUMBER.fullmatch(clean_number(re.sub(r"(?<=\d)[A-WYZ]\d?$", "", first)))
        if number is not None:
            first = PatentNumber(number["serial"], has_check_digit=True).normal
        if any(character.isdigit() for character in first):
            found.append(first)
    return tuple(dict.fromkeys(found))[:MAXIMUM_PRIORITIES]


def _require_plausible_year(number: PatentNumber, today: date) -> None:
    is_long = len(number.serial) == _LONG
    first, last = (FIRST_LONG_YEAR, today.year) if is_long else (FIRST_YEAR, FIRST_LONG_YEAR)
    if not first <= number.year <= last:
        raise NumberRefused(
            "number.year",
            N_("申请号 %(given)s 的年份 %(year)s 不可能：%(digits)s 位的号码只用于 %(first)s 至 %(last)s 年。"),
            given=number.serial,
            year=number.year,
            digits=len(number.serial),
            first=first,
            last=last,
        )


def grouped(normal: str) -> str:
    """For reading: `2017 1 0601862.3`, `97 1 01765.4`; a number of another form is given back as it is."""
    match = _NUMBER.fullmatch(normal)
    if match is None:
        return normal
    serial, check = match["serial"], match["check"]
    head = 4 if len(serial) == _LONG else 2
    tail = f".{check}" if check else ""
    return f"{serial[:head]} {serial[head]} {serial[head + 1 :]}{tail}"
