"""The closed lists of applications and deals."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class ApplicationState(StrEnum):
    """Life of an application on an offer."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return {
            "submitted": N_("待答复"),
            "accepted": N_("已接受"),
            "declined": N_("已谢绝"),
            "withdrawn": N_("已撤回"),
        }[self.value]


class ApplicationAction(StrEnum):
    """What moves an application."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


class DealKind(StrEnum):
    """What differs between deals (folders agreed_price, open_licence, try_first, invest_first; auctions)."""

    AGREED_PRICE = "agreed_price"
    OPEN_LICENCE = "open_licence"
    TRY_FIRST = "try_first"
    INVEST_FIRST = "invest_first"
    AUCTION = "auction"

    @property
    def label(self) -> str:
        return {
            "agreed_price": N_("协议定价"),
            "open_licence": N_("开放许可"),
            "try_first": N_("先用后转"),
            "invest_first": N_("先投后股"),
            "auction": N_("网络竞价"),
        }[self.value]


class DealState(StrEnum):
    """The common life of a deal (rules.md 2.5); each kind uses the part that it needs."""

    NEGOTIATING = "negotiating"
    PRICE_CONFIRMED = "price_confirmed"
    PUBLICITY = "publicity"
    SIGNING = "signing"
    PAYING = "paying"
    REGISTERING = "registering"
    DISTRIBUTING = "distributing"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return {
            "negotiating": N_("洽谈中"),
            "price_confirmed": N_("价格已确认"),
            "publicity": N_("公示中"),
            "signing": N_("待签约"),
            "paying": N_("待到账"),
            "registering": N_("合同登记与权属办理"),
            "distributing": N_("收益分配"),
            "follow_up": N_("实施跟踪"),
            "closed": N_("已结案"),
            "cancelled": N_("已终止"),
        }[self.value]
