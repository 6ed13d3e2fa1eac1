"""Who may read an attachment, and what the virus scan said."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class Level(StrEnum):
    """附件级别: from whom an attachment is kept."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    AFTER_NDA = "after_nda"

    @property
    def label(self) -> str:
        return _LEVELS[self.value]


class ScanState(StrEnum):
    """What is known about viruses; only CLEAN and UNSCANNED are served."""

    WAITING = "waiting"
    CLEAN = "clean"
    UNSCANNED = "unscanned"
    INFECTED = "infected"

    @property
    def label(self) -> str:
        return _SCANS[self.value]


_LEVELS = {
    "public": N_("公开"),
    "signed_in": N_("登录后可下载"),
    "after_nda": N_("签保密承诺后可下载"),
}
_SCANS = {
    "waiting": N_("待扫描"),
    "clean": N_("已扫描，未发现病毒"),
    "unscanned": N_("未扫描"),
    "infected": N_("发现病毒，已隔离"),
}

SERVED = frozenset({ScanState.CLEAN, ScanState.UNSCANNED})
