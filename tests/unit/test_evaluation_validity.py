"""When a listing counts as valid (rules.md 7.3)."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.evaluation.derivation import SourceEvent
from market.evaluation.validity import Publication, publications_in, thirtieth_day_online, valid_listings
from market.evaluation.vocabulary import FactKind
from tests.factories.market_events import PUBLISHED_AT, a_publication, a_right, an_offer

LATER = PUBLISHED_AT + timedelta(days=400)
DAY = timedelta(days=1)


def step(action, days, state, sequence=6):
    return SourceEvent(100 + sequence, sequence, "listing", 7, f"listing.{action}", PUBLISHED_AT + days * DAY, state)


def valid(publication, *later, now=LATER, statuses=(), talk=()):
    return valid_listings([Publication(publication, tuple(later), tuple(statuses), tuple(talk))], now)


def said(action, days, due_on="2026-03-13", subject=5, listing_id=7):
    """Something that was asked about the listing, or what ended the waiting, so many days after the publication."""
    kind = action.partition(".")[0]
    payload = {"listing_id": listing_id, "achievement_id": 70, "due_on": due_on}
    return SourceEvent(200 + subject, 1, kind, subject, action, PUBLISHED_AT + days * DAY, payload=payload)


def test_thirty_days_online_make_a_listing_valid_on_the_day_they_are_complete():
    (fact,) = valid(a_publication())
    assert (fact.kind, fact.occurred_on, fact.event_id) == (FactKind.LISTING_VALID, date(2026, 3, 31), 1)
    assert (fact.institution_id, fact.achievement_id, fact.details["published_on"]) == (3, 70, "2026-03-01")


def test_it_counts_from_the_second_in_which_the_thirtieth_day_is_complete():
    complete = PUBLISHED_AT + 30 * DAY
    assert valid(a_publication(), now=complete - timedelta(microseconds=1)) == []
    assert len(valid(a_publication(), now=complete)) == 1


def test_a_pause_is_added_to_the_thirty_days():
    later = step("pause", 10, "paused"), step("resume", 17, "published", 7)
    (fact,) = valid(a_publication(), *later)
    assert fact.occurred_on == date(2026, 4, 7)


def test_bidding_publicity_and_trial_are_online_too():
    later = step("start_bidding", 5, "bidding"), step("fall_back", 12, "published", 7)
    (fact,) = valid(a_publication(), *later)
    assert fact.occurred_on == date(2026, 3, 31)


@pytest.mark.parametrize("action, state", [("withdraw", "withdrawn"), ("sell", "sold"), ("terminate", "terminated")])
def test_a_listing_that_leaves_before_the_thirtieth_day_is_not_valid(action, state):
    assert valid(a_publication(), step(action, 29.9, state)) == []


def test_a_listing_that_leaves_after_the_thirtieth_day_stays_valid():
    (fact,) = valid(a_publication(), step("withdraw", 30, "withdrawn"))
    assert fact.occurred_on == date(2026, 3, 31)


def test_a_renewed_listing_goes_on_counting():
    later = step("withdraw", 20, "withdrawn"), step("renew", 40, "published", 7)
    (fact,) = valid(a_publication(), *later)
    assert fact.occurred_on == date(2026, 4, 20)


def test_a_new_review_starts_its_own_count():
    again = a_publication(2, at=PUBLISHED_AT + 40 * DAY, sequence=7)
    stream = [a_publication(1), step("withdraw", 20, "withdrawn", 6), again]
    (fact,) = valid_listings(publications_in(stream), LATER)
    assert (fact.event_id, fact.occurred_on) == (2, date(2026, 5, 10))


def test_a_bundle_counts_as_one_listing_whatever_number_it_offers():
    (fact,) = valid(a_publication(achievement_ids=[70, 71, 72]))
    assert (fact.achievement_id, fact.details["achievement_ids"]) == (70, [70, 71, 72])


def test_a_listing_of_one_says_nothing_of_bundles():
    (fact,) = valid(a_publication())
    assert "achievement_ids" not in fact.details


def test_what_counted_in_a_bundle_does_not_count_again_alone_in_the_year():
    bundle = Publication(a_publication(1, achievement_ids=[70, 71]))
    alone = Publication(a_publication(2, at=PUBLISHED_AT + 60 * DAY, listing_id=8, achievement_id=71))
    next_year = Publication(a_publication(3, at=PUBLISHED_AT + 360 * DAY, listing_id=9, achievement_id=71))
    facts = valid_listings([next_year, alone, bundle], LATER)
    assert [fact.event_id for fact in facts] == [1, 3]


def test_a_bundle_with_something_new_counts_beside_what_counted_alone():
    alone = Publication(a_publication(1))
    known = Publication(a_publication(2, at=PUBLISHED_AT + 5 * DAY, listing_id=8))
    wider = Publication(a_publication(3, at=PUBLISHED_AT + 9 * DAY, listing_id=9, achievement_ids=[70, 71]))
    facts = valid_listings([wider, known, alone], LATER)
    assert [fact.event_id for fact in facts] == [1, 3]


def test_an_event_without_a_state_changes_nothing():
    assert len(valid(a_publication(), step("edited", 3, None))) == 1


@pytest.mark.parametrize(
    "offers, is_valid",
    [
        ([an_offer(pricing="fixed")], True),
        ([an_offer("auction", "starting")], True),
        ([an_offer("ordinary_licence", "formula")], True),
        ([an_offer("try_first", "free_trial")], True),
        ([an_offer("try_first", "negotiable")], True),
        ([an_offer(pricing="negotiable")], False),
        ([an_offer(pricing="negotiable"), an_offer("equity", "negotiable")], False),
        ([an_offer(pricing="negotiable"), an_offer("sole_licence", "fixed")], True),
    ],
)
def test_a_price_a_formula_or_trial_terms_are_needed(offers, is_valid):
    assert bool(valid(a_publication(offers=offers))) is is_valid


@pytest.mark.parametrize(
    "right, is_valid",
    [
        (a_right(), True),
        (a_right(expires_on="2026-04-01"), True),
        (a_right(expires_on="2026-03-31"), False),
        (a_right(expires_on=None), True),
        (a_right(legal_status="lapsed"), False),
        (a_right(legal_status="unknown"), True),
        (a_right("85102475", has_check_digit=False, expires_on=None), False),
        (a_right("2024SR0123456", kind="software", has_check_digit=False, expires_on=None), True),
    ],
)
def test_every_right_must_stand_on_that_day(right, is_valid):
    assert bool(valid(a_publication(rights=[right]))) is is_valid
    assert bool(valid(a_publication(rights=[a_right(), right]))) is is_valid


def test_know_how_without_rights_is_valid():
    assert len(valid(a_publication(rights=[]))) == 1


@pytest.mark.parametrize("days, is_valid", [(30, False), (30.01, True)])
def test_a_right_recorded_as_lapsed_until_the_thirtieth_day_makes_none(days, is_valid):
    lapsed = SourceEvent(
        9,
        2,
        "achievement",
        70,
        "achievement.status_confirmed",
        PUBLISHED_AT + days * DAY,
        "lapsed",
        {"number": "201710601862.3"},
    )
    assert bool(valid(a_publication(), statuses=[lapsed])) is is_valid


def test_an_achievement_counts_once_a_year_however_often_it_is_listed():
    first = Publication(a_publication(1))
    second = Publication(a_publication(2, at=PUBLISHED_AT + 90 * DAY, listing_id=8))
    (fact,) = valid_listings([second, first], LATER)
    assert (fact.event_id, fact.subject_id) == (1, 7)


def test_an_achievement_counts_again_in_the_next_year():
    next_year = Publication(a_publication(2, at=PUBLISHED_AT + 365 * DAY, listing_id=8))
    facts = valid_listings([Publication(a_publication(1)), next_year], LATER)
    assert [fact.occurred_on for fact in facts] == [date(2026, 3, 31), date(2027, 3, 31)]


def test_the_year_is_the_one_of_wenzhou_in_which_the_thirtieth_day_ends():
    at = datetime(2026, 12, 1, 16, 30, tzinfo=UTC)
    (fact,) = valid(a_publication(at=at))
    assert fact.occurred_on == date(2027, 1, 1)


@given(
    gaps=st.lists(st.tuples(st.floats(0.1, 20), st.floats(0.1, 40)), max_size=6),
    seed=st.integers(0, 1000),
)
def test_time_offline_is_added_day_for_day_whatever_the_order_of_arrival(gaps, seed):
    at, online, stream, expected = PUBLISHED_AT, timedelta(), [a_publication()], None
    for number, (on_days, off_days) in enumerate(gaps):
        spent = timedelta(days=on_days)
        if expected is None and online + spent >= 30 * DAY:
            expected = at + (30 * DAY - online)
        at, online = at + spent, online + spent
        stream.append(SourceEvent(50 + number, 6 + 2 * number, "listing", 7, "listing.pause", at, "paused"))
        at += timedelta(days=off_days)
        stream.append(SourceEvent(70 + number, 7 + 2 * number, "listing", 7, "listing.resume", at, "published"))
    expected = expected or at + (30 * DAY - online)
    random.Random(seed).shuffle(stream)
    (publication,) = publications_in(stream)
    assert thirtieth_day_online(publication.event, publication.later) == expected


@pytest.mark.parametrize(
    ("talk", "day"),
    [
        ([said("question.asked", 10), said("question.answered", 11)], date(2026, 3, 31)),
        ([said("enquiry.asked", 10), said("enquiry.answered", 20)], date(2026, 3, 31)),
        ([said("enquiry.asked", 10), said("enquiry.answered", 45)], date(2026, 4, 15)),
        ([said("question.asked", 10), said("question.hidden", 12)], date(2026, 3, 31)),
        ([said("enquiry.asked", 10), said("enquiry.closed", 12)], date(2026, 3, 31)),
        ([said("enquiry.asked", 29, "2026-04-03")], date(2026, 3, 31)),
        ([said("enquiry.asked", 10, listing_id=8)], date(2026, 3, 31)),
    ],
)
def test_the_contact_answers_what_was_due_by_then(talk, day):
    (fact,) = valid(a_publication(), talk=talk)
    assert fact.occurred_on == day


@pytest.mark.parametrize("action", ["question.asked", "enquiry.asked"])
def test_a_listing_whose_contact_does_not_answer_is_not_valid(action):
    other = said("enquiry.asked", 9, subject=6), said("enquiry.answered", 9.5, subject=6)
    assert valid(a_publication(), talk=[said(action, 10), *other]) == []
