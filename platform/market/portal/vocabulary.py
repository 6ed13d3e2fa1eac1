"""The closed list of the announcements."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class AnnouncementKind(StrEnum):
    """公示公告: what is announced to everybody."""

    AGREED_PRICE = "agreed_price"
    LOT = "lot"
    LOT_RESULT = "lot_result"
    LOT_ENDED = "lot_ended"

    @property
    def label(self) -> str:
        return {
            "agreed_price": N_("协议定价公示"),
            "lot": N_("竞价公告"),
            "lot_result": N_("成交结果公示"),
            "lot_ended": N_("流拍、撤回和终结公告"),
        }[self.value]
