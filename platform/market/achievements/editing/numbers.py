"""Numbers of rights of every kind; patents by their own rules, the others by the form of their register.

Forms: software `2021SR0123456` (计算机软件著作权登记号), layouts `BS.215001234` (布图设计登记号), varieties
`CNA20191000123` or `20210012` (植物新品种权号), biomedical ones as the approval has them (`国药准字Z20210001`,
`(2021)新兽药证字01号`). The normal form has no blanks, is half-width and in upper case.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from market.achievements.errors import NumberRefused
from market.achievements.patent_numbers import read_number
from market.achievements.vocabulary import PATENT_KINDS, AchievementKind
from market.kernel.errors import N_

PATENTS = PATENT_KINDS | {AchievementKind.PATENT_APPLICATION}
MAXIMUM_CHARACTERS = 40
FIRST_SOFTWARE_YEAR = 1992


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
    pattern, example = _FORMS.get(kind, _ANY)
    match = re.fullmatch(pattern, folded)
    if match is None or len(folded) > MAXIMUM_CHARACTERS:
        raise NumberRefused(
            "number.other_format",
            N_("“%(given)s”不是%(kind)s的号码，例如 %(example)s。"),
            field="number",
            given=text.strip()[:40],
            kind=kind.label,
            example=example,
        )
    year = match.groupdict().get("year")
    if year is not None and not FIRST_SOFTWARE_YEAR <= int(year) <= today.year:
        raise NumberRefused(
            "number.other_year", N_("号码 %(given)s 里的年份不可能，请核对。"), field="number", given=folded
        )
    return RightNumber(folded, text.strip(), has_check_digit=False)


_ANY = (r"[0-9A-Z一-鿿()（）.\-/〔〕\[\]号]{2,40}", "浙科成登2024-0123")
_FORMS: dict[AchievementKind, tuple[str, str]] = {
    AchievementKind.SOFTWARE: (r"(?P<year>\d{4})SR[A-Z]?\d{6,7}", "2021SR0123456"),
    AchievementKind.CIRCUIT_LAYOUT: (r"BS\.?\d{8,9}", "BS.215001234"),
    AchievementKind.PLANT_VARIETY: (r"(?:CNA)?(?P<year>\d{4})\d{4,7}(?:\.\d)?", "CNA20191000123"),
}
