"""Numbers of rights of every kind; patents by their own rules, the others by the form of their register.

Forms: software `2021SR0123456` (计算机软件著作权登记号), layouts `BS.185559220` (布图设计登记号), varieties
`CNA20191006012`, `CNA20070123.4` (农业) or `20210012` (林草; 植物新品种权号), biomedical ones as the approval has them
(`国药准字Z20210001`, `(2021)新兽药证字01号`). The normal form has no blanks, is half-width and in upper case.

Layouts are numbered like patents of eight digits, by the same office, and end in the same check digit; the published numbers
BS.185559220 and BS.12500520.2 agree. No rule of a check digit is published for varieties: theirs is kept as written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from market.achievements.errors import NumberRefused
from market.achievements.patent_numbers import check_digit, read_number
from market.achievements.vocabulary import PATENT_KINDS, AchievementKind
from market.kernel.errors import N_

PATENTS = PATENT_KINDS | {AchievementKind.PATENT_APPLICATION}
MAXIMUM_CHARACTERS = 40
FIRST_YEARS = {
    AchievementKind.SOFTWARE: 1992,
    AchievementKind.CIRCUIT_LAYOUT: 2001,
    AchievementKind.PLANT_VARIETY: 1999,
}
"""When the registers took their first applications."""


@dataclass(frozen=True)
class RightNumber:
    """A number that was read. `patent_kind` and `year` are what a patent number says; None for other rights."""

    normal: str
    as_given: str
    has_check_digit: bool
    patent_kind: AchievementKind | None = None
    year: int | None = None

    @property
    def is_granted_form(self) -> bool:
        """Whether it was written as the number of a granted patent."""
        return unicodedata.normalize("NFKC", self.as_given).strip().upper().startswith("ZL")


def read_right_number(kind: AchievementKind, text: str, today: date) -> RightNumber:
    """Read a right's number. Raises NumberRefused with what the kind's numbers look like."""
    if kind in PATENTS:
        number = read_number(text, today)
        return RightNumber(number.normal, text.strip(), number.has_check_digit, number.kind, number.year)
    folded = re.sub(r"[\s\u200b\ufeff]", "", unicodedata.normalize("NFKC", text)).upper()
    if not folded:
        raise NumberRefused("number.missing", N_("没有填写登记号或证书号。"), field="number")
    patterns, example = _FORMS.get(kind, _ANY)
    match = next((found for pattern in patterns if (found := re.fullmatch(pattern, folded))), None)
    if match is None or len(folded) > MAXIMUM_CHARACTERS:
        raise NumberRefused(
            "number.other_format",
            N_("“%(given)s”不是%(kind)s的号码，例如 %(example)s。"),
            field="number",
            given=text.strip()[:40],
            kind=kind.label,
            example=example,
        )
    _require_possible_year(kind, match, today)
    if kind is AchievementKind.CIRCUIT_LAYOUT:
        return _layout_number(match["serial"], match["check"], text)
    is_agricultural = kind is AchievementKind.PLANT_VARIETY and "prefix" in match.groupdict()
    normal = f"CNA{match['digits']}" if is_agricultural else folded
    return RightNumber(normal, text.strip(), has_check_digit=False)


def _require_possible_year(kind: AchievementKind, match: re.Match[str], today: date) -> None:
    year = match.groupdict().get("year")
    if year is None:
        return
    whole = int(year) if len(year) == len("2021") else 2000 + int(year)
    if not FIRST_YEARS[kind] <= whole <= today.year:
        raise NumberRefused(
            "number.other_year", N_("号码 %(given)s 里的年份不可能，请核对。"), field="number", given=match.group()
        )


def _layout_number(serial: str, check: str | None, text: str) -> RightNumber:
    """The normal form has the check digit, also where none was written. Raises NumberRefused for a wrong one."""
    expected = check_digit(serial)
    if check not in {None, expected}:
        raise NumberRefused(
            "number.layout_check_digit",
            N_("布图设计登记号 %(given)s 的校验位不对，应为 %(expected)s，请核对是否抄错。"),
            field="number",
            given=text.strip()[:40],
            expected=expected,
        )
    return RightNumber(f"BS.{serial}{expected}", text.strip(), has_check_digit=check is not None)


_ANY = ((r"[0-9A-Z一-鿿()（）.\-/〔〕\[\]号]{2,40}",), "浙科成登2024-0123")
_FORMS: dict[AchievementKind, tuple[tuple[str, ...], str]] = {
    AchievementKind.SOFTWARE: ((r"(?P<year>\d{4})SR[A-Z]?\d{6,7}",), "2021SR0123456"),
    AchievementKind.CIRCUIT_LAYOUT: (
        (r"BS\.?(?P<serial>(?P<year>\d{2})\d{6})(?:\.?(?P<check>[\dX]))?",),
        "BS.185559220",
    ),
    AchievementKind.PLANT_VARIETY: (
        (r"(?P<prefix>CNA)?(?P<digits>(?P<year>\d{4})(?:\d{7}|\d{4}\.[\dX]))", r"(?P<year>\d{4})\d{4}"),
        "CNA20191006012",
    ),
}
