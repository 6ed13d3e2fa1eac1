"""When bidding ends after a suspension."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from market.auctions.suspensions import end_after

OPENS = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=3)
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("suspended_at", "resumed_at", "end"),
    [
        (OPENS - timedelta(days=2), OPENS - timedelta(days=1), CLOSES),
        (OPENS - timedelta(days=2), OPENS + timedelta(days=1), OPENS + timedelta(days=4)),
        (OPENS + timedelta(days=1), OPENS + timedelta(days=6), OPENS + timedelta(days=8)),
        (CLOSES - timedelta(minutes=3), CLOSES + timedelta(days=2), CLOSES + timedelta(days=2) + DAY),
        (OPENS, OPENS, CLOSES),
    ],
    ids=["before it opens", "over its opening", "what was left", "at least a day", "no time lost"],
)
def test_what_was_left_of_the_time_is_left_again(suspended_at, resumed_at, end):
    assert end_after(OPENS, CLOSES, suspended_at, resumed_at, DAY) == end


def test_the_end_never_comes_nearer():
    resumed = OPENS + timedelta(days=1)

    assert end_after(OPENS, CLOSES, resumed - timedelta(seconds=1), resumed, timedelta(0)) >= CLOSES
