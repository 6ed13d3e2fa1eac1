"""A year's holiday table as somebody types it in an office program: 日期, 安排 (放假 or 上班), 名称."""

from __future__ import annotations

from market.achievements.importing.cells import date_of, text_of
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.workbook import read_rows
from market.kernel.errors import N_, Refusal
from market.kernel.holidays import HolidayDay

FREE = frozenset({"放假", "休", "休息", "free"})
WORKED = frozenset({"上班", "班", "调休上班", "work"})
COLUMNS = 3
FEWEST_FREE_DAYS = 11
"""全国年节及纪念日放假办法 (2024) art. 2: New Year 1, Spring Festival 4, Qingming 1, Labour Day 2, Dragon Boat 1, Mid-Autumn 1,
National Day 3, less one for years in which two of them fall together."""
MOST_DAYS = 60


class HolidayFileRefused(Refusal):
    """The file is no table of one year."""

    status = 422


def read_holiday_file(file: OfficeFile, year: int, source: str) -> list[HolidayDay]:
    """The days in order. Raises HolidayFileRefused naming the row, FileRefused for what is no readable table."""
    days: dict[object, HolidayDay] = {}
    for row in read_rows(file):
        cells = (*row.values, None, None, None)[:COLUMNS]
        if text_of(cells[0]) in ("日期", "date"):
            continue
        day = _day(cells, row.row_number, year, source)
        if day.day in days:
            raise HolidayFileRefused(
                "holidays.twice", N_("第 %(row)s 行：这一天在文件里出现了两次。"), field="file", row=row.row_number
            )
        days[day.day] = day
        if len(days) > MOST_DAYS:
            break
    free = sum(not day.is_working for day in days.values())
    if free < FEWEST_FREE_DAYS or len(days) > MOST_DAYS:
        raise HolidayFileRefused(
            "holidays.incomplete",
            N_("一年的安排应有至少 %(least)s 个放假日、总共不超过 %(most)s 天，文件里有 %(free)s 个放假日。"),
            field="file",
            least=FEWEST_FREE_DAYS,
            most=MOST_DAYS,
            free=free,
        )
    return sorted(days.values(), key=lambda day: day.day)


def _day(cells: tuple[object, ...], row_number: int, year: int, source: str) -> HolidayDay:
    try:
        day = date_of(cells[0])  # type: ignore[arg-type]
    except ValueError:
        day = None
    arrangement, name = text_of(cells[1]), text_of(cells[2])[:60]  # type: ignore[arg-type]
    if day is None or day.year != year:
        raise HolidayFileRefused(
            "holidays.day", N_("第 %(row)s 行：第一列应是 %(year)s 年的日期。"), field="file", row=row_number, year=year
        )
    if arrangement not in FREE | WORKED:
        raise HolidayFileRefused(
            "holidays.arrangement", N_("第 %(row)s 行：第二列应写“放假”或“上班”。"), field="file", row=row_number
        )
    return HolidayDay(day, arrangement in WORKED, name, source)
