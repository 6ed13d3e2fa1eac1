"""The closed lists of publicities and objections."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class PublicityState(StrEnum):
    """Life of a publicity: written by one person, started by another, run to its end or ended before."""

    CONFIRMED = "confirmed"
    RUNNING = "running"
    COMPLETED = "completed"
    VOIDED = "voided"

    @property
    def label(self) -> str:
        return {
            "confirmed": N_("待启动"),
            "running": N_("公示中"),
            "completed": N_("公示期满"),
            "voided": N_("公示终止"),
        }[self.value]


class PublicityAction(StrEnum):
    """What moves a publicity."""

    START = "start"
    COMPLETE = "complete"
    VOID = "void"


class ObjectionState(StrEnum):
    """Life of an objection. `dropped`: the publicity ended before it was decided."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        return {
            "open": N_("待处理"),
            "upheld": N_("异议成立"),
            "rejected": N_("异议不成立"),
            "dropped": N_("公示已终止，不再处理"),
        }[self.value]


class ObjectionAction(StrEnum):
    """What moves an objection."""

    UPHOLD = "uphold"
    REJECT = "reject"
    DROP = "drop"
