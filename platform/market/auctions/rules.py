"""What a lot allows: its announcement, its phases, the ascending bids (多次报价), the soft close, the result.

Built on rules.md 1.5 and 1.7. Articles of the 拍卖法 and of 最高法《网络司法拍卖若干问题的规定》 (网拍规定: a model,
not binding here) stand at the rules. Nothing here reads a clock.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from market.accounts.policy import Act, separated
from market.auctions.errors import BidRefused, LotRefused, RegistrationRefused
from market.auctions.vocabulary import LotAction, LotPhase, LotState, SaleKind
from market.kernel.errors import N_
from market.kernel.money import AmountRefused, Money, parse_yuan
from market.kernel.transitions import TransitionTable

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGEST_DAYS = 365
USUAL_HOUR = time(10, 0)
TITLE_LENGTH = 200
REASON_LENGTH = 500
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 4
COMPETITIVE_FROM = 2
"""Independent bidders from which a sale counts as competitive (rules.md 7.3)."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")

LOT_TRANSITIONS: TransitionTable[LotState, LotAction] = TransitionTable(
    "lot",
    {
        (LotState.ANNOUNCED, LotAction.SELL): LotState.SOLD,
        (LotState.ANNOUNCED, LotAction.FAIL): LotState.UNSOLD,
        (LotState.ANNOUNCED, LotAction.WITHDRAW): LotState.WITHDRAWN,
        (LotState.ANNOUNCED, LotAction.SUSPEND): LotState.SUSPENDED,
        (LotState.ANNOUNCED, LotAction.TERMINATE): LotState.TERMINATED,
        (LotState.SUSPENDED, LotAction.RESUME): LotState.ANNOUNCED,
        (LotState.SUSPENDED, LotAction.TERMINATE): LotState.TERMINATED,
    },
)


@dataclass(frozen=True)
class LotTerms:
    """What was announced and never changes."""

    start: Money
    step: Money
    opens_at: datetime
    soft_close: timedelta


@dataclass(frozen=True)
class Standing:
    """How a lot stands; `closes_at` moves with bids in the soft-close window, never back."""

    state: LotState
    closes_at: datetime
    bid_count: int = 0
    high: Money | None = None
    leader_id: int | None = None


@dataclass(frozen=True)
class Offered:
    """A bid as it came in: who (a registration, None = not registered), what was typed, when (under the lot's lock)."""

    registration_id: int | None
    amount_text: str
    at: datetime


@dataclass(frozen=True)
class AnnouncementLimits:
    """What the parameters in force say on the day of the announcement."""

    notice_days: int
    shortest_notice_days: int
    minimum_hours: int
    soft_close_minutes: int
    deposit_ratio: Decimal


@dataclass(frozen=True)
class Announcement:
    """What the seller chooses for a lot; the start price is the one that was approved with the listing."""

    title: str
    step: Money
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class PlacedBid:
    """An accepted bid, as the result needs it."""

    sequence: int
    registration_id: int
    price: Money


@dataclass(frozen=True)
class Sale:
    """The result of a lot that found a buyer."""

    registration_id: int
    price: Money
    kind: SaleKind
    bidder_count: int
    independent_bidder_count: int


def phase(state: LotState, opens_at: datetime, closes_at: datetime, soft_close: timedelta, now: datetime) -> LotPhase:
    """Where the lot stands at `now`, also when the worker is late."""
    if state is not LotState.ANNOUNCED:
        return LotPhase(state.value)
    if now < opens_at:
        return LotPhase.UPCOMING
    if now >= closes_at:
        return LotPhase.ENDED
    return LotPhase.CLOSING if closes_at - now <= soft_close else LotPhase.OPEN


def next_valid_amounts(terms: LotTerms, high: Money | None, count: int = 3) -> tuple[Money, ...]:
    """The lowest amounts that a bid may have now: from the start price, or from the high one step on."""
    first = terms.start if high is None else high + terms.step
    return tuple(Money(first.minor_units + terms.step.minor_units * i, first.currency) for i in range(count))


def judge_bid(terms: LotTerms, standing: Standing, offered: Offered) -> Standing:
    """The standing after the bid was accepted. Raises BidRefused: why, the next valid amount, the server's time."""
    _require_open(terms, standing, offered.at)
    say = _Sayer(terms, standing, offered.at)
    if offered.registration_id is None:
        raise say.no(
            "bid.not_registered",
            N_("贵单位还没有报名参加这个标的，请先报名再出价。下一口有效报价 %(next)s。服务器时间 %(time)s。"),
        )
    amount = _read_amount(offered.amount_text, say)
    if offered.registration_id == standing.leader_id:
        raise say.no(
            "bid.own_lead",
            N_(
                "目前最高价就是贵单位的出价，不能给自己加价；有别人出价后再出。"
                "下一口有效报价 %(next)s。服务器时间 %(time)s。"
            ),
        )
    _require_valid_amount(terms, standing, amount, say)
    return replace(
        standing,
        closes_at=extended_close(standing.closes_at, offered.at, terms.soft_close),
        bid_count=standing.bid_count + 1,
        high=amount,
        leader_id=offered.registration_id,
    )


def extended_close(closes_at: datetime, bid_at: datetime, soft_close: timedelta) -> datetime:
    """The end after an accepted bid: inside the last window it moves to bid + window (model: 网拍规定 art. 20)."""
    return bid_at + soft_close if closes_at - bid_at <= soft_close else closes_at


@dataclass(frozen=True)
class _Sayer:
    """Makes refusals that all carry the next valid amount and the server's time."""

    terms: LotTerms
    standing: Standing
    at: datetime

    def no(self, code: str, message: str, **params: str) -> BidRefused:
        following = next_valid_amounts(self.terms, self.standing.high, 1)[0]
        return BidRefused(code, message, at=self.at, time=clock_text(self.at), next=str(following), **params)


def _require_open(terms: LotTerms, standing: Standing, at: datetime) -> None:
    shown = clock_text(at)
    if standing.state is LotState.SUSPENDED:
        raise BidRefused(
            "bid.suspended", N_("竞价已中止，恢复之前不接受出价。服务器时间 %(time)s。"), at=at, time=shown
        )
    if standing.state in (LotState.WITHDRAWN, LotState.TERMINATED):
        raise BidRefused(
            "bid.withdrawn", N_("这个标的已撤回或终结，不再接受出价。服务器时间 %(time)s。"), at=at, time=shown
        )
    if standing.state is not LotState.ANNOUNCED or at >= standing.closes_at:
        raise BidRefused(
            "bid.after_end",
            N_("竞价已在 %(closes)s 截止，这次出价没有受理。服务器时间 %(time)s。"),
            at=at,
            time=shown,
            closes=moment_text(standing.closes_at),
        )
    if at < terms.opens_at:
        raise BidRefused(
            "bid.before_open",
            N_("竞价还没有开始，%(opens)s 起接受出价，起始价 %(next)s。服务器时间 %(time)s。"),
            at=at,
            time=shown,
            opens=moment_text(terms.opens_at),
            next=str(terms.start),
        )


def _read_amount(text: str, say: _Sayer) -> Money:
    """Raises BidRefused for a text that is no amount."""
    try:
        return parse_yuan(text)
    except AmountRefused as refusal:
        sentences = {
            "amount.not_positive": N_("出价必须大于 0 元。下一口有效报价 %(next)s。服务器时间 %(time)s。"),
            "amount.too_large": N_(
                "出价超出平台可记录的上限，请检查是否多输了位数。下一口有效报价 %(next)s。服务器时间 %(time)s。"
            ),
        }
        unreadable = N_(
            "请用数字填写出价（元），最多两位小数，不要用负号、字母或科学记数法。"
            "下一口有效报价 %(next)s。服务器时间 %(time)s。"
        )
        raise say.no(refusal.code.replace("amount.", "bid.amount_"), sentences.get(refusal.code, unreadable)) from None


def _require_valid_amount(terms: LotTerms, standing: Standing, amount: Money, say: _Sayer) -> None:
    high, step = standing.high, terms.step
    if high is None:
        if amount < terms.start:
            raise say.no("bid.below_start", N_("出价低于起始价。下一口有效报价 %(next)s。服务器时间 %(time)s。"))
        return
    if amount <= high:
        raise say.no(
            "bid.not_above_high",
            N_("出价没有高过目前最高价 %(high)s。下一口有效报价 %(next)s。服务器时间 %(time)s。"),
            high=str(high),
        )
    if amount < high + step:
        raise say.no(
            "bid.below_step",
            N_("加价不足一个加价幅度（%(step)s）。下一口有效报价 %(next)s。服务器时间 %(time)s。"),
            step=str(step),
        )
    beyond = (amount - high).minor_units % step.minor_units
    if beyond:
        lower = Money(amount.minor_units - beyond, amount.currency)
        raise say.no(
            "bid.off_step",
            N_(
                "加价必须是加价幅度（%(step)s）的整数倍，与您的出价最近的是 %(lower)s 和 %(upper)s。"
                "下一口有效报价 %(next)s。服务器时间 %(time)s。"
            ),
            step=str(step),
            lower=str(lower),
            upper=str(lower + step),
        )


def is_form_token(text: str) -> bool:
    """Whether the text can be the hidden mark of one rendered bid form."""
    return _TOKEN.fullmatch(text) is not None


def is_amount(text: str, amount: Money) -> bool:
    """Whether the text, as typed, means this amount."""
    try:
        return parse_yuan(text) == amount
    except AmountRefused:
        return False


def outcome(bids: Sequence[PlacedBid], independent_bidder_count: int) -> Sale | None:
    """The sale, or None when nobody bid (流拍).

    One bidder at or above the start buys (model: 网拍规定 art. 11), recorded as 挂牌成交; only two or more independent
    bidders make it 竞争性成交 (rules.md 7.3). Prices only rise, so the last bid is the highest.
    """
    if not bids:
        return None
    last = max(bids, key=lambda bid: (bid.price, -bid.sequence))
    kind = SaleKind.COMPETITIVE if independent_bidder_count >= COMPETITIVE_FROM else SaleKind.LISTED
    bidders = {bid.registration_id for bid in bids}
    return Sale(last.registration_id, last.price, kind, len(bidders), independent_bidder_count)


def count_independent(bidders: Iterable[int], seller: int, related: Collection[tuple[int, int]]) -> int:
    """How many of the bidding organisations are independent (rules.md 7.5): those related to the seller count
    nothing, those related to each other, also through a third bidder, count as one."""
    links = set(related) | {(second, first) for first, second in related}
    left = {party for party in bidders if party != seller and (party, seller) not in links}
    groups = 0
    while left:
        groups += 1
        reached = [left.pop()]
        while reached:
            partners = {second for first, second in links if first == reached[-1]} & left
            reached.pop()
            left -= partners
            reached.extend(partners)
    return groups


def earliest_opening(announced_at: datetime, notice_days: int) -> datetime:
    """The first moment after `notice_days` full days of notice; the day of the announcement does not count
    (民法典 art. 201)."""
    day = announced_at.astimezone(SHANGHAI).date() + timedelta(days=notice_days + 1)
    return datetime.combine(day, time(0, 0), SHANGHAI)


def suggested_times(now: datetime, limits: AnnouncementLimits) -> tuple[datetime, datetime]:
    """Opening at ten in the morning after the usual notice, and the end after the shortest length."""
    opens_at = datetime.combine(earliest_opening(now, limits.notice_days).date(), USUAL_HOUR, SHANGHAI)
    return opens_at, opens_at + timedelta(hours=max(limits.minimum_hours, 1))


def check_announcement(announcement: Announcement, limits: AnnouncementLimits, now: datetime) -> None:
    """Raise LotRefused for the first term that the rules do not allow."""
    if not announcement.title.strip() or len(announcement.title) > TITLE_LENGTH:
        raise LotRefused("lot.title", N_("请填写标的名称，不超过 200 个字。"), field="title")
    if announcement.step.minor_units <= 0:
        raise LotRefused("lot.step", N_("加价幅度必须大于 0 元。"), field="step")
    # first: near the last year that a calendar has, the sums below have no result
    if max(announcement.opens_at, announcement.closes_at) - now > timedelta(days=LONGEST_DAYS):
        raise LotRefused("lot.too_late", N_("截止时间不能晚于一年之后，请检查年份。"), field="closes_at")
    earliest = earliest_opening(now, limits.shortest_notice_days)
    if announcement.opens_at < earliest:
        raise LotRefused(
            "lot.notice_too_short",
            N_("公告期至少 %(days)s 天（拍卖法第四十五条），最早可在 %(earliest)s 开始竞价。"),
            field="opens_at",
            days=limits.shortest_notice_days,
            earliest=moment_text(earliest),
        )
    if announcement.closes_at - announcement.opens_at < timedelta(hours=limits.minimum_hours):
        raise LotRefused(
            "lot.too_short",
            N_("竞价时间至少 %(hours)s 小时，最早可在 %(earliest)s 截止。"),
            field="closes_at",
            hours=limits.minimum_hours,
            earliest=moment_text(announcement.opens_at + timedelta(hours=limits.minimum_hours)),
        )


def suggested_step(start: Money) -> Money:
    """A round step (1, 2 or 5 and zeros) of at most a twentieth of the start price, at least one yuan."""
    rounds = [Money(digit * 10**power, start.currency) for power in range(2, 16) for digit in (1, 2, 5)]
    fitting = [step for step in rounds if step.minor_units * 20 <= start.minor_units]
    return max(fitting, default=rounds[0])


def deposit(start: Money, limits: AnnouncementLimits) -> Money:
    """The deposit for a start price, rounded half up to a fen; zero while the ratio is zero."""
    fen = (start.minor_units * limits.deposit_ratio).quantize(Decimal(1), ROUND_HALF_UP)
    return Money(int(fen), start.currency)


def notice_days_of(announced_at: datetime, opens_at: datetime) -> int:
    """Full days of notice before the opening, the day of the announcement not counted."""
    return (opens_at.astimezone(SHANGHAI).date() - announced_at.astimezone(SHANGHAI).date()).days - 1


def check_registration(
    lot_phase: LotPhase, *, is_enterprise: bool, is_verified: bool, is_related_to_seller: bool, is_insider: bool
) -> None:
    """Raise RegistrationRefused unless a verified enterprise, unrelated to the seller, comes before the end.

    `is_insider`: the person who registers also belongs to the seller or to the operator (rules.md 12; 拍卖法 art. 22
    and 30; model: 网拍规定 art. 34).
    """
    if not is_enterprise:
        raise RegistrationRefused(
            "registration.not_enterprise", N_("只有企业可以报名竞价；如需竞买，请切换到企业身份。")
        )
    if lot_phase.is_over:
        raise RegistrationRefused("registration.over", N_("这个标的已经截止或撤回，不再接受报名。"))
    if not is_verified:
        raise RegistrationRefused(
            "registration.not_verified", N_("贵单位还没有通过平台认证；认证通过后即可报名，请联系平台运营办理。")
        )
    if is_related_to_seller:
        raise RegistrationRefused(
            "registration.related",
            N_("贵单位与出让方登记有关联关系，不能参加竞价（拍卖法第三十条）。如登记有误，请联系平台运营更正。"),
        )
    if is_insider:
        insider = separated(Act.REGISTER_BIDDER)
        raise RegistrationRefused(insider.code, insider.message)


def check_withdrawal(lot_phase: LotPhase, reason: str) -> None:
    """A lot may be withdrawn with a reason before bidding opens (拍卖法 art. 29), not later. Raises LotRefused."""
    if lot_phase is not LotPhase.UPCOMING:
        raise LotRefused("lot.withdraw_late", N_("竞价已经开始或结束，不能再撤回。"))
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise LotRefused("lot.reason", N_("撤回公告需要写明理由，理由会公开显示，不超过 500 个字。"), field="reason")


def plain_yuan(amount: Money) -> str:
    """An amount as a person would type it: yuan without grouping, decimals only when there are any."""
    whole, fen = divmod(amount.minor_units, 100)
    return f"{whole}.{fen:02d}" if fen else str(whole)


def clock_text(at: datetime) -> str:
    """Time of day in Wenzhou, to the second."""
    return at.astimezone(SHANGHAI).strftime("%H:%M:%S")


def moment_text(at: datetime) -> str:
    """Date and time in Wenzhou, to the second."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
