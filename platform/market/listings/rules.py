"""Decisions about listings: the transition table, what must hold before a listing may go on, its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from stdnum.iso7064 import mod_37_36

from market.achievements.rules import RightState
from market.achievements.usage import FeeState
from market.achievements.vocabulary import AchievementKind, EncumbranceKind, OwnershipStatus
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


OFFERED_WAYS = tuple(TransferWay)
"""Ways that the editor offers."""


@dataclass(frozen=True)
class OfferDraft:
    """One way of transfer as the officer wants it. `terms` are those of terms.py."""

    way: TransferWay
    pricing: Pricing
    price: Money | None = None
    basis: PriceBasis | None = None
    price_note: str = ""
    trial_months: int | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)
    confirmations: Mapping[str, str] = field(default_factory=dict)
    """Kind of a legal precondition → the paper that shows it, where the register does not (preconditions.py)."""


@dataclass(frozen=True)
class ListingDraft:
    """The officer's text and terms. `summary` is the one sentence, `abstract` the 内容摘要 of a publicity.

    The contact is whom the buyer may call once her application is accepted.
    """

    title: str
    summary: str
    problem: str
    advantage: str
    technical_field: str
    industry: str
    maturity_stage: str
    offers: tuple[OfferDraft, ...] = ()
    application: str = ""
    abstract: str = ""
    technical_level: str | None = None
    technical_level_report: str = ""
    applied_industries: tuple[str, ...] = ()
    contact_name: str = ""
    contact_role: str = ""
    contact_phone: str = ""
    members: tuple[int, ...] = ()
    """Achievements of the register that are offered together with the listing's own one (打包), in their order."""
    confirms_no_secret: bool = False
    """The officer states that nothing in text and papers is a state secret (浙江省条例 art. 16)."""


@dataclass(frozen=True)
class RightFacts:
    """What the checks need to know of one right; `state` is what the register says of it today (rights_state.py)."""

    number: str
    kind: AchievementKind
    state: RightState
    expires_on: date | None
    co_owners: tuple[str, ...] = ()
    encumbrances: tuple[EncumbranceKind, ...] = ()
    fee: FeeState = FeeState.UNKNOWN
    has_evaluation_report: bool = False


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


def check_achievement(ownership: OwnershipStatus, rights: Sequence[RightFacts]) -> list[Problem]:
    """What keeps the achievement itself from the market."""
    problems = []
    if ownership is OwnershipStatus.PENDING:
        problems.append(
            Problem("ownership.pending", N_("权属待确认：申请人不是本单位，请先在成果台账中说明权属依据，再挂牌。"))
        )
    for right in rights:
        problems += _check_right(right)
    return problems


def _check_right(right: RightFacts) -> list[Problem]:
    if right.state is RightState.EXPIRED:
        return [
            Problem(
                "right.expired",
                N_("专利 %(number)s 的保护期已于 %(expires_on)s 届满，已经失效，不能挂牌。"),
                N_("专利法第42条"),
                {"number": right.number, "expires_on": str(right.expires_on)},
            )
        ]
    if right.state is RightState.LAPSED:
        return [
            Problem(
                "right.lapsed",
                N_("专利 %(number)s 登记为失效，不能挂牌。"),
                N_("专利法第44条"),
                {"number": right.number},
            )
        ]
    if right.state is RightState.UNVERIFIED:
        return [
            Problem(
                "right.unknown_status",
                N_("专利 %(number)s 的法律状态未核实。请查询后在提交时确认其目前有效。"),
                N_("专利法第44条"),
                {"number": right.number},
            )
        ]
    return []


def check_secrecy(draft: ListingDraft) -> list[Problem]:
    """State secrets are never on the platform; somebody says of each listing that it holds none."""
    if draft.confirms_no_secret:
        return []
    sentence = N_("请确认：文字和材料不含国家秘密。涉密成果不得上传，按保密规定另行办理。")
    return [Problem("listing.secrecy", sentence, N_("浙江省促进科技成果转化条例第16条"))]


ABSTRACT_MISSING = "listing.abstract"
TRL_MISSING = "listing.trl"


def check_described(draft: ListingDraft, without_trl: Sequence[str]) -> list[Problem]:
    """What a draft may still lack but a listing that is handed over for review says (rules.md 2.2).

    `without_trl`: titles of achievements of which the register says no level of readiness.
    """
    problems = []
    if not draft.abstract.strip():
        sentence = N_("还没有填写“内容摘要”：协议定价公示要有它。请在编辑页补写后再提交。")
        problems.append(Problem(ABSTRACT_MISSING, sentence, N_("浙江省促进科技成果转化条例第17条")))
    if without_trl:
        sentence = N_("“%(titles)s”还没有填写技术就绪等级（1–9）：请在成果台账里补写后再提交。")
        problems.append(Problem(TRL_MISSING, sentence, params={"titles": "、".join(without_trl)}))
    return problems


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
