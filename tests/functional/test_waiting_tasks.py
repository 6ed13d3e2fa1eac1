"""The task list of who waits: an organisation that was declined, one that applied again, a bidder who was outbid."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts import reviewing
from market.accounts.models import Membership, Organisation, Person
from market.accounts.rules import OrganisationKind, Role
from market.kernel.clock import FixedClock
from tests.conftest import NOW
from tests.factories.auctions import bid, make_bidder, make_running_lot
from tests.factories.world import actor_of, make_organisation, make_person, sign_in

TO_VERIFY, DECLINED, OUTBID = "家机构等待核验", "平台核验没有通过", "个竞价标的已有更高出价"


def make_applicant(session: Session) -> tuple[Organisation, Person]:
    organisation = make_organisation(session, OrganisationKind.ENTERPRISE, is_verified=False)
    person = make_person(session, organisation, Role.ENTERPRISE_USER)
    session.scalars(select(Membership).where(Membership.person_id == person.id)).one().is_administrator = True
    reviewing.submit(session, organisation, person.id, None, now=NOW)
    session.flush()
    return organisation, person


def make_operator(session: Session) -> Person:
    return make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)


def tasks_of(client: FlaskClient, session: Session, person: Person) -> str:
    session.commit()
    sign_in(client, person)
    return client.get("/console").get_data(as_text=True)


def test_a_declined_organisation_waits_for_its_administrator_and_no_longer_for_the_operator(
    client: FlaskClient, session: Session
) -> None:
    organisation, applicant = make_applicant(session)
    operator = make_operator(session)
    assert f"1 {TO_VERIFY}" in tasks_of(client, session, operator)

    reviewing.reject(session, actor_of(operator), organisation.id, "扫描件看不清", now=NOW)

    assert TO_VERIFY not in tasks_of(client, session, operator)
    page = tasks_of(client, session, applicant)
    assert DECLINED in page
    assert "扫描件看不清" in client.get("/console/organisation").get_data(as_text=True)


def test_applying_again_turns_it_round(client: FlaskClient, session: Session) -> None:
    organisation, applicant = make_applicant(session)
    operator = make_operator(session)
    reviewing.reject(session, actor_of(operator), organisation.id, "扫描件看不清", now=NOW)

    reviewing.submit(session, organisation, applicant.id, None, now=NOW)

    assert f"1 {TO_VERIFY}" in tasks_of(client, session, operator)
    assert DECLINED not in tasks_of(client, session, applicant)


def test_who_is_outbid_in_a_running_lot_is_told_and_who_leads_or_only_registered_is_not(
    client: FlaskClient, session: Session, clock: FixedClock
) -> None:
    lot = make_running_lot(session)
    first, second, looker = make_bidder(session, lot), make_bidder(session, lot), make_bidder(session, lot)
    bid(session, first, lot, 500_000)
    bid(session, second, lot, 510_000)
    clock.at = lot.closes_at - timedelta(minutes=1)

    pages = [tasks_of(client, session, session.get_one(Person, actor.person_id)) for actor in (first, second, looker)]

    assert [OUTBID in page for page in pages] == [True, False, False]
