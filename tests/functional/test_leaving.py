"""Before a membership ends the administrator reads what stays behind, and says yes once."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Membership, Organisation, Person
from market.accounts.rules import OrganisationKind, Role
from market.accounts.service import add_membership
from market.kernel.events import Event
from tests.conftest import NOW
from tests.factories.auctions import make_bidder, make_running_lot
from tests.factories.listings import make_draft_listing, make_submitted_listing
from tests.factories.world import Institution, make_institution, make_organisation, make_person, sign_in

NOTHING = "没有该成员经手、还没有办完的事项"


def membership_of(session: Session, person: Person) -> Membership:
    return session.scalars(select(Membership).where(Membership.person_id == person.id)).one()


def page_of(session: Session, client: FlaskClient, person: Person) -> str:
    answer = client.get(f"/console/organisation/members/{membership_of(session, person).id}/end")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def administer(session: Session, client: FlaskClient, organisation: Organisation, role: Role) -> Person:
    made = make_person(session, organisation, role, name="管理的人")
    membership_of(session, made).is_administrator = True
    session.commit()
    sign_in(client, made)
    return made


@pytest.fixture
def house(session: Session) -> Institution:
    return make_institution(session, name="温州甲大学")


def test_drafts_and_what_is_in_review_are_named_and_so_is_what_must_be_done(session, client, house):
    make_draft_listing(session, house)
    make_submitted_listing(session, house)
    administer(session, client, house.organisation, Role.INSTITUTION_HEAD)

    page = page_of(session, client, house.officer)

    assert "1 条该成员编写、还没有提交或被退回的挂牌" in page
    assert "1 条该成员提交、正在审核的挂牌" in page
    assert NOTHING not in page


def test_open_tasks_of_the_roles_are_named(session, client, house):
    make_submitted_listing(session, house)
    administer(session, client, house.organisation, Role.INSTITUTION_HEAD)

    assert "1 条挂牌等待本单位审核" in page_of(session, client, house.head)


def test_a_role_that_nobody_else_has_is_named(session, client, house):
    administer(session, client, house.organisation, Role.INSTITUTION_HEAD)

    assert "“成果转化经办”这个角色之后没有人担任" in page_of(session, client, house.officer)
    assert "之后没有人担任" not in page_of(session, client, house.head)


def test_bids_of_the_enterprise_go_on(session, client):
    lot = make_running_lot(session)
    bidder = make_bidder(session, lot)
    organisation = session.get_one(Organisation, bidder.organisation_id)
    administer(session, client, organisation, Role.ENTERPRISE_USER)

    page = page_of(session, client, session.get_one(Person, bidder.person_id))

    assert "1 个该成员报名的竞价标的，已有的出价继续有效" in page


def test_without_anything_left_the_page_says_so(session, client, house):
    administer(session, client, house.organisation, Role.INSTITUTION_HEAD)

    assert NOTHING in page_of(session, client, house.officer)


def test_work_for_another_organisation_is_not_told_here(session, client, house):
    other = make_institution(session)
    add_membership(session, other.officer, house.organisation, {Role.TRANSFER_OFFICER}, now=NOW)
    make_draft_listing(session, other)
    administer(session, client, house.organisation, Role.INSTITUTION_HEAD)
    here = select(Membership.id).where(
        Membership.person_id == other.officer.id, Membership.organisation_id == house.organisation.id
    )

    page = client.get(f"/console/organisation/members/{session.scalar(here)}/end").get_data(as_text=True)

    assert NOTHING in page


@pytest.mark.parametrize("form", [{}, {"confirmed": ""}, {"confirmed": "no"}])
def test_without_the_yes_nothing_ends_and_the_question_is_asked(session, client, house, form):
    administer(session, client, house.organisation, Role.INSTITUTION_HEAD)
    address = f"/console/organisation/members/{membership_of(session, house.officer).id}/end"

    answer = client.post(address, data=form)

    assert (answer.status_code, answer.location) == (302, address)
    session.expire_all()
    assert membership_of(session, house.officer).ended_at is None
    assert session.scalars(select(Event).where(Event.action == "membership.ended")).all() == []


def test_with_the_yes_it_ends(session, client, house):
    administer(session, client, house.organisation, Role.INSTITUTION_HEAD)
    address = f"/console/organisation/members/{membership_of(session, house.officer).id}/end"

    client.post(address, data={"confirmed": "yes"})

    session.expire_all()
    assert membership_of(session, house.officer).ended_at == NOW
    assert client.get(address).status_code == 404


def test_who_leaves_herself_is_told_that_she_stays_out(session, client, house):
    own = administer(session, client, house.organisation, Role.INSTITUTION_HEAD)

    assert "这是您自己" in page_of(session, client, own)


def test_a_member_of_another_organisation_is_not_there(session, client, house):
    stranger = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE))
    administer(session, client, house.organisation, Role.INSTITUTION_HEAD)

    answer = client.get(f"/console/organisation/members/{membership_of(session, stranger).id}/end")

    assert answer.status_code == 404
    assert stranger.display_name not in answer.get_data(as_text=True)


def test_who_does_not_administer_does_not_read_it(session, client, house):
    session.commit()
    sign_in(client, house.head)

    answer = client.get(f"/console/organisation/members/{membership_of(session, house.officer).id}/end")

    assert answer.status_code == 403
