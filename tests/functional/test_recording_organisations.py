"""Bureaus and auditors: one operator records and invites, another verifies, only then the members have their role."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Invitation, Organisation, Person
from market.accounts.rules import OrganisationKind, Role
from market.demo.identifiers import credit_code
from market.kernel.mail import MailMessage
from tests.factories.world import PASSWORD, make_organisation, make_person, sign_in

BUREAU = {
    "kind": "county_bureau",
    "organisation_name": "温州市龙湾区科学技术局",
    "credit_code": credit_code("11", "330303", 801),
    "county_code": "330303",
    "email": "head@lwkj.example.cn",
}
ADDRESS = "/console/organisations/new"


@pytest.fixture
def operators(session: Session, app: Flask) -> list[FlaskClient]:
    office = make_organisation(session, OrganisationKind.OPERATOR)
    clients = [app.test_client() for _ in range(2)]
    for client in clients:
        sign_in(client, make_person(session, office, Role.OPERATOR))
    return clients


def recorded(session: Session) -> Organisation:
    return session.scalars(select(Organisation).where(Organisation.name == BUREAU["organisation_name"])).one()


def join(session: Session, app: Flask) -> FlaskClient:
    """The invited person follows her mail and signs in."""
    mail = session.scalars(select(MailMessage).where(MailMessage.recipient == BUREAU["email"])).one()
    found = re.search(r"/invitations/\S+", mail.body)
    assert found is not None
    browser = app.test_client()
    data = {"display_name": "龙湾局长", "password": PASSWORD}
    assert browser.post(found.group(), data=data).status_code == 302
    sign_in(browser, session.scalars(select(Person).where(Person.email == BUREAU["email"])).one())
    return browser


def test_a_bureau_works_once_a_second_operator_verified_it(
    session: Session, app: Flask, operators: list[FlaskClient]
) -> None:
    first, second = operators
    answer = first.post(ADDRESS, data=BUREAU)
    made = recorded(session)
    assert (answer.status_code, answer.location) == (302, f"/console/organisations/{made.code}")
    hers = join(session, app)
    assert hers.get("/console/monitoring").status_code == 403
    assert "管理员" in hers.get("/console/organisation").get_data(as_text=True)

    verification = f"/console/organisations/{made.code}/verification"
    assert first.post(verification).status_code == 403
    assert second.post(verification).status_code == 302

    session.expire_all()
    assert made.verified_at is not None
    assert hers.get("/console/monitoring").status_code == 200


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "operator"}, "机构类型"),
        ({"kind": "enterprise"}, "机构类型"),
        ({"county_code": ""}, "请选择所在县"),
        ({"credit_code": "11330303MBDEM0001X"}, "统一社会信用代码不正确"),
        ({"email": "nobody"}, "有效的邮箱"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_recorded(
    session: Session, operators: list[FlaskClient], change: dict[str, str], sentence: str
) -> None:
    answer = operators[0].post(ADDRESS, data=BUREAU | change)

    assert (answer.status_code, sentence in answer.get_data(as_text=True)) == (422, True)
    assert session.scalar(select(func.count(Invitation.id))) == 0
    assert session.scalar(select(func.count(Organisation.id)).where(Organisation.kind == "county_bureau")) == 0


def test_a_second_invited_person_administers_nothing(
    session: Session, app: Flask, operators: list[FlaskClient]
) -> None:
    operators[0].post(ADDRESS, data=BUREAU)
    join(session, app)
    made = recorded(session)
    colleague = make_person(session, made, Role.COUNTY_SUPERVISOR)
    browser = app.test_client()
    sign_in(browser, colleague)
    answer = browser.post("/console/organisation/invitations", data={"email": "x@y.cn", "role": "county_supervisor"})
    assert answer.status_code == 403
