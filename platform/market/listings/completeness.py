"""How complete a listing is, 0–100: what counts how much and why, as data; it says what to improve and pays in nothing.

The weights follow what a buyer asks first: what it does better and with which proof, then price and terms, then who
answers. They sum to 100. The score is advice to the writer; ranking and evaluation do not read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from market.achievements.rules import RightState
from market.kernel.errors import N_
from market.listings.preconditions import AchievementFacts
from market.listings.rules import ListingDraft, OfferDraft
from market.listings.terms import TERMS_OF_WAY
from market.listings.vocabulary import Pricing

SENTENCE_MAXIMUM = 80
PROBLEM_MINIMUM = 30
APPLICATION_MINIMUM = 20
ABSTRACT_MINIMUM = 100
TERMS_GIVEN_SHARE = 3
"""One term in so many that the way knows is enough to talk about."""
_NUMBER = re.compile(r"[0-9０-９]")


class Section(StrEnum):
    """Parts of the editor; the anchors of its page."""

    TEXTS = "texts"
    MATURITY = "maturity"
    RIGHTS = "rights"
    TERMS = "terms"
    CONTACT = "contact"

    @property
    def label(self) -> str:
        return {
            "texts": N_("成果说明"),
            "maturity": N_("成熟度与行业"),
            "rights": N_("权利状况"),
            "terms": N_("转化方式与价格"),
            "contact": N_("联系人与保密"),
        }[self.value]


@dataclass(frozen=True)
class Facts:
    """What the score looks at."""

    draft: ListingDraft
    achievement: AchievementFacts
    trl: int | None = None
    has_trl_evidence: bool = False


@dataclass(frozen=True)
class Item:
    """One thing that counts: how much, why, what to do when it is missing. `field` is where on the page."""

    section: Section
    weight: int
    advice: str
    reason: str
    field: str
    is_met: Callable[[Facts], bool]


@dataclass(frozen=True)
class SectionScore:
    """What a section has of what it could have, and what to improve there, the weightiest first."""

    section: Section
    score: int
    maximum: int
    missing: tuple[Item, ...]


@dataclass(frozen=True)
class Completeness:
    """The whole score and its parts."""

    score: int
    sections: tuple[SectionScore, ...]

    def of(self, section: str) -> SectionScore:
        """One section's part."""
        return next(one for one in self.sections if one.section == section)


def _offers(test: Callable[[OfferDraft], bool]) -> Callable[[Facts], bool]:
    """Every offer passes the test, and there is one."""
    return lambda facts: bool(facts.draft.offers) and all(test(offer) for offer in facts.draft.offers)


def _has_terms(offer: OfferDraft) -> bool:
    given = len(offer.terms) + bool(offer.trial_months) + bool(offer.price_note.strip())
    return given * TERMS_GIVEN_SHARE >= len(TERMS_OF_WAY[offer.way])


def _is_priced(offer: OfferDraft) -> bool:
    return offer.pricing is not Pricing.NEGOTIABLE


def _has_basis_paper(offer: OfferDraft) -> bool:
    return offer.basis is None or "basis_document" in offer.terms or bool(offer.price_note.strip())


ITEMS: tuple[Item, ...] = (
    Item(
        Section.TEXTS, 8, N_("一句话说明控制在 80 字以内"), N_("买家在列表和手机上只看这一句"), "summary",
        lambda facts: 0 < len(facts.draft.summary.strip()) <= SENTENCE_MAXIMUM,
    ),
    Item(
        Section.TEXTS, 10, N_("写清解决的问题（30 字以上）"), N_("企业按自己的问题来找成果"), "problem",
        lambda facts: len(facts.draft.problem.strip()) >= PROBLEM_MINIMUM,
    ),
    Item(
        Section.TEXTS, 14, N_("优势里写出数字，并说明和什么比"), N_("没有数字的优势无法比较"), "advantage",
        lambda facts: bool(_NUMBER.search(facts.draft.advantage)),
    ),
    Item(
        Section.TEXTS, 8, N_("写明应用场景（20 字以上）"), N_("让企业认出自己的产线或产品"), "application",
        lambda facts: len(facts.draft.application.strip()) >= APPLICATION_MINIMUM,
    ),
    Item(
        Section.TEXTS, 5, N_("写内容摘要（100 字以上）"), N_("协议定价公示要有内容摘要（条例第17条）"), "abstract",
        lambda facts: len(facts.draft.abstract.strip()) >= ABSTRACT_MINIMUM,
    ),
    Item(
        Section.MATURITY, 6, N_("在台账里填写技术就绪度"), N_("成熟度决定买家还要投入多少"), "maturity_stage",
        lambda facts: facts.trl is not None,
    ),
    Item(
        Section.MATURITY, 12, N_("在台账里写明成熟度佐证（检测报告、样机照片、合同）"),
        N_("没有佐证的成熟度买家不信"), "maturity_stage", lambda facts: facts.has_trl_evidence,
    ),
    Item(
        Section.MATURITY, 5, N_("填写应用行业代码"), N_("企业和技术合同登记都按国民经济行业分类"), "applied_industries",
        lambda facts: bool(facts.draft.applied_industries),
    ),
    Item(
        Section.RIGHTS, 6, N_("核实每项权利的法律状态"), N_("状态未核实的专利没有人敢买"), "rights",
        lambda facts: all(right.state is not RightState.UNVERIFIED for right in facts.achievement.rights),
    ),
    Item(
        Section.TERMS, 6, N_("至少选一种转化方式"), N_("没有方式就没有办法申请"), "terms",
        lambda facts: bool(facts.draft.offers),
    ),
    Item(
        Section.TERMS, 8, N_("每种方式写明价格或公式，不写“面议”"), N_("有价格的挂牌收到的申请更多，面议不计入评价的明码挂牌"),
        "terms", _offers(_is_priced),
    ),
    Item(
        Section.TERMS, 4, N_("写明价格依据文件"), N_("尽职免责要看定价依据（条例第19条）"), "terms",
        _offers(_has_basis_paper),
    ),
    Item(
        Section.TERMS, 4, N_("写明这种方式自己的条件（期限、付款、交付、考核指标）"), N_("条件清楚，谈判少一轮"), "terms",
        _offers(_has_terms),
    ),
    Item(
        Section.CONTACT, 4, N_("写明联系人和电话"), N_("申请被接受后，买家要找得到人"), "contact_name",
        lambda facts: bool(facts.draft.contact_name.strip() and facts.draft.contact_phone.strip()),
    ),
)  # fmt: skip
"""What counts. The order within a section is the order of the page."""


def completeness(facts: Facts) -> Completeness:
    """The score of a draft."""
    sections = tuple(
        _section(section, [item for item in ITEMS if item.section is section], facts) for section in Section
    )
    return Completeness(sum(one.score for one in sections), sections)


def _section(section: Section, items: Sequence[Item], facts: Facts) -> SectionScore:
    missing = [item for item in items if not item.is_met(facts)]
    maximum = sum(item.weight for item in items)
    score = maximum - sum(item.weight for item in missing)
    return SectionScore(section, score, maximum, tuple(sorted(missing, key=lambda item: -item.weight)))
