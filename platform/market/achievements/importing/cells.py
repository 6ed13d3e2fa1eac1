"""What stands in a cell of an office file, cleaned."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

CellValue = str | int | float | bool | date | datetime | None

MAXIMUM_CELL_CHARACTERS = 32_767
"""Excel's own limit; a longer text is no cell of an office program."""

UNCOMPUTED = "\x00（公式无结果）"
"""Stands for a formula whose result the file does not hold. No file can bring the character in front itself."""
_FAULTS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
"""What formulas that failed show."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff\u200b]")
_FORMULA_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_DATE = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?(?:[ T][\d:.]{4,15})?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0)?")
_STRONG_SEPARATORS = re.compile(r"[;；|｜\n]+")
_WEAK_SEPARATORS = re.compile(r"[、，,]+")
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)
"""Excel serial numbers of the years 1954 to 2119."""


def text_of(value: CellValue) -> str:
    """The cell as one line of text: `="…"` unwrapped, blanks and line breaks folded, control characters gone."""
    return re.sub(r"\s+", " ", paragraph_of(value)).strip()


def paragraph_of(value: CellValue) -> str:
    """The cell as text that may have line breaks."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    wrapped = _FORMULA_TEXT.fullmatch(text.strip())
    text = wrapped[1].replace('""', '"') if wrapped else text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "").replace("\u00a0", " ")
    return _CONTROL.sub("", text)[:MAXIMUM_CELL_CHARACTERS].strip()


def is_without_result(value: CellValue) -> bool:
    """Whether the cell holds a formula that has no result: never computed, or failed."""
    if not isinstance(value, str) or value[:1] not in ("\x00", "#", UNCOMPUTED[1]):
        return False
    shown = text_of(value)
    return shown == UNCOMPUTED[1:] or shown.upper() in _FAULTS


def people_of(value: CellValue, *, are_persons: bool = False) -> str:
    """Several names in one cell, separated by ；: given with ; ； | or line breaks, persons also with 、 or a comma.

    A comma or 、 may stand inside an organisation's name, and inside a person's where others are told apart by `;`.
    """
    text = paragraph_of(value)
    parts = _STRONG_SEPARATORS.split(text)
    if are_persons and len(parts) == 1:
        parts = _WEAK_SEPARATORS.split(text)
    names = (re.sub(r"\s+", " ", part).strip() for part in parts)
    return "；".join(name for name in names if name)


def date_of(value: CellValue) -> date | None:
    """The day that a cell names (2013.01.02, 20221202, 2014-12-15, 2014年12月15日, an Excel serial), None when blank.

    Raises ValueError for anything else.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = unicodedata.normalize("NFKC", text_of(value))
    if not text:
        return None
    match = _COMPACT_DATE.fullmatch(text) or _DATE.fullmatch(text)
    if match:
        return date(int(match[1]), int(match[2]), int(match[3]))
    whole = text.split(".", maxsplit=1)[0]
    if whole.isascii() and whole.isdigit() and len(whole) <= 5 and int(whole) in _SERIALS:  # noqa: PLR2004
        return _EXCEL_EPOCH + timedelta(days=int(whole))
    raise ValueError(text)
