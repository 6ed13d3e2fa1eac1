"""Working days and periods of the law, on the yearly holiday table of the State Council (rules.md 1.8); no I/O.

A year without a table counts Monday to Friday as working; `knows` tells the reader that this is a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class HolidayCalendar:
    """`days`: what the table says of single days (True = worked although a weekend, False = free); other days follow
    the week. `years`: the years of which a table is loaded."""

    days: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def knows(self, day: date) -> bool:
        """Whether the table of the day's year is loaded."""
        return day.year in self.years

    def is_working(self, day: date) -> bool:
        """Whether offices work on this day, 调休 included."""
        return self.days.get(day, day.weekday() < SATURDAY)

    def working_days_after(self, day: date, number: int) -> date:
        """The last day of a period of `number` working days; the day on which it begins is not counted."""
        assert number >= 0
        while number:
            day += ONE_DAY
            number -= self.is_working(day)
        return day

    def last_day(self, begins_on: date, natural_days: int) -> date:
        """The last day of a period of natural days (民法典 arts. 201, 203).

        The first day is not counted; when the last one is a day of rest (weekend or holiday, 调休 considered), the
        period ends with the first working day that follows.
        """
        assert natural_days >= 0
        day = begins_on + timedelta(days=natural_days)
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def earliest_signing(self, published_on: date, publicity_days: int) -> date:
        """The first day on which a contract may be signed after publicity of so many natural days."""
        return self.last_day(published_on, publicity_days) + ONE_DAY
