"""Terms of each way: what may be typed, how it reads again, which do not go together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.achievements.rules import RightState
from market.achievements.vocabulary import AchievementKind
from market.kernel.errors import Refusal
from market.kernel.money import Money
from market.listings.offer_checks import Limits, check_offers
from market.listings.preconditions import AchievementFacts
from market.listings.rules import OfferDraft, RightFacts
from market.listings.terms import TERMS_OF_WAY, Term, TermKind, read_term, terms_in_words, typed_term
from market.listings.vocabulary import PriceBasis, Pricing, TransferWay

TODAY = date(2026, 11, 22)
PATENT = RightFacts("201910000001.5", AchievementKind.INVENTION, RightState.ALIVE, date(2039, 5, 6))
FACTS = AchievementFacts((PATENT,))
LIMITS = Limits(trial_months=36)


def term(way: TransferWay, name: str) -> Term:
    return next(one for one in TERMS_OF_WAY[way] if one.name == name)


RATE = term(TransferWay.ORDINARY_LICENCE, "royalty_rate")
YEARS = term(TransferWay.ORDINARY_LICENCE, "term_years")
ROWS = term(TransferWay.ASSIGNMENT, "instalments")
MONEY = term(TransferWay.TRY_FIRST, "upfront_fee")
SCOPE = term(TransferWay.EXCLUSIVE_LICENCE, "scope")
BUYERS = term(TransferWay.ASSIGNMENT, "buyer_scope")


@pytest.mark.parametrize(
    ("one", "typed", "value"),
    [
        (RATE, "3.5", 350),
        (RATE, "３.5%", 350),
        (YEARS, "10", 10),
        (MONEY, "1,200.50", 120_050),
        (ROWS, "签约后 | 40%\n验收后｜60%\n\n", [["签约后", "40%"], ["验收后", "60%"]]),
        (SCOPE, "  泵阀  密封 ", "泵阀 密封"),
        (BUYERS, "any", "any"),
        (BUYERS, "moon", None),
        (YEARS, "  ", None),
    ],
)
def test_what_is_typed_becomes_a_value(one: Term, typed: str, value: object) -> None:
    assert read_term(one, typed) == value


@pytest.mark.parametrize(
    ("one", "typed", "code"),
    [
        (RATE, "0", "term.range"),
        (RATE, "100.01", "term.range"),
        (RATE, "三成", "term.range"),
        (YEARS, "21", "term.range"),
        (YEARS, "十", "term.range"),
        (YEARS, "9" * 5000, "term.range"),
        (MONEY, "-1", "amount.not_a_number"),
        (ROWS, "签约后", "term.cells"),
        (ROWS, "签约后 | ", "term.cells"),
        (ROWS, "一 | 1%\n" * 13, "term.rows"),
        (SCOPE, "长" * 301, "term.long"),
    ],
)
def test_what_is_no_value_is_refused_with_a_sentence(one: Term, typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_term(one, typed)

    assert refused.value.code == code
    assert "%(" not in refused.value.sentence


@given(st.integers(RATE.lowest, RATE.highest))
def test_a_percentage_reads_again_as_it_was_written(value: int) -> None:
    assert read_term(RATE, typed_term(RATE, value)) == value


@given(st.integers(1, 10**12))
def test_an_amount_reads_again_as_it_was_written(fen: int) -> None:
    assert read_term(MONEY, typed_term(MONEY, fen)) == fen


def test_every_term_has_its_own_name_in_its_way_and_a_choice_has_choices() -> None:
    for way, terms in TERMS_OF_WAY.items():
        names = [one.name for one in terms]
        assert len(set(names)) == len(names), way
        assert all(bool(one.choices) == (one.kind is TermKind.CHOICE) for one in terms)
        assert all(bool(one.columns) == (one.kind is TermKind.ROWS) for one in terms)


def test_terms_stand_in_words_in_the_order_of_the_way() -> None:
    values = {
        "payment": "instalments",
        "instalments": [["签约后", "40%"], ["验收后", "60%"]],
        "buyer_scope": "domestic",
    }

    lines = [(line.label, line.text % line.params) for line in terms_in_words(TransferWay.ASSIGNMENT, values)]

    assert lines == [
        ("付款方式", "分期支付"),
        ("分期", "签约后，40%；验收后，60%"),
        ("受让方范围", "只面向境内受让方"),
    ]


# what does not go together

PRICE = Money(60_000_000)


DECLARED = {"term_years": 3, "payment": "lump_sum"}


def offer(way: TransferWay, **terms: object) -> OfferDraft:
    pricing = {TransferWay.AUCTION: Pricing.STARTING, TransferWay.TRY_FIRST: Pricing.FREE_TRIAL}.get(way, Pricing.FIXED)
    if way is TransferWay.INVEST_FIRST:
        pricing = Pricing.NEGOTIABLE
    months = 12 if way is TransferWay.TRY_FIRST else None
    if way is TransferWay.OPEN_LICENCE:
        terms = {**DECLARED, **terms}
    return OfferDraft(way, pricing, PRICE, PriceBasis.APPRAISAL, trial_months=months, terms=terms)


def codes(*offers: OfferDraft, facts: AchievementFacts = FACTS) -> list[str]:
    return [problem.code for problem in check_offers(offers, facts, LIMITS, TODAY)]


KPIS = [["泄漏率", "0.1%", "第三方检测"]]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (offer(TransferWay.ASSIGNMENT, instalments=[["签约", "40%"], ["验收", "50%"]]), ["offer.instalments"]),
        (offer(TransferWay.ASSIGNMENT, instalments=[["签约", "四成"], ["验收", "60%"]]), ["offer.instalments"]),
        (offer(TransferWay.ASSIGNMENT, instalments=[["签约", "33.33%"], ["验收", "66.67%"]]), []),
        (offer(TransferWay.ORDINARY_LICENCE, royalty_rate=300), ["offer.royalty"]),
        (offer(TransferWay.ORDINARY_LICENCE, royalty_base="sales"), ["offer.royalty"]),
        (offer(TransferWay.ORDINARY_LICENCE, term_years=13), []),
        (offer(TransferWay.ORDINARY_LICENCE, term_years=14), ["offer.term_years"]),
        (offer(TransferWay.AUCTION, step=60_000_001), ["offer.step"]),
        (offer(TransferWay.INVEST_FIRST, share_cap=1_001), ["offer.share_cap"]),
        (offer(TransferWay.INVEST_FIRST, share_cap=1_000), []),
        (offer(TransferWay.TRY_FIRST, conversion_rule="fixed"), ["offer.conversion_price"]),
        (offer(TransferWay.TRY_FIRST, conversion_rule="fixed", conversion_price=1), []),
        (
            offer(TransferWay.TRY_FIRST, conversion_rule="kpi", conversion_price=60, conversion_low=30, conversion_high=80),
            ["offer.conversion_kpis"],
        ),
        (
            offer(
                TransferWay.TRY_FIRST,
                conversion_rule="kpi", conversion_price=60, conversion_low=30, conversion_high=80, kpis=KPIS,
            ),
            [],
        ),
        (
            offer(TransferWay.TRY_FIRST, conversion_price=90, conversion_low=30, conversion_high=80),
            ["offer.conversion_bounds"],
        ),
        (offer(TransferWay.TRY_FIRST, conversion_rule="royalty"), ["offer.conversion_royalty"]),
        (offer(TransferWay.OPEN_LICENCE, royalty_base="sales", royalty_rate=2_001), ["offer.open_royalty"]),
        (offer(TransferWay.OPEN_LICENCE, royalty_base="profit", royalty_rate=4_000), []),
        (offer(TransferWay.OPEN_LICENCE, royalty_base="profit", royalty_rate=4_001), ["offer.open_royalty"]),
    ],
)  # fmt: skip
def test_terms_that_do_not_go_together_are_told(made: OfferDraft, expected: list[str]) -> None:
    assert codes(made) == expected


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_the_declaration_of_an_open_licence_says_how_long_and_how_it_is_paid(name: str) -> None:
    made = replace(offer(TransferWay.OPEN_LICENCE), terms={key: DECLARED[key] for key in DECLARED if key != name})

    [problem] = check_offers([made], FACTS, LIMITS, TODAY)

    assert (problem.code, problem.article) == (f"offer.declared_{name}", "专利法实施细则第85条")
    assert name in {one.name for one in TERMS_OF_WAY[TransferWay.OPEN_LICENCE]}
    assert codes(replace(made, way=TransferWay.ORDINARY_LICENCE)) == []


def test_an_open_licence_costs_at_most_twenty_million_yuan() -> None:
    dear = replace(offer(TransferWay.OPEN_LICENCE), price=Money(2_000_000_001))

    assert codes(dear) == ["offer.open_fee"]


@pytest.mark.parametrize("way", [TransferWay.EXCLUSIVE_LICENCE, TransferWay.SOLE_LICENCE])
def test_an_open_licence_stands_beside_no_exclusive_or_sole_one(way: TransferWay) -> None:
    assert codes(offer(TransferWay.OPEN_LICENCE), offer(way)) == ["offers.open_with_exclusive"]
    assert codes(offer(TransferWay.OPEN_LICENCE), offer(TransferWay.ORDINARY_LICENCE)) == []


def test_a_formula_is_a_sentence_or_a_base_with_a_rate() -> None:
    bare = OfferDraft(TransferWay.EXCLUSIVE_LICENCE, Pricing.FORMULA)
    rated = OfferDraft(
        TransferWay.EXCLUSIVE_LICENCE, Pricing.FORMULA, terms={"royalty_base": "sales", "royalty_rate": 300}
    )

    assert (codes(bare), codes(rated)) == (["offer.formula"], [])


@pytest.mark.parametrize("praise", ["国际领先的密封技术", "最先进", "全国第一", "国家级产品"])
def test_the_declaration_of_an_open_licence_holds_no_advertising(praise: str) -> None:
    plain = offer(TransferWay.OPEN_LICENCE, royalty_base="sales", royalty_rate=300)

    assert codes(replace(plain, price_note="按年结算")) == []
    assert codes(replace(plain, price_note=f"{praise}，按年结算")) == ["offer.advertising"]
    assert codes(offer(TransferWay.ASSIGNMENT)) == codes(replace(offer(TransferWay.ASSIGNMENT), price_note=praise))
