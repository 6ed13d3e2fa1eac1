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
