"""The closed lists of break-glass access."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class BreakGlassState(StrEnum):
    """Where a request stands; follows from its row and now."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    USED = "used"

    @property
    def label(self) -> str:
        return {
            "requested": N_("等待第二人批准"),
            "approved": N_("已批准，可查看一次"),
            "declined": N_("未批准"),
            "expired": N_("已过期"),
            "used": N_("已查看"),
        }[self.value]
