"""Office files for tests: of the shape of a city's patent list, with own text and right check digits.

`sample()` is the real file that the variable SAMPLE_DATA names, otherwise a generated one of the same columns and quirks:
numbers of 1985–88 without check digit, check digit X, Locarno classes, IPC symbols with an edition, divisional
applications, many applicants of whom one institution has some.
"""

from __future__ import annotations

import io
import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from market.achievements.patent_numbers import PatentNumber, check_digit
from market.achievements.rules import presumed_expiry

HEADINGS = ("专利名称", "申请号", "申请人", "申请日", "主分类号", "摘要")
TODAY = date(2026, 11, 22)
_ADJECTIVES = ("新型", "可调式", "节能", "自动", "便携式", "模块化", "防水", "双层", "智能", "低噪声")
_THINGS = (
    "阀门",
    "泵体",
    "电机",
    "灌溉装置",
    "检测仪",
    "护理床",
    "传动机构",
    "包装机",
    "滤芯",
    "支架",
    "锁具",
    "育苗盘",
)
_PEOPLE = ("赵", "钱", "孙", "李", "周", "吴", "郑", "王")
_COMPANIES = ("海潮机械有限公司", "远山农业合作社", "明湖电气厂", "北塔材料研究所")
_IPC = ("H02K17/02", "F16K31/06", "A01G25/02", "G01R31/02", "A61G7/047", "E21D15/60（2006.01）I", "C12N15/60")
_LOCARNO = ("09-03", "09-01-B0367", "13-02")


@dataclass(frozen=True)
class Sample:
    """A file and what is known of it. `in_term_count`: rows whose term runs on TODAY."""

    path: Path
    institution_name: str
    row_count: int
    own_count: int
    in_term_count: int


def sample(directory: Path) -> Sample:
    """The real file when SAMPLE_DATA names it (or its folder), otherwise a generated one in `directory`."""
    given = os.environ.get("SAMPLE_DATA")
    if given:
        path = Path(given)
        found = path if path.is_file() else next(path.rglob("专利信息.xlsx"))
        return Sample(found, "山东农业大学", 7384, 434, 1579)
    rows = office_rows(2000)
    path = directory / "专利信息.xlsx"
    path.write_bytes(workbook_bytes(HEADINGS, rows))
    in_term = sum(_expiry(row) > TODAY for row in rows)
    return Sample(path, "东海农业大学", len(rows), sum(row[2] == "东海农业大学" for row in rows), in_term)


def _expiry(row: Sequence[str]) -> date:
    serial = row[1].removeprefix("CN").split(".")[0]
    expiry = presumed_expiry(PatentNumber(serial, True).kind, date.fromisoformat(row[3]))
    assert expiry is not None
    return expiry


def office_rows(count: int, institution_name: str = "东海农业大学", seed: int = 1) -> list[tuple[str, ...]]:
    """Rows under HEADINGS, each with its own number; deterministic."""
    chance = random.Random(seed)
    return [_row(chance, position, institution_name) for position in range(count)]


def _row(chance: random.Random, position: int, institution_name: str) -> tuple[str, ...]:
    year = chance.choice((1986, 1988, 1995, 2001, 2006, 2010, 2012, 2014, 2016, 2019, 2022))
    kind = chance.choice("122233" if year >= 2003 else "122")
    filed = date(year, 1, 1) + timedelta(days=chance.randrange(365))
    numbered_year = year + (1 if position % 97 == 0 and 2003 < year < 2022 else 0)
    number = number_of(numbered_year, kind, position)
    symbol = chance.choice(_LOCARNO if kind == "3" else _IPC)
    title = f"{chance.choice(_ADJECTIVES)}{chance.choice(_THINGS)}{position + 1}"
    if position % 17 == 0:
        applicant = institution_name
    elif chance.random() < 0.5:
        applicant = chance.choice(_PEOPLE) + "某" + chance.choice("甲乙丙丁")
    else:
        applicant = chance.choice(_COMPANIES)
    abstract = f"本成果公开了{title}，包括壳体和设在壳体内的部件，结构简单，使用方便。" * chance.randrange(1, 4)
    return title, number, applicant, filed.isoformat(), symbol, abstract


def number_of(year: int, kind: str, serial: int) -> str:
    """An application number as office files write it, with the right check digit (none before 1989)."""
    if year < 1989:
        return f"CN{year % 100:02d}{kind}{serial:05d}"
    digits = f"{year}{kind}{serial:07d}" if year > 2003 else f"{year % 100:02d}{kind}{serial:05d}"
    return f"CN{digits}.{check_digit(digits)}"


def workbook_bytes(
    headings: Sequence[Any], rows: Iterable[Sequence[Any]], before: Iterable[Sequence[Any]] = ()
) -> bytes:
    """A workbook with one sheet; `before` stands above the headings."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Sheet1")
    for row in (*before, headings, *rows):
        sheet.append(list(row))
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()
