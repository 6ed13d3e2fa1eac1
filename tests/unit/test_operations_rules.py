"""Bounds of parameters and who decides a change."""

from __future__ import annotations

from datetime import date

import pytest

from market.kernel.errors import NotAllowed
from market.operations import rules
from market.operations.parameter_kinds import PARAMETER_KINDS
from market.operations.vocabulary import ProposalState

PUBLICITY, RATIO = PARAMETER_KINDS["publicity.days"], PARAMETER_KINDS["reward.min_ratio.transfer"]


@pytest.mark.parametrize(
    ("kind", "text", "stored"), [(PUBLICITY, " 20 ", "20"), (RATIO, "0.75", "0.75"), (RATIO, "1", "1")]
)
def test_a_value_inside_the_bounds_of_the_law_is_taken(kind, text, stored):
    assert rules.checked_value(kind, text) == stored


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (PUBLICITY, "14", "parameter.out_of_bounds"),
        (PUBLICITY, "15.5", "parameter.not_whole"),
        (RATIO, "0.69", "parameter.out_of_bounds"),
        (RATIO, "1.01", "parameter.out_of_bounds"),
        (RATIO, "NaN", "parameter.not_a_number"),
        (RATIO, "Infinity", "parameter.not_a_number"),
        (PUBLICITY, "2e1", "parameter.not_a_number"),
        (PUBLICITY, "十五", "parameter.not_a_number"),
        (PUBLICITY, "", "parameter.not_a_number"),
    ],
)
def test_a_value_that_the_law_or_arithmetic_refuses_is_refused(kind, text, code):
    with pytest.raises(rules.ProposalRefused) as refusal:
        rules.checked_value(kind, text)
    assert (refusal.value.code, refusal.value.field) == (code, "value")


def test_a_change_begins_tomorrow_at_the_earliest():
    today = date(2026, 11, 22)
    rules.check_valid_from(date(2026, 11, 23), today)
    with pytest.raises(rules.ProposalRefused, match="最早是明天"):
        rules.check_valid_from(today, today)


def test_nobody_decides_an_own_proposal():
    rules.check_decision(ProposalState.PROPOSED, proposed_by=1, decides=2)
    with pytest.raises(NotAllowed):
        rules.check_decision(ProposalState.PROPOSED, proposed_by=1, decides=1)


@pytest.mark.parametrize("state", [ProposalState.APPROVED, ProposalState.REJECTED])
def test_a_decided_proposal_is_not_decided_again(state):
    with pytest.raises(rules.ProposalRefused) as refusal:
        rules.check_decision(state, proposed_by=1, decides=2)
    assert refusal.value.code == "parameter.already_decided"


def test_the_same_number_written_otherwise_changes_nothing():
    with pytest.raises(rules.ProposalRefused):
        rules.check_changes("0.7", "0.70")
