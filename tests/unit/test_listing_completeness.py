"""The completeness score, and what is nearly the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.achievements.rules import RightState
from market.achievements.vocabulary import AchievementKind
from market.kernel.money import Money
from market.listings.completeness import ITEMS, Facts, Section, completeness
from market.listings.likeness import ALIKE, BANDS, bands, likeness, shingles
from market.listings.preconditions import AchievementFacts
from market.listings.rules import ListingDraft, OfferDraft, RightFacts
from market.listings.vocabulary import PriceBasis, Pricing, TransferWay

RIGHT = RightFacts("201910000001.5", AchievementKind.INVENTION, RightState.ALIVE, date(2039, 5, 6))
OFFER = OfferDraft(
    TransferWay.ASSIGNMENT,
    Pricing.FIXED,
    Money(60_000_000),
    PriceBasis.APPRAISAL,
    terms={"payment": "lump_sum", "basis_document": "评估报告 18 号", "support": "派两人指导十天"},
)
FULL = Facts(
    ListingDraft(
        title="耐高温泵阀密封件",
        summary="用在高温泵阀上，寿命是常用件的三倍。",
        problem="高温工况下密封件三个月就要换一次，停机一天损失两万元，班组一直想换。",
        advantage="350 度下连续运行 2000 小时，石墨盘根只有 600 小时。",
        technical_field="materials",
        industry="BF",
        maturity_stage="pilot",
        offers=(OFFER,),
        application="化工厂高温泵和阀门的填料函，替换石墨盘根。",
        abstract="一种耐高温密封件。" * 15,
        applied_industries=("3444",),
        contact_name="林老师",
        contact_phone="0577-86598000",
    ),
    AchievementFacts((RIGHT,)),
    trl=7,
    has_trl_evidence=True,
)
UNVERIFIED = AchievementFacts((replace(RIGHT, state=RightState.UNVERIFIED),))
EMPTY = Facts(ListingDraft("名", "", "", "", "materials", "BF", "pilot"), UNVERIFIED)


def test_the_weights_sum_to_a_hundred_and_each_says_why() -> None:
    assert sum(item.weight for item in ITEMS) == 100
    assert all(item.advice and item.reason for item in ITEMS)


def test_a_listing_that_says_everything_has_a_hundred_and_one_that_says_nothing_none() -> None:
    assert (completeness(FULL).score, completeness(EMPTY).score) == (100, 0)


def test_what_is_missing_is_named_in_its_section_the_weightiest_first() -> None:
    poor = replace(FULL, draft=replace(FULL.draft, advantage="更耐用", summary="长" * 81))

    texts = completeness(poor).of(Section.TEXTS)

    assert [item.field for item in texts.missing] == ["advantage", "summary"]
    assert (texts.score, texts.maximum) == (23, 45)
    assert completeness(poor).score == 78


@pytest.mark.parametrize(
    ("made", "lost"),
    [
        (replace(OFFER, pricing=Pricing.NEGOTIABLE), 8),
        (replace(OFFER, terms={"payment": "lump_sum", "support": "指导"}), 4),
        (replace(OFFER, terms={"basis_document": "评估报告"}), 4),
    ],
)
def test_each_thing_about_the_terms_counts_by_itself(made: OfferDraft, lost: int) -> None:
    assert completeness(replace(FULL, draft=replace(FULL.draft, offers=(made,)))).score == 100 - lost


# likeness

TEXT = "一种耐高温泵阀密封件，由石墨和不锈钢丝网复合而成，用在化工厂高温泵和阀门的填料函，替换石墨盘根，寿命是常用件的三倍。"


def test_the_same_text_is_wholly_alike_and_blanks_and_signs_do_not_matter() -> None:
    spaced = TEXT.replace("，", " , ").replace("。", "\n")

    assert likeness(shingles(TEXT), shingles(spaced)) == 1.0
    assert bands(TEXT) == bands(spaced)


def test_a_text_with_one_word_changed_shares_a_band() -> None:
    changed = TEXT.replace("三倍", "两倍")

    assert likeness(shingles(TEXT), shingles(changed)) > 0.8
    assert set(bands(TEXT)) & set(bands(changed))


def test_another_subject_shares_nothing() -> None:
    other = "杨梅保鲜剂及其制备方法，常温下延长货架期五天，不用冷链。"

    assert likeness(shingles(TEXT), shingles(other)) < 0.05
    assert not set(bands(TEXT)) & set(bands(other))


def test_bands_are_sixteen_numbers_that_a_column_holds_and_a_short_text_has_none() -> None:
    assert len(bands(TEXT)) == BANDS
    assert all(-(2**31) <= band < 2**31 for band in bands(TEXT))
    assert bands("泵") == []


@given(st.text(max_size=200), st.text(max_size=200))
def test_likeness_lies_between_none_and_all_and_does_not_care_for_the_order(one: str, other: str) -> None:
    pieces, others = shingles(one), shingles(other)

    assert 0.0 <= likeness(pieces, others) <= 1.0
    assert likeness(pieces, others) == likeness(others, pieces)
    assert ALIKE <= 1.0
