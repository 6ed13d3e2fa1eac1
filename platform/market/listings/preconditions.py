"""What the law asks before an achievement may be offered in a way, and how each stands.

Each is held by the register (derived), confirmed with a paper (who and when is kept), open (blocks until one of the
two), or barred (blocks; nothing that could be confirmed). Notes are duties that come later and block nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from market.achievements.rules import RightState
from market.achievements.usage import FeeState
from market.achievements.vocabulary import PATENT_KINDS, AchievementKind, EncumbranceKind
from market.kernel.errors import N_, Said
from market.listings.rules import OfferDraft, Problem, RightFacts
from market.listings.vocabulary import Pricing, TransferWay

Way = TransferWay


class Held(StrEnum):
    """How a precondition stands."""

    HELD = "held"
    CONFIRMED = "confirmed"
    OPEN = "open"
    BARRED = "barred"
    NOTE = "note"


BASE_PRICE = "base_price"
"""Held by the price itself; no paper confirms it."""
BLOCKING = frozenset({Held.OPEN, Held.BARRED})


@dataclass(frozen=True)
class Owner:
    """Somebody beside the institution who owns a part; consent as the register has it."""

    name: str
    is_completer: bool = False
    consented_on: date | None = None


@dataclass(frozen=True)
class AchievementFacts:
    """What the preconditions need to know of an achievement."""

    rights: tuple[RightFacts, ...]
    owners: tuple[Owner, ...] = ()
    has_long_term_use: bool = False
    is_fiscally_funded: bool | None = None
    long_term_use_of: tuple[str, ...] = ()
    funded: tuple[str, ...] = ()
    """In a bundle: the titles of those with a long-term use right, and of those funded or of which nothing is said."""
    without_trl: tuple[str, ...] = ()
    """Titles of those of which the register says no level of readiness."""


@dataclass(frozen=True)
class Standing:
    """One precondition of one way: what it is, how it stands and why, the article. `evidence` is the paper named."""

    kind: str
    label: str
    held: Held
    reason: str
    article: str
    params: dict[str, object] = field(default_factory=dict)
    evidence: str = ""


LABELS = {
    "co_owner_consent": N_("共有人同意"),
    "empowered_consent": N_("受赋权完成人同意"),
    "long_term_use": N_("完成人的长期使用权"),
    "free_of_pledge": N_("未被质押"),
    "free_of_licence": N_("没有在先独占或排他许可"),
    "free_of_preservation": N_("未被保全或中止"),
    "granted": N_("已授权的专利"),
    "evaluation_report": N_("专利权评价报告"),
    "annual_fee": N_("年费已缴"),
    "foreign_gate": N_("向境外转让的批准"),
    "base_price": N_("基准价格"),
    "publicity": N_("协议定价公示"),
    "first_right": N_("完成人优先受让"),
}
ARTICLES = {
    "co_owner_consent": N_("专利法第14条：除普通许可外须取得全体共有人同意"),
    "empowered_consent": N_("专利法第14条、浙江省促进科技成果转化条例第37条：受赋权完成人是共有人"),
    "long_term_use": N_("国科发区〔2020〕128号：赋予完成人的长期使用权不少于 10 年"),
    "free_of_pledge": N_("民法典第444条：出质后未经质权人同意不得转让或者许可他人使用"),
    "free_of_licence": N_("最高人民法院技术合同解释第25条：独占、排他许可期内不得再许可他人"),
    "free_of_preservation": N_("专利法实施细则第86条：保全或中止期间不得处分"),
    "granted": N_("专利法第50条：开放许可只适用于已授权的专利"),
    "evaluation_report": N_("专利法第50条：实用新型、外观设计开放许可须有专利权评价报告"),
    "annual_fee": N_("专利法实施细则第86条：未按规定缴纳年费的不得开放许可"),
    "foreign_gate": N_("科学技术进步法第34条：财政资金形成的知识产权向境外转让或独占许可须经项目管理机构批准"),
    "base_price": N_("浙江省促进科技成果转化条例第17条：挂牌和竞价须设定合理的基准价格"),
    "publicity": N_("浙江省促进科技成果转化条例第17条：单位和技术交易市场两处公示不少于 15 天"),
    "first_right": N_("民法典第847条：完成人在同等条件下优先受让"),
}
_LICENCES = frozenset({Way.EXCLUSIVE_LICENCE, Way.SOLE_LICENCE, Way.ORDINARY_LICENCE, Way.OPEN_LICENCE, Way.TRY_FIRST})
_PASSES_ON = frozenset({Way.ASSIGNMENT, Way.EQUITY, Way.AUCTION})
_ABROAD = _PASSES_ON | {Way.EXCLUSIVE_LICENCE}
_BY_AGREEMENT = frozenset(Way) - {Way.AUCTION, Way.INVEST_FIRST, Way.OPEN_LICENCE}
_REPORTED = frozenset({AchievementKind.UTILITY_MODEL, AchievementKind.DESIGN})
_LICENCE_KINDS = frozenset({EncumbranceKind.EXCLUSIVE_LICENCE, EncumbranceKind.SOLE_LICENCE})


def standings(offer: OfferDraft, facts: AchievementFacts) -> tuple[Standing, ...]:
    """Everything the law asks for this offer of this achievement, and how it stands."""
    parts = (_owners, _long_term_use, _encumbrances, _open_licence, _foreign_gate, _price)
    return tuple(standing for part in parts for standing in part(offer, facts))


def confirmable(offer: OfferDraft, facts: AchievementFacts) -> dict[str, str]:
    """The kinds that a paper may confirm for this offer, with their articles."""
    unconfirmed = OfferDraft(offer.way, offer.pricing, offer.price, offer.basis, terms=offer.terms)
    return {
        one.kind: one.article
        for one in standings(unconfirmed, facts)
        if one.held is Held.OPEN and one.kind != BASE_PRICE
    }


def precondition_problems(offers: Sequence[OfferDraft], facts: AchievementFacts) -> list[Problem]:
    """What of the preconditions keeps the offers from being submitted."""
    return [
        Problem(
            f"offer.{one.kind}",
            N_("“%(way)s”的法定前提“%(label)s”未满足：%(reason)s（%(article)s）"),
            one.article,
            {
                "way": Said(offer.way.label),
                "label": Said(one.label),
                "reason": Said(one.reason, one.params),
                "article": Said(one.article),
            },
        )
        for offer in offers
        for one in standings(offer, facts)
        if one.held in BLOCKING and one.kind != BASE_PRICE  # the price itself is asked for by offer_checks.py
    ]


def problem_abroad(offer: OfferDraft, facts: AchievementFacts) -> Problem | None:
    """What keeps an acquirer abroad from the offer: it is for the mainland only, or the approval is not shown.

    Ways that neither pass the right on nor license it exclusively are open to her (科学技术进步法 art. 34).
    """
    if offer.way not in _ABROAD:
        return None
    if offer.terms.get("buyer_scope") != "any":
        sentence = N_("“%(way)s”只面向境内受让方，境外受让方不能申请；需要时请先与机构联系。")
        return Problem("offer.domestic_only", sentence, ARTICLES["foreign_gate"], {"way": Said(offer.way.label)})
    gate = next(_foreign_gate(offer, facts))
    if gate.held not in BLOCKING:
        return None
    sentence = N_("这项成果向境外转让或独占许可，还缺项目管理机构的批准文件；机构补齐后才能申请（%(article)s）。")
    return Problem("offer.foreign_gate", sentence, gate.article, {"article": Said(gate.article)})


def _standing(
    kind: str, held: Held, reason: str, params: Mapping[str, object] | None = None, evidence: str = ""
) -> Standing:
    return Standing(kind, LABELS[kind], held, reason, ARTICLES[kind], dict(params or {}), evidence)


def _open(kind: str, offer: OfferDraft, reason: str, params: Mapping[str, object] | None = None) -> Standing:
    """Open, unless a paper confirms it."""
    paper = offer.confirmations.get(kind, "").strip()
    if paper:
        return _standing(kind, Held.CONFIRMED, N_("经办人已凭材料确认"), evidence=paper)
    return _standing(kind, Held.OPEN, reason, params)


def _of_part(reason: str, titles: Sequence[str]) -> tuple[str, dict[str, object] | None]:
    """The reason, in a bundle with the titles of the achievements that it is about."""
    if not titles:
        return reason, None
    return N_("“%(title)s”：%(problem)s"), {"title": "、".join(titles), "problem": Said(reason)}


def _owners(offer: OfferDraft, facts: AchievementFacts) -> Iterator[Standing]:
    if offer.way is Way.ORDINARY_LICENCE:
        return
    for kind, is_completer in (("co_owner_consent", False), ("empowered_consent", True)):
        owners = [owner for owner in facts.owners if owner.is_completer is is_completer]
        missing = [owner.name for owner in owners if owner.consented_on is None]
        if missing:
            reason = N_("台账里没有登记%(names)s的同意，请在台账登记，或写明同意书名称和日期。")
            yield _open(kind, offer, reason, {"names": "、".join(missing)})
        elif owners:
            said = "、".join(f"{owner.name} {owner.consented_on}" for owner in owners)
            yield _standing(kind, Held.HELD, N_("台账已登记同意：%(said)s"), {"said": said})


def _long_term_use(offer: OfferDraft, facts: AchievementFacts) -> Iterator[Standing]:
    if facts.has_long_term_use and offer.way in _PASSES_ON | {Way.EXCLUSIVE_LICENCE, Way.SOLE_LICENCE}:
        reason = N_("完成人有长期使用权，请写明转让或许可后怎样保留或补偿（协议名称和日期）。")
        yield _open("long_term_use", offer, *_of_part(reason, facts.long_term_use_of))


def _encumbrances(offer: OfferDraft, facts: AchievementFacts) -> Iterator[Standing]:
    if not facts.rights or offer.way in (Way.JOINT_DEVELOPMENT, Way.INVEST_FIRST):
        return
    under = {kind: [right.number for right in facts.rights if kind in right.encumbrances] for kind in EncumbranceKind}
    nothing = N_("台账没有登记这项负担")
    pledged = under[EncumbranceKind.PLEDGE]
    if pledged:
        reason = N_("专利 %(numbers)s 已质押，请写明质权人同意的文件名称和日期。")
        yield _open("free_of_pledge", offer, reason, {"numbers": "、".join(pledged)})
    else:
        yield _standing("free_of_pledge", Held.HELD, nothing)
    yield _earlier_licence(offer, sorted({number for kind in _LICENCE_KINDS for number in under[kind]}), nothing)
    preserved = under[EncumbranceKind.PRESERVATION]
    if preserved:
        reason = N_("专利 %(numbers)s 正被保全或中止，解除并在台账登记后才能挂牌。")
        yield _standing("free_of_preservation", Held.BARRED, reason, {"numbers": "、".join(preserved)})
    else:
        yield _standing("free_of_preservation", Held.HELD, nothing)


def _earlier_licence(offer: OfferDraft, numbers: Sequence[str], nothing: str) -> Standing:
    if not numbers:
        return _standing("free_of_licence", Held.HELD, nothing)
    params = {"numbers": "、".join(numbers)}
    if offer.way in _LICENCES:
        reason = N_("专利 %(numbers)s 在独占或排他许可期内，不能再许可他人。")
        return _standing("free_of_licence", Held.BARRED, reason, params)
    reason = N_("专利 %(numbers)s 有在先独占或排他许可，转让后继续有效：请写明向受让方披露的文件名称和日期。")
    return _open("free_of_licence", offer, reason, params)


def _open_licence(offer: OfferDraft, facts: AchievementFacts) -> Iterator[Standing]:
    if offer.way is not Way.OPEN_LICENCE:
        return
    granted = bool(facts.rights) and all(
        right.kind in PATENT_KINDS and right.state is not RightState.PENDING for right in facts.rights
    )
    if granted:
        yield _standing("granted", Held.HELD, N_("台账：都是已授权的专利"))
    else:
        yield _standing("granted", Held.BARRED, N_("含有未授权的申请，或不是专利。"))
    yield from _report(offer, facts)
    yield from _fees(offer, facts)


def _report(offer: OfferDraft, facts: AchievementFacts) -> Iterator[Standing]:
    models = [right for right in facts.rights if right.kind in _REPORTED]
    missing = [right.number for right in models if not right.has_evaluation_report]
    if missing:
        reason = N_("专利 %(numbers)s 没有登记评价报告，请在台账登记，或写明报告编号和日期。")
        yield _open("evaluation_report", offer, reason, {"numbers": "、".join(missing)})
    elif models:
        yield _standing("evaluation_report", Held.HELD, N_("台账已登记评价报告"))


def _fees(offer: OfferDraft, facts: AchievementFacts) -> Iterator[Standing]:
    unpaid = [right.number for right in facts.rights if right.fee in (FeeState.OVERDUE, FeeState.LOST)]
    unknown = [right.number for right in facts.rights if right.fee is FeeState.UNKNOWN]
    if unpaid:
        reason = N_("专利 %(numbers)s 年费逾期，缴清并在台账登记后才能开放许可。")
        yield _standing("annual_fee", Held.BARRED, reason, {"numbers": "、".join(unpaid)})
    elif unknown:
        reason = N_("专利 %(numbers)s 的年费没有登记，请在台账登记，或写明缴费凭证和日期。")
        yield _open("annual_fee", offer, reason, {"numbers": "、".join(unknown)})
    elif facts.rights:
        yield _standing("annual_fee", Held.HELD, N_("台账：年费已缴"))


def _foreign_gate(offer: OfferDraft, facts: AchievementFacts) -> Iterator[Standing]:
    if offer.way not in _ABROAD:
        return
    if offer.terms.get("buyer_scope") != "any":
        if facts.is_fiscally_funded:
            yield _standing("foreign_gate", Held.HELD, N_("只面向境内受让方"))
    elif facts.is_fiscally_funded is False:
        yield _standing("foreign_gate", Held.HELD, N_("台账：不是财政资金支持"))
    elif facts.is_fiscally_funded:
        reason = N_("财政资金支持的成果，请写明批准文件的名称和日期，或只面向境内受让方。")
        yield _open("foreign_gate", offer, *_of_part(reason, facts.funded))
    else:
        reason = N_("台账没有填写是否财政资金支持：请先填写，或写明批准文件，或只面向境内受让方。")
        yield _open("foreign_gate", offer, *_of_part(reason, facts.funded))


def _price(offer: OfferDraft, facts: AchievementFacts) -> Iterator[Standing]:  # noqa: ARG001 - as the others
    if offer.pricing in (Pricing.FIXED, Pricing.STARTING):
        if offer.price is not None and offer.basis is not None:
            yield _standing("base_price", Held.HELD, N_("已写明价格和依据"))
        else:
            yield _standing("base_price", Held.OPEN, N_("请写明价格和价格依据。"))
    if offer.way in _BY_AGREEMENT:
        yield _standing("publicity", Held.NOTE, N_("谈定价格后，平台办理公示；受让方是完成人或利害关系人的要注明。"))
    if offer.way in (Way.ASSIGNMENT, Way.AUCTION):
        yield _standing("first_right", Held.NOTE, N_("成交前通知完成人，由其决定是否行使。"))
