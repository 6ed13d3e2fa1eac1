"""Chinese first; English when a visitor asks for it."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.rules import OrganisationKind, Role
from market.kernel.clock import FixedClock
from tests.factories.auctions import make_running_lot, move_times
from tests.factories.world import make_organisation, make_person, sign_in


def test_a_visitor_reads_chinese_until_english_is_chosen(client: FlaskClient) -> None:
    before = client.get("/lots").get_data(as_text=True)

    client.post("/language", data={"language": "en"})

    after = client.get("/lots").get_data(as_text=True)
    assert "竞价大厅" in before
    assert "<h1>Bidding</h1>" in after
    assert "竞价大厅" not in after


def test_an_unknown_language_changes_nothing(client: FlaskClient) -> None:
    client.post("/language", data={"language": "tlh"})

    assert "竞价大厅" in client.get("/lots").get_data(as_text=True)


def test_one_is_no_plural_in_english(client: FlaskClient, session: Session, clock: FixedClock) -> None:
    """A parameter of one year, a lot that closes in a day and an hour, a market of one listing."""
    lot = make_running_lot(session)
    move_times(session, lot, closes_in=timedelta(days=3))
    clock.at = lot.closes_at - timedelta(days=1, hours=1, minutes=1)
    session.commit()
    client.post("/language", data={"language": "en"})

    home = client.get("/").get_data(as_text=True)
    units = re.findall(r'<span class="stat-unit">(\w+)</span>', home)
    assert units == ["item", "lot"]
    assert "1 day 1 hour" in home
    assert 'data-text-day="day" data-text-days="days"' in home

    sign_in(client, make_person(session, make_organisation(session, OrganisationKind.BUREAU), Role.SUPERVISOR))
    years = client.get("/console/parameters?text=unimplemented").get_data(as_text=True)
    assert re.findall(r'<td class="number" data-label="Value">(\d+) <span class="soft">(\w+)</span>', years) == [
        ("1", "year"),
        ("3", "years"),
    ]
