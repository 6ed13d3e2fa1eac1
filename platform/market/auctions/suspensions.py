"""What a suspended lot allows (中止, 恢复, 终结): who may lift it, when bidding ends after it. Pure.

rules.md 1.5 and 1.7: a lot is suspended for a fault, an objection or a change in the rights, with a public reason; it is
resumed within five days after the cause has ended (model: 网拍规定 art. 28), or terminated by two persons.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from market.auctions.errors import LotRefused
from market.auctions.rules import REASON_LENGTH
from market.auctions.vocabulary import LotPhase, SuspensionCause
from market.kernel.errors import N_

PAPER_LENGTH = 300
RESUME_WORKDAYS = 5
"""Within so many working days after the cause has ended bidding goes on; what the seller is asked for."""


def check_suspension(phase: LotPhase) -> None:
    """Raise LotRefused for a lot that has come to its end, or that is suspended already."""
    if phase is LotPhase.SUSPENDED or phase.is_over:
        raise LotRefused("lot.not_running", N_("只有公告中或竞价中的标的可以中止。"))


def check_suspended(phase: LotPhase) -> None:
    """Raise LotRefused unless the lot is suspended."""
    if phase is not LotPhase.SUSPENDED:
        raise LotRefused("lot.not_suspended", N_("这个标的没有中止，不能恢复或终结。"))


def check_reason(reason: str) -> None:
    """Raise LotRefused for a missing or an endless reason."""
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise LotRefused("lot.suspension_reason", N_("请写明理由，理由会公开显示，不超过 500 个字。"), field="reason")


def check_lifting(cause: SuspensionCause, *, is_seller: bool) -> None:
    """Raise LotRefused when the seller would lift what the platform has set."""
    if is_seller and not cause.is_from_register:
        raise LotRefused(
            "lot.suspended_by_platform", N_("这次中止由平台办理，原因消除后由平台恢复；贵单位可以申请终结。")
        )


def end_after(
    opens_at: datetime, closes_at: datetime, suspended_at: datetime, resumed_at: datetime, shortest: timedelta
) -> datetime:
    """When bidding ends after a suspension: what was left when it was stopped, at least `shortest`.

    A lot that is resumed before it opens keeps its times: nobody has missed a moment of bidding. Never earlier than
    the end that was announced.
    """
    if resumed_at < opens_at:
        return closes_at
    left = closes_at - max(suspended_at, opens_at)
    return max(closes_at, resumed_at + max(left, shortest))
