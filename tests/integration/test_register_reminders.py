"""An institution is told once of each fee that falls due and of each term that ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.achievements import service
from market.achievements.detail_queries import achievement_view
from market.achievements.editing.service import edit_right
from market.achievements.models import Achievement, IPRight
from market.achievements.queries import RegisterFilters, count_register
from market.achievements.reminding import EXPIRY, FEE, Reminder, due, last_working_day, remind
from market.achievements.usage import FeeState, RegisterState
from market.achievements.vocabulary import LegalStatus
from market.kernel.clock import local_date
from market.kernel.events import Event
from market.kernel.holidays import load_calendar
from market.kernel.parameters import Parameter
from market.notifications.models import Notice
from market.notifications.service import deliver
from market.web.tasks import tasks_for
from tests.conftest import NOW
from tests.factories.register_entries import make_entry, right_draft
from tests.factories.world import actor_of, make_institution

NAME = "东海农业大学"


@pytest.fixture
def officer(session: Session) -> Actor:
    return actor_of(make_institution(session, name=NAME).officer)


def entry_with(session: Session, officer: Actor, status: LegalStatus | None, **right: Any) -> Achievement:
    entry = make_entry(session, officer, NOW, right_draft(NAME, **right))
    if status is not None:
        right_id = session.scalars(select(IPRight.id).where(IPRight.achievement_id == entry.id)).one()
        service.confirm_legal_status(session, officer, right_id, status, reason="公布公告网查询", now=NOW)
    return entry


def told(session: Session, reminder: Reminder, now: datetime = NOW) -> int:
    found = [(right_id, owner) for right_id, owner in session.execute(due(session, reminder, local_date(now)))]
    return remind(session, reminder, found, now)


@pytest.mark.parametrize(
    ("paid_until", "expected"),
    [
        (date(2027, 1, 21), 0),
        (date(2027, 1, 20), 1),
        (date(2026, 11, 21), 1),
        (date(2026, 5, 22), 1),
        (date(2026, 5, 21), 0),
        (None, 0),
    ],
)
def test_a_fee_is_told_sixty_days_before_until_it_cannot_be_made_good(
    session: Session, officer: Actor, paid_until: date | None, expected: int
) -> None:
    entry_with(session, officer, None, grant_date=date(2020, 1, 2), annual_fee_paid_until=paid_until)
    assert told(session, FEE) == expected


def test_a_day_is_told_once_and_the_next_years_again(session: Session, officer: Actor) -> None:
    right = {"grant_date": date(2020, 1, 2), "annual_fee_paid_until": date(2026, 12, 20)}
    entry = entry_with(session, officer, None, **right)
    assert [told(session, FEE), told(session, FEE)] == [1, 0]
    paid = right_draft(NAME, **right | {"annual_fee_paid_until": date(2027, 12, 20)})
    right_id = session.scalars(select(IPRight.id)).one()
    edit_right(session, officer, right_id, paid, version=entry.version, now=NOW)
    assert told(session, FEE) == 0
    assert told(session, FEE, NOW + timedelta(days=340)) == 1


def test_a_term_is_told_half_a_year_before_its_end_when_the_right_is_verified(session: Session, officer: Actor) -> None:
    entry_with(session, officer, LegalStatus.ALIVE, filing_date=date(2017, 7, 21))
    before = datetime(2037, 1, 1, tzinfo=UTC)
    assert told(session, EXPIRY, before) == 0
    assert told(session, EXPIRY, before + timedelta(days=60)) == 1
    assert told(session, EXPIRY, before + timedelta(days=61)) == 0


@pytest.mark.parametrize("status", [None, LegalStatus.LAPSED])
def test_of_a_right_that_nobody_verified_or_that_lapsed_no_term_is_told(
    session: Session, officer: Actor, status: LegalStatus | None
) -> None:
    entry_with(session, officer, status, filing_date=date(2017, 7, 21))
    assert told(session, EXPIRY, datetime(2037, 3, 1, tzinfo=UTC)) == 0


def test_the_institution_gets_a_notice_with_the_working_day_and_a_task(session: Session, officer: Actor) -> None:
    entry = entry_with(
        session, officer, None, grant_date=date(2020, 1, 2), annual_fee_paid_until=date(2026, 12, 20)
    )  # a Sunday
    told(session, FEE)
    event_id = session.scalars(select(Event.id).where(Event.action == "achievement.fee_due")).one()

    deliver(session, event_id, now=NOW)

    notice = session.scalars(select(Notice)).one()
    assert (notice.organisation_id, notice.path) == (officer.organisation_id, f"/console/register/{entry.id}")
    assert notice.due_on == date(2026, 12, 18)
    assert notice.message % notice.params == (
        "“一种水泵”（201710601862.3）的年费已缴至 2026-12-20，请在到期前缴纳；"
        "逾期六个月内可以补缴并缴滞纳金，再逾期专利权终止。"
    )


def test_the_last_working_day_is_the_day_itself_or_the_one_before(session: Session) -> None:
    calendar = load_calendar(session)
    assert last_working_day(calendar, date(2026, 12, 18)) == date(2026, 12, 18)
    assert last_working_day(calendar, date(2026, 12, 20)) == date(2026, 12, 18)


def test_fees_stand_among_the_tasks_with_their_working_day(app: Any, session: Session, officer: Actor) -> None:
    entry_with(session, officer, None, grant_date=date(2020, 1, 2), annual_fee_paid_until=date(2026, 12, 20))
    with app.test_request_context():
        tasks = [task for task in tasks_for(officer, NOW) if "年费" in task.text]
    assert [(task.count, task.due_on, task.is_late) for task in tasks] == [(1, date(2026, 12, 18), False)]
    assert tasks[0].address == "/console/register?use=fee_due&sort=fee&order=asc"


def hold(session: Session, key: str, value: str) -> None:
    """A new version of a parameter, in force since yesterday."""
    row = Parameter(
        key=key, value=value, unit="days", source="平台规则", valid_from=local_date(NOW) - timedelta(days=1)
    )
    session.add(row)
    session.flush()


def test_how_early_a_fee_is_told_and_shown_follows_the_parameter(app: Any, session: Session, officer: Actor) -> None:
    entry = entry_with(session, officer, None, grant_date=date(2020, 1, 2), annual_fee_paid_until=date(2027, 1, 25))
    today, fee_due = local_date(NOW), RegisterFilters(use=RegisterState.FEE_DUE)

    def shown() -> tuple[int, FeeState | None]:
        with app.app_context():
            counted = count_register(entry.organisation_id, fee_due, today)
            return counted, achievement_view(entry, today).rights[0].fee

    session.commit()
    assert (told(session, FEE), shown()) == (0, (0, FeeState.PAID))
    hold(session, "register.fee_notice_days", "90")
    session.commit()
    assert (told(session, FEE), shown()) == (1, (1, FeeState.DUE))


def test_how_early_the_end_of_a_term_is_told_follows_the_parameter(session: Session, officer: Actor) -> None:
    entry_with(session, officer, LegalStatus.ALIVE, filing_date=date(2017, 7, 21))
    half_a_year_before = datetime(2037, 3, 1, tzinfo=UTC)
    hold(session, "register.expiry_notice_days", "30")
    assert told(session, EXPIRY, half_a_year_before) == 0
    assert told(session, EXPIRY, datetime(2037, 7, 1, tzinfo=UTC)) == 1
