"""What is wrong with the terms of offers: each by itself, and those that do not go together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from market.kernel.errors import N_, Said
from market.kernel.money import Money, format_wan
from market.listings.preconditions import AchievementFacts
from market.listings.rules import PRICINGS_OF_WAY, OfferDraft, Problem
from market.listings.terms import WHOLE, percent, share_of_whole
from market.listings.vocabulary import Pricing, TransferWay

TRIAL_MONTHS_MINIMUM = 1
_ADVERTISING = re.compile(
    r"最[佳好优强]|最(?:先进|高级|便宜)|全国第一|世界第一|国家级|顶级|(?:国际|世界|国内)领先|首选|绝对|万能"
)
_PRICED = (Pricing.FIXED, Pricing.STARTING)
_OF_THE_DECLARATION = {
    "term_years": N_("开放许可声明须写明许可期限：请在“%(way)s”里填写年数。"),
    "payment": N_("开放许可声明须写明费用支付方式：请在“%(way)s”里选择付款方式。"),
}
"""What a declaration says beside number, owner and price, which the listing holds already (专利法实施细则 art. 85)."""
_CLOSED_LICENCES = frozenset({TransferWay.EXCLUSIVE_LICENCE, TransferWay.SOLE_LICENCE})


@dataclass(frozen=True)
class Limits:
    """Numbers that a regulation or the platform sets; ratios in hundredths of a percent, money in fen."""

    trial_months: int = 36
    open_fee_fen: int = 2_000_000_000
    open_royalty_sales: int = 2_000
    open_royalty_profit: int = 4_000
    invest_share: int = 1_000


def check_offers(offers: Sequence[OfferDraft], facts: AchievementFacts, limits: Limits, today: date) -> list[Problem]:
    """What is wrong with the terms; the law's preconditions are in preconditions.py."""
    if not offers:
        return [Problem("offers.none", N_("请至少选择一种转化方式，并填写它的价格或计价办法。"))]
    problems = [problem for offer in offers for problem in _check_offer(offer, facts, limits, today)]
    ways = {offer.way for offer in offers}
    if TransferWay.OPEN_LICENCE in ways and ways & _CLOSED_LICENCES:
        problems.append(
            Problem(
                "offers.open_with_exclusive",
                N_("开放许可期间不能再给予独占或排他许可，请只选其中一类。"),
                N_("专利法第51条"),
            )
        )
    return problems


def _check_offer(offer: OfferDraft, facts: AchievementFacts, limits: Limits, today: date) -> Iterator[Problem]:
    if offer.pricing not in PRICINGS_OF_WAY[offer.way]:
        yield _problem(offer, "pricing", N_("“%(way)s”不能采用这种计价办法。"))
        return
    yield from _price(offer)
    yield from _instalments(offer)
    yield from _life(offer, facts, today)
    if offer.way is TransferWay.TRY_FIRST:
        yield from _trial(offer, limits)
    if offer.way is TransferWay.OPEN_LICENCE:
        yield from _open_licence(offer, limits)
    if offer.way is TransferWay.INVEST_FIRST and offer.terms.get("share_cap", 0) > limits.invest_share:
        yield _problem(
            offer, "share_cap", N_("转股比例上限不能超过 %(limit)s。"), N_("平台先投后股规则"),
            limit=percent(limits.invest_share),
        )  # fmt: skip
    if offer.price is not None and offer.terms.get("step", 0) > offer.price.minor_units:
        yield _problem(offer, "step", N_("加价幅度不能大于起拍价。"))


def _problem(offer: OfferDraft, code: str, message: str, article: str = "", **params: object) -> Problem:
    return Problem(f"offer.{code}", message, article, {"way": Said(offer.way.label), **params})


def _price(offer: OfferDraft) -> Iterator[Problem]:
    is_priced = offer.pricing in _PRICED
    if is_priced and offer.price is None:
        yield _problem(offer, "price", N_("“%(way)s”需要填写价格。"))
    if is_priced and offer.basis is None:
        yield _problem(
            offer, "basis", N_("“%(way)s”需要选择价格依据：挂牌和竞价须有合理的基准价格。"),
            N_("浙江省促进科技成果转化条例第17条"),
        )  # fmt: skip
    rate, base = offer.terms.get("royalty_rate"), offer.terms.get("royalty_base")
    if (rate is None) != (base is None):
        yield _problem(
            offer, "royalty", N_("“%(way)s”的提成要同时写明基数和比例。"), N_("民法典第846条")
        )  # fmt: skip
    elif offer.pricing is Pricing.FORMULA and rate is None and not offer.price_note.strip():
        yield _problem(offer, "formula", N_("“%(way)s”按公式计价，请写明公式。"))


def _instalments(offer: OfferDraft) -> Iterator[Problem]:
    rows = offer.terms.get("instalments")
    if not rows:
        return
    parts = [share_of_whole(row[-1]) for row in rows]
    total = sum(part or 0 for part in parts)
    if None in parts or total != WHOLE:
        yield _problem(
            offer, "instalments", N_("“%(way)s”的分期比例合计 %(total)s，应为 100%%。"), N_("民法典第846条"),
            total=percent(total),
        )  # fmt: skip


def _life(offer: OfferDraft, facts: AchievementFacts, today: date) -> Iterator[Problem]:
    """No licence outlives its right."""
    years = max(offer.terms.get("term_years", 0), offer.terms.get("royalty_years", 0))
    ends = [right.expires_on for right in facts.rights if right.expires_on is not None]
    if years and ends and years > _whole_years(today, max(ends)):
        yield _problem(
            offer, "term_years", N_("“%(way)s”的期限超过专利保护期（最晚到 %(last)s）。"), N_("民法典第865条"),
            last=max(ends).isoformat(),
        )  # fmt: skip


def _whole_years(today: date, last: date) -> int:
    """Years begun until the day: a licence of that many years may end with the right."""
    return max(0, last.year - today.year + ((last.month, last.day) > (today.month, today.day)))


def _trial(offer: OfferDraft, limits: Limits) -> Iterator[Problem]:
    months, terms = offer.trial_months, offer.terms
    if months is None or not TRIAL_MONTHS_MINIMUM <= months <= limits.trial_months:
        yield _problem(offer, "trial_months", N_("试用期须为 1–%(maximum)d 个月。"), maximum=limits.trial_months)
    rule, low, high = terms.get("conversion_rule"), terms.get("conversion_low"), terms.get("conversion_high")
    if rule in ("fixed", "credit", "kpi") and terms.get("conversion_price") is None:
        yield _problem(offer, "conversion_price", N_("这种转化价格规则需要写明转化价，试用前就要定下。"))
    if rule == "kpi" and (low is None or high is None or not terms.get("kpis")):
        yield _problem(offer, "conversion_kpis", N_("按指标定价，请写明考核指标和转化价的上下限。"))
    if rule == "royalty" and terms.get("royalty_rate") is None:
        yield _problem(offer, "conversion_royalty", N_("按销售额提成，请写明提成基数和比例。"))
    price = terms.get("conversion_price")
    bounds = [value for value in (low, price, high) if value is not None]
    if bounds != sorted(bounds):
        yield _problem(offer, "conversion_bounds", N_("转化价应在下限和上限之间。"))


def _open_licence(offer: OfferDraft, limits: Limits) -> Iterator[Problem]:
    for name, sentence in _OF_THE_DECLARATION.items():
        if offer.terms.get(name) is None:
            yield _problem(offer, f"declared_{name}", sentence, N_("专利法实施细则第85条"))
    said = " ".join([offer.price_note, *(value for value in offer.terms.values() if isinstance(value, str))])
    praise = _ADVERTISING.search(said)
    if praise:
        yield _problem(
            offer, "advertising", N_("开放许可声明不得使用商业性宣传用语，请去掉“%(word)s”。"), N_("专利法实施细则第85条"),
            word=praise[0],
        )  # fmt: skip
    article = N_("专利审查指南：开放许可使用费标准")
    if offer.price is not None and offer.price.minor_units > limits.open_fee_fen:
        yield _problem(
            offer, "open_fee", N_("开放许可的固定许可费不超过 %(limit)s 万元。"), article,
            limit=format_wan(Money(limits.open_fee_fen)),
        )  # fmt: skip
    rate, base = offer.terms.get("royalty_rate", 0), offer.terms.get("royalty_base")
    limit = limits.open_royalty_profit if base == "profit" else limits.open_royalty_sales
    if rate > limit:
        yield _problem(offer, "open_royalty", N_("开放许可的提成比例不超过 %(limit)s。"), article, limit=percent(limit))
