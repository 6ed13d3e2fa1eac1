"""Sessions, attempts, second factor, recovery codes, proof again before signatures: through HTTP."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import create_app
from market.accounts import service
from market.accounts import sign_in as sign_in_module
from market.accounts.models import MembershipRole, Organisation, Person
from market.accounts.rules import OrganisationKind, Role
from market.accounts.security import second_factor
from market.accounts.security.models import RecoveryCode, SecondFactor, SignInSession
from market.accounts.views.entering import current_visit
from market.kernel.clock import FixedClock
from market.kernel.db import current_session, db
from market.kernel.events import Event, verify_stream
from market.kernel.parameters import Parameter
from tests.conftest import NOW, settings_for
from tests.factories.world import PASSWORD, make_organisation, make_person, sign_in

CODE = re.compile(r"<code>([0-9a-f]{5}(?:-[0-9a-f]{5}){3})</code>")
FORGERY_TOKEN = re.compile(r"Token[^}]*}|csrf[^>]*>")
TOO_MANY = "尝试次数过多"


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session, make_organisation(session), Role.TRANSFER_OFFICER)
    session.commit()
    return made


def try_password(client: FlaskClient, person: Person, password: str = "wrong"):
    return client.post("/sign-in", data={"email": person.email, "password": password})


def actions_of(session: Session, person: Person) -> list[str]:
    session.expire_all()
    statement = select(Event.action).where(Event.stream == f"person:{person.id}").order_by(Event.sequence)
    return list(session.scalars(statement))


def arm(session: Session, client: FlaskClient, person: Person, clock) -> tuple[pyotp.TOTP, list[str]]:
    """Set up an authenticator through the pages: its generator and the recovery codes."""
    assert client.post("/console/security/second-factor").location == "/console/security/second-factor"
    secret = second_factor.waiting_secret(person.id)
    totp = pyotp.TOTP(secret)
    answer = client.post("/console/security/second-factor/confirmation", data={"code": totp.at(clock.at)})
    assert answer.status_code == 200
    session.expire_all()
    return totp, CODE.findall(answer.get_data(as_text=True))


# attempts


def test_after_five_wrong_passwords_the_sixth_is_not_looked_at(client, person, monkeypatch):
    looked_at = []
    real = sign_in_module.password_matches
    monkeypatch.setattr(service, "password_matches", lambda *given: looked_at.append(1) or real(*given))

    answers = [try_password(client, person) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2
    assert TOO_MANY in answers[-1].get_data(as_text=True)
    assert len(looked_at) == 5
    assert try_password(client, person, PASSWORD).status_code == 429


def test_a_limited_answer_is_the_same_for_an_unknown_address(client, session, person):
    stranger = Person(email="nobody@example.test")
    pages = []
    for somebody in (person, stranger):
        answers = [try_password(client, somebody) for _ in range(6)]
        text = FORGERY_TOKEN.sub("", answers[-1].get_data(as_text=True).replace(somebody.email, ""))
        pages.append(([answer.status_code for answer in answers], text))

    assert pages[0] == pages[1]


def test_the_owner_signs_in_from_her_own_browser_while_somebody_beside_her_guesses(client, app, person):
    sign_in(client, person)
    client.post("/sign-out")
    attacker = app.test_client()
    assert [try_password(attacker, person).status_code for _ in range(8)][-1] == 429

    assert try_password(client, person, PASSWORD).status_code == 302
    assert try_password(app.test_client(), person, PASSWORD).status_code == 429


def test_after_the_wait_the_right_password_is_taken(client, person, clock):
    for _ in range(6):
        try_password(client, person)
    clock.at = NOW + timedelta(seconds=31)

    assert try_password(client, person, PASSWORD).status_code == 302


# the record


def test_every_sign_in_stands_in_the_record_without_personal_data(client, session, person):
    try_password(client, person)
    sign_in(client, person)
    client.post("/sign-out")

    assert actions_of(session, person) == ["person.sign_in_refused", "person.signed_in", "person.session_ended"]
    stream = f"person:{person.id}"
    assert verify_stream(session, stream) == []
    written = str([event.payload for event in session.scalars(select(Event).where(Event.stream == stream))])
    assert person.email not in written
    assert "127.0.0" not in written


def test_a_refused_sign_in_of_an_unknown_address_is_recorded_by_digest(client, session):
    client.post("/sign-in", data={"email": "nobody@example.test", "password": "wrong"})

    event = session.scalars(select(Event).where(Event.stream == "sign_in:0")).one()
    assert (event.action, event.actor_person_id) == ("sign_in.refused", None)
    assert "nobody" not in str(event.payload)


# sessions


def test_another_device_is_listed_and_signed_out_from_here(client, app, session, person):
    sign_in(client, person)
    other = app.test_client()
    other.post(
        "/sign-in",
        data={"email": person.email, "password": PASSWORD},
        headers={"User-Agent": "Mozilla/5.0 (iPhone) Safari/600"},
    )
    page = client.get("/console/security").get_data(as_text=True)
    assert "Safari · iPhone" in page
    session_id = session.scalar(select(SignInSession.id).where(SignInSession.device == "Safari · iPhone"))

    answer = client.post(f"/console/security/sessions/{session_id}/ending")

    assert answer.status_code == 302
    assert other.get("/console").status_code == 302
    assert client.get("/console").status_code == 200


def test_all_other_devices_are_signed_out_at_once(client, app, person):
    others = [app.test_client() for _ in range(3)]
    for browser in (client, *others):
        sign_in(browser, person)

    client.post("/console/security/sessions/ending")

    assert [browser.get("/console").status_code for browser in (client, *others)] == [200, 302, 302, 302]


def test_a_copied_cookie_is_worth_nothing_after_signing_out(client, app, person):
    sign_in(client, person)
    cookie = client.get_cookie("kezhuan")
    client.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie("kezhuan", cookie.value)

    assert thief.get("/console").status_code == 302


def test_a_role_that_was_just_revoked_is_gone_with_the_next_request(client, session, person):
    sign_in(client, person)
    assert client.get("/console/imports/new").status_code == 200

    session.execute(delete(MembershipRole).where(MembershipRole.role == "transfer_officer"))
    session.commit()

    assert client.get("/console/imports/new").status_code == 403


def test_last_use_is_noted_now_and_then(committed_app):
    clock = committed_app.extensions["kezhuan_clock"] = FixedClock(NOW)
    with committed_app.app_context():
        person = make_person(current_session(), make_organisation(current_session()))
        current_session().commit()
        client = committed_app.test_client()
        sign_in(client, person)
    seen = []
    for minutes in (3, 6, 8):
        clock.at = NOW + timedelta(minutes=minutes)
        assert client.get("/console").status_code == 200
        with committed_app.app_context():
            seen.append(current_session().scalar(select(SignInSession.last_seen_at)))

    assert seen == [NOW, NOW + timedelta(minutes=6), NOW + timedelta(minutes=6)]


# second factor


def test_with_an_authenticator_the_password_alone_opens_nothing(client, app, session, person, clock):
    sign_in(client, person)
    totp, _ = arm(session, client, person, clock)
    clock.at = NOW + timedelta(minutes=1)
    browser = app.test_client()

    first = try_password(browser, person, PASSWORD)
    assert first.location == "/sign-in/second-factor"
    assert browser.get("/console").status_code == 302
    second = browser.post("/sign-in/second-factor", data={"code": totp.at(clock.at)})

    assert second.location == "/console"
    assert browser.get("/console").status_code == 200


def test_a_code_is_taken_once(client, app, session, person, clock):
    sign_in(client, person)
    totp, _ = arm(session, client, person, clock)
    clock.at = NOW + timedelta(minutes=1)
    code = totp.at(clock.at)
    answers = []
    for _ in range(2):
        browser = app.test_client()
        try_password(browser, person, PASSWORD)
        answers.append(browser.post("/sign-in/second-factor", data={"code": code}).status_code)

    assert answers == [302, 422]


def test_the_code_of_the_set_up_does_not_sign_in(client, app, session, person, clock):
    sign_in(client, person)
    totp, _ = arm(session, client, person, clock)
    browser = app.test_client()
    try_password(browser, person, PASSWORD)

    answer = browser.post("/sign-in/second-factor", data={"code": totp.at(clock.at)})

    assert answer.status_code == 422
    assert browser.get("/console").status_code == 302


def test_codes_are_not_guessed(client, app, session, person, clock):
    sign_in(client, person)
    arm(session, client, person, clock)
    browser = app.test_client()
    try_password(browser, person, PASSWORD)

    answers = [browser.post("/sign-in/second-factor", data={"code": f"{n:06}"}).status_code for n in range(7)]

    assert answers == [422] * 5 + [429] * 2


def test_between_password_and_code_ten_minutes_may_pass_not_more(client, app, session, person, clock):
    sign_in(client, person)
    totp, _ = arm(session, client, person, clock)
    browser = app.test_client()
    try_password(browser, person, PASSWORD)
    clock.at = NOW + timedelta(minutes=11)

    answer = browser.post("/sign-in/second-factor", data={"code": totp.at(clock.at)})

    assert answer.status_code == 422
    assert browser.get("/console").status_code == 302


def test_a_recovery_code_opens_once(client, app, session, person, clock):
    sign_in(client, person)
    _, codes = arm(session, client, person, clock)
    assert len(set(codes)) == 10
    answers = []
    for _ in range(2):
        browser = app.test_client()
        try_password(browser, person, PASSWORD)
        answers.append(browser.post("/sign-in/second-factor", data={"code": codes[0].upper()}).status_code)

    assert answers == [302, 422]
    stored = set(session.scalars(select(RecoveryCode.code_hash)))
    assert not stored & {code.replace("-", "") for code in codes}


def test_new_recovery_codes_end_the_old_ones(client, app, session, person, clock):
    sign_in(client, person)
    _, old = arm(session, client, person, clock)

    new = CODE.findall(client.post("/console/security/recovery-codes").get_data(as_text=True))

    browser = app.test_client()
    try_password(browser, person, PASSWORD)
    assert browser.post("/sign-in/second-factor", data={"code": old[0]}).status_code == 422
    assert browser.post("/sign-in/second-factor", data={"code": new[0]}).status_code == 302


def test_the_picture_holds_the_secret_only_until_it_is_confirmed(client, session, person, clock):
    sign_in(client, person)
    client.post("/console/security/second-factor")
    picture = client.get("/console/security/second-factor/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    assert b"<path" in picture.data
    totp = pyotp.TOTP(second_factor.waiting_secret(person.id))

    client.post("/console/security/second-factor/confirmation", data={"code": totp.at(clock.at)})

    assert client.get("/console/security/second-factor/qr.svg").status_code == 404
    session.expire_all()
    assert totp.secret not in session.get_one(SecondFactor, person.id).secret


def test_a_wrong_code_puts_nothing_in_force(client, session, person):
    sign_in(client, person)
    client.post("/console/security/second-factor")

    answer = client.post("/console/security/second-factor/confirmation", data={"code": "abc"})

    assert answer.status_code == 422
    session.expire_all()
    assert session.get_one(SecondFactor, person.id).confirmed_at is None


def test_without_authenticator_again_the_password_is_enough(client, app, session, person, clock):
    sign_in(client, person)
    arm(session, client, person, clock)

    client.post("/console/security/second-factor/removal")

    assert try_password(app.test_client(), person, PASSWORD).location == "/console"


def test_a_role_that_needs_a_second_factor_sets_it_up_first(client, session, person, clock):
    key = "sign_in.second_factor.transfer_officer"
    session.add(Parameter(key=key, value="1", unit="0/1", source="试验", valid_from=date(2026, 6, 1)))
    session.commit()
    sign_in(client, person)
    assert client.get("/console").location == "/console/security"
    assert client.post("/console/imports/new").location == "/console/security"
    assert client.get("/lots").status_code == 200

    arm(session, client, person, clock)

    assert client.get("/console").status_code == 200


def demand(session: Session, role: str, valid_from: date, value: str = "1") -> None:
    key = f"sign_in.second_factor.{role}"
    session.add(Parameter(key=key, value=value, unit="0/1", source="试验", valid_from=valid_from))
    session.commit()


def test_a_second_factor_demanded_while_somebody_works_is_due_with_her_next_request(client, session, person, clock):
    sign_in(client, person)
    assert client.get("/console").status_code == 200

    demand(session, "transfer_officer", date(2026, 6, 1))

    assert client.get("/console").location == "/console/security"
    arm(session, client, person, clock)
    assert client.get("/console").status_code == 200


def test_a_demand_begins_on_its_day_and_ends_with_its_successor(client, session, person, clock):
    sign_in(client, person)
    demand(session, "transfer_officer", date(2026, 11, 23))
    demand(session, "transfer_officer", date(2026, 11, 24), "0")
    answers = []
    for days in (0, 1, 2):
        clock.at = NOW + timedelta(days=days)
        answers.append(client.get("/console").status_code)

    assert answers == [200, 302, 200]


def test_the_demand_on_another_role_holds_nobody_up(client, session, person):
    sign_in(client, person)
    demand(session, "operator", date(2026, 6, 1))

    assert client.get("/console").status_code == 200


# proof again


@pytest.fixture
def waiting(session: Session) -> Organisation:
    made = make_organisation(session, OrganisationKind.ENTERPRISE, code="YQDQ", is_verified=False)
    session.commit()
    return made


@pytest.fixture
def operator(client: FlaskClient, session: Session) -> Person:
    made = make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)
    session.commit()
    sign_in(client, made)
    return made


def is_verified(session: Session, organisation: Organisation) -> bool:
    session.expire_all()
    return organisation.verified_at is not None


ADDRESS = "/console/organisations/YQDQ/verification"


def test_after_a_quarter_of_an_hour_a_signature_asks_for_the_password_and_keeps_the_form(
    client, session, operator, waiting, clock
):
    clock.at = NOW + timedelta(minutes=16)

    asked = client.post(ADDRESS, data={"note": "核对无误 & <ok>"})

    page = asked.get_data(as_text=True)
    assert asked.status_code == 422
    assert 'name="note" value="核对无误 &amp; &lt;ok&gt;"' in page
    assert f'action="{ADDRESS}"' in page
    assert not is_verified(session, waiting)

    wrong = client.post(ADDRESS, data={"note": "x", "confirm_password": "wrong"})
    assert wrong.status_code == 422
    assert not is_verified(session, waiting)

    assert client.post(ADDRESS, data={"note": "x", "confirm_password": PASSWORD}).status_code == 302
    assert is_verified(session, waiting)


def test_within_a_quarter_of_an_hour_nobody_is_asked_again(client, session, operator, waiting, clock):
    clock.at = NOW + timedelta(minutes=14)

    assert client.post(ADDRESS).status_code == 302
    assert is_verified(session, waiting)


def test_one_proof_holds_for_what_follows(client, operator, clock):
    clock.at = NOW + timedelta(minutes=16)
    assert client.post("/console/security/proof", data={"confirm_password": PASSWORD}).status_code == 302

    assert client.post("/console/security/second-factor").location == "/console/security/second-factor"


def test_the_authenticator_is_not_removed_from_an_abandoned_screen(client, session, person, clock):
    sign_in(client, person)
    arm(session, client, person, clock)
    clock.at = NOW + timedelta(minutes=16)

    answer = client.post("/console/security/second-factor/removal")

    assert answer.status_code == 422
    session.expire_all()
    assert session.get_one(SecondFactor, person.id).confirmed_at is not None


# behind proxies


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_an_address_that_a_client_invents_does_not_lift_the_limit(client, person, header):
    answers = [
        client.post(
            "/sign-in",
            data={"email": person.email, "password": "wrong"},
            headers={header: f"for=203.0.113.{number}" if header == "Forwarded" else f"203.0.{number}.9"},
        ).status_code
        for number in range(7)
    ]

    assert answers == [422] * 5 + [429] * 2


@pytest.mark.parametrize("environment", ["production", "development"])
def test_sign_in_cookies_are_secure_in_production_whatever_a_client_says_of_the_scheme(
    tmp_path, worker_database, environment
):
    settings = settings_for(worker_database, tmp_path, KEZHUAN_ENV=environment, PUBLIC_URL="https://market.example")
    app = create_app(settings)

    answer = app.test_client().get("/sign-in", headers={"X-Forwarded-Proto": "http"})
    with app.app_context():
        db.engine.dispose()

    cookie = next(text for text in answer.headers.getlist("Set-Cookie") if text.startswith("kezhuan="))
    assert ("Secure" in cookie, "HttpOnly" in cookie, "SameSite=Lax" in cookie) == (
        environment == "production",
        True,
        True,
    )


@pytest.mark.parametrize(("proxies", "network"), [("0", "127.0.0.0/24"), ("1", "203.0.113.0/24")])
def test_the_network_is_what_a_trusted_proxy_says_and_nobody_else(tmp_path, worker_database, proxies, network):
    app = create_app(settings_for(worker_database, tmp_path, TRUSTED_PROXIES=proxies))
    app.add_url_rule("/where", "where", lambda: current_visit().network)

    answer = app.test_client().get("/where", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})

    assert answer.get_data(as_text=True) == network
