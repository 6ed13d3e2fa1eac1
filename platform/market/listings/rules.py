"""Decisions about listings: the transition table, what must hold before a listing may go on, its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from stdnum.iso7064 import mod_37_36

from market.achievements.vocabulary import PATENT_KINDS, AchievementKind, LegalStatus, OwnershipStatus
from market.kernel.errors import N_
from market.kernel.money import Money
from market.kernel.transitions import TransitionTable
from market.listings.vocabulary import ListingAction as Do
from market.listings.vocabulary import ListingState as Is
from market.listings.vocabulary import PriceBasis, Pricing, TransferWay

TRANSITIONS: TransitionTable[Is, Do] = TransitionTable(
    "listing",
    {
        (Is.DRAFT, Do.SUBMIT): Is.CHECKING,
        (Is.DRAFT, Do.WITHDRAW): Is.WITHDRAWN,
        (Is.CHECKING, Do.PASS_CHECK): Is.INSTITUTION_REVIEW,
        (Is.CHECKING, Do.FAIL_CHECK): Is.DRAFT,
        (Is.INSTITUTION_REVIEW, Do.INSTITUTION_APPROVE): Is.PLATFORM_REVIEW,
        (Is.INSTITUTION_REVIEW, Do.INSTITUTION_REJECT): Is.REJECTED,
        (Is.INSTITUTION_REVIEW, Do.WITHDRAW): Is.WITHDRAWN,
        (Is.PLATFORM_REVIEW, Do.PLATFORM_APPROVE): Is.PUBLISHED,
        (Is.PLATFORM_REVIEW, Do.PLATFORM_REJECT): Is.REJECTED,
        (Is.PLATFORM_REVIEW, Do.WITHDRAW): Is.WITHDRAWN,
        (Is.REJECTED, Do.REVISE): Is.DRAFT,
        (Is.REJECTED, Do.WITHDRAW): Is.WITHDRAWN,
        (Is.PUBLISHED, Do.PAUSE): Is.PAUSED,
        (Is.PUBLISHED, Do.START_NEGOTIATION): Is.NEGOTIATING,
        (Is.PUBLISHED, Do.START_PUBLICITY): Is.PUBLICITY,
        (Is.PUBLISHED, Do.START_BIDDING): Is.BIDDING,
        (Is.PUBLISHED, Do.START_TRIAL): Is.TRIAL,
        (Is.PUBLISHED, Do.SELL): Is.SOLD,
        (Is.PUBLISHED, Do.WITHDRAW): Is.WITHDRAWN,
        (Is.PUBLISHED, Do.EXPIRE): Is.WITHDRAWN,
        (Is.PUBLISHED, Do.TERMINATE): Is.TERMINATED,
        (Is.PAUSED, Do.RESUME): Is.PUBLISHED,
        (Is.PAUSED, Do.WITHDRAW): Is.WITHDRAWN,
        (Is.PAUSED, Do.EXPIRE): Is.WITHDRAWN,
        (Is.PAUSED, Do.TERMINATE): Is.TERMINATED,
        (Is.NEGOTIATING, Do.FALL_BACK): Is.PUBLISHED,
        (Is.NEGOTIATING, Do.START_PUBLICITY): Is.PUBLICITY,
        (Is.NEGOTIATING, Do.SELL): Is.SOLD,
        (Is.NEGOTIATING, Do.PAUSE): Is.PAUSED,
        (Is.NEGOTIATING, Do.TERMINATE): Is.TERMINATED,
        (Is.PUBLICITY, Do.FALL_BACK): Is.PUBLISHED,
        (Is.PUBLICITY, Do.SELL): Is.SOLD,
        (Is.PUBLICITY, Do.PAUSE): Is.PAUSED,
        (Is.PUBLICITY, Do.TERMINATE): Is.TERMINATED,
        # a lot binds the seller: while it runs the listing can only be sold, fall back, or be terminated
        (Is.BIDDING, Do.FALL_BACK): Is.PUBLISHED,
        (Is.BIDDING, Do.SELL): Is.SOLD,
        (Is.BIDDING, Do.TERMINATE): Is.TERMINATED,
        (Is.TRIAL, Do.FALL_BACK): Is.PUBLISHED,
        (Is.TRIAL, Do.SELL): Is.SOLD,
        (Is.TRIAL, Do.PAUSE): Is.PAUSED,
        (Is.TRIAL, Do.TERMINATE): Is.TERMINATED,
        (Is.SOLD, Do.START_REGISTRATION): Is.REGISTERING,
        (Is.SOLD, Do.FALL_BACK): Is.PUBLISHED,
        (Is.SOLD, Do.TERMINATE): Is.TERMINATED,
        (Is.REGISTERING, Do.COMPLETE): Is.COMPLETED,
        (Is.REGISTERING, Do.TERMINATE): Is.TERMINATED,
        (Is.WITHDRAWN, Do.RENEW): Is.DRAFT,
    },
)

EDITABLE_STATES = frozenset({Is.DRAFT, Is.REJECTED})
CONSENT_NOT_NEEDED = frozenset({TransferWay.ORDINARY_LICENCE})
TRIAL_MONTHS_MINIMUM = 1
SERIAL_DIGITS = 5

PRICINGS_OF_WAY: dict[TransferWay, tuple[Pricing, ...]] = {
    TransferWay.ASSIGNMENT: (Pricing.FIXED, Pricing.NEGOTIABLE),
    TransferWay.EXCLUSIVE_LICENCE: (Pricing.FIXED, Pricing.FORMULA, Pricing.NEGOTIABLE),
    TransferWay.SOLE_LICENCE: (Pricing.FIXED, Pricing.FORMULA, Pricing.NEGOTIABLE),
    TransferWay.ORDINARY_LICENCE: (Pricing.FIXED, Pricing.FORMULA, Pricing.NEGOTIABLE),
    TransferWay.OPEN_LICENCE: (Pricing.FIXED, Pricing.FORMULA),
    TransferWay.EQUITY: (Pricing.FIXED, Pricing.NEGOTIABLE),
    TransferWay.JOINT_DEVELOPMENT: (Pricing.NEGOTIABLE,),
    TransferWay.TRY_FIRST: (Pricing.FREE_TRIAL, Pricing.FORMULA, Pricing.FIXED),
    TransferWay.INVEST_FIRST: (Pricing.NEGOTIABLE,),
    TransferWay.AUCTION: (Pricing.STARTING,),
}
OFFERED_WAYS = tuple(way for way in TransferWay if way is not TransferWay.JOINT_DEVELOPMENT)
"""Ways that the editor offers today; joint development comes with its contract module."""


@dataclass(frozen=True)
class OfferDraft:
    """One way of transfer as the officer wants it."""

    way: TransferWay
    pricing: Pricing
    price: Money | None = None
    basis: PriceBasis | None = None
    price_note: str = ""
    trial_months: int | None = None
    evidence: str = ""
    """Where the co-owners' consent or the evaluation report lies, when this way needs one."""


@dataclass(frozen=True)
class ListingDraft:
    """The officer's text and terms."""

    title: str
    summary: str
    problem: str
    advantage: str
    technical_field: str
    industry: str
    maturity_stage: str
    offers: tuple[OfferDraft, ...] = ()


@dataclass(frozen=True)
class RightFacts:
    """What the checks need to know of one right."""

    number: str
    kind: AchievementKind
    legal_status: LegalStatus
    expires_on: date | None
    co_owners: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Why a listing cannot go on: a code, a sentence, the rule behind it."""

    code: str
    message: str
    article: str = ""
    params: dict[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return self.message % self.params if self.params else self.message


@dataclass(frozen=True)
class Precondition:
    """What the law asks of one offer, and the article."""

    kind: str
    article: str


CO_OWNER_CONSENT = Precondition("co_owner_consent", N_("专利法第14条：除普通许可外须取得全体共有人同意"))
EVALUATION_REPORT = Precondition("evaluation_report", N_("专利法第50条：实用新型、外观设计开放许可须有专利权评价报告"))


def check_achievement(ownership: OwnershipStatus, rights: Sequence[RightFacts], today: date) -> list[Problem]:
    """What keeps the achievement itself from the market on this day."""
    problems = []
    if ownership is OwnershipStatus.PENDING:
        problems.append(
            Problem("ownership.pending", N_("权属待确认：申请人不是本单位，请先在成果台账中说明权属依据，再挂牌。"))
        )
    for right in rights:
        problems += _check_right(right, today)
    return problems


def _check_right(right: RightFacts, today: date) -> list[Problem]:
    if right.expires_on is not None and right.expires_on <= today:
        return [
            Problem(
                "right.expired",
                N_("专利 %(number)s 的保护期已于 %(expires_on)s 届满，已经失效，不能挂牌。"),
                N_("专利法第42条"),
                {"number": right.number, "expires_on": right.expires_on.isoformat()},
            )
        ]
    if right.legal_status is LegalStatus.LAPSED:
        return [
            Problem(
                "right.lapsed",
                N_("专利 %(number)s 登记为失效，不能挂牌。"),
                N_("专利法第44条"),
                {"number": right.number},
            )
        ]
    if right.legal_status is LegalStatus.UNKNOWN:
        return [
            Problem(
                "right.unknown_status",
                N_("专利 %(number)s 的法律状态未核实。请查询后在提交时确认其目前有效。"),
                N_("专利法第44条"),
                {"number": right.number},
            )
        ]
    return []


def preconditions_of(way: TransferWay, rights: Sequence[RightFacts]) -> tuple[Precondition, ...]:
    """The preconditions that the law puts on this way for these rights."""
    needed = []
    if way not in CONSENT_NOT_NEEDED and any(right.co_owners for right in rights):
        needed.append(CO_OWNER_CONSENT)
    reportable = {AchievementKind.UTILITY_MODEL, AchievementKind.DESIGN}
    if way is TransferWay.OPEN_LICENCE and any(right.kind in reportable for right in rights):
        needed.append(EVALUATION_REPORT)
    return tuple(needed)


def check_offers(offers: Sequence[OfferDraft], rights: Sequence[RightFacts], trial_months_max: int) -> list[Problem]:
    """What is wrong with the terms."""
    if not offers:
        return [Problem("offers.none", N_("请至少选择一种转化方式，并填写它的价格或计价办法。"))]
    problems = []
    for offer in offers:
        problems += _check_offer(offer, rights, trial_months_max)
    return problems


def _check_offer(offer: OfferDraft, rights: Sequence[RightFacts], trial_months_max: int) -> list[Problem]:
    way = offer.way.label
    if offer.pricing not in PRICINGS_OF_WAY[offer.way]:
        return [Problem("offer.pricing", N_("“%(way)s”不能采用这种计价办法。"), params={"way": way})]
    problems = []
    is_priced = offer.pricing in (Pricing.FIXED, Pricing.STARTING)
    if is_priced and offer.price is None:
        problems.append(Problem("offer.price", N_("“%(way)s”需要填写价格。"), params={"way": way}))
    if is_priced and offer.basis is None:
        problems.append(
            Problem(
                "offer.basis",
                N_("“%(way)s”需要选择价格依据：挂牌和竞价须有合理的基准价格。"),
                N_("浙江省促进科技成果转化条例第17条"),
                {"way": way},
            )
        )
    if offer.pricing is Pricing.FORMULA and not offer.price_note.strip():
        problems.append(Problem("offer.formula", N_("“%(way)s”按公式计价，请写明公式。"), params={"way": way}))
    if offer.way is TransferWay.TRY_FIRST:
        problems += _check_trial(offer, trial_months_max)
    if offer.way is TransferWay.OPEN_LICENCE and not _all_granted(rights):
        problems.append(Problem("offer.open_licence", N_("开放许可只适用于已授权的专利。"), N_("专利法第50条")))
    for needed in preconditions_of(offer.way, rights):
        if not offer.evidence.strip():
            problems.append(
                Problem(
                    f"offer.{needed.kind}",
                    N_("“%(way)s”缺少法定前提的依据（%(article)s），请写明文件名称和日期。"),
                    needed.article,
                    {"way": way, "article": needed.article},
                )
            )
    return problems


def _all_granted(rights: Sequence[RightFacts]) -> bool:
    return bool(rights) and all(
        right.kind in PATENT_KINDS and right.legal_status is not LegalStatus.PENDING for right in rights
    )


def _check_trial(offer: OfferDraft, maximum: int) -> list[Problem]:
    if offer.trial_months is None or not TRIAL_MONTHS_MINIMUM <= offer.trial_months <= maximum:
        return [Problem("offer.trial_months", N_("试用期须为 1–%(maximum)d 个月。"), params={"maximum": maximum})]
    return []


def listing_number(year: int, organisation_id: int, serial: int) -> str:
    """`WZ` + year + three characters of the institution + five digits + check character (ISO 7064 mod 37,36)."""
    body = f"WZ{year:04d}{_base36(organisation_id, 3)}{serial:0{SERIAL_DIGITS}d}"
    return str(body + mod_37_36.calc_check_digit(body))


def is_listing_number(text: str) -> bool:
    """Whether the text has the shape and check character of a listing number."""
    return len(text) == len("WZ2026000000000") and text.startswith("WZ") and bool(mod_37_36.is_valid(text))


def _base36(number: int, width: int) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text.rjust(width, "0")[-width:]
