"""Whatever bids come in, in whatever order and at whatever time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.auctions import rules
from market.auctions.errors import BidRefused
from market.auctions.rules import LotTerms, Offered, PlacedBid, Standing
from market.auctions.vocabulary import LotState
from market.kernel.money import Money

OPENS = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=1)
TERMS = LotTerms(Money(1_000), Money(300), OPENS, timedelta(minutes=5))
START = Standing(LotState.ANNOUNCED, CLOSES)

# a loaded machine draws slowly; that says nothing about the bids
settings.register_profile("auctions", suppress_health_check=[HealthCheck.too_slow], deadline=None)
unhurried = settings.get_profile("auctions")

amounts = st.one_of(
    st.integers(0, 60).map(lambda steps: f"{10 + 3 * steps}"),
    st.decimals(0, 200, places=2).map(str),
    st.text("0123456789.,e-+¥５万 ", max_size=6),
)
moments = st.lists(st.integers(-60, 90 * 60), max_size=40).map(sorted)
bidders = st.sampled_from([None, 1, 2, 3])


@st.composite
def histories(draw: st.DrawFn) -> list[Offered]:
    """Bids in the order of their times, as the lot's lock hands them out."""
    return [Offered(draw(bidders), draw(amounts), OPENS + timedelta(seconds=seconds)) for seconds in draw(moments)]


def play(history: list[Offered]) -> tuple[list[Standing], list[PlacedBid]]:
    standings, placed = [START], []
    for offered in history:
        try:
            after = rules.judge_bid(TERMS, standings[-1], offered)
        except BidRefused:
            continue
        standings.append(after)
        assert offered.registration_id is not None
        assert after.high is not None
        placed.append(PlacedBid(after.bid_count, offered.registration_id, after.high))
    return standings, placed


@unhurried
@given(histories())
def test_accepted_bids_only_rise_by_whole_steps_and_are_numbered_without_gaps(history: list[Offered]) -> None:
    _, placed = play(history)
    assert [bid.sequence for bid in placed] == list(range(1, len(placed) + 1))
    for former, later in pairwise(placed):
        rise = later.price.minor_units - former.price.minor_units
        assert rise > 0
        assert rise % 300 == 0
        assert later.registration_id != former.registration_id


@unhurried
@given(histories())
def test_the_end_never_moves_back_and_never_more_than_the_window_past_a_bid(history: list[Offered]) -> None:
    standings, _ = play(history)
    ends = [standing.closes_at for standing in standings]
    assert ends == sorted(ends)
    assert ends[-1] == CLOSES or any(ends[-1] == offered.at + TERMS.soft_close for offered in history)


@unhurried
@given(histories())
def test_the_same_bids_played_again_give_the_same_result(history: list[Offered]) -> None:
    first, again = play(history), play(history)
    assert first == again
    assert rules.outcome(first[1], 2) == rules.outcome(list(reversed(again[1])), 2)


@unhurried
@given(histories())
def test_the_highest_bid_wins_and_it_is_the_leaders(history: list[Offered]) -> None:
    standings, placed = play(history)
    sale = rules.outcome(placed, 1)
    if not placed:
        assert sale is None
    else:
        assert sale is not None
        assert (sale.registration_id, sale.price) == (standings[-1].leader_id, standings[-1].high)


@unhurried
@given(histories(), st.integers(0, 2))
def test_each_amount_named_as_valid_is_accepted(history: list[Offered], which: int) -> None:
    standing = play([offered for offered in history if offered.at < CLOSES - timedelta(minutes=10)])[0][-1]
    named = rules.next_valid_amounts(TERMS, standing.high)[which]
    after = rules.judge_bid(TERMS, standing, Offered(99, str(named), CLOSES - timedelta(minutes=6)))
    assert (after.high, after.leader_id) == (named, 99)
