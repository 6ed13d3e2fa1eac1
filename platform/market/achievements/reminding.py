"""Reminders of the register: an annual fee that falls due, a term that ends. Each day of which is told is told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from market.achievements.models import Achievement, IPRight
from market.achievements.usage import EXPIRY_NOTICE_DAYS, FEE_GRACE_MONTHS, FEE_NOTICE_DAYS, months_later
from market.achievements.vocabulary import PATENT_KINDS, LegalStatus
from market.kernel.calendar import HolidayCalendar
from market.kernel.clock import local_date
from market.kernel.events import EventDraft, record
from market.kernel.holidays import load_calendar
from market.kernel.locks import lock_row
from market.kernel.parameters import parameter

BATCH = 500
_STANDING = (LegalStatus.ALIVE.value, LegalStatus.UNKNOWN.value)


@dataclass(frozen=True)
class Reminder:
    """What is told: the columns with the day and with the day that was told, the event, the parameter of how early."""

    action: str
    day_column: str
    told_column: str
    notice_days: str


FEE = Reminder("achievement.fee_due", "annual_fee_paid_until", "fee_reminded_for", FEE_NOTICE_DAYS)
EXPIRY = Reminder("achievement.expiry_near", "expires_on", "expiry_reminded_for", EXPIRY_NOTICE_DAYS)


def due(session: Session, reminder: Reminder, today: date) -> Select[int, int]:
    """Rights of which the institution is to be told today and was not: (right, achievement)."""
    day, told = getattr(IPRight, reminder.day_column), getattr(IPRight, reminder.told_column)
    limit = today + timedelta(days=int(parameter(session, reminder.notice_days, today)))
    statement = (
        select(IPRight.id, IPRight.achievement_id)
        .where(or_(told.is_(None), told != day), IPRight.legal_status.in_(_STANDING))
        .order_by(IPRight.id)
        .limit(BATCH)
    )
    if reminder is EXPIRY:  # only of rights that somebody has verified: of the rest nothing is known
        verified = IPRight.legal_status == LegalStatus.ALIVE
        return statement.where(day > today, day <= limit, verified)
    return statement.where(
        IPRight.kind.in_([kind.value for kind in PATENT_KINDS]),
        day < limit,
        day >= months_later(today, -FEE_GRACE_MONTHS),
        or_(IPRight.expires_on.is_(None), day < IPRight.expires_on - 1),
        or_(IPRight.expires_on.is_(None), IPRight.expires_on > today),
    )


def remind(session: Session, reminder: Reminder, right_ids: Iterable[tuple[int, int]], now: datetime) -> int:
    """Record the reminder for the rights that are still due, and remember the day; returns how many."""
    calendar, today = load_calendar(session), local_date(now)
    still_due = due(session, reminder, today)
    told = 0
    for right_id, achievement_id in right_ids:
        achievement = lock_row(session, Achievement, achievement_id)
        right = lock_row(session, IPRight, right_id)
        if session.execute(still_due.where(IPRight.id == right_id)).first() is None:
            continue
        day: date = getattr(right, reminder.day_column)
        setattr(right, reminder.told_column, day)
        session.flush()
        payload = {
            "organisation_id": achievement.organisation_id,
            "right_id": right.id,
            "number": right.number,
            "title": right.title,
            "due_on": day.isoformat(),
            "act_by": last_working_day(calendar, day).isoformat(),
        }
        record(session, EventDraft("achievement", achievement.id, reminder.action, now, payload=payload))
        told += 1
    return told


def last_working_day(calendar: HolidayCalendar, day: date) -> date:
    """The day itself, or the working day before it: a fee is paid in time only while offices are open."""
    while not calendar.is_working(day):
        day -= timedelta(days=1)
    return day
