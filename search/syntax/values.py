"""Values of the numeric fields: readiness levels, prices and days, with comparisons and ranges.

Each field knows what one written value stands for: an interval of whole numbers, both ends included (a year is its days).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from market.kernel.money import FEN_PER_YUAN
from search.documents import FIRST_DAY

Interval = tuple[int, int]
HIGHEST_LEVEL = 9
HIGHEST_PRICE_FEN = 10**14
FIRST_YEAR, LAST_YEAR = 1970, 2199
DECEMBER = 12
_UNITS = {"": 1, "元": 1, "千": 1_000, "千元": 1_000, "万": 10_000, "万元": 10_000, "亿": 10**8, "亿元": 10**8}
_UNITS |= {"k": 1_000, "w": 10_000}
_AMOUNT = re.compile(
    r"[¥￥]?\s*(?P<number>\d[\d,]{0,14}(?:\.\d{1,6})?)"
    r"(?:\s*(?P<unit>[千仟万萬亿億]?[元圆圓]|[千仟万萬亿億kKwW])(?=$|[^\u4e00-\u9fffA-Za-z0-9]|[以之及或和到至]))?"
)
_SAME_UNIT = str.maketrans({"仟": "千", "萬": "万", "億": "亿", "圆": "元", "圓": "元"})
_LEVEL = re.compile(r"(?:TRL|trl|第)?\s*(?P<level>\d)(?:\s*级|\s*級)?(?!\d)")
_DAY = re.compile(
    r"(?P<year>\d{4})(?!\d)"
    r"(?:[-/.年](?P<month>\d{1,2})(?!\d)(?:[-/.月](?P<day>\d{1,2})(?!\d)日?|月)?|年)?"
)
_COMPARISON = re.compile(r">=|=>|<=|=<|[>＞<＜=≥≤⩾⩽]|不低于|不少于|不高于|不超过|高于|大于|低于|小于|早于|晚于")
_SEPARATOR = re.compile(r"\s*(?:\.{2,}|…+|[~～〜\-–—]|至|到)\s*")
_TAIL = re.compile(r"\s*(?:及|或|和)?(?P<tail>以上|以后|之后|以下|以内|以內|以前|之前|之内)")
_AT_LEAST = frozenset({">=", "=>", "≥", "⩾", "不低于", "不少于", "以上", "以后", "之后"})
_AT_MOST = frozenset({"<=", "=<", "≤", "⩽", "不高于", "不超过", "以下", "以内", "以內", "以前", "之前", "之内"})
_ABOVE = frozenset({">", "＞", "高于", "大于", "晚于"})
_BELOW = frozenset({"<", "＜", "低于", "小于", "早于"})


@dataclass(frozen=True)
class Bounds:
    """What was read: bounds (both included, None = none), where the text goes on, and whether the ends were swapped."""

    low: int | None
    high: int | None
    end: int
    was_reversed: bool = False


@dataclass(frozen=True)
class Measure:
    """A numeric field: how one value looks, what it stands for, the numbers that there are, and how one is written."""

    pattern: re.Pattern[str]
    interval: Callable[[re.Match[str], re.Match[str]], Interval | None]
    lowest: int
    highest: int
    write: Callable[[int], str]


def _amount(found: re.Match[str], unit_of: re.Match[str]) -> Interval | None:
    """Fen. A value without a unit has that of the other end (10-50万)."""
    unit = (found["unit"] or unit_of["unit"] or "").translate(_SAME_UNIT).lower()
    fen = Decimal(found["number"].replace(",", "")) * _UNITS[unit] * FEN_PER_YUAN
    return int(fen), int(fen)


def _level(found: re.Match[str], _: re.Match[str]) -> Interval | None:
    level = int(found["level"])
    return (level, level) if level else None


def _day(found: re.Match[str], _: re.Match[str]) -> Interval | None:
    """Days since 1970, from the first to the last of what is named."""
    year, month, day = int(found["year"]), found["month"], found["day"]
    if not FIRST_YEAR <= year <= LAST_YEAR or (month and not 1 <= int(month) <= DECEMBER):
        return None
    first_month, last_month = (int(month), int(month)) if month else (1, DECEMBER)
    length = monthrange(year, last_month)[1]
    if day and not 1 <= int(day) <= length:
        return None
    first, last = (int(day), int(day)) if day else (1, length)
    return (date(year, first_month, first) - FIRST_DAY).days, (date(year, last_month, last) - FIRST_DAY).days


def _write_yuan(fen: int) -> str:
    yuan, rest = divmod(fen, FEN_PER_YUAN)
    return f"{yuan}.{rest:02d}" if rest else str(yuan)


def _write_day(days: int) -> str:
    return date.fromordinal(FIRST_DAY.toordinal() + days).isoformat()


_LAST_DAY = (date(LAST_YEAR, DECEMBER, 31) - FIRST_DAY).days
PRICE = Measure(_AMOUNT, _amount, 0, HIGHEST_PRICE_FEN, _write_yuan)
LEVEL = Measure(_LEVEL, _level, 1, HIGHEST_LEVEL, str)
DAY = Measure(_DAY, _day, 0, _LAST_DAY, _write_day)


def read(measure: Measure, text: str, start: int) -> Bounds | None:
    """The comparison, range or single value that begins at `start`; None when there is none that can be."""
    bounds = _compared(measure, text, start) or _between(measure, text, start) or _half_open(measure, text, start)
    return bounds if bounds and _is_possible(measure, bounds) else None


def _is_possible(measure: Measure, bounds: Bounds) -> bool:
    low, high = bounds.low, bounds.high
    return (
        (low is None or low <= measure.highest)
        and (high is None or high >= measure.lowest)
        and (low is None or high is None or low <= high)
    )


def _compared(measure: Measure, text: str, start: int) -> Bounds | None:
    sign = _COMPARISON.match(text, start)
    if not sign:
        return None
    found = measure.pattern.match(text, _after_blanks(text, sign.end()))
    interval = measure.interval(found, found) if found else None
    return _bounded(sign.group(), interval, found.end()) if found and interval else None


def _bounded(sign: str, interval: Interval, end: int) -> Bounds:
    first, last = interval
    if sign in _AT_LEAST:
        return Bounds(first, None, end)
    if sign in _AT_MOST:
        return Bounds(None, last, end)
    if sign in _ABOVE:
        return Bounds(last + 1, None, end)
    return Bounds(None, first - 1, end) if sign in _BELOW else Bounds(first, last, end)


def _between(measure: Measure, text: str, start: int) -> Bounds | None:
    """One value, one with a tail (50万以下), or two with a separator; the second may be left out."""
    first = measure.pattern.match(text, start)
    if not first:
        return None
    separator = _SEPARATOR.match(text, first.end())
    second = measure.pattern.match(text, separator.end()) if separator else None
    if second:
        return _from_to(measure.interval(first, second), measure.interval(second, first), second.end())
    interval = measure.interval(first, first)
    if not interval:
        return None
    if separator and separator.group().strip().startswith((".", "…")):
        return Bounds(interval[0], None, first.end() + len(separator.group().rstrip()))
    tail = _TAIL.match(text, first.end())
    return _bounded(tail["tail"], interval, tail.end()) if tail else Bounds(*interval, first.end())


def _from_to(first: Interval | None, second: Interval | None, end: int) -> Bounds | None:
    if not first or not second:
        return None
    if first[0] > second[1]:
        return Bounds(second[0], first[1], end, was_reversed=True)
    return Bounds(first[0], second[1], end)


def _half_open(measure: Measure, text: str, start: int) -> Bounds | None:
    separator = _SEPARATOR.match(text, start)
    found = measure.pattern.match(text, separator.end()) if separator else None
    interval = measure.interval(found, found) if found else None
    return Bounds(None, interval[1], found.end()) if found and interval else None


def _after_blanks(text: str, start: int) -> int:
    while start < len(text) and text[start].isspace():
        start += 1
    return start


def write(measure: Measure, low: int | None, high: int | None) -> str:
    """A range as `read` reads it again."""
    if low == high and low is not None:
        return measure.write(low)
    return f"{'' if low is None else measure.write(low)}..{'' if high is None else measure.write(high)}"
