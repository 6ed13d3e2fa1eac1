"""A person can be exported and erased; the chains hold, and the record never held her name."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Membership, Person
from market.accounts.rules import OrganisationKind, Role
from market.accounts.sign_in import password_matches
from market.auctions.service import bid_time, close_lot, register_bidder
from market.audit import anchoring, erasing, personal_data, verifying
from market.audit.erasing import OF_THE_PERSON_ALONE, ErasureRefused
from market.deals import service as deals
from market.deals.models import Application
from market.kernel.errors import NotFound
from market.kernel.events import Event
from market.kernel.orm import Base
from tests.conftest import NOW
from tests.factories.auctions import make_running_lot, move_times
from tests.factories.whole_world import make_whole_world
from tests.factories.world import PASSWORD, actor_of, make_organisation, make_person, sign_in

NAME, EMAIL = "林小甲", "lin.xiaojia@example.test"


@pytest.fixture
def colleague(session) -> Person:
    """Somebody in an enterprise with a second person."""
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE, name="瑞安某阀门厂")
    make_person(session, enterprise, Role.ENTERPRISE_USER)
    person = make_person(session, enterprise, Role.ENTERPRISE_USER, name=NAME)
    person.email = EMAIL
    session.flush()
    return person


def as_it_is(session: Session, person: Person) -> tuple[str, str, bool, int]:
    session.refresh(person)
    return person.email, person.display_name, person.is_enabled, person.session_version


def places_of(session: Session, *words: str) -> set[str]:
    """Tables with a row that holds one of the words in any column."""
    found = set()
    for table in Base.metadata.sorted_tables:
        holds = sa.or_(*(sa.text(f"{table.name}::text ILIKE '%{word}%'") for word in words))
        if session.scalar(sa.select(sa.func.count()).select_from(table).where(holds)):
            found.add(table.name)
    return found


def make_administrator(session: Session, person: Person) -> None:
    session.scalars(sa.select(Membership).where(Membership.person_id == person.id)).one().is_administrator = True
    session.flush()


def test_an_erased_person_is_nowhere_in_the_database_and_the_record_is_whole(session, app, colleague):
    session.commit()
    browser = app.test_client()
    sign_in(browser, colleague)
    anchoring.make_anchor(session, now=NOW)

    erasing.erase(session, EMAIL, now=NOW)
    session.flush()

    assert places_of(session, NAME, EMAIL) == set()
    anchoring.make_anchor(session, now=NOW + timedelta(days=1))
    assert verifying.verify(session).faults == []


def test_the_session_of_an_erased_person_ends_at_once_and_she_cannot_come_back(session, app, colleague):
    session.commit()
    browser = app.test_client()
    sign_in(browser, colleague)
    inside = browser.get("/console").status_code

    erasing.erase(session, EMAIL, now=NOW)
    session.commit()

    assert (inside, browser.get("/console").status_code) == (200, 302)
    again = browser.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert again.status_code in {401, 422}
    session.expire_all()
    assert not password_matches(session.get_one(Person, colleague.id).password_hash, PASSWORD)


def test_erasing_ends_memberships_and_leaves_an_event_without_a_name(session, colleague):
    membership = session.scalars(sa.select(Membership).where(Membership.person_id == colleague.id)).one()

    erasing.erase(session, EMAIL, now=NOW)

    session.refresh(membership)
    event = session.scalars(sa.select(Event).where(Event.action == "person.erased")).one()
    assert (membership.ended_at, event.subject_id) == (NOW, colleague.id)
    assert event.payload == {"membership_ids": [membership.id]}


def test_the_only_administrator_is_not_erased(session, colleague):
    make_administrator(session, colleague)
    before = as_it_is(session, colleague)

    with pytest.raises(ErasureRefused, match="“瑞安某阀门厂”唯一的管理员"):
        erasing.erase(session, EMAIL, now=NOW)

    assert as_it_is(session, colleague) == before


def test_a_switched_off_colleague_does_not_replace_the_platforms_last_operator(session):
    house = make_organisation(session, OrganisationKind.OPERATOR, name="平台运营处")
    last, gone = (make_person(session, house, Role.OPERATOR) for _ in range(2))
    for person in (last, gone):
        make_administrator(session, person)
    gone.is_enabled = False
    session.flush()

    with pytest.raises(ErasureRefused, match="“平台运营处”唯一的管理员"):
        erasing.erase(session, last.email, now=NOW)

    assert last.is_enabled


def test_one_of_two_administrators_is_erased(session, colleague):
    make_administrator(session, colleague)
    organisation_id = actor_of(colleague).organisation_id
    others = sa.select(Membership).where(
        Membership.organisation_id == organisation_id, Membership.person_id != colleague.id
    )
    session.scalars(others).one().is_administrator = True
    session.flush()

    erasing.erase(session, EMAIL, now=NOW)

    assert as_it_is(session, colleague)[2] is False


def test_whoever_registered_for_a_running_lot_is_erased_only_after_it(session, colleague):
    lot = make_running_lot(session)
    register_bidder(session, actor_of(colleague), lot.id, bid_time(session))
    before = as_it_is(session, colleague)

    with pytest.raises(ErasureRefused, match=f"标的 {lot.number} 竞价未结束"):
        erasing.erase(session, EMAIL, now=NOW)

    assert as_it_is(session, colleague) == before
    move_times(session, lot, closes_in=-timedelta(minutes=1))
    close_lot(session, lot.id, bid_time(session))
    erasing.erase(session, EMAIL, now=NOW)
    assert as_it_is(session, colleague)[2] is False


def test_a_waiting_application_and_an_open_deal_of_a_lonely_buyer_are_named(session):
    world = make_whole_world(session)
    buyer = world.own.buyer

    with pytest.raises(ErasureRefused) as refusal:
        erasing.erase(session, buyer.email, now=NOW)

    assert f"申请 {world.own.application.number} 等待答复" in refusal.value.sentence
    assert f"交易 {world.own.deal.number} 未结案" in refusal.value.sentence
    assert as_it_is(session, buyer)[2] is True


def test_an_answered_application_of_a_colleague_holds_nobody(session, colleague):
    world = make_whole_world(session)
    application = session.get_one(Application, world.own.application.id)
    deals.decline_application(
        session, actor_of(world.own.institution.head), application.id, reason="已另有安排", now=NOW
    )
    application.applied_by_id = colleague.id
    session.flush()

    erasing.erase(session, EMAIL, now=NOW)

    assert as_it_is(session, colleague)[2] is False


def test_an_unknown_address_is_not_there(session):
    for act in (personal_data.about, lambda session, email: erasing.erase(session, email, now=NOW)):
        with pytest.raises(NotFound):
            act(session, "nobody@example.test")


def test_nothing_that_happens_in_the_whole_world_puts_a_name_or_an_address_into_the_record(session):
    make_whole_world(session)
    people = session.execute(sa.select(Person.display_name, Person.email)).all()

    written = "\n".join(session.scalars(sa.text("SELECT event::text FROM event")))

    assert written
    assert [word for person in people for word in person if word in written] == []


def test_the_tables_of_one_persons_credentials_exist_and_point_at_her():
    for name in OF_THE_PERSON_ALONE:
        assert [column.name for column in personal_data.references(Base.metadata.tables[name])] == ["person_id"]


def test_the_export_holds_every_row_that_points_at_her_and_no_credential(session, colleague):
    lot = make_running_lot(session)
    register_bidder(session, actor_of(colleague), lot.id, bid_time(session))

    found = personal_data.about(session, EMAIL.upper())

    assert found["person"][0]["display_name"] == NAME
    assert [row["lot_id"] for row in found["lot_registration"]] == [lot.id]
    assert [row["action"] for row in found["event"]] == ["lot.bidder_registered"]
    assert len(found["membership"]) == 1
    assert "password_hash" not in found["person"][0]
    assert json.loads(json.dumps(found)) == found


def test_the_commands_say_what_they_did(committed_app):
    shell = committed_app.test_cli_runner()
    from market.kernel.db import transaction

    with committed_app.app_context(), transaction() as session:
        enterprise = make_organisation(session, OrganisationKind.ENTERPRISE)
        person = make_person(session, enterprise, name=NAME)
        person.email = EMAIL

    exported = shell.invoke(args=["people", "export", EMAIL])
    unsure = shell.invoke(args=["people", "erase", EMAIL], input="n\n")
    still = shell.invoke(args=["people", "export", EMAIL])
    erased = shell.invoke(args=["people", "erase", EMAIL, "--yes"])
    gone = shell.invoke(args=["people", "export", EMAIL])

    assert json.loads(exported.output)["person"][0]["email"] == EMAIL
    assert (unsure.exit_code, still.exit_code, erased.exit_code, gone.exit_code) == (1, 0, 0, 1)
    assert "没有找到" in gone.output
