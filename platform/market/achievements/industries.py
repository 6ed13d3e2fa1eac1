"""国民经济行业分类 GB/T 4754-2017: reading a code, its name, the path above it (rules.md 8.5)."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from market.achievements.errors import RegisterRefused
from market.kernel.errors import N_

EDITION = "GB/T 4754-2017"
_FILE = Path(__file__).parent / "data" / "gbt4754_2017.csv"
_FORM = re.compile(r"([A-T]?)(\d{2,4})")


@dataclass(frozen=True)
class IndustryClass:
    """One line of the classification. `level`: 1 门类, 2 大类, 3 中类, 4 小类."""

    code: str
    parent: str
    level: int
    name: str


@cache
def industry_classes() -> dict[str, IndustryClass]:
    """The whole table by code."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = [
            IndustryClass(row["code"], row["parent"], int(row["level"]), row["name"]) for row in csv.DictReader(file)
        ]
    return {row.code: row for row in rows}


def section_of(code: str) -> str:
    """The letter of the section (门类) that a code of digits belongs to."""
    table = industry_classes()
    while table[code].parent:
        code = table[code].parent
    return code


def industry_name(code: str) -> str:
    """`C3599 其他专用设备制造`; the code itself when the table does not have it."""
    found = industry_classes().get(code)
    return f"{section_of(code)}{code} {found.name}" if found else code


def read_industry(text: str) -> str:
    """The digits of a code in any usual writing: `C3599`, `3599`, full-width.

    Raises RegisterRefused: no such form, not in the table, a letter that is not the section of the digits.
    """
    given = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    match = _FORM.fullmatch(given)
    if match is None:
        raise RegisterRefused(
            "industry.format",
            N_("“%(given)s”不是行业代码：应为 2 到 4 位数字，前面可写门类字母，例如 C3599。"),
            field="applied_industries",
            given=text.strip()[:20],
        )
    letter, code = match.groups()
    if code not in industry_classes():
        raise RegisterRefused(
            "industry.unknown",
            N_("国民经济行业分类（GB/T 4754-2017）里没有代码 %(digits)s。"),
            field="applied_industries",
            digits=code,
        )
    if letter and letter != section_of(code):
        raise RegisterRefused(
            "industry.section",
            N_("行业代码 %(given)s 的门类不对：%(digits)s 属于门类 %(section)s。"),
            field="applied_industries",
            given=given,
            digits=code,
            section=section_of(code),
        )
    return code
