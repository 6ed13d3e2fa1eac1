"""The holiday table: data of 国务院办公厅, loaded per year from `chinesecalendar` or by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Boolean, Date, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel.calendar import HolidayCalendar
from market.kernel.orm import Base


class Holiday(Base):
    """A day that does not follow the week: free, or worked although a weekend. `source` names the announcement."""

    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    is_working: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(200))


@dataclass(frozen=True)
class HolidayDay:
    """One line of a year's table."""

    day: date
    is_working: bool
    name: str
    source: str


def load_calendar(session: Session) -> HolidayCalendar:
    """Everything that is loaded; some hundred rows, one query."""
    days = {row.day: row.is_working for row in session.scalars(select(Holiday))}
    return HolidayCalendar(days, frozenset(day.year for day in days))


def replace_year(session: Session, year: int, days: Iterable[HolidayDay]) -> int:
    """Put the table of one year in the place of what was there; returns how many days it has."""
    rows = list(days)
    assert all(row.day.year == year for row in rows)
    session.execute(delete(Holiday).where(func.extract("year", Holiday.day) == year))
    session.add_all(Holiday(day=row.day, is_working=row.is_working, name=row.name, source=row.source) for row in rows)
    session.flush()
    return len(rows)


def published_years() -> dict[int, list[HolidayDay]]:
    """The tables that the library `chinesecalendar` holds, by year."""
    import chinese_calendar

    years: dict[int, list[HolidayDay]] = {}
    names = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}
    for is_working, table in ((False, chinese_calendar.holidays), (True, chinese_calendar.workdays)):
        for day, name in table.items():
            source = f"国务院办公厅关于{day.year}年部分节假日安排的通知"
            years.setdefault(day.year, []).append(HolidayDay(day, is_working, names.get(name, name), source))
    return {year: sorted(rows, key=lambda row: row.day) for year, rows in sorted(years.items())}
