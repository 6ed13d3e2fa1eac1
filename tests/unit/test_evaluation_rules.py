"""Indicator A1 and the scheme, with exact numbers (rules.md 7.2)."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.accounts.rules import PeerGroup
from market.evaluation import rules
from market.evaluation.rules import Bounds, Counted
from market.evaluation.scheme import SCHEME_FILE, parse_scheme
from market.evaluation.scheme_texts import SCHEME_TEXTS
from market.evaluation.vocabulary import BoundsBasis, FactKind, UnmeasuredReason

DOCUMENT = json.loads(SCHEME_FILE.read_text("utf-8"))
SCHEME = parse_scheme(DOCUMENT)
A1 = SCHEME.indicators[0]


def institution(number=1, by_year=None, rd_fte="200", group=PeerGroup.UNIVERSITY):
    return Counted(number, group, Decimal(rd_fte) if rd_fte else None, by_year or {})


def trace_of(counted, members=None, indicator=A1):
    return rules.trace(counted, members or [counted], SCHEME, indicator, 2026)


def test_the_scheme_has_sixteen_indicators_whose_weights_sum_to_a_hundred():
    codes = ["A1", "A2", "A3", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D1", "D2", "D3", "E1", "E2", "E3"]
    weights = [8, 4, 3, 8, 9, 12, 6, 4, 8, 8, 10, 5, 5, 3, 4, 3]
    assert [indicator.code for indicator in SCHEME.indicators] == codes
    assert [indicator.weight for indicator in SCHEME.indicators] == weights
    assert SCHEME.total_weight == 100


def test_a_scheme_whose_weights_do_not_sum_to_a_hundred_is_refused():
    broken = json.loads(json.dumps(DOCUMENT))
    broken["indicators"][0]["weight"] = "9"
    with pytest.raises(ValueError, match="101"):
        parse_scheme(broken)


def test_every_text_of_the_scheme_file_is_marked_for_translation():
    texts = {entry[name] for entry in DOCUMENT["indicators"] for name in ("name", "definition", "unit")}
    assert texts == SCHEME_TEXTS


def test_the_value_weighs_three_years_per_hundred_fte():
    value = rules.value_of(institution(by_year={2026: 12, 2025: 6, 2024: 3, 2023: 99}), SCHEME, A1, 2026)
    assert [part.rate for part in value.parts] == [Decimal(6), Decimal(3), Decimal("1.5")]
    assert value.amount == Decimal("4.2")
    assert value.formula == "0.5 × (12 ÷ 200 × 100) + 0.3 × (6 ÷ 200 × 100) + 0.2 × (3 ÷ 200 × 100) = 4.2"


def test_points_follow_from_fixed_bounds_in_a_small_group():
    trace = trace_of(institution(by_year={2026: 12, 2025: 6, 2024: 3}))
    assert (trace.bounds, trace.basis, trace.group_size) == (
        Bounds(Decimal(0), Decimal(5)), BoundsBasis.FIXED_SMALL_GROUP, 1,
    )  # fmt: skip
    assert (trace.normalised, trace.points) == (Decimal(84), Decimal("6.72"))
    assert trace.normalisation_formula == "100 × clip((4.2 − 0) ÷ (5 − 0), 0, 1) = 84"
    assert trace.points_formula == "8 × 84 ÷ 100 = 6.72"


def test_nothing_counted_is_zero_points_and_not_unmeasured():
    trace = trace_of(institution())
    assert (trace.unmeasured, trace.points) == (None, Decimal("0.00"))


def test_no_more_than_the_weight_is_given():
    assert trace_of(institution(by_year={2026: 10_000})).points == Decimal("8.00")


def test_points_are_rounded_half_up():
    # x = 0.5 × 1 ÷ 128 × 100 = 0.390625; s = 7.8125; 8 × 7.8125 ÷ 100 = 0.625
    assert trace_of(institution(by_year={2026: 1}, rd_fte="128")).points == Decimal("0.63")


def test_five_measured_members_are_compared_with_the_tenth_and_ninetieth_percentile():
    members = [
        institution(number, {2026: number, 2025: number, 2024: number, 2023: number, 2022: number}, "100")
        for number in range(1, 6)
    ]
    trace = trace_of(members[2], members)
    assert trace.basis is BoundsBasis.PERCENTILES
    assert trace.bounds == Bounds(Decimal(1), Decimal(5))
    assert (trace.value.amount, trace.normalised, trace.points) == (Decimal(3), Decimal(50), Decimal("4.00"))


def test_the_percentiles_stand_on_the_values_of_three_years():
    members = [institution(number, {2026: 10 * number}, "100") for number in range(1, 6)]
    trace = trace_of(members[4], members)
    # values: 5, 10 … 25 for 2026 and ten zeros before: P10 = 0, P90 = the 12.6th of 0…14 = 15 + 0.6 × 5
    assert trace.bounds == Bounds(Decimal(0), Decimal(18))
    assert trace.points == Decimal("8.00")


def test_members_without_a_value_do_not_make_a_group_large():
    members = [institution(number, {2026: number}) for number in range(1, 5)] + [institution(5, {2026: 5}, rd_fte=None)]
    trace = trace_of(members[0], members)
    assert (trace.basis, trace.group_size) == (BoundsBasis.FIXED_SMALL_GROUP, 4)


def test_other_peer_groups_do_not_count():
    others = [institution(number, {2026: 50}, group=PeerGroup.INSTITUTE) for number in range(2, 9)]
    own = institution(1, {2026: 4})
    assert trace_of(own, [own, *others]).group_size == 1


def test_a_group_without_any_spread_uses_the_fixed_bounds():
    members = [institution(number) for number in range(1, 7)]
    trace = trace_of(members[0], members)
    assert (trace.basis, trace.points) == (BoundsBasis.FIXED_NO_SPREAD, Decimal("0.00"))


@pytest.mark.parametrize(
    "counted, reason",
    [
        (institution(rd_fte=None, by_year={2026: 5}), UnmeasuredReason.NO_RD_FTE),
        (institution(group=None, by_year={2026: 5}), UnmeasuredReason.NO_PEER_GROUP),
    ],
)
def test_missing_data_is_unmeasured_with_its_reason_and_not_zero(counted, reason):
    trace = trace_of(counted)
    assert (trace.unmeasured, trace.points, trace.value) == (reason, None, None)


def test_only_a1_is_measured_and_no_grade_is_given():
    own = institution(by_year={2026: 12, 2025: 6, 2024: 3})
    evaluation = rules.evaluate(institution(), {FactKind.LISTING_VALID: [own]}, SCHEME, 2026)
    measured = [trace.indicator.code for trace in evaluation.traces if trace.unmeasured is None]
    assert measured == ["A1"]
    assert {trace.unmeasured for trace in evaluation.traces[1:]} == {UnmeasuredReason.NO_SOURCE}
    assert (evaluation.points, evaluation.measured_weight, evaluation.is_gradable) == (
        Decimal("6.72"),
        Decimal(8),
        False,
    )


@pytest.mark.parametrize("share, expected", [("0", "1"), ("0.1", "1.4"), ("0.5", "3"), ("0.9", "4.6"), ("1", "5")])
def test_percentiles_interpolate_between_the_ordered_values(share, expected):
    assert rules.percentile(map(Decimal, (5, 3, 1, 2, 4)), Decimal(share)) == Decimal(expected)


@given(count=st.integers(0, 10_000), rd_fte=st.decimals("0.5", "20000", places=2))
def test_points_lie_between_zero_and_the_weight_and_grow_with_the_count(count, rd_fte):
    one = trace_of(Counted(1, PeerGroup.UNIVERSITY, rd_fte, {2026: count}))
    more = trace_of(Counted(1, PeerGroup.UNIVERSITY, rd_fte, {2026: count + 1}))
    assert 0 <= one.points <= more.points <= A1.weight


def test_points_of_a_year_stand_on_five_years_of_facts():
    assert rules.years_needed(SCHEME, 2026) == (2022, 2026)
