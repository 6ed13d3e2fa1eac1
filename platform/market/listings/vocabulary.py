"""The closed lists of a listing: ways of transfer, pricing, price basis, states and actions."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class TransferWay(StrEnum):
    """转化方式: how a result passes to the buyer (促进科技成果转化法 art. 16, rules.md 2.2)."""

    ASSIGNMENT = "assignment"
    EXCLUSIVE_LICENCE = "exclusive_licence"
    SOLE_LICENCE = "sole_licence"
    ORDINARY_LICENCE = "ordinary_licence"
    OPEN_LICENCE = "open_licence"
    EQUITY = "equity"
    JOINT_DEVELOPMENT = "joint_development"
    TRY_FIRST = "try_first"
    INVEST_FIRST = "invest_first"
    AUCTION = "auction"

    @property
    def label(self) -> str:
        return _WAYS[self]


_WAYS = {
    TransferWay.ASSIGNMENT: N_("转让"),
    TransferWay.EXCLUSIVE_LICENCE: N_("独占许可"),
    TransferWay.SOLE_LICENCE: N_("排他许可"),
    TransferWay.ORDINARY_LICENCE: N_("普通许可"),
    TransferWay.OPEN_LICENCE: N_("开放许可"),
    TransferWay.EQUITY: N_("作价投资"),
    TransferWay.JOINT_DEVELOPMENT: N_("合作开发"),
    TransferWay.TRY_FIRST: N_("先用后转"),
    TransferWay.INVEST_FIRST: N_("先投后股"),
    TransferWay.AUCTION: N_("网络竞价"),
}


class Pricing(StrEnum):
    """How the price of an offer is given."""

    FIXED = "fixed"
    STARTING = "starting"
    FORMULA = "formula"
    NEGOTIABLE = "negotiable"
    FREE_TRIAL = "free_trial"

    @property
    def label(self) -> str:
        return {
            "fixed": N_("挂牌价"),
            "starting": N_("起拍价"),
            "formula": N_("按公式计价"),
            "negotiable": N_("面议"),
            "free_trial": N_("零费用试用"),
        }[self.value]


class PriceBasis(StrEnum):
    """价格依据 (浙江省促进科技成果转化条例 art. 17)."""

    AGREEMENT = "agreement"
    APPRAISAL = "appraisal"
    INQUIRY = "inquiry"
    COMPARABLE = "comparable"
    COST = "cost"

    @property
    def label(self) -> str:
        return {
            "agreement": N_("协议定价"),
            "appraisal": N_("资产评估"),
            "inquiry": N_("市场询价"),
            "comparable": N_("可比交易"),
            "cost": N_("成本测算"),
        }[self.value]


class TechnicalLevel(StrEnum):
    """技术水平, only as an evaluation report says it (rules.md 2.2)."""

    WORLD_LEADING = "world_leading"
    WORLD_ADVANCED = "world_advanced"
    NATIONAL_LEADING = "national_leading"
    NATIONAL_ADVANCED = "national_advanced"
    NATIONAL_GENERAL = "national_general"

    @property
    def label(self) -> str:
        return {
            "world_leading": N_("国际领先"),
            "world_advanced": N_("国际先进"),
            "national_leading": N_("国内领先"),
            "national_advanced": N_("国内先进"),
            "national_general": N_("国内一般"),
        }[self.value]


class ListingState(StrEnum):
    """States of rules.md 2.4, also those whose page comes later."""

    DRAFT = "draft"
    CHECKING = "checking"
    INSTITUTION_REVIEW = "institution_review"
    PLATFORM_REVIEW = "platform_review"
    PUBLISHED = "published"
    PAUSED = "paused"
    NEGOTIATING = "negotiating"
    PUBLICITY = "publicity"
    BIDDING = "bidding"
    TRIAL = "trial"
    SOLD = "sold"
    REGISTERING = "registering"
    COMPLETED = "completed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"

    @property
    def label(self) -> str:
        return _STATES[self]


_STATES = {
    ListingState.DRAFT: N_("草稿"),
    ListingState.CHECKING: N_("校验中"),
    ListingState.INSTITUTION_REVIEW: N_("待机构审核"),
    ListingState.PLATFORM_REVIEW: N_("待平台审核"),
    ListingState.PUBLISHED: N_("已上架"),
    ListingState.PAUSED: N_("中止"),
    ListingState.NEGOTIATING: N_("协商中"),
    ListingState.PUBLICITY: N_("公示中"),
    ListingState.BIDDING: N_("竞价中"),
    ListingState.TRIAL: N_("试用中"),
    ListingState.SOLD: N_("已成交"),
    ListingState.REGISTERING: N_("权属/许可办理"),
    ListingState.COMPLETED: N_("已完成"),
    ListingState.REJECTED: N_("已驳回"),
    ListingState.WITHDRAWN: N_("已下架"),
    ListingState.TERMINATED: N_("已终结"),
}

PUBLIC_STATES = frozenset(
    {
        ListingState.PUBLISHED,
        ListingState.NEGOTIATING,
        ListingState.PUBLICITY,
        ListingState.BIDDING,
        ListingState.TRIAL,
    }
)
"""States in which anybody finds the listing. A paused one keeps its page but leaves the search."""

CHANGEABLE_STATES = PUBLIC_STATES | {ListingState.PAUSED}
"""States in which a change may be written beside what is published."""

READABLE_STATES = PUBLIC_STATES | {
    ListingState.PAUSED,
    ListingState.SOLD,
    ListingState.REGISTERING,
    ListingState.COMPLETED,
}
"""States in which the public page answers."""

ENDED_STATES = frozenset(
    {
        ListingState.SOLD,
        ListingState.REGISTERING,
        ListingState.COMPLETED,
        ListingState.WITHDRAWN,
        ListingState.TERMINATED,
    }
)
"""States after which the same achievement may be listed anew."""


class ListingAction(StrEnum):
    """What moves a listing from state to state."""

    SUBMIT = "submit"
    PASS_CHECK = "pass_check"  # noqa: S105
    FAIL_CHECK = "fail_check"
    INSTITUTION_APPROVE = "institution_approve"
    INSTITUTION_REJECT = "institution_reject"
    PLATFORM_APPROVE = "platform_approve"
    PLATFORM_REJECT = "platform_reject"
    REVISE = "revise"
    PAUSE = "pause"
    RESUME = "resume"
    START_NEGOTIATION = "start_negotiation"
    START_PUBLICITY = "start_publicity"
    START_BIDDING = "start_bidding"
    START_TRIAL = "start_trial"
    FALL_BACK = "fall_back"
    SELL = "sell"
    START_REGISTRATION = "start_registration"
    COMPLETE = "complete"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    TERMINATE = "terminate"
    RENEW = "renew"

    @property
    def label(self) -> str:
        return _ACTIONS[self]


_ACTIONS = {
    ListingAction.SUBMIT: N_("提交"),
    ListingAction.PASS_CHECK: N_("校验通过"),
    ListingAction.FAIL_CHECK: N_("校验未通过"),
    ListingAction.INSTITUTION_APPROVE: N_("机构审核通过"),
    ListingAction.INSTITUTION_REJECT: N_("机构退回"),
    ListingAction.PLATFORM_APPROVE: N_("平台审核通过并上架"),
    ListingAction.PLATFORM_REJECT: N_("平台退回"),
    ListingAction.REVISE: N_("修改"),
    ListingAction.PAUSE: N_("中止"),
    ListingAction.RESUME: N_("恢复上架"),
    ListingAction.START_NEGOTIATION: N_("进入协商"),
    ListingAction.START_PUBLICITY: N_("开始公示"),
    ListingAction.START_BIDDING: N_("进入竞价"),
    ListingAction.START_TRIAL: N_("进入试用"),
    ListingAction.FALL_BACK: N_("回到上架"),
    ListingAction.SELL: N_("成交"),
    ListingAction.START_REGISTRATION: N_("办理权属或许可"),
    ListingAction.COMPLETE: N_("办结"),
    ListingAction.WITHDRAW: N_("下架"),
    ListingAction.EXPIRE: N_("到期下架"),
    ListingAction.TERMINATE: N_("终结"),
    ListingAction.RENEW: N_("续期"),
}


class WithdrawalKind(StrEnum):
    """下架类别 (rules.md 2.4): why a listing left the market."""

    RETRACTED = "retracted"
    RIGHT_LOST = "right_lost"
    REPORTED = "reported"
    LIFE_ENDED = "life_ended"

    @property
    def label(self) -> str:
        return {
            "retracted": N_("机构撤回"),
            "right_lost": N_("权利失效或变动"),
            "reported": N_("被举报查实"),
            "life_ended": N_("挂牌到期"),
        }[self.value]


SELLERS_WITHDRAWALS = (WithdrawalKind.RETRACTED, WithdrawalKind.RIGHT_LOST)
"""What the institution itself may give as the class."""


class ChangeState(StrEnum):
    """States of a change of a published listing: written beside the published text, reviewed, then published."""

    EDITING = "editing"
    INSTITUTION_REVIEW = "institution_review"
    PLATFORM_REVIEW = "platform_review"
    PUBLISHED = "published"
    REJECTED = "rejected"
    DISCARDED = "discarded"

    @property
    def label(self) -> str:
        return {
            "editing": N_("修改中"),
            "institution_review": N_("修改待本单位审核"),
            "platform_review": N_("修改待平台审核"),
            "published": N_("修改已发布"),
            "rejected": N_("修改被退回"),
            "discarded": N_("修改已放弃"),
        }[self.value]


OPEN_CHANGES = frozenset(set(ChangeState) - {ChangeState.PUBLISHED, ChangeState.DISCARDED})
"""A listing has one open change at a time."""


class ChangeAction(StrEnum):
    """What moves a change from state to state."""

    SAVE = "save"
    SUBMIT = "submit"
    INSTITUTION_APPROVE = "institution_approve"
    INSTITUTION_REJECT = "institution_reject"
    PUBLISH = "publish"
    PLATFORM_REJECT = "platform_reject"
    DISCARD = "discard"
