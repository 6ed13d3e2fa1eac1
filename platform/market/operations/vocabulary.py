"""Closed lists of the operation, and what each parameter is called."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from market.kernel.errors import N_


class ProposalState(StrEnum):
    """Life of a proposed change of a parameter."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return {"proposed": N_("等待批准"), "approved": N_("已批准"), "rejected": N_("未批准")}[self.value]


class Touches(StrEnum):
    """What was made under a parameter's value and keeps it."""

    LOTS = "lots"
    LISTINGS = "listings"
    NOTHING = "nothing"


@dataclass(frozen=True)
class ParameterKind:
    """What a parameter is called and which values it can take; bounds of the law where section 10 names them."""

    label: str
    low: Decimal
    high: Decimal
    is_whole: bool
    touches: Touches = Touches.NOTHING


def _whole(label: str, low: int, high: int, touches: Touches = Touches.NOTHING) -> ParameterKind:
    return ParameterKind(label, Decimal(low), Decimal(high), is_whole=True, touches=touches)


def _ratio(label: str, low: str, high: str, touches: Touches = Touches.NOTHING) -> ParameterKind:
    return ParameterKind(label, Decimal(low), Decimal(high), is_whole=False, touches=touches)


PARAMETER_KINDS: dict[str, ParameterKind] = {
    "publicity.days": _whole(N_("协议定价公示天数"), 15, 365),
    "reward.min_ratio.transfer": _ratio(N_("转让、许可净收入奖励最低比例"), "0.70", "1"),
    "reward.min_ratio.equity": _ratio(N_("作价投资股权奖励最低比例"), "0.70", "1"),
    "reward.min_ratio.profit": _ratio(N_("自行实施利润提取最低比例"), "0.10", "1"),
    "reward.main_min": _ratio(N_("主要贡献人员奖励最低比例"), "0.70", "1"),
    "reward.tto_min": _ratio(N_("转化服务人员奖励最低比例"), "0.05", "1"),
    "reward.deadline_months": _whole(N_("奖励兑现期限"), 1, 6),
    "auction.notice_days": _whole(N_("竞价公告天数"), 7, 365, Touches.LOTS),
    "auction.notice_days_min": _whole(N_("竞价公告最少天数"), 7, 365, Touches.LOTS),
    "auction.min_hours": _whole(N_("竞价最短小时数"), 1, 720, Touches.LOTS),
    "auction.ext_minutes": _whole(N_("竞价延时分钟数"), 2, 10, Touches.LOTS),
    "auction.deposit_ratio": _ratio(N_("竞价保证金比例"), "0", "0.20", Touches.LOTS),
    "auction.cut_max": _ratio(N_("再次竞价最大降幅"), "0", "0.20", Touches.LOTS),
    "auction.rounds": _whole(N_("竞价最多次数"), 1, 5, Touches.LOTS),
    "listing.life_months": _whole(N_("挂牌展示月数"), 1, 60, Touches.LISTINGS),
    "listing.valid_days": _whole(N_("有效挂牌须在线天数"), 1, 365, Touches.LISTINGS),
    "trial.months": _whole(N_("先用后转试用月数"), 1, 36, Touches.LISTINGS),
    "trial.months_max": _whole(N_("先用后转试用最长月数"), 1, 60, Touches.LISTINGS),
    "itoe.cap": _ratio(N_("先投后股持股上限"), "0", "1"),
    "itoe.discount": _ratio(N_("先投后股折扣"), "0", "0.99"),
    "unimplemented.years": _whole(N_("列入公开实施清单的未实施年数"), 1, 20),
    "unimplemented.completer_years": _whole(N_("完成人可自行实施的未实施年数"), 1, 20),
    "service.reply_days": _whole(N_("答复企业申请的工作日数"), 1, 60),
    "service.review_days": _whole(N_("审核挂牌的工作日数"), 1, 60),
    "service.verification_days": _whole(N_("核验机构的工作日数"), 1, 60),
    "evidence.years": _whole(N_("竞价凭证保存年数"), 5, 100),
}

UNIT_LABELS = {
    "days": N_("天"),
    "ratio": N_("比例"),
    "months": N_("个月"),
    "hours": N_("小时"),
    "minutes": N_("分钟"),
    "rounds": N_("次"),
    "years": N_("年"),
    "working_days": N_("个工作日"),
}


class JobState(StrEnum):
    """Where a background job stands (procrastinate's own words)."""

    TODO = "todo"
    DOING = "doing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABORTING = "aborting"
    ABORTED = "aborted"

    @property
    def label(self) -> str:
        return _JOB_LABELS[self.value]


_JOB_LABELS = {
    "todo": N_("等待执行"),
    "doing": N_("正在执行"),
    "succeeded": N_("执行成功"),
    "failed": N_("执行失败"),
    "cancelled": N_("已取消"),
    "aborting": N_("正在中止"),
    "aborted": N_("已中止"),
}


class MailState(StrEnum):
    """Where a mail of the outbox stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return {"waiting": N_("等待发送"), "sent": N_("已发送"), "failed": N_("发送失败")}[self.value]
