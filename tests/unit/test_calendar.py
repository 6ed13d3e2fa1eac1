"""Periods of the law on the real holiday tables."""

from __future__ import annotations

from datetime import date

import pytest

from market.kernel.calendar import HolidayCalendar
from market.kernel.holidays import published_years

TABLES = published_years()
CALENDAR = HolidayCalendar({day.day: day.is_working for days in TABLES.values() for day in days}, frozenset(TABLES))


@pytest.mark.parametrize(
    ("published", "last", "signing"),
    [
        (date(2025, 3, 3), date(2025, 3, 18), date(2025, 3, 19)),
        (date(2025, 9, 20), date(2025, 10, 9), date(2025, 10, 10)),
    ],
)
def test_fifteen_days_of_publicity_end_as_the_domain_sheet_says(published, last, signing):
    assert CALENDAR.last_day(published, 15) == last
    assert CALENDAR.earliest_signing(published, 15) == signing


def test_a_period_that_ends_on_a_weekend_ends_on_monday():
    assert CALENDAR.last_day(date(2026, 11, 6), 15) == date(2026, 11, 23)  # day 15 is Saturday, 21 November


def test_a_weekend_that_is_worked_is_no_day_of_rest():
    assert date(2025, 9, 28).weekday() == 6
    assert CALENDAR.is_working(date(2025, 9, 28))
    assert CALENDAR.last_day(date(2025, 9, 13), 15) == date(2025, 9, 28)


def test_working_days_leave_out_the_holiday_and_count_its_exchanged_days():
    # 30 September, then 1–8 October free, 9 and 10 worked, Saturday 11 worked in exchange
    assert CALENDAR.working_days_after(date(2025, 9, 30), 3) == date(2025, 10, 11)


def test_no_working_days_end_on_the_same_day():
    assert CALENDAR.working_days_after(date(2025, 10, 1), 0) == date(2025, 10, 1)


def test_a_year_without_table_follows_the_week_and_says_so():
    assert not CALENDAR.knows(date(2031, 10, 1))
    assert CALENDAR.is_working(date(2031, 10, 1))
    assert not CALENDAR.is_working(date(2031, 10, 4))
    assert CALENDAR.knows(date(2026, 12, 31))


def test_every_published_day_differs_from_the_week_or_is_a_named_holiday():
    days = [day for rows in TABLES.values() for day in rows]
    assert {day.is_working for day in days if day.day.weekday() < 5} == {False}
    assert [day for day in days if not day.name or "年部分节假日安排的通知" not in day.source] == []
