"""What a file may say of a right beside its content: dates of publication and grant, the legal status.

A status in words becomes one of the register's; words that say neither, or both, leave the status as it is. What a person has
confirmed (确认法律状态) outweighs every file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from market.achievements.models import IPRight
from market.achievements.vocabulary import LegalStatus

LAPSED_WORDS = (
    "失效",
    "终止",
    "无效",
    "放弃",
    "撤回",
    "驳回",
    "届满",
    "避重",
    "inactive",
    "expired",
    "ceased",
    "discontinued",
)
ALIVE_WORDS = ("有效", "授权", "专利权维持", "active", "patented", "granted")
UNGRANTED_WORDS = ("未授权", "未获授权", "待授权", "未获权")
PENDING_WORDS = ("审中", "实审", "实质审查", "公开", "公布", "申请中", "在审", "pending")
UNDECIDED_WORDS = ("复审", "部分无效", "恢复", "未核实", "unknown")


@dataclass(frozen=True)
class RightDetails:
    """None: the file says nothing, or the register knows nothing."""

    legal_status: LegalStatus | None = None
    publication_date: date | None = None
    grant_date: date | None = None
    cpc_classes: tuple[str, ...] = ()
    priority_numbers: tuple[str, ...] = ()
    annual_fee_paid_until: date | None = None


NOTHING = RightDetails()


def status_named(text: str) -> LegalStatus | None:
    """The status that the words name; None for blank, undecided or unknown words."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()
    if not folded or any(word in folded for word in UNDECIDED_WORDS):
        return None
    for words, status in (
        (LAPSED_WORDS, LegalStatus.LAPSED),
        (UNGRANTED_WORDS, LegalStatus.PENDING),
        (ALIVE_WORDS, LegalStatus.ALIVE),
        (PENDING_WORDS, LegalStatus.PENDING),
    ):
        if any(word in folded for word in words):
            return status
    return None


def details_of(right: IPRight) -> RightDetails:
    """What the register says of the right."""
    status = LegalStatus(right.legal_status)
    return RightDetails(
        None if status is LegalStatus.UNKNOWN else status, right.publication_date, right.grant_date,
        tuple(right.cpc_classes), tuple(right.priority_numbers), right.annual_fee_paid_until,
    )  # fmt: skip


def merged_details(held: RightDetails, given: RightDetails, *, is_status_confirmed: bool) -> RightDetails:
    """What the register says after the file: blanks erase nothing, a person's word on the status stands."""
    status = held.legal_status if is_status_confirmed else given.legal_status or held.legal_status
    return RightDetails(
        status,
        given.publication_date or held.publication_date,
        given.grant_date or held.grant_date,
        given.cpc_classes or held.cpc_classes,
        given.priority_numbers or held.priority_numbers,
        given.annual_fee_paid_until or held.annual_fee_paid_until,
    )


def changed_details(before: RightDetails, after: RightDetails) -> dict[str, dict[str, str | None]]:
    """The details that differ, before and after, as an event keeps them."""
    names = tuple(part.name for part in fields(RightDetails))
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {name: {"before": _said(old), "after": _said(new)} for name, (old, new) in pairs.items() if old != new}


def _said(value: object) -> str | None:
    if isinstance(value, tuple):
        return "；".join(value) or None
    return None if value is None else str(value)


def detail_values(details: RightDetails) -> dict[str, Any]:
    """The columns of the right that hold the details."""
    return {
        "legal_status": (details.legal_status or LegalStatus.UNKNOWN).value,
        "publication_date": details.publication_date,
        "grant_date": details.grant_date,
        "cpc_classes": list(details.cpc_classes),
        "priority_numbers": list(details.priority_numbers),
        "annual_fee_paid_until": details.annual_fee_paid_until,
    }
