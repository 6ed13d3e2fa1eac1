"""What a lot allows (rules.md 1.5, 1.7 and test 4 of section 13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from market.auctions import rules
from market.auctions.errors import BidRefused, LotRefused, RegistrationRefused
from market.auctions.rules import Announcement, AnnouncementLimits, LotTerms, Offered, PlacedBid, Standing
from market.auctions.vocabulary import LotAction, LotPhase, LotState, SaleKind
from market.kernel.errors import TransitionRefused
from market.kernel.money import Money

OPENS = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CLOSES = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
DURING = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=5)
TERMS = LotTerms(Money(10_000_000), Money(500_000), OPENS, WINDOW)
FRESH = Standing(LotState.ANNOUNCED, CLOSES)
LED = replace(FRESH, bid_count=1, high=Money(10_000_000), leader_id=1)
LIMITS = AnnouncementLimits(15, 7, 24, 5, Decimal(0))


def bid(amount: str, *, by: int | None = 2, at: datetime = DURING, standing: Standing = LED) -> Standing:
    return rules.judge_bid(TERMS, standing, Offered(by, amount, at))


def refusal(amount: str, **known: object) -> BidRefused:
    with pytest.raises(BidRefused) as caught:
        bid(amount, **known)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("amount", ["100000", "100,000.00", "１０００００", "¥123456.78"])
def test_the_first_bid_may_be_any_amount_at_or_above_the_start(amount: str) -> None:
    after = bid(amount, standing=FRESH)
    assert (after.bid_count, after.leader_id, after.closes_at) == (1, 2, CLOSES)


def test_a_bid_a_multiple_of_the_step_above_the_high_leads() -> None:
    assert bid("115000") == replace(LED, bid_count=2, high=Money(11_500_000), leader_id=2)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("99999.99", "bid.not_above_high"),
        ("100000", "bid.not_above_high"),
        ("104999.99", "bid.below_step"),
        ("107000", "bid.off_step"),
        ("105000.01", "bid.off_step"),
        ("0", "bid.amount_not_positive"),
        ("-1", "bid.amount_not_a_number"),
        ("1e9", "bid.amount_not_a_number"),
        ("abc", "bid.amount_not_a_number"),
        ("", "bid.amount_not_a_number"),
        ("9999999999999", "bid.off_step"),
        ("99999999999999", "bid.amount_too_large"),
        ("1\x00", "bid.amount_not_a_number"),
    ],
)
def test_an_amount_that_does_not_fit_is_refused_with_the_next_valid_one_and_the_time(amount: str, code: str) -> None:
    refused = refusal(amount)
    assert refused.code == code
    assert "下一口有效报价 ¥105,000.00。服务器时间 10:00:00。" in refused.sentence
    assert refused.at == DURING


def test_a_first_bid_below_the_start_is_refused_and_named_the_start() -> None:
    refused = refusal("99999.99", standing=FRESH)
    assert refused.code == "bid.below_start"
    assert "¥100,000.00" in refused.sentence


def test_off_the_step_the_two_nearest_amounts_are_named() -> None:
    assert "¥115,000.00 和 ¥120,000.00" in refusal("117000").sentence


def test_the_leader_cannot_raise_itself() -> None:
    assert refusal("105000", by=1).code == "bid.own_lead"


def test_who_is_not_registered_is_refused() -> None:
    assert refusal("105000", by=None).code == "bid.not_registered"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (OPENS - timedelta(microseconds=1), "bid.before_open"),
        (CLOSES, "bid.after_end"),
        (CLOSES + timedelta(seconds=1), "bid.after_end"),
    ],
)
def test_a_bid_outside_the_times_is_refused(at: datetime, code: str) -> None:
    assert refusal("105000", at=at).code == code


def test_bidding_is_open_from_the_first_to_the_last_microsecond() -> None:
    assert bid("105000", at=OPENS).bid_count == 2
    assert bid("105000", at=CLOSES - timedelta(microseconds=1)).bid_count == 2


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (LotState.SUSPENDED, "bid.suspended"),
        (LotState.WITHDRAWN, "bid.withdrawn"),
        (LotState.TERMINATED, "bid.withdrawn"),
        (LotState.SOLD, "bid.after_end"),
        (LotState.UNSOLD, "bid.after_end"),
    ],
)
def test_a_lot_that_does_not_run_takes_no_bid(state: LotState, code: str) -> None:
    assert refusal("105000", standing=replace(LED, state=state)).code == code


@pytest.mark.parametrize(("before_end", "moved_by"), [(301, None), (300, 300), (299, 300), (1, 300)])
def test_a_bid_in_the_last_five_minutes_moves_the_end_to_five_minutes_after_it(
    before_end: int, moved_by: int | None
) -> None:
    at = CLOSES - timedelta(seconds=before_end)
    expected = CLOSES if moved_by is None else at + timedelta(seconds=moved_by)
    assert bid("105000", at=at).closes_at == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (OPENS - timedelta(seconds=1), LotPhase.UPCOMING),
        (OPENS, LotPhase.OPEN),
        (CLOSES - timedelta(seconds=301), LotPhase.OPEN),
        (CLOSES - timedelta(seconds=300), LotPhase.CLOSING),
        (CLOSES, LotPhase.ENDED),
    ],
)
def test_the_phase_follows_from_the_times_also_when_the_worker_is_late(now: datetime, expected: LotPhase) -> None:
    assert rules.phase(LotState.ANNOUNCED, OPENS, CLOSES, WINDOW, now) is expected


@pytest.mark.parametrize("state", [state for state in LotState if state is not LotState.ANNOUNCED])
def test_the_phase_of_any_other_state_is_the_state(state: LotState) -> None:
    assert rules.phase(state, OPENS, CLOSES, WINDOW, DURING).value == state.value


def test_next_valid_amounts_start_at_the_start_price_or_one_step_above_the_high() -> None:
    assert rules.next_valid_amounts(TERMS, None) == (Money(10_000_000), Money(10_500_000), Money(11_000_000))
    assert rules.next_valid_amounts(TERMS, Money(12_345_678), 1) == (Money(12_845_678),)


PLACED = [PlacedBid(1, 7, Money(100)), PlacedBid(2, 8, Money(200)), PlacedBid(3, 7, Money(300))]


def test_no_bid_is_no_sale() -> None:
    assert rules.outcome([], 0) is None


@pytest.mark.parametrize(
    ("bids", "independent", "kind", "bidders"),
    [
        (PLACED[:1], 1, SaleKind.LISTED, 1),
        (PLACED, 2, SaleKind.COMPETITIVE, 2),
        (PLACED, 1, SaleKind.LISTED, 2),
    ],
)
def test_only_two_independent_bidders_make_a_sale_competitive(
    bids: list[PlacedBid], independent: int, kind: SaleKind, bidders: int
) -> None:
    sale = rules.outcome(bids, independent)
    assert sale == rules.Sale(7, bids[-1].price, kind, bidders, independent)


@pytest.mark.parametrize(
    ("bidders", "related", "expected"),
    [
        ([], [], 0),
        ([2], [], 1),
        ([2, 2, 3], [], 2),
        ([2, 3], [(2, 3)], 1),
        ([2, 3, 4], [(2, 3), (3, 4)], 1),
        ([2, 3, 4], [(3, 4)], 2),
        ([2, 3], [(1, 2)], 1),
        ([2, 3], [(3, 1), (1, 2)], 0),
        ([1, 2], [], 1),
    ],
)
def test_related_bidders_count_once_and_the_sellers_friends_not_at_all(
    bidders: list[int], related: list[tuple[int, int]], expected: int
) -> None:
    assert rules.count_independent(bidders, 1, related) == expected


MOVES = {
    (LotState.ANNOUNCED, LotAction.SELL): LotState.SOLD,
    (LotState.ANNOUNCED, LotAction.FAIL): LotState.UNSOLD,
    (LotState.ANNOUNCED, LotAction.WITHDRAW): LotState.WITHDRAWN,
    (LotState.ANNOUNCED, LotAction.SUSPEND): LotState.SUSPENDED,
    (LotState.ANNOUNCED, LotAction.TERMINATE): LotState.TERMINATED,
    (LotState.SUSPENDED, LotAction.RESUME): LotState.ANNOUNCED,
    (LotState.SUSPENDED, LotAction.TERMINATE): LotState.TERMINATED,
}


@pytest.mark.parametrize("state", LotState)
@pytest.mark.parametrize("action", LotAction)
def test_every_state_allows_just_its_own_actions(state: LotState, action: LotAction) -> None:
    if (state, action) in MOVES:
        assert rules.LOT_TRANSITIONS.target(state, action) is MOVES[state, action]
    else:
        with pytest.raises(TransitionRefused):
            rules.LOT_TRANSITIONS.target(state, action)


NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
EARLIEST = datetime(2026, 11, 29, 16, 0, tzinfo=UTC)  # 30 November in Wenzhou: seven full days after the 22nd


def announcement(**changes: object) -> Announcement:
    given = Announcement("一种电解水制氢装置", Money(100), EARLIEST, EARLIEST + timedelta(hours=24))
    return replace(given, **changes)  # type: ignore[arg-type]


def test_the_shortest_notice_and_length_are_accepted() -> None:
    rules.check_announcement(announcement(), LIMITS, NOW)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"title": " "}, "lot.title", "title"),
        ({"title": "长" * 201}, "lot.title", "title"),
        ({"step": Money(0)}, "lot.step", "step"),
        ({"opens_at": EARLIEST - timedelta(seconds=1)}, "lot.notice_too_short", "opens_at"),
        ({"closes_at": EARLIEST + timedelta(hours=24, seconds=-1)}, "lot.too_short", "closes_at"),
        ({"closes_at": EARLIEST - timedelta(days=1)}, "lot.too_short", "closes_at"),
        ({"closes_at": NOW + timedelta(days=366)}, "lot.too_late", "closes_at"),
        ({"opens_at": datetime(9999, 12, 31, 23, 59, tzinfo=rules.SHANGHAI)}, "lot.too_late", "closes_at"),
        ({"opens_at": datetime(1, 1, 1, tzinfo=rules.SHANGHAI)}, "lot.notice_too_short", "opens_at"),
    ],
)
def test_terms_outside_the_rules_are_refused_at_their_field(changes: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(LotRefused) as caught:
        rules.check_announcement(announcement(**changes), LIMITS, NOW)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_the_suggested_times_are_ten_in_the_morning_after_fifteen_full_days_for_a_day() -> None:
    opens_at, closes_at = rules.suggested_times(NOW, LIMITS)
    assert opens_at == datetime(2026, 12, 8, 2, 0, tzinfo=UTC)
    assert closes_at == opens_at + timedelta(hours=24)
    assert rules.notice_days_of(NOW, opens_at) == 15


@pytest.mark.parametrize(("ratio", "expected"), [("0", 0), ("0.10", 1_000_001), ("0.05", 500_000)])
def test_the_deposit_follows_the_ratio_in_force(ratio: str, expected: int) -> None:
    assert rules.deposit(Money(10_000_005), replace(LIMITS, deposit_ratio=Decimal(ratio))) == Money(expected)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"is_enterprise": False}, "registration.not_enterprise"),
        ({"is_verified": False}, "registration.not_verified"),
        ({"is_related_to_seller": True}, "registration.related"),
        ({"is_insider": True}, "registration.insider"),
    ],
)
def test_only_a_verified_enterprise_unrelated_to_the_seller_is_admitted(changes: dict[str, bool], code: str) -> None:
    fitting = {"is_enterprise": True, "is_verified": True, "is_related_to_seller": False, "is_insider": False}
    rules.check_registration(LotPhase.OPEN, **fitting)
    with pytest.raises(RegistrationRefused) as caught:
        rules.check_registration(LotPhase.OPEN, **fitting | changes)
    assert caught.value.code == code


@pytest.mark.parametrize("phase", LotPhase)
def test_registration_ends_with_the_bidding(phase: LotPhase) -> None:
    open_phases = {LotPhase.UPCOMING, LotPhase.OPEN, LotPhase.CLOSING, LotPhase.SUSPENDED}
    fitting = {"is_enterprise": True, "is_verified": True, "is_related_to_seller": False, "is_insider": False}
    if phase in open_phases:
        rules.check_registration(phase, **fitting)
    else:
        with pytest.raises(RegistrationRefused):
            rules.check_registration(phase, **fitting)


@pytest.mark.parametrize("phase", LotPhase)
def test_a_lot_is_withdrawn_only_before_it_opens(phase: LotPhase) -> None:
    if phase is LotPhase.UPCOMING:
        rules.check_withdrawal(phase, "权属发生变化")
    else:
        with pytest.raises(LotRefused):
            rules.check_withdrawal(phase, "权属发生变化")


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501])
def test_a_withdrawal_needs_a_reason_of_readable_length(reason: str) -> None:
    with pytest.raises(LotRefused) as caught:
        rules.check_withdrawal(LotPhase.UPCOMING, reason)
    assert caught.value.field == "reason"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a" * 8, True), ("A-_9" * 16, True), ("a" * 7, False), ("a" * 65, False), ("", False), ("a\x00" * 8, False)],
)
def test_a_form_token_is_recognised(text: str, expected: bool) -> None:
    assert rules.is_form_token(text) is expected
