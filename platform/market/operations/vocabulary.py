"""Closed lists of the operation."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class ProposalState(StrEnum):
    """Life of a proposed change of a parameter."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return {"proposed": N_("等待批准"), "approved": N_("已批准"), "rejected": N_("未批准")}[self.value]


class JobState(StrEnum):
    """Where a background job stands (procrastinate's own words)."""

    TODO = "todo"
    DOING = "doing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABORTING = "aborting"
    ABORTED = "aborted"

    @property
    def label(self) -> str:
        return _JOB_LABELS[self.value]


_JOB_LABELS = {
    "todo": N_("等待执行"),
    "doing": N_("正在执行"),
    "succeeded": N_("执行成功"),
    "failed": N_("执行失败"),
    "cancelled": N_("已取消"),
    "aborting": N_("正在中止"),
    "aborted": N_("已中止"),
}


class MailState(StrEnum):
    """Where a mail of the outbox stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return {"waiting": N_("等待发送"), "sent": N_("已发送"), "failed": N_("发送失败")}[self.value]
