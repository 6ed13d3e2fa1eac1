"""How often somebody hears of a saved search."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class Rhythm(StrEnum):
    """When new results are told."""

    INSTANT = "instant"
    DAILY = "daily"
    OFF = "off"

    @property
    def label(self) -> str:
        return _LABELS[self.value]


_LABELS = {"instant": N_("随时通知"), "daily": N_("每天早上汇总"), "off": N_("不通知")}
