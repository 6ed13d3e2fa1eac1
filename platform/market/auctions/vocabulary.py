"""The closed lists of the auctions: bidding modes, lot states, kinds of sale, causes of a suspension."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class BiddingMode(StrEnum):
    """报价方式 (rules.md 1.7). Only the ascending mode is run today."""

    ASCENDING = "ascending"
    SEALED = "sealed"
    WEIGHTED = "weighted"
    DYNAMIC = "dynamic"
    DESCENDING = "descending"

    @property
    def label(self) -> str:
        return {
            "ascending": N_("多次报价"),
            "sealed": N_("一次报价"),
            "weighted": N_("权重报价"),
            "dynamic": N_("动态报价"),
            "descending": N_("降价式"),
        }[self.value]


class LotState(StrEnum):
    """What is written in the row. Whether bidding is open follows from the row's times and now (rules.phase)."""

    ANNOUNCED = "announced"
    SUSPENDED = "suspended"
    SOLD = "sold"
    UNSOLD = "unsold"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"

    @property
    def label(self) -> str:
        return {
            "announced": N_("已公告"),
            "suspended": N_("中止"),
            "sold": N_("已成交"),
            "unsold": N_("流拍"),
            "withdrawn": N_("已撤回"),
            "terminated": N_("终结"),
        }[self.value]


class SaleKind(StrEnum):
    """One single bidder at or above the start = 挂牌成交; two or more independent ones = 竞争性成交 (rules.md 7.3)."""

    LISTED = "listed"
    COMPETITIVE = "competitive"

    @property
    def label(self) -> str:
        return {"listed": N_("挂牌成交"), "competitive": N_("竞争性成交")}[self.value]


class LotAction(StrEnum):
    """What moves a lot from state to state."""

    SELL = "sell"
    FAIL = "fail"
    WITHDRAW = "withdraw"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"


class LotPhase(StrEnum):
    """Where a lot stands at a moment: a function of its times, its state and now (rules.phase)."""

    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSING = "closing"
    ENDED = "ended"
    SUSPENDED = "suspended"
    SOLD = "sold"
    UNSOLD = "unsold"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"

    @property
    def label(self) -> str:
        return _PHASES[self][0]

    @property
    def tone(self) -> str:
        """The colour that goes with the word (templates/macros/page.html)."""
        return _PHASES[self][1]

    @property
    def is_open(self) -> bool:
        """Whether bids are taken."""
        return self in (LotPhase.OPEN, LotPhase.CLOSING)

    @property
    def is_over(self) -> bool:
        """Whether no bid can come any more."""
        return self not in (LotPhase.UPCOMING, LotPhase.OPEN, LotPhase.CLOSING, LotPhase.SUSPENDED)


_PHASES = {
    LotPhase.UPCOMING: (N_("即将开始"), "info"),
    LotPhase.OPEN: (N_("竞价中"), "success"),
    LotPhase.CLOSING: (N_("即将截止"), "deadline"),
    LotPhase.ENDED: (N_("结果确认中"), "warning"),
    LotPhase.SUSPENDED: (N_("中止"), "warning"),
    LotPhase.SOLD: (N_("已成交"), "success"),
    LotPhase.UNSOLD: (N_("流拍"), "neutral"),
    LotPhase.WITHDRAWN: (N_("已撤回"), "neutral"),
    LotPhase.TERMINATED: (N_("终结"), "neutral"),
}


class SuspensionCause(StrEnum):
    """Why a lot is suspended. The register's own causes are set by the platform when the register says so."""

    BURDEN = "burden"
    OWNERSHIP = "ownership"
    FAULT = "fault"
    OBJECTION = "objection"

    @property
    def label(self) -> str:
        return {
            "burden": N_("权利负担"),
            "ownership": N_("权属有变"),
            "fault": N_("系统故障"),
            "objection": N_("异议待核实"),
        }[self.value]

    @property
    def is_from_register(self) -> bool:
        """Whether the seller's register says when it has ended; otherwise the platform does."""
        return self in (SuspensionCause.BURDEN, SuspensionCause.OWNERSHIP)


class SuspensionOutcome(StrEnum):
    """How a suspension ended."""

    RESUMED = "resumed"
    TERMINATED = "terminated"


class UnsoldReason(StrEnum):
    """Why a lot closed without a sale."""

    NO_BIDS = "no_bids"
