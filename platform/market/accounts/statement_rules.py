"""What an organisation states of itself and the bureau confirms: R&D staff, former names, related parties."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from market.kernel.errors import N_, Refusal

MOST_STAFF = Decimal(100_000)
"""Full-time equivalents; more than the largest institution of the country has."""
CENT = Decimal("0.01")


class StatementKind(StrEnum):
    """What is stated of an organisation."""

    STAFF = "staff"
    FORMER_NAME = "former_name"
    RELATED = "related"
    UNRELATED = "unrelated"

    @property
    def label(self) -> str:
        return {
            "staff": N_("研发人员全时当量"),
            "former_name": N_("曾用名"),
            "related": N_("存在关联关系"),
            "unrelated": N_("关联关系终止"),
        }[self.value]

    @property
    def is_about_two(self) -> bool:
        """Whether another organisation belongs to it."""
        return self in (StatementKind.RELATED, StatementKind.UNRELATED)


class StatementState(StrEnum):
    """Where a statement stands; only a confirmed one has effect."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return {"proposed": N_("等待确认"), "confirmed": N_("已确认"), "rejected": N_("未确认")}[self.value]


class StatementRefused(Refusal):
    """It cannot be stated or decided like this."""


@dataclass(frozen=True)
class StatementDraft:
    """What somebody states. `source`: the paper that shows it, of the day `source_date`.

    `rd_fte` (full-time equivalents) with `valid_from` for staff, `name` for a former name, `other_code` (the code of
    the other organisation) and `reason` for related parties.
    """

    kind: StatementKind
    source: str
    source_date: date
    rd_fte: Decimal | None = None
    valid_from: date | None = None
    name: str = ""
    other_code: str = ""
    reason: str = ""


def check_source(source: str, source_date: date, today: date) -> None:
    """Raise StatementRefused for a statement without its paper, or with one of a later day."""
    if not source.strip():
        raise StatementRefused("statement.source", N_("请填写依据材料。"), field="source")
    if source_date > today:
        raise StatementRefused("statement.source_date", N_("材料日期不能晚于今天。"), field="source_date")


def check_staff(rd_fte: Decimal | None, valid_from: date | None, today: date) -> None:
    """Raise StatementRefused for an impossible number, or for a day that would change what was evaluated before.

    A year is evaluated by the number in force on its last day (rules.md 7.2), so a new number begins in the current
    year and not in the future.
    """
    if rd_fte is None or not rd_fte.is_finite() or not 0 < rd_fte <= MOST_STAFF or rd_fte != rd_fte.quantize(CENT):
        raise StatementRefused(
            "statement.staff", N_("请填写大于 0、不超过 10 万、至多两位小数的全时当量。"), field="rd_fte"
        )
    if valid_from is None or not date(today.year, 1, 1) <= valid_from <= today:
        raise StatementRefused(
            "statement.valid_from",
            N_("生效日期应在今年之内且不晚于今天：以前年度的评价已按当时的数值计算，不再改变。"),
            field="valid_from",
        )


def check_decision(state: StatementState, *, confirms: bool, reason: str) -> None:
    """Raise StatementRefused for one that is decided already, or a rejection without a reason."""
    if state is not StatementState.PROPOSED:
        raise StatementRefused("statement.decided", N_("这一事项已经处理过了。"))
    if not confirms and not reason.strip():
        raise StatementRefused("statement.reason", N_("不确认时请填写理由。"), field="reason")
