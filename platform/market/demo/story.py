"""A history told in the order in which it happened, whatever the order in which its parts are written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from market.kernel.clock import SHANGHAI, local_date

Act = Callable[[datetime], None]
DAYS_PER_YEAR = 365.25


@dataclass
class Story:
    """Acts with the moment at which each took place. `now` is the end of the history."""

    now: datetime
    _acts: list[tuple[datetime, int, Act]] = field(default_factory=list)

    def moment(self, days_ago: float, hour: float = 10.0) -> datetime:
        """`hour` o'clock Wenzhou time, that many calendar days before the day of `now` (negative: after it)."""
        day = local_date(self.now) - timedelta(days=days_ago)
        return datetime.combine(day, time(0), SHANGHAI) + timedelta(hours=hour)

    def day(self, years_ago: float) -> date:
        """The calendar day that many years before `now`."""
        return local_date(self.now) - timedelta(days=round(years_ago * DAYS_PER_YEAR))

    def tell(self, at: datetime, act: Act) -> None:
        """Something took place at `at`; what would lie after `now` has not happened yet and is left out."""
        if at <= self.now:
            self._acts.append((at, len(self._acts), act))

    def run(self) -> None:
        """Let everything take place in its order; acts of the same moment in the order of telling."""
        for at, _, act in sorted(self._acts, key=lambda item: item[:2]):
            act(at)
        self._acts.clear()
