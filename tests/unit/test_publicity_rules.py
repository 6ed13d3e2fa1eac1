"""Days of a publicity."""

from __future__ import annotations

from datetime import date

import pytest

from market.deals.publicity import rules
from market.kernel.calendar import HolidayCalendar

CALENDAR = HolidayCalendar()


@pytest.mark.parametrize(
    ("paused", "last"),
    [(0, date(2026, 12, 7)), (1, date(2026, 12, 8)), (5, date(2026, 12, 14)), (4, date(2026, 12, 11))],
)
def test_days_under_objection_come_on_top_and_a_day_of_rest_moves_the_end(paused, last):
    assert rules.last_day(CALENDAR, date(2026, 11, 22), 15, paused) == last


def test_the_last_day_still_belongs_to_the_publicity():
    last = date(2026, 12, 7)

    assert [rules.is_over(last, day) for day in (date(2026, 12, 6), last, date(2026, 12, 8))] == [False, False, True]


@pytest.mark.parametrize(("length", "is_fair"), [(9, False), (10, True), (2000, True), (2001, False)])
def test_an_objection_says_something(length, is_fair):
    assert rules.is_fair_text("异" * length + "  ") is is_fair
