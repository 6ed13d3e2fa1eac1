"""What happened to an object stands on its page, in words, for whoever may see it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.accounts import members
from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.achievements.models import ImportRun
from market.achievements.vocabulary import ImportState
from market.auctions.models import Lot
from market.auctions.service import bid_time, close_lot
from market.auctions.texts import PUBLIC_TEXTS
from market.kernel.events import EventDraft, record_many
from tests.conftest import NOW
from tests.factories.auctions import bid, make_bidder, make_running_lot, move_times
from tests.factories.whole_world import make_side
from tests.factories.world import actor_of, make_institution, make_organisation, make_person, sign_in

BIDDER = "瑞安某某阀门厂"


@pytest.fixture
def running(session: Session) -> Lot:
    lot = make_running_lot(session)
    bid(session, make_bidder(session, lot, name=BIDDER), lot, 500_000)
    session.commit()
    return lot


def lines(page: str) -> list[str]:
    """Each line of the timeline as text."""
    found = re.search(r'<ol class="timeline-list">(.*?)</ol>', page, re.S)
    items = re.findall(r"<div>(.*?)</div>", found[1], re.S) if found else []
    return [" ".join(re.sub(r"<[^>]+>", " ", item).split()) for item in items]


def page_of(client: FlaskClient, address: str) -> str:
    return client.get(address).get_data(as_text=True)


def test_the_public_timeline_of_a_running_lot_tells_nothing_of_its_bidders(client, session, running):
    page = page_of(client, f"/lots/{running.number}")

    assert [line.split()[0] for line in lines(page)] == ["公告竞价"]
    assert BIDDER not in page


def test_the_timeline_of_a_lot_names_organisations_and_no_persons(client, session, running):
    move_times(session, running, closes_in=-timedelta(minutes=1))
    close_lot(session, running.id, bid_time(session))
    session.commit()

    told = lines(page_of(client, f"/lots/{running.number}"))

    assert [line.split()[0] for line in told] == ["竞价成交", "公告竞价"]
    assert "·" not in "".join(told)


def test_no_step_of_a_bidder_is_public():
    assert not {"lot.bidder_registered", "lot.bid_accepted"} & set(PUBLIC_TEXTS)


def test_members_see_what_happened_to_their_organisation_and_by_whom(client, session):
    institution = make_institution(session, name="瓯海大学")
    actor = actor_of(institution.head)
    membership = session.get_one(members.Membership, actor.membership_id)
    membership.is_administrator = True
    session.flush()
    members.invite(session, actor_of(institution.head), "new@example.test", Role.COMPLETER, now=NOW)
    session.commit()
    sign_in(client, institution.officer)

    told = lines(page_of(client, "/console/organisation"))

    assert told[0] == f"邀请成员 瓯海大学 · {institution.head.display_name}"
    assert "new@example.test" not in "".join(told)


def test_the_operator_sees_what_happened_to_an_organisation(client, session):
    operator = make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)
    institution = make_institution(session)
    sign_in(client, operator)

    assert lines(page_of(client, f"/console/organisations/{institution.organisation.code}"))[-1].startswith("核验机构")


@pytest.fixture
def person(session: Session) -> Person:
    return make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)


def test_a_person_sees_her_own_sign_ins_and_nobody_elses(app, client, session, person):
    other = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)
    session.commit()
    app.test_client().post("/sign-in", data={"email": person.email, "password": "wrong wrong wrong"})
    sign_in(app.test_client(), other)
    sign_in(client, person)

    told = lines(page_of(client, "/console/security"))

    assert told == [f"登录 {person.display_name}", "登录未成功 平台自动"]


def test_the_page_shows_the_latest_fifty(client, session, person):
    draft = EventDraft("person", person.id, "person.authenticated_again", NOW, actor_person_id=person.id)
    record_many(session, [draft] * 60)
    session.commit()
    sign_in(client, person)

    told = lines(page_of(client, "/console/security"))

    assert len(told) == 50
    assert told[0].startswith("登录 ")


def test_the_operators_list_of_people_leads_to_what_each_did_to_her_account(client, session, person):
    operator = make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)
    session.commit()
    sign_in(client, person)
    sign_in(client, operator)

    assert f'href="/console/people/{person.id}"' in page_of(client, "/console/operations/people")
    about = page_of(client, f"/console/people/{person.id}")
    assert f"/console/audit?subject=person:{person.id}" in about.replace("%3A", ":")
    assert "登录" in page_of(client, f"/console/audit?subject=person:{person.id}")


def test_an_import_tells_what_became_of_it_and_who_brought_it(client, session):
    side = make_side(session, "330304")
    draft = EventDraft(
        "import_run", side.import_id, "import.finished", NOW,
        actor_person_id=side.institution.officer.id, actor_organisation_id=side.institution.organisation.id,
        payload={"organisation_id": side.institution.organisation.id},
    )  # fmt: skip
    session.execute(update(ImportRun).where(ImportRun.id == side.import_id).values(state=ImportState.FAILED.value))
    record_many(session, [draft])
    session.commit()
    sign_in(client, side.institution.officer)

    told = lines(page_of(client, f"/console/imports/{side.import_id}"))

    name = f"{side.institution.organisation.name} · {side.institution.officer.display_name}"
    assert told[0] == f"导入完成 {name}"
