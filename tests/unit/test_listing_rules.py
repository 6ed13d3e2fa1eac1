"""The life of a listing, and what must hold before it may go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.achievements.rules import RightState, right_state
from market.achievements.usage import FeeState
from market.achievements.vocabulary import AchievementKind, LegalStatus, OwnershipStatus
from market.kernel.errors import TransitionRefused
from market.kernel.money import Money
from market.listings import rules
from market.listings.offer_checks import Limits, check_offers
from market.listings.preconditions import AchievementFacts, Owner, precondition_problems
from market.listings.rules import OfferDraft, RightFacts
from market.listings.vocabulary import (
    ENDED_STATES,
    PUBLIC_STATES,
    READABLE_STATES,
    ListingAction,
    ListingState,
    PriceBasis,
    Pricing,
    TransferWay,
)

LIFE = """
draft               submit → checking, withdraw → withdrawn
checking            pass_check → institution_review, fail_check → draft
institution_review  institution_approve → platform_review, institution_reject → rejected, withdraw → withdrawn
platform_review     platform_approve → published, platform_reject → rejected, withdraw → withdrawn
rejected            revise → draft, withdraw → withdrawn
published           pause → paused, start_negotiation → negotiating, start_publicity → publicity
published           start_bidding → bidding, start_trial → trial, sell → sold
published           withdraw → withdrawn, expire → withdrawn, terminate → terminated
paused              resume → published, withdraw → withdrawn, expire → withdrawn, terminate → terminated
negotiating         fall_back → published, start_publicity → publicity, sell → sold, pause → paused
negotiating         terminate → terminated
publicity           fall_back → published, sell → sold, pause → paused, terminate → terminated
bidding             fall_back → published, sell → sold, terminate → terminated
trial               fall_back → published, sell → sold, pause → paused, terminate → terminated
sold                start_registration → registering, fall_back → published, terminate → terminated
registering         complete → completed, terminate → terminated
withdrawn           renew → draft
"""
"""rules.md 2.4, written out: from each state the actions that are open and where they lead. Everything else is refused."""


def written() -> dict[tuple[str, str], str]:
    moves = {}
    for line in LIFE.strip().splitlines():
        state, actions = line.split(maxsplit=1)
        for move in actions.split(", "):
            action, target = move.split(" → ")
            moves[state, action] = target
    return moves


WRITTEN = written()


@pytest.mark.parametrize(("state", "action"), list(product(ListingState, ListingAction)), ids=lambda value: value.value)
def test_each_action_leads_where_the_table_says_or_is_refused(state: ListingState, action: ListingAction) -> None:
    expected = WRITTEN.get((state.value, action.value))

    assert rules.TRANSITIONS.allows(state, action) == (expected is not None)
    if expected is None:
        with pytest.raises(TransitionRefused) as refused:
            rules.TRANSITIONS.target(state, action)
        assert refused.value.code == "listing.transition"
    else:
        assert rules.TRANSITIONS.target(state, action) == expected


def test_every_state_can_be_reached_from_a_draft() -> None:
    reached = {"draft"}
    while new := {after for (before, _), after in WRITTEN.items() if before in reached} - reached:
        reached |= new

    assert reached == {state.value for state in ListingState}


def test_only_a_completed_and_a_terminated_listing_end_for_good() -> None:
    final = {state for state in ListingState if not rules.TRANSITIONS.actions(state)}

    assert final == {ListingState.COMPLETED, ListingState.TERMINATED}


def test_nothing_that_was_never_approved_is_public() -> None:
    before_approval = {"draft", "checking", "institution_review", "platform_review", "rejected"}

    assert not {state.value for state in PUBLIC_STATES | READABLE_STATES} & before_approval
    assert ListingState.PAUSED in READABLE_STATES - PUBLIC_STATES


def test_what_ended_lets_the_achievement_be_listed_anew() -> None:
    assert {state.value for state in ENDED_STATES} == {"sold", "registering", "completed", "withdrawn", "terminated"}


# what keeps an achievement from the market

TODAY = date(2026, 11, 22)
PATENT = RightFacts("201910000001.5", AchievementKind.INVENTION, RightState.ALIVE, date(2039, 5, 6), fee=FeeState.PAID)


def registered(status: LegalStatus, expires_on: date) -> RightFacts:
    """The patent with what the register says of it today."""
    return replace(PATENT, state=right_state(status, expires_on, TODAY), expires_on=expires_on)


MODEL = replace(PATENT, kind=AchievementKind.UTILITY_MODEL)


def codes(problems: list[rules.Problem]) -> list[str]:
    return [problem.code for problem in problems]


def test_a_living_patent_of_the_own_institution_may_be_listed() -> None:
    assert rules.check_achievement(OwnershipStatus.OWN, [PATENT]) == []


@pytest.mark.parametrize(
    ("right", "code"),
    [
        (registered(LegalStatus.ALIVE, date(2026, 11, 22)), "right.expired"),
        (registered(LegalStatus.UNKNOWN, date(2020, 1, 1)), "right.expired"),
        (replace(PATENT, state=RightState.LAPSED), "right.lapsed"),
        (replace(PATENT, state=RightState.UNVERIFIED), "right.unknown_status"),
    ],
)
def test_a_right_that_does_not_stand_keeps_it_off_with_its_number(right: RightFacts, code: str) -> None:
    problems = rules.check_achievement(OwnershipStatus.OWN, [right])

    assert codes(problems) == [code]
    assert right.number in problems[0].sentence
    assert "专利法" in problems[0].article


def test_a_right_stands_until_the_day_before_its_end() -> None:
    right = registered(LegalStatus.ALIVE, date(2026, 11, 23))

    assert rules.check_achievement(OwnershipStatus.OWN, [right]) == []


def test_one_dead_right_of_two_keeps_the_achievement_off() -> None:
    dead = replace(registered(LegalStatus.ALIVE, date(2025, 1, 1)), number="200510000001.5")

    assert codes(rules.check_achievement(OwnershipStatus.OWN, [PATENT, dead])) == ["right.expired"]


def test_pending_ownership_keeps_it_off_and_a_stated_one_does_not() -> None:
    assert codes(rules.check_achievement(OwnershipStatus.PENDING, [PATENT])) == ["ownership.pending"]
    assert rules.check_achievement(OwnershipStatus.CONFIRMED_BY_PERSON, [PATENT]) == []


# terms

PRICE = Money(12_000_000)
WAYS = list(TransferWay)


def offer(way: TransferWay, pricing: Pricing | None = None, **changed: object) -> OfferDraft:
    """An offer that lacks nothing."""
    chosen = pricing or rules.PRICINGS_OF_WAY[way][0]
    is_priced = chosen in (Pricing.FIXED, Pricing.STARTING)
    complete = OfferDraft(
        way,
        chosen,
        PRICE if is_priced else None,
        PriceBasis.AGREEMENT if is_priced else None,
        price_note="销售额的 3%" if chosen is Pricing.FORMULA else "",
        trial_months=6 if way is TransferWay.TRY_FIRST else None,
        terms={"term_years": 3, "payment": "lump_sum"} if way is TransferWay.OPEN_LICENCE else {},
    )
    return replace(complete, **changed)  # type: ignore[arg-type]


def submission(drafts: list[OfferDraft], *rights: RightFacts) -> list[rules.Problem]:
    """What keeps the offers from being submitted: terms and preconditions."""
    owners = tuple(Owner(name) for right in rights for name in right.co_owners)
    facts = AchievementFacts(rights, owners)
    return [*check_offers(drafts, facts, Limits(trial_months=12), TODAY), *precondition_problems(drafts, facts)]


def check(draft: OfferDraft, *rights: RightFacts) -> list[str]:
    return codes(submission([draft], *(rights or (PATENT,))))


@pytest.mark.parametrize(("way", "pricing"), list(product(WAYS, Pricing)), ids=lambda value: value.value)
def test_a_way_takes_its_own_pricings_and_no_other(way: TransferWay, pricing: Pricing) -> None:
    expected = [] if pricing in rules.PRICINGS_OF_WAY[way] else ["offer.pricing"]

    assert check(offer(way, pricing)) == expected


def test_a_listing_without_terms_is_told_so() -> None:
    assert codes(submission([], PATENT)) == ["offers.none"]


def test_everything_that_is_missing_is_said_at_once() -> None:
    drafts = [
        offer(TransferWay.ASSIGNMENT, price=None, basis=None),
        offer(TransferWay.EXCLUSIVE_LICENCE, Pricing.FORMULA, price_note=" "),
    ]

    assert codes(submission(drafts, PATENT)) == ["offer.price", "offer.basis", "offer.formula"]


@pytest.mark.parametrize(("months", "is_allowed"), [(None, False), (0, False), (1, True), (12, True), (13, False)])
def test_a_trial_lasts_from_one_month_to_the_parameter(months: int | None, is_allowed: bool) -> None:
    found = check(offer(TransferWay.TRY_FIRST, trial_months=months))

    assert found == ([] if is_allowed else ["offer.trial_months"])


# rules.md 13.11: co-owners


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.value)
def test_a_co_owned_patent_needs_consent_for_all_but_an_ordinary_licence(way: TransferWay) -> None:
    shared = replace(PATENT, co_owners=("温州某阀门有限公司",))
    missing = [] if way is TransferWay.ORDINARY_LICENCE else ["offer.co_owner_consent"]

    assert check(offer(way), shared) == missing
    assert check(offer(way, confirmations={"co_owner_consent": "共有人同意书，2026-10-08"}), shared) == []


# rules.md 13.12: open licence


@pytest.mark.parametrize("kind", [AchievementKind.UTILITY_MODEL, AchievementKind.DESIGN])
def test_an_open_licence_on_a_model_or_design_needs_an_evaluation_report(kind: AchievementKind) -> None:
    right = replace(PATENT, kind=kind)

    assert check(offer(TransferWay.OPEN_LICENCE), right) == ["offer.evaluation_report"]
    assert check(offer(TransferWay.OPEN_LICENCE, confirmations={"evaluation_report": "评价报告 G2026-1"}), right) == []
    assert check(offer(TransferWay.ASSIGNMENT), right) == []


def test_an_open_licence_on_an_invention_needs_no_report() -> None:
    assert check(offer(TransferWay.OPEN_LICENCE)) == []


@pytest.mark.parametrize(
    "rights",
    [
        (replace(PATENT, state=RightState.PENDING),),
        (replace(PATENT, kind=AchievementKind.SOFTWARE),),
        (PATENT, replace(PATENT, state=RightState.PENDING)),
    ],
)
def test_an_open_licence_is_for_granted_patents_only(rights: tuple[RightFacts, ...]) -> None:
    assert check(offer(TransferWay.OPEN_LICENCE), *rights) == ["offer.granted"]


def test_an_open_licence_without_any_right_is_refused() -> None:
    assert codes(submission([offer(TransferWay.OPEN_LICENCE)])) == ["offer.granted"]


def test_a_shared_model_in_open_licence_needs_consent_and_report() -> None:
    shared = replace(MODEL, co_owners=("温州某阀门有限公司",))

    assert check(offer(TransferWay.OPEN_LICENCE), shared) == ["offer.co_owner_consent", "offer.evaluation_report"]


# numbers

numbers = st.builds(rules.listing_number, st.integers(2026, 2099), st.integers(1, 36**3 - 1), st.integers(1, 10**5 - 1))


@given(numbers)
def test_a_listing_number_checks_itself(number: str) -> None:
    assert len(number) == 15
    assert rules.is_listing_number(number)


@given(numbers, st.integers(6, 14), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_one_wrong_character_is_noticed(number: str, place: int, character: str) -> None:
    changed = number[:place] + character + number[place + 1 :]

    assert rules.is_listing_number(changed) == (changed == number)


@pytest.mark.parametrize("text", ["", "WZ", "WZ2026", "XX2026001000017", "wz202600100001", "WZ2026；001000017"])
def test_other_text_is_no_listing_number(text: str) -> None:
    assert not rules.is_listing_number(text)
