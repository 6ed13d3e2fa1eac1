"""Money, signatures and what binds others ask again who one is; nothing typed is lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Membership, Person
from market.accounts.rules import Role
from market.auctions.models import Bid, Lot
from market.kernel.events import Event
from tests.conftest import NOW
from tests.factories.auctions import START_FEN, make_buyer, make_running_lot
from tests.factories.auctions import service as auctions
from tests.factories.whole_world import WholeWorld, make_whole_world
from tests.factories.world import PASSWORD, actor_of, sign_in

ASKS = "请再输入一次密码"
LATER = NOW + timedelta(minutes=16)


def acts(world: WholeWorld) -> list[tuple[Role, str]]:
    """Who does what by which address: all that asks again."""
    own = world.own
    return [
        (Role.ENTERPRISE_USER, f"/lots/{own.lot.number}/bids"),
        (Role.ENTERPRISE_USER, f"/lots/{own.lot.number}/registrations"),
        (Role.TRANSFER_OFFICER, "/console/lots/new"),
        (Role.TRANSFER_OFFICER, f"/console/lots/{own.lot.number}/withdrawal"),
        (Role.TRANSFER_OFFICER, f"/console/applications/{own.application.number}/decision"),
        (Role.INSTITUTION_HEAD, f"/console/deals/{own.deal.number}/cancellation"),
        (Role.OPERATOR, f"/console/organisations/{own.enterprise.code}/verification"),
        (Role.OPERATOR, "/console/parameters/publicity.days"),
        (Role.OPERATOR, f"/console/parameters/proposals/{world.proposal_id}/decision"),
        (Role.OPERATOR, "/console/break-glass"),
        (Role.OPERATOR, f"/console/break-glass/{world.request_id}/decision"),
        (Role.OPERATOR, f"/console/break-glass/{world.request_id}/opening"),
        (Role.OPERATOR, "/console/organisation/members/1/administrator"),
    ]


def administer(session: Session, person: Person) -> None:
    session.scalars(select(Membership).where(Membership.person_id == person.id)).one().is_administrator = True
    session.commit()


def test_everything_that_binds_asks_again_after_a_quarter_of_an_hour(app: Flask, session: Session, clock) -> None:
    world = make_whole_world(session)
    session.commit()
    administer(session, world.people[Role.OPERATOR])
    browsers = {}
    for role, _ in acts(world):
        if role not in browsers:
            browsers[role] = app.test_client()
            sign_in(browsers[role], world.people[role])
    clock.at = LATER
    events_before = session.scalar(select(func.count(Event.id)))

    answers = {}
    for role, address in acts(world):
        answer = browsers[role].post(address, data={"reason": "写到一半的理由 & 说明"})
        page = answer.get_data(as_text=True)
        answers[address] = (answer.status_code, ASKS in page, "写到一半的理由 &amp; 说明" in page)

    assert answers == {address: (422, True, True) for _, address in acts(world)}
    assert session.scalar(select(func.count(Event.id))) == events_before


# bids


@pytest.fixture
def lot(session: Session) -> Lot:
    made = make_running_lot(session)
    session.commit()
    return made


@pytest.fixture
def bidder(client: FlaskClient, session: Session, lot: Lot) -> Person:
    _, person = make_buyer(session)
    auctions.register_bidder(session, actor_of(person), lot.id, auctions.bid_time(session))
    session.commit()
    sign_in(client, person)
    return person


def typed(client: FlaskClient, lot: Lot) -> dict[str, str]:
    """The bid form as the page of the lot shows it."""
    page = client.get(f"/lots/{lot.number}").get_data(as_text=True)
    inputs = re.findall(r"<input[^>]*>", page)
    return {
        name: re.search(r'value="([^"]*)"', field)[1]
        for field in inputs
        for name in ("amount", "form_token")
        if f'name="{name}"' in field
    }


def bids(session: Session) -> int:
    return session.scalar(select(func.count(Bid.id))) or 0


def test_after_the_proof_the_bid_form_comes_back_filled_and_nothing_was_bid(client, session, lot, bidder, clock):
    amount = str(START_FEN // 100 + 7000)
    clock.at = LATER
    form = typed(client, lot) | {"amount": amount}
    address = f"/lots/{lot.number}/bids"
    asked = client.post(address, data=form)
    assert (asked.status_code, f'value="{amount}"' in asked.get_data(as_text=True)) == (422, True)
    wrong = client.post(address, data=form | {"confirm_password": "wrong"})
    assert (wrong.status_code, "密码不正确" in wrong.get_data(as_text=True)) == (422, True)

    proven = client.post(address, data=form | {"confirm_password": PASSWORD})

    assert (proven.status_code, proven.location, bids(session)) == (302, f"/lots/{lot.number}", 0)
    again = typed(client, lot)
    assert again["amount"] == amount
    assert typed(client, lot)["amount"] != amount
    assert client.post(address, data=again).status_code == 302
    assert bids(session) == 1


def test_one_proof_is_enough_for_the_bids_of_a_quarter_of_an_hour(client, session, lot, bidder, clock):
    clock.at = LATER
    client.post("/console/security/proof", data={"confirm_password": PASSWORD})
    clock.at = LATER + timedelta(minutes=14)

    answer = client.post(f"/lots/{lot.number}/bids", data=typed(client, lot))

    assert (answer.status_code, bids(session)) == (302, 1)


def test_a_sent_again_proof_neither_bids_nor_asks_on_another_lot(client, session, lot, bidder, clock):
    other = make_running_lot(session)
    session.commit()
    clock.at = LATER
    form = typed(client, lot) | {"amount": "1234567", "confirm_password": PASSWORD}

    client.post(f"/lots/{lot.number}/bids", data=form)

    assert "1234567" not in client.get(f"/lots/{other.number}").get_data(as_text=True)
    assert bids(session) == 0
