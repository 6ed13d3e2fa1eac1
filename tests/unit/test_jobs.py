"""When periodic jobs run is said in one way that cannot be misread."""

from __future__ import annotations

import pytest

from market.kernel.jobs import check_cron


@pytest.mark.parametrize("cron", ["*/10 * * * *", "20 3 * * *", "* * * * * */5", "* * * * * 20", "*/2 * * * * 30"])
def test_minutes_first_and_seconds_last_are_taken(cron: str) -> None:
    check_cron(cron)


@pytest.mark.parametrize("cron", ["0 40 * * * *", "0 20 3 * * *", "0 */10 * * * *", "61 * * * *", "hourly", ""])
def test_seconds_in_front_and_nonsense_are_refused_before_the_worker_meets_them(cron: str) -> None:
    with pytest.raises(ValueError, match="cron"):
        check_cron(cron)
