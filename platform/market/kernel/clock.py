"""The one place that reads the time.

Entry points read it once (`current_time()`), services and rules get `now` as an argument. A bid's time is the
exception: the database's `clock_timestamp()` under the lot's lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import current_app, g

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Gives aware UTC time."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until a test moves it."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def current_time() -> datetime:
    """One value per request or job: the first reading is kept for the application context."""
    if "current_time" not in g:
        clock: Clock = current_app.extensions["kezhuan_clock"]
        g.current_time = clock.now()
    value: datetime = g.current_time
    return value


def local_date(moment: datetime) -> date:
    """The calendar day in Wenzhou on which `moment` falls."""
    return moment.astimezone(SHANGHAI).date()
