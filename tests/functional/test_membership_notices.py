"""Who joins, who administers, what was merged: told to those who must look at it, by inbox and mail."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts import members, merging
from market.accounts.models import Membership, Organisation, Person
from market.accounts.rules import OrganisationKind, Role
from market.kernel.events import Event
from market.kernel.mail import MailMessage, absolute_url
from market.notifications import mailing, service
from market.notifications.models import Notice
from market.notifications.queries import unread_count
from tests.conftest import NOW
from tests.factories.world import actor_of, make_organisation, make_person, sign_in

INVITED = "invited@example.test"


@pytest.fixture
def house(session: Session) -> Organisation:
    return make_organisation(session, name="温州甲大学", code="WZJ")


def membership_of(session: Session, person: Person) -> Membership:
    return session.scalars(select(Membership).where(Membership.person_id == person.id)).one()


@pytest.fixture
def administrator(session: Session, house: Organisation) -> Person:
    made = make_person(session, house, Role.TRANSFER_OFFICER)
    membership_of(session, made).is_administrator = True
    session.flush()
    return made


@pytest.fixture
def member(session: Session, house: Organisation) -> Person:
    return make_person(session, house, Role.INSTITUTION_HEAD)


def tell(session: Session, action: str) -> list[Notice]:
    """Deliver all events of the action twice, and mail twice; the notices that came of it."""
    for event_id in session.scalars(select(Event.id).where(Event.action == action).order_by(Event.id)).all() * 2:
        service.deliver(session, event_id, now=NOW)
    for _ in range(2):
        mailing.send_due(session, now=NOW)
    return list(session.scalars(select(Notice).order_by(Notice.id)))


def mails_to(session: Session, person: Person) -> list[MailMessage]:
    statement = select(MailMessage).where(MailMessage.recipient == person.email, MailMessage.template == "notice")
    return list(session.scalars(statement))


def somebody_joins(session: Session, administrator: Person, email: str = INVITED) -> Person:
    members.invite(session, actor_of(administrator), email, Role.COMPLETER, now=NOW)
    mail = session.scalars(select(MailMessage).where(MailMessage.recipient == email)).one()
    token = mail.body.split("/invitations/")[1].split()[0]
    membership = members.accept_as_new_person(
        session, token, display_name="新来的人", password="Teapot-Lantern-Quarry-41", now=NOW
    )
    return session.get_one(Person, membership.person_id)


def test_administrators_are_told_once_who_came_in_which_role(
    session, house, administrator, member, client: FlaskClient
):
    joined = somebody_joins(session, administrator)

    (notice,) = tell(session, "membership.began")

    assert (notice.organisation_id, notice.path) == (house.id, "/console/organisation")
    (mail,) = mails_to(session, administrator)
    assert "一位新成员接受邀请加入了“温州甲大学”，角色：成果完成人" in mail.body
    assert "请在 2026-11-27 前办理。" in mail.body
    assert absolute_url("/console/organisation") in mail.body
    assert (mails_to(session, member), mails_to(session, joined)) == ([], [])
    session.commit()
    sign_in(client, administrator)
    assert "有成员加入本单位" in client.get("/console/notices").get_data(as_text=True)


def test_nobody_is_named_in_the_notice(session, administrator):
    somebody_joins(session, administrator)

    (notice,) = tell(session, "membership.began")

    assert "新来的人" not in notice.message + str(notice.params)
    assert INVITED not in str(notice.params)


def test_a_colleague_who_does_not_administer_neither_sees_nor_opens_it(session, house, administrator, member, client):
    somebody_joins(session, administrator)
    (notice,) = tell(session, "membership.began")
    session.commit()
    assert (unread_count(house.id, administrator.id), unread_count(house.id, member.id)) == (1, 0)

    sign_in(client, member)

    assert "有成员加入本单位" not in client.get("/console/notices").get_data(as_text=True)
    assert client.post(f"/console/notices/{notice.id}/opening").status_code == 404
    client.post("/console/notices/reading")
    session.refresh(notice)
    assert notice.read_at is None


def test_the_new_administrator_alone_is_told(session, house, administrator, member):
    appointed = membership_of(session, member)
    members.appoint_administrator(session, actor_of(administrator), appointed.id, steps_down=True, now=NOW)

    (notice,) = tell(session, "membership.administrator_appointed")

    assert (notice.title, notice.params["only_for"]) == ("您已成为本单位管理员", [member.id])
    (mail,) = mails_to(session, member)
    assert "您现在是“温州甲大学”的管理员" in mail.body
    assert mails_to(session, administrator) == []


def test_members_of_both_are_told_of_the_merging_once_in_their_language(session, house, administrator):
    double = make_organisation(session, name="温州甲大学（旧）")
    moved = make_person(session, double, Role.TRANSFER_OFFICER)
    moved.language = "en"
    operator = actor_of(make_person(session, make_organisation(session, OrganisationKind.OPERATOR)))
    merging.merge(session, operator, double.id, house.id, reason="同一单位", now=NOW)

    (notice,) = tell(session, "organisation.merged")

    assert notice.organisation_id == house.id
    (chinese,) = mails_to(session, administrator)
    assert "平台运营把“温州甲大学（旧）”并入了“温州甲大学”，理由：同一单位" in chinese.body
    (english,) = mails_to(session, moved)
    assert english.subject == "Two organisations were merged"
