"""What each parameter is called, which values the law leaves open, and what lives under it (rules.md section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from market.accounts.rules import Role
from market.accounts.security.rules import RECENT_MINUTES, second_factor_key
from market.kernel.errors import N_, N_counted


class Touches(StrEnum):
    """What was made under a parameter's value and keeps it."""

    LOTS = "lots"
    LISTINGS = "listings"
    PEOPLE = "people"
    NOTHING = "nothing"


@dataclass(frozen=True)
class ParameterKind:
    """What a parameter is called and which values it can take; bounds of the law where section 10 names them.

    `role`: whose people the parameter is about, for those that are about one role.
    """

    label: str
    low: Decimal
    high: Decimal
    is_whole: bool
    touches: Touches = Touches.NOTHING
    role: Role | None = None


def _whole(label: str, low: int, high: int, touches: Touches = Touches.NOTHING) -> ParameterKind:
    return ParameterKind(label, Decimal(low), Decimal(high), is_whole=True, touches=touches)


def _ratio(label: str, low: str, high: str, touches: Touches = Touches.NOTHING) -> ParameterKind:
    return ParameterKind(label, Decimal(low), Decimal(high), is_whole=False, touches=touches)


_SECOND_FACTOR_LABELS = {
    Role.TRANSFER_OFFICER: N_("成果转化经办登录须有第二重验证"),
    Role.INSTITUTION_HEAD: N_("机构负责人登录须有第二重验证"),
    Role.COMPLETER: N_("成果完成人登录须有第二重验证"),
    Role.ENTERPRISE_USER: N_("企业用户登录须有第二重验证"),
    Role.BROKER: N_("技术经纪人登录须有第二重验证"),
    Role.OPERATOR: N_("平台运营登录须有第二重验证"),
    Role.SUPERVISOR: N_("市科技局监管登录须有第二重验证"),
    Role.COUNTY_SUPERVISOR: N_("县（市、区）科技局登录须有第二重验证"),
    Role.FUND_MANAGER: N_("受托管理登录须有第二重验证"),
    Role.INSURER: N_("保险经办登录须有第二重验证"),
    Role.AUDITOR: N_("审计登录须有第二重验证"),
}


def _second_factor(role: Role) -> ParameterKind:
    return ParameterKind(
        _SECOND_FACTOR_LABELS[role], Decimal(0), Decimal(1), is_whole=True, touches=Touches.PEOPLE, role=role
    )


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
    "publicity.places": _whole(N_("公示处数（本单位和平台）"), 2, 2),
    "listing.notice_workdays.low": _whole(N_("挂牌公告期：底价 100 万元以下"), 1, 60),
    "listing.notice_workdays.middle": _whole(N_("挂牌公告期：底价 100 万元至 1000 万元"), 10, 60),
    "listing.notice_workdays.high": _whole(N_("挂牌公告期：底价 1000 万元以上"), 20, 60),
    "listing.extend_workdays": _whole(N_("无人应征时每次延长公告"), 5, 60),
    "listing.extend_max": _whole(N_("公告最多延长次数"), 0, 20),
    "listing.recut_floor": _ratio(N_("再次挂牌价不低于评估值的比例"), "0.5", "1"),
    "listing.life_months": _whole(N_("挂牌展示月数"), 1, 60, Touches.LISTINGS),
    "listing.valid_days": _whole(N_("有效挂牌须在线天数"), 1, 365, Touches.LISTINGS),
    "trial.months": _whole(N_("先用后转试用月数"), 1, 36, Touches.LISTINGS),
    "trial.months_max": _whole(N_("先用后转试用最长月数"), 1, 60, Touches.LISTINGS),
    "trial.extension_months": _whole(N_("先用后转延长一次的月数"), 0, 36),
    "trial.pay_after_months": _whole(N_("先使用后付费最早付费月数"), 12, 60),
    "openlicence.fixed_max": _whole(N_("开放许可固定费用上限"), 1, 100000),
    "openlicence.royalty_sales": _ratio(N_("开放许可按净销售额提成上限"), "0", "0.20"),
    "openlicence.royalty_profit": _ratio(N_("开放许可按利润提成上限"), "0", "0.40"),
    "itoe.cap": _ratio(N_("先投后股持股上限"), "0", "1"),
    "itoe.discount": _ratio(N_("先投后股折扣"), "0", "0.99"),
    "itoe.deadline_years": _whole(N_("先投后股转股期限"), 1, 10),
    "itoe.low_price_years": _whole(N_("先投后股按原值退出年限"), 1, 10),
    "reg.days": _whole(N_("技术合同登记办理期限"), 1, 60),
    "reg.big_threshold": _whole(N_("技术合同专家审核起点金额"), 1, 100000),
    "reg.big_days": _whole(N_("专家审核的技术合同登记办理期限"), 1, 120),
    "unimplemented.years": _whole(N_("列入公开实施清单的未实施年数"), 1, 20),
    "unimplemented.completer_years": _whole(N_("完成人可自行实施的未实施年数"), 1, 20),
    "register.fee_notice_days": _whole(N_("年费到期前多少天提醒"), 1, 365),
    "register.expiry_notice_days": _whole(N_("保护期届满前多少天提醒"), 1, 730),
    "service.reply_days": _whole(N_("答复企业申请的工作日数"), 1, 60),
    "service.review_days": _whole(N_("审核挂牌的工作日数"), 1, 60),
    "service.verification_days": _whole(N_("核验机构的工作日数"), 1, 60),
    "evidence.years": _whole(N_("竞价凭证保存年数"), 5, 100),
    "saved_search.limit": _whole(N_("每人最多保存的检索数"), 1, 500),
    RECENT_MINUTES: _whole(N_("重要操作前重新确认身份的间隔"), 1, 120),
    **{second_factor_key(role.value): _second_factor(role) for role in Role},
}

UNIT_LABELS = {
    "days": N_counted("天"),
    "ratio": N_("比例"),
    "months": N_counted("个月"),
    "hours": N_counted("小时"),
    "minutes": N_counted("分钟"),
    "rounds": N_counted("次"),
    "years": N_counted("年"),
    "working_days": N_counted("个工作日"),
    "places": N_("处"),
    "wan": N_("万元"),
    "searches": N_counted("个"),
    "0/1": N_("（1 是，0 否）"),
}
