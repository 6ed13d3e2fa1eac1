"""Operators look at a person's account, switch it off and on, and help who lost every second factor."""

from __future__ import annotations

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.accounts.security import second_factor
from market.accounts.security.models import RecoveryCode, SecondFactor
from market.kernel.events import Event
from market.kernel.mail import MailMessage
from tests.conftest import NOW
from tests.factories.world import make_organisation, make_person, sign_in

REASON = {"reason": "本人来函，手机遗失"}


@pytest.fixture
def person(session: Session) -> Person:
    return make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)


@pytest.fixture
def operators(session: Session) -> list[Person]:
    office = make_organisation(session, OrganisationKind.OPERATOR)
    return [make_person(session, office, Role.OPERATOR) for _ in range(2)]


@pytest.fixture
def operator(client: FlaskClient, operators: list[Person]) -> FlaskClient:
    sign_in(client, operators[0])
    return client


def address(person: Person, deed: str = "") -> str:
    return f"/console/people/{person.id}" + (f"/{deed}" if deed else "")


def events_of(session: Session, person: Person) -> list[tuple[str, str | None]]:
    statement = select(Event.action, Event.reason).where(
        Event.subject_kind == "person", Event.subject_id == person.id, Event.action.not_like("person.signed%")
    )
    return [(action, reason) for action, reason in session.execute(statement.order_by(Event.id))]


def test_an_account_is_switched_off_with_a_reason_and_its_sessions_end_at_once(
    app: Flask, session: Session, operator: FlaskClient, person: Person
) -> None:
    hers = app.test_client()
    sign_in(hers, person)
    assert hers.get("/console").status_code == 200

    assert operator.post(address(person, "switching-off"), data=REASON).status_code == 302

    assert hers.get("/console").status_code == 302
    session.expire_all()
    assert not person.is_enabled
    assert events_of(session, person)[-1] == ("person.switched_off", REASON["reason"])
    mail = session.scalars(select(MailMessage).where(MailMessage.recipient == person.email)).one()
    assert REASON["reason"] in mail.body
    page = operator.get(address(person)).get_data(as_text=True)
    assert "恢复账号" in page
    assert "停用账号" in page  # the timeline says so

    assert operator.post(address(person, "switching-on"), data={"reason": "已核实"}).status_code == 302
    session.expire_all()
    assert person.is_enabled


def test_who_lost_every_factor_starts_anew_with_her_password(
    session: Session, operator: FlaskClient, person: Person
) -> None:
    second_factor.begin(session, person.id, NOW)
    secret = second_factor.waiting_secret(person.id)
    assert secret is not None
    second_factor.confirm(session, person.id, pyotp.TOTP(secret).at(NOW), NOW)
    session.commit()

    assert operator.post(address(person, "second-factor-reset"), data=REASON).status_code == 302

    assert session.scalars(select(SecondFactor)).all() == []
    assert session.scalars(select(RecoveryCode)).all() == []
    assert events_of(session, person)[-1] == ("person.factors_reset", REASON["reason"])
    assert operator.post(address(person, "second-factor-reset"), data=REASON).status_code == 422


@pytest.mark.parametrize(
    ("deed", "data", "sentence"),
    [
        ("switching-off", {"reason": " "}, "请写明理由"),
        ("switching-on", REASON, "没有停用"),
        ("second-factor-reset", REASON, "没有第二重验证"),
    ],
)
def test_what_lacks_a_reason_or_changes_nothing_is_refused(
    session: Session, operator: FlaskClient, person: Person, deed: str, data: dict[str, str], sentence: str
) -> None:
    before = events_of(session, person)
    answer = operator.post(address(person, deed), data=data)

    assert (answer.status_code, sentence in answer.get_data(as_text=True)) == (422, True)
    session.expire_all()
    assert (person.is_enabled, events_of(session, person)) == (True, before)


def test_nobody_deals_with_the_own_account(session: Session, operator: FlaskClient, operators: list[Person]) -> None:
    answer = operator.post(address(operators[0], "switching-off"), data=REASON)
    assert (answer.status_code, "不能处理自己的账号" in answer.get_data(as_text=True)) == (422, True)
    session.expire_all()
    assert operators[0].is_enabled


def test_the_last_operator_stays(session: Session, app: Flask, operator: FlaskClient, operators: list[Person]) -> None:
    """Of two who switch each other off, the second is signed out before she can."""
    second = app.test_client()
    sign_in(second, operators[1])
    assert operator.post(address(operators[1], "switching-off"), data=REASON).status_code == 302
    assert second.post(address(operators[0], "switching-off"), data=REASON).status_code == 302  # to the sign-in page
    session.expire_all()
    assert [row.is_enabled for row in operators] == [True, False]


def test_nobody_else_sees_or_changes_accounts(app: Flask, session: Session, person: Person) -> None:
    hers = app.test_client()
    sign_in(hers, person)
    assert hers.get(address(person)).status_code == 403
    for deed in ("switching-off", "switching-on", "second-factor-reset"):
        assert hers.post(address(person, deed), data=REASON).status_code == 403
    assert session.get_one(Person, person.id).is_enabled


def test_an_unknown_person_is_not_there(operator: FlaskClient) -> None:
    assert operator.get("/console/people/99999999").status_code == 404
    assert operator.post("/console/people/99999999/switching-off", data=REASON).status_code == 404
