"""Terms that run while a right stands: annual fees, notices before its end, and what follows when nobody uses it."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from market.achievements.vocabulary import PATENT_KINDS, AchievementKind
from market.kernel.errors import N_

FEE_NOTICE_DAYS = "register.fee_notice_days"
EXPIRY_NOTICE_DAYS = "register.expiry_notice_days"
"""Parameters: how long before the day the institution is told and has a task."""
FEE_GRACE_MONTHS = 6
"""专利法实施细则: a fee may be paid with a surcharge for six months after it was due; then the right ends."""


def months_later(day: date, months: int) -> date:
    """The same day some months later; the month's last day where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def years_later(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 28 February."""
    return months_later(day, years * 12)


def next_fee_day(filing_date: date | None, today: date) -> date | None:
    """The end of the running patent year: until then the fee of the next one is to be paid (实施细则, 上一年度期满前)."""
    if filing_date is None or filing_date > today:
        return None
    years = today.year - filing_date.year
    due = years_later(filing_date, years)
    return due if due > today else years_later(filing_date, years + 1)


class FeeState(StrEnum):
    """How the annual fee of a right stands, as far as is recorded."""

    UNKNOWN = "unknown"
    PAID = "paid"
    DUE = "due"
    OVERDUE = "overdue"
    LOST = "lost"

    @property
    def label(self) -> str:
        return {
            "unknown": N_("未登记缴费情况"),
            "paid": N_("年费已缴"),
            "due": N_("年费将到期"),
            "overdue": N_("年费逾期，可补缴"),
            "lost": N_("补缴期已过"),
        }[self.value]

    @property
    def tone(self) -> str:
        return {"paid": "success", "due": "warning", "unknown": "neutral"}.get(self.value, "danger")


def fee_state(paid_until: date | None, expires_on: date | None, today: date, notice_days: int = 0) -> FeeState:
    """`paid_until` is the last day that is covered; after the term nothing is due.

    `notice_days` before it a fee counts as due; 0 where only an overdue one matters.
    """
    if paid_until is None:
        return FeeState.UNKNOWN
    if expires_on is not None and paid_until >= expires_on - timedelta(days=1):
        return FeeState.PAID
    if paid_until >= today + timedelta(days=notice_days):
        return FeeState.PAID
    if paid_until >= today:
        return FeeState.DUE
    return FeeState.OVERDUE if today <= months_later(paid_until, FEE_GRACE_MONTHS) else FeeState.LOST


class RegisterState(StrEnum):
    """What the register's filter knows of an entry; several may hold at once."""

    LISTED = "listed"
    NEGOTIATING = "negotiating"
    LICENSED = "licensed"
    TRANSFERRED = "transferred"
    EXPIRED = "expired"
    UNUSED_ONE_YEAR = "unused_one_year"
    UNUSED_THREE_YEARS = "unused_three_years"
    FEE_DUE = "fee_due"

    @property
    def label(self) -> str:
        return {
            "listed": N_("已挂牌"),
            "negotiating": N_("洽谈、公示或竞价中"),
            "licensed": N_("已许可"),
            "transferred": N_("已转让或作价入股"),
            "expired": N_("已失效"),
            "unused_one_year": N_("满一年未实施"),
            "unused_three_years": N_("公开实施清单"),
            "fee_due": N_("年费将到期或逾期"),
        }[self.value]

    @property
    def rule(self) -> str | None:
        """The article that the state follows from."""
        return {
            "unused_one_year": N_("完成人可以自行实施，收益归完成人（浙江省促进科技成果转化条例第三十八条）"),
            "unused_three_years": N_("财政资助项目专利满三年无正当理由未实施（浙江省知识产权保护和促进条例）"),
            "fee_due": N_("年费应在上一年度期满前缴纳，逾期六个月内可以补缴（专利法实施细则）"),
        }.get(self.value)


@dataclass(frozen=True)
class UseFacts:
    """What decides whether an achievement counts as unused."""

    kind: AchievementKind
    is_alive: bool
    is_used: bool
    is_fiscally_funded: bool | None
    completed_on: date | None
    filing_date: date | None
    grant_date: date | None
    is_excused: bool = False


def completer_may_use_from(facts: UseFacts, years: int) -> date | None:
    """The day from which the completer may use it: `years` after the grant, else the filing, else the completion."""
    start = facts.grant_date or facts.filing_date or facts.completed_on
    if start is None or facts.is_used or not facts.is_alive:
        return None
    return years_later(start, years) + timedelta(days=1)


def on_open_list_from(facts: UseFacts, years: int) -> date | None:
    """The day from which a granted patent of a fiscal project stands on the 公开实施清单; None when it never does."""
    if facts.kind not in PATENT_KINDS or not facts.is_fiscally_funded or facts.is_excused:
        return None
    if facts.grant_date is None or facts.is_used or not facts.is_alive:
        return None
    return years_later(facts.grant_date, years) + timedelta(days=1)
