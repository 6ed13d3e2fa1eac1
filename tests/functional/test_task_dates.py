"""The task list says by which working day something is due, and what is late."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from market.accounts.rules import OrganisationKind, Role
from market.kernel.holidays import Holiday
from market.kernel.parameters import Parameter
from tests.conftest import NOW
from tests.factories.listings import make_approved_listing
from tests.factories.world import make_institution, make_organisation, make_person, sign_in


@pytest.fixture
def operator(session, client):
    person = make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)
    sign_in(client, person)
    return person


def due_cell(client, words):
    page = client.get("/console").get_data(as_text=True)
    row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.S) if words in row)
    return re.sub(r"<[^>]+>", " ", row.split("</th>")[1].split("</td>")[0]).split()


def test_a_listing_waits_five_working_days_for_the_platform(session, client, operator):
    make_approved_listing(session, make_institution(session))  # on Sunday, 22 November 2026
    assert due_cell(client, "等待平台审核") == ["2026-11-27"]


def test_a_holiday_moves_the_day(session, client, operator):
    make_approved_listing(session, make_institution(session))
    session.add(Holiday(day=date(2026, 11, 25), is_working=False, name="临时放假", source="通知"))
    session.flush()
    assert due_cell(client, "等待平台审核") == ["2026-11-30"]


def test_what_waits_keeps_the_time_of_the_day_on_which_it_began(session, client, operator):
    make_approved_listing(session, make_institution(session))
    later = Parameter(
        key="service.review_days", value="1", unit="working_days", source="新规则", valid_from=date(2026, 11, 23)
    )
    session.add(later)
    session.flush()
    assert due_cell(client, "等待平台审核") == ["2026-11-27"]


def test_what_is_late_says_so(session, client, clock, operator):
    make_approved_listing(session, make_institution(session))
    clock.at = datetime(2026, 11, 27, 15, 59, tzinfo=UTC)
    sign_in(client, operator)
    assert due_cell(client, "等待平台审核") == ["2026-11-27"]
    clock.at = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    assert due_cell(client, "等待平台审核") == ["2026-11-27", "已超期"]


def test_an_organisation_is_verified_within_five_working_days(session, client, operator):
    organisation = make_organisation(session, OrganisationKind.ENTERPRISE, is_verified=False)
    organisation.created_at = NOW
    session.flush()
    assert due_cell(client, "等待核验") == ["2026-11-27"]
