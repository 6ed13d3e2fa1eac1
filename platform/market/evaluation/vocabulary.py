"""The closed lists of the evaluation."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class FactKind(StrEnum):
    """What is counted."""

    LISTING_PUBLISHED = "listing_published"
    LISTING_VALID = "listing_valid"
    LOT_OFFERED = "lot_offered"
    LOT_SOLD = "lot_sold"
    APPLICATION_ACCEPTED = "application_accepted"

    @property
    def label(self) -> str:
        return {
            "listing_published": N_("挂牌"),
            "listing_valid": N_("有效挂牌"),
            "lot_offered": N_("竞价标的"),
            "lot_sold": N_("竞价成交"),
            "application_accepted": N_("申请被接受"),
        }[self.value]


class Norm(StrEnum):
    """How a value becomes 0–100 (rules.md 7.2, column norm)."""

    PERCENTILES = "percentiles"
    LOG_PERCENTILES = "log_percentiles"
    HUNDRED = "hundred"
    LINEAR = "linear"
    STATED = "stated"
    RULE = "rule"


class BoundsBasis(StrEnum):
    """Where the lower and upper bound of a normalisation come from."""

    PERCENTILES = "percentiles"
    FIXED_SMALL_GROUP = "fixed_small_group"
    FIXED_NO_SPREAD = "fixed_no_spread"

    @property
    def label(self) -> str:
        return {
            "percentiles": N_("同类组近三年的第 10 和第 90 百分位"),
            "fixed_small_group": N_("同类组不足 5 家，采用方案中事先确定的上下限"),
            "fixed_no_spread": N_("同类组的数值没有差别，采用方案中事先确定的上下限"),
        }[self.value]


class UnmeasuredReason(StrEnum):
    """Why an indicator has no points: missing is not zero (rules.md 7.2)."""

    NO_SOURCE = "no_source"
    NO_RD_FTE = "no_rd_fte"
    NO_PEER_GROUP = "no_peer_group"

    @property
    def label(self) -> str:
        return {
            "no_source": N_("平台还没有这项数据的来源"),
            "no_rd_fte": N_("机构的研发人员全时当量还没有登记"),
            "no_peer_group": N_("机构还没有划入同类组"),
        }[self.value]
