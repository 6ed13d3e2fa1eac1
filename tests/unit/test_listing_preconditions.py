"""What the law asks before an offer: held by the register, confirmed with a paper, open, or barred."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from market.achievements.rules import RightState
from market.achievements.usage import FeeState
from market.achievements.vocabulary import AchievementKind, EncumbranceKind
from market.listings.preconditions import (
    ARTICLES,
    LABELS,
    AchievementFacts,
    Held,
    Owner,
    Standing,
    confirmable,
    precondition_problems,
    standings,
)
from market.listings.rules import PRICINGS_OF_WAY, OfferDraft, RightFacts
from market.listings.vocabulary import TransferWay as Way

PATENT = RightFacts("201910000001.5", AchievementKind.INVENTION, RightState.ALIVE, date(2039, 5, 6), fee=FeeState.PAID)
MODEL = replace(PATENT, kind=AchievementKind.UTILITY_MODEL)
FACTS = AchievementFacts((PATENT,))
DAY = date(2026, 10, 8)


def offer(way: Way, papers: dict[str, str] | None = None, **terms: object) -> OfferDraft:
    return OfferDraft(way, PRICINGS_OF_WAY[way][0], terms=terms, confirmations=papers or {})


def standing(kind: str, made: OfferDraft, facts: AchievementFacts) -> Standing | None:
    return next((one for one in standings(made, facts) if one.kind == kind), None)


def held(kind: str, made: OfferDraft, facts: AchievementFacts) -> Held | None:
    found = standing(kind, made, facts)
    return found.held if found else None


def under(kind: EncumbranceKind) -> AchievementFacts:
    return AchievementFacts((replace(PATENT, encumbrances=(kind,)),))


LICENCES = [Way.EXCLUSIVE_LICENCE, Way.SOLE_LICENCE, Way.ORDINARY_LICENCE, Way.OPEN_LICENCE, Way.TRY_FIRST]
SALES = [Way.ASSIGNMENT, Way.EQUITY, Way.AUCTION]


@pytest.mark.parametrize("is_completer", [False, True])
def test_an_owner_beside_the_institution_consents_in_the_register_or_on_paper(is_completer: bool) -> None:
    kind = "empowered_consent" if is_completer else "co_owner_consent"
    silent = AchievementFacts((PATENT,), (Owner("某阀门公司", is_completer),))
    agreed = AchievementFacts((PATENT,), (Owner("某阀门公司", is_completer, DAY),))

    assert held(kind, offer(Way.ASSIGNMENT), silent) is Held.OPEN
    assert held(kind, offer(Way.ASSIGNMENT), agreed) is Held.HELD
    assert held(kind, offer(Way.ASSIGNMENT, {kind: "同意书 2026-10-08"}), silent) is Held.CONFIRMED
    assert held(kind, offer(Way.ORDINARY_LICENCE), silent) is None


@pytest.mark.parametrize("licence", [EncumbranceKind.EXCLUSIVE_LICENCE, EncumbranceKind.SOLE_LICENCE])
def test_an_earlier_exclusive_or_sole_licence_bars_licences_and_is_told_to_an_acquirer(
    licence: EncumbranceKind,
) -> None:
    paper = {"free_of_licence": "告知书 2026-10-08"}

    assert {held("free_of_licence", offer(way, paper), under(licence)) for way in LICENCES} == {Held.BARRED}
    assert {held("free_of_licence", offer(way), under(licence)) for way in SALES} == {Held.OPEN}
    assert {held("free_of_licence", offer(way, paper), under(licence)) for way in SALES} == {Held.CONFIRMED}


@pytest.mark.parametrize("way", [*LICENCES, *SALES])
def test_a_pledge_needs_the_pledgees_consent_and_preservation_bars_every_way(way: Way) -> None:
    pledged, preserved = under(EncumbranceKind.PLEDGE), under(EncumbranceKind.PRESERVATION)

    assert held("free_of_pledge", offer(way), pledged) is Held.OPEN
    assert held("free_of_pledge", offer(way, {"free_of_pledge": "质权人同意函"}), pledged) is Held.CONFIRMED
    assert held("free_of_preservation", offer(way, {"free_of_preservation": "解除了"}), preserved) is Held.BARRED
    assert held("free_of_pledge", offer(way), FACTS) is Held.HELD


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        (PATENT, None),
        (MODEL, Held.OPEN),
        (replace(MODEL, kind=AchievementKind.DESIGN), Held.OPEN),
        (replace(MODEL, has_evaluation_report=True), Held.HELD),
    ],
)
def test_an_open_licence_on_a_model_or_design_wants_its_report(right: RightFacts, expected: Held | None) -> None:
    assert held("evaluation_report", offer(Way.OPEN_LICENCE), AchievementFacts((right,))) is expected


@pytest.mark.parametrize(
    ("fee", "expected"),
    [
        (FeeState.PAID, Held.HELD),
        (FeeState.DUE, Held.HELD),
        (FeeState.UNKNOWN, Held.OPEN),
        (FeeState.OVERDUE, Held.BARRED),
        (FeeState.LOST, Held.BARRED),
    ],
)
def test_an_open_licence_wants_the_annual_fee_paid(fee: FeeState, expected: Held) -> None:
    facts = AchievementFacts((replace(PATENT, fee=fee),))

    assert held("annual_fee", offer(Way.OPEN_LICENCE), facts) is expected
    assert held("annual_fee", offer(Way.ASSIGNMENT), facts) is None


@pytest.mark.parametrize(
    ("is_funded", "scope", "expected"),
    [
        (True, "domestic", Held.HELD),
        (True, None, Held.HELD),
        (True, "any", Held.OPEN),
        (None, "any", Held.OPEN),
        (False, "any", Held.HELD),
        (False, "domestic", None),
    ],
)
def test_a_publicly_funded_result_goes_abroad_with_approval_only(
    is_funded: bool | None, scope: str | None, expected: Held | None
) -> None:
    facts = replace(FACTS, is_fiscally_funded=is_funded)
    terms = {"buyer_scope": scope} if scope else {}

    for way in (*SALES, Way.EXCLUSIVE_LICENCE):
        assert held("foreign_gate", offer(way, **terms), facts) is expected
    assert held("foreign_gate", offer(Way.ORDINARY_LICENCE, **terms), facts) is None


def test_a_long_term_right_of_use_is_provided_for_before_the_result_goes_away() -> None:
    facts = replace(FACTS, has_long_term_use=True)

    assert held("long_term_use", offer(Way.ASSIGNMENT), facts) is Held.OPEN
    assert held("long_term_use", offer(Way.ASSIGNMENT, {"long_term_use": "补偿协议"}), facts) is Held.CONFIRMED
    assert held("long_term_use", offer(Way.ORDINARY_LICENCE), facts) is None


def test_duties_that_come_later_are_notes_and_block_nothing() -> None:
    made = offer(Way.ASSIGNMENT)

    assert (held("publicity", made, FACTS), held("first_right", made, FACTS)) == (Held.NOTE, Held.NOTE)
    assert held("publicity", offer(Way.AUCTION), FACTS) is None
    assert precondition_problems([made], FACTS) == []


def test_a_blocked_precondition_is_a_problem_with_way_reason_and_article() -> None:
    [problem] = precondition_problems([offer(Way.ORDINARY_LICENCE)], under(EncumbranceKind.SOLE_LICENCE))

    assert problem.code == "offer.free_of_licence"
    assert "普通许可" in problem.sentence
    assert PATENT.number in problem.sentence
    assert "第25条" in problem.sentence


def test_only_what_is_open_may_be_confirmed() -> None:
    facts = AchievementFacts((replace(MODEL, fee=FeeState.OVERDUE),), (Owner("某阀门公司"),))
    papers = {"annual_fee": "缴费回执", "co_owner_consent": "同意书"}

    assert set(confirmable(offer(Way.OPEN_LICENCE, papers), facts)) == {"co_owner_consent", "evaluation_report"}


def test_a_blank_paper_confirms_nothing() -> None:
    facts = AchievementFacts((PATENT,), (Owner("某阀门公司"),))

    assert held("co_owner_consent", offer(Way.ASSIGNMENT, {"co_owner_consent": "  "}), facts) is Held.OPEN


def test_every_precondition_has_a_name_and_an_article() -> None:
    assert set(LABELS) == set(ARTICLES)
