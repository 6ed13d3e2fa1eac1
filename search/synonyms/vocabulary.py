"""Closed lists of synonyms: what a change does, and how far it is."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class SynonymState(StrEnum):
    """How far a change of a group of synonyms is."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        """Chinese gettext id."""
        return _STATES[self]


_STATES = {
    SynonymState.PROPOSED: N_("等待批准"),
    SynonymState.APPROVED: N_("已批准"),
    SynonymState.REJECTED: N_("未批准"),
}


class Origin(StrEnum):
    """Where a group in force comes from."""

    SHIPPED = "shipped"
    CHANGED = "changed"
    OWN = "own"

    @property
    def label(self) -> str:
        """Chinese gettext id."""
        return _ORIGINS[self]


_ORIGINS = {Origin.SHIPPED: N_("随平台提供"), Origin.CHANGED: N_("修改过"), Origin.OWN: N_("本平台新增")}
