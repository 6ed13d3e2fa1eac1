"""Facts that follow from one event each."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from market.evaluation.derivation import (
    SINGLE_EVENT_ACTIONS,
    SOURCE_ACTIONS,
    TALK_ACTIONS,
    MalformedEvent,
    SourceEvent,
    fact_of,
)
from market.evaluation.vocabulary import FactKind
from market.listings.vocabulary import ListingAction
from tests.factories.market_events import a_lot_sale, a_publication, an_announcement, an_application, an_offer

AT = datetime(2026, 3, 31, 16, 30, tzinfo=UTC)
"""Half past midnight of 1 April in Wenzhou."""


def event(action, payload, subject_kind="lot", subject_id=12):
    return SourceEvent(41, 3, subject_kind, subject_id, action, AT, None, payload)


def test_a_publication_is_a_listing_of_its_institution_on_the_local_day():
    fact = fact_of(a_publication(at=AT))
    assert (fact.kind, fact.occurred_on) == (FactKind.LISTING_PUBLISHED, date(2026, 4, 1))
    assert (fact.institution_id, fact.institution_county, fact.achievement_id) == (3, "330304", 70)
    assert (fact.event_id, fact.subject_kind, fact.subject_id) == (1, "listing", 7)
    assert (fact.transfer_way, fact.amount_fen, fact.currency) == ("assignment", 50_000_000, "CNY")


def test_a_listing_with_several_ways_names_them_all_and_its_highest_price():
    offers = [an_offer("auction", "starting", 30_000_000), an_offer("try_first", "free_trial"), an_offer()]
    fact = fact_of(a_publication(offers=offers))
    assert fact.details["ways"] == ["auction", "try_first", "assignment"]
    assert (fact.transfer_way, fact.amount_fen) == (None, 50_000_000)


def test_a_listing_by_agreement_has_no_amount():
    assert fact_of(a_publication(offers=[an_offer(pricing="negotiable")])).amount_fen is None


def test_an_announced_lot_is_offered_at_its_start_price():
    fact = fact_of(event("lot.announced", an_announcement()))
    assert (fact.kind, fact.amount_fen, fact.transfer_way) == (FactKind.LOT_OFFERED, 89_500_000, "auction")
    assert (fact.buyer_id, fact.bidder_count, fact.achievement_id) == (None, None, 70)


def test_a_sold_lot_carries_its_independent_bidders_its_buyer_and_its_price():
    fact = fact_of(event("lot.sold", a_lot_sale()))
    assert (fact.kind, fact.occurred_on) == (FactKind.LOT_SOLD, date(2026, 4, 1))
    assert (fact.bidder_count, fact.amount_fen) == (2, 123_000_000)
    assert (fact.buyer_id, fact.buyer_county, fact.institution_county) == (9, "330324", "330304")
    assert (fact.details["all_bidder_count"], fact.details["sale_kind"]) == (3, "competitive")


def test_a_lot_of_two_achievements_belongs_to_neither_alone():
    offers = [
        {"offer_id": 1, "listing_id": 7, "achievement_id": 70},
        {"offer_id": 2, "listing_id": 8, "achievement_id": 71},
    ]
    fact = fact_of(event("lot.sold", a_lot_sale(offers=offers)))
    assert (fact.achievement_id, fact.details["listing_ids"]) == (None, [7, 8])


@pytest.mark.parametrize("price_fen", [None, 8_000_000])
def test_an_accepted_application_carries_its_way_and_the_price_if_one_was_named(price_fen):
    fact = fact_of(event("application.accepted", an_application(price_fen=price_fen), "application"))
    assert (fact.kind, fact.transfer_way) == (FactKind.APPLICATION_ACCEPTED, "ordinary_licence")
    assert (fact.amount_fen, fact.buyer_county) == (price_fen, "330382")


@pytest.mark.parametrize("action", ["listing.pause", "lot.unsold", "application.submitted", "import.finished"])
def test_other_events_are_no_fact_by_themselves(action):
    assert fact_of(event(action, {})) is None


@pytest.mark.parametrize("missing", ["seller_organisation_id", "price_fen", "sale_kind", "offers"])
def test_a_sale_that_does_not_say_everything_is_malformed(missing):
    payload = a_lot_sale()
    del payload[missing]
    with pytest.raises(MalformedEvent, match=f"event 41.*{missing}"):
        fact_of(event("lot.sold", payload))


def test_an_unknown_way_is_malformed():
    with pytest.raises(MalformedEvent, match="barter"):
        fact_of(event("application.accepted", an_application(transfer_way="barter"), "application"))


def test_every_action_that_a_public_listing_can_take_is_a_source():
    before_publication = {
        "submit",
        "pass_check",
        "fail_check",
        "institution_approve",
        "institution_reject",
        "platform_reject",
        "revise",
    }
    expected = {f"listing.{action.value}" for action in ListingAction if action.value not in before_publication}
    assert expected | SINGLE_EVENT_ACTIONS | {"achievement.status_confirmed"} | TALK_ACTIONS == SOURCE_ACTIONS
