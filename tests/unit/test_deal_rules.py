"""Decisions about applications and deals."""

from __future__ import annotations

from itertools import product

import pytest

from market.deals import rules
from market.deals.vocabulary import ApplicationAction, ApplicationState, DealKind
from market.kernel.errors import TransitionRefused
from market.listings.vocabulary import ListingState, Pricing, TransferWay

LIFE = {
    ("submitted", "accept"): "accepted",
    ("submitted", "decline"): "declined",
    ("submitted", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize(
    ("state", "action"), list(product(ApplicationState, ApplicationAction)), ids=lambda value: value.value
)
def test_only_an_unanswered_application_moves(state: ApplicationState, action: ApplicationAction) -> None:
    expected = LIFE.get((state.value, action.value))

    if expected is None:
        with pytest.raises(TransitionRefused):
            rules.TRANSITIONS.target(state, action)
    else:
        assert rules.TRANSITIONS.target(state, action) == expected


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (TransferWay.ASSIGNMENT, DealKind.AGREED_PRICE),
        (TransferWay.EXCLUSIVE_LICENCE, DealKind.AGREED_PRICE),
        (TransferWay.SOLE_LICENCE, DealKind.AGREED_PRICE),
        (TransferWay.ORDINARY_LICENCE, DealKind.AGREED_PRICE),
        (TransferWay.EQUITY, DealKind.AGREED_PRICE),
        (TransferWay.JOINT_DEVELOPMENT, DealKind.AGREED_PRICE),
        (TransferWay.OPEN_LICENCE, DealKind.OPEN_LICENCE),
        (TransferWay.TRY_FIRST, DealKind.TRY_FIRST),
        (TransferWay.INVEST_FIRST, DealKind.INVEST_FIRST),
        (TransferWay.AUCTION, DealKind.AUCTION),
    ],
)
def test_each_way_leads_to_its_kind_of_deal(way: TransferWay, kind: DealKind) -> None:
    assert rules.deal_kind(way) is kind


def test_no_way_is_left_out() -> None:
    assert {rules.deal_kind(way) for way in TransferWay} == set(DealKind)


def test_ways_that_leave_something_for_others_do_not_bind() -> None:
    assert set(TransferWay) - rules.BINDING_WAYS == {
        TransferWay.ORDINARY_LICENCE,
        TransferWay.OPEN_LICENCE,
        TransferWay.JOINT_DEVELOPMENT,
        TransferWay.TRY_FIRST,
        TransferWay.INVEST_FIRST,
        TransferWay.AUCTION,
    }


def test_applications_are_taken_while_the_listing_is_for_sale() -> None:
    assert {state.value for state in rules.OPEN_LISTING_STATES} == {"published", "negotiating", "trial"}
    assert ListingState.PAUSED not in rules.OPEN_LISTING_STATES


@pytest.mark.parametrize(
    ("pricing", "is_needed"),
    [
        (Pricing.FIXED, True),
        (Pricing.NEGOTIABLE, True),
        (Pricing.FORMULA, False),
        (Pricing.FREE_TRIAL, False),
        (Pricing.STARTING, False),
    ],
)
def test_a_price_is_asked_where_none_follows_from_the_terms(pricing: Pricing, is_needed: bool) -> None:
    assert rules.needs_price(pricing) == is_needed
