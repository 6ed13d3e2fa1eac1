"""Passkeys through HTTP: real signatures, checked by the real library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import create_app
from market.accounts.models import Person
from market.accounts.rules import Role
from market.accounts.security import passkeys
from market.accounts.security.models import SignInSession
from market.accounts.security.passkey_models import Passkey, SpentChallenge
from market.audit.erasing import erase
from market.audit.personal_data import about
from market.kernel.db import db
from market.kernel.events import Event, verify_stream
from market.kernel.mail import MailMessage
from market.kernel.parameters import Parameter
from tests.conftest import NOW, prepare, settings_for
from tests.factories.authenticator import ORIGIN, PRESENT, VERIFIED, Authenticator, to_bytes, to_text
from tests.factories.world import PASSWORD, make_organisation, make_person, sign_in

REFUSED = "通行密钥没有通过验证"


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session, make_organisation(session), Role.TRANSFER_OFFICER)
    session.commit()
    return made


def question(client: FlaskClient, address: str) -> dict[str, Any]:
    answer = client.post(address)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    return dict(answer.get_json())


def add(client: FlaskClient, device: Authenticator, name: str = "办公室电脑") -> Any:
    """What the page of a new passkey does."""
    options = question(client, "/console/security/passkeys/options")
    return client.post("/console/security/passkeys", data={"name": name, "answer": device.create(options)})


def come(client: FlaskClient, device: Authenticator, **more: str) -> Any:
    """Sign in with it."""
    return client.post("/sign-in/passkey", data={"answer": device.sign(question(client, OPTIONS)), **more})


OPTIONS = "/sign-in/passkey/options"


@pytest.fixture
def device(client: FlaskClient, person: Person) -> Authenticator:
    """Her device, with a passkey, after she signed out."""
    made = Authenticator()
    sign_in(client, person)
    assert add(client, made).location == "/console/security"
    client.post("/sign-out")
    return made


def is_in(client: FlaskClient) -> bool:
    return client.get("/console").status_code == 200


def actions_of(session: Session, person: Person) -> list[str]:
    session.expire_all()
    statement = select(Event.action).where(Event.stream == f"person:{person.id}").order_by(Event.sequence)
    return list(session.scalars(statement))


def last_event(session: Session, person: Person) -> Event:
    session.expire_all()
    statement = select(Event).where(Event.stream == f"person:{person.id}").order_by(Event.sequence.desc())
    return session.scalars(statement.limit(1)).one()


# adding


def test_a_passkey_is_kept_recorded_and_told_by_mail(client, session, person, device):
    kept = session.scalars(select(Passkey)).one()
    assert (kept.person_id, kept.credential_id, kept.name) == (person.id, device.credential_id, "办公室电脑")
    assert (kept.user_handle, kept.sign_count, kept.is_backed_up) == (device.user_handle, 0, False)
    assert (kept.transports, kept.created_at, kept.last_used_at) == ("hybrid internal", NOW, None)
    added = session.scalars(select(Event).where(Event.action == "person.passkey_added")).one()
    assert (added.actor_person_id, added.payload) == (person.id, {"passkey_id": kept.id})
    mail = session.scalars(select(MailMessage)).one()
    assert (mail.recipient, mail.template) == (person.email, "passkey_added")
    assert "“办公室电脑”" in mail.body
    assert verify_stream(session, f"person:{person.id}") == []


def test_the_question_for_a_key_asks_for_one_that_looks_at_its_user_and_says_nothing_of_her_number(client, person):
    sign_in(client, person)

    options = question(client, "/console/security/passkeys/options")

    assert options["rp"] == {"id": "localhost", "name": "科转"}
    assert len(to_bytes(options["challenge"])) == len(to_bytes(options["user"]["id"])) == 32
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"


def test_a_second_device_is_filed_under_the_same_person_and_the_first_is_not_made_again(
    client, session, person, device
):
    sign_in(client, person)

    options = question(client, "/console/security/passkeys/options")

    assert to_bytes(options["user"]["id"]) == device.user_handle
    assert [to_bytes(key["id"]) for key in options["excludeCredentials"]] == [device.credential_id]


def test_the_same_key_is_not_added_twice(client, app, session, device):
    other = make_person(session, make_organisation(session))
    session.commit()
    browser = app.test_client()
    sign_in(browser, other)

    answer = add(browser, device)

    assert answer.status_code == 422
    assert "这把通行密钥已经添加过" in answer.get_data(as_text=True)
    assert session.scalar(select(func.count(Passkey.id))) == 1


MISBEHAVING = {
    "another site's page": Authenticator(origin="https://evil.example"),
    "the same site without https": Authenticator(origin="http://localhost:8001"),
    "another domain": Authenticator(domain="evil.example"),
    "nobody looked at": Authenticator(flags=PRESENT),
    "nobody there": Authenticator(flags=VERIFIED),
}


@pytest.mark.parametrize("why", MISBEHAVING)
def test_a_key_that_was_not_made_here_by_her_is_not_kept(client, session, person, why):
    sign_in(client, person)

    answer = add(client, MISBEHAVING[why])

    assert answer.status_code == 422
    assert "没有添加" in answer.get_data(as_text=True)
    assert session.scalar(select(func.count(Passkey.id))) == 0
    assert "person.passkey_added" not in actions_of(session, person)


def test_an_answer_to_an_old_question_is_not_kept(client, session, person, clock):
    sign_in(client, person)
    options = question(client, "/console/security/passkeys/options")
    clock.at = NOW + timedelta(minutes=5, seconds=1)

    answer = client.post("/console/security/passkeys", data={"name": "a", "answer": Authenticator().create(options)})

    assert answer.status_code == 422
    assert session.scalar(select(func.count(Passkey.id))) == 0


def test_a_passkey_needs_a_name(client, session, person):
    sign_in(client, person)

    answers = [add(client, Authenticator(), name).status_code for name in ("", " \u3000 ", "长" * 61)]

    assert answers == [422] * 3
    assert session.scalar(select(func.count(Passkey.id))) == 0


def test_on_an_abandoned_screen_no_passkey_is_added_or_removed(client, session, person, device, clock):
    sign_in(client, person)
    clock.at = NOW + timedelta(minutes=16)
    kept = session.scalar(select(Passkey.id))

    assert client.get("/console/security/passkeys/new").location == "/console/security"
    assert client.post("/console/security/passkeys/beginning").status_code == 422
    assert client.post("/console/security/passkeys/options").status_code == 403
    assert client.post("/console/security/passkeys", data={"name": "a", "answer": "{}"}).status_code == 422
    assert client.post(f"/console/security/passkeys/{kept}/removal").status_code == 422
    assert session.scalar(select(func.count(Passkey.id))) == 1


def test_nobody_keeps_more_than_twenty(client, session, person, monkeypatch):
    monkeypatch.setattr(passkeys, "MOST_PASSKEYS", 2)
    sign_in(client, person)

    answers = [add(client, Authenticator()).status_code for _ in range(3)]

    assert answers == [302, 302, 422]
    assert session.scalar(select(func.count(Passkey.id))) == 2


# naming and removing


def test_a_passkey_gets_another_name(client, session, person, device):
    sign_in(client, person)
    kept = session.scalar(select(Passkey.id))

    assert client.post(f"/console/security/passkeys/{kept}/name", data={"name": " 手机 "}).status_code == 302
    assert client.post(f"/console/security/passkeys/{kept}/name", data={"name": "   "}).status_code == 422

    session.expire_all()
    assert session.scalar(select(Passkey.name)) == "手机"
    assert actions_of(session, person)[-1] == "person.passkey_renamed"
    assert "手机" in client.get("/console/security").get_data(as_text=True)


def test_a_removed_passkey_opens_nothing_and_its_owner_is_told(client, session, person, device):
    sign_in(client, person)
    kept = session.scalar(select(Passkey.id))
    assert client.post(f"/console/security/passkeys/{kept}/removal").location == "/console/security"
    client.post("/sign-out")

    answer = come(client, device)

    assert answer.status_code == 422
    assert REFUSED in answer.get_data(as_text=True)
    assert not is_in(client)
    assert [mail.template for mail in session.scalars(select(MailMessage).order_by(MailMessage.id))] == [
        "passkey_added",
        "passkey_removed",
    ]
    assert "person.passkey_removed" in actions_of(session, person)


@pytest.mark.parametrize("act", ["name", "removal"])
def test_somebody_elses_passkey_is_not_there(client, session, device, act):
    other = make_person(session, make_organisation(session))
    session.commit()
    sign_in(client, other)
    kept = session.scalar(select(Passkey.id))

    assert client.post(f"/console/security/passkeys/{kept}/{act}", data={"name": "mine"}).status_code == 404
    session.expire_all()
    assert session.scalars(select(Passkey.name)).all() == ["办公室电脑"]


# signing in


def test_with_a_passkey_one_signs_in_without_address_and_password(client, session, person, device):
    answer = come(client, device, next="/console/security")

    assert answer.location == "/console/security"
    assert is_in(client)
    row = session.scalars(select(SignInSession).order_by(SignInSession.id.desc()).limit(1)).one()
    assert (row.person_id, row.method) == (person.id, "passkey")
    assert last_event(session, person).payload["method"] == "passkey"
    kept = session.scalars(select(Passkey)).one()
    assert (kept.sign_count, kept.last_used_at) == (1, NOW)


def test_the_question_to_sign_names_no_key(client, device):
    options = question(client, OPTIONS)

    assert options["allowCredentials"] == []
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")


def test_a_passkey_does_not_lead_to_another_site(client, device):
    assert come(client, device, next="https://evil.example/").location == "/console"


def test_devices_that_do_not_count_sign_in_again_and_again(client, device):
    device.step = 0

    assert [come(client, device).status_code for _ in range(2)] == [302, 302]


WRONG_HANDS = {
    "another site's page": {"origin": "https://evil.example"},
    "a name that only starts alike": {"origin": f"{ORIGIN}.evil.example"},
    "another domain": {"domain": "evil.example"},
    "nobody looked at": {"flags": PRESENT},
    "nobody there": {"flags": VERIFIED},
    "somebody else's handle": {"user_handle": b"x" * 32},
    "another key": {"key": Authenticator().key},
    "an unknown key": {"credential_id": b"y" * 32},
}


@pytest.mark.parametrize("why", WRONG_HANDS)
def test_what_is_not_her_device_on_our_page_stays_out(client, session, person, device, why):
    for name, value in WRONG_HANDS[why].items():
        setattr(device, name, value)

    answer = come(client, device)

    assert answer.status_code == 422
    assert REFUSED in answer.get_data(as_text=True)
    assert not is_in(client)
    session.expire_all()
    kept = session.scalars(select(Passkey)).one()
    assert (kept.sign_count, kept.last_used_at) == (0, None)


def test_the_host_that_a_request_names_changes_nothing(client, device):
    device.origin, device.domain = "http://evil.example", "evil.example"
    headers = {"Host": "evil.example"}
    options = client.post(OPTIONS, headers=headers).get_json()

    answer = client.post("/sign-in/passkey", data={"answer": device.sign(options)}, headers=headers)

    assert options["rpId"] == "localhost"
    assert answer.status_code == 422
    assert not is_in(client)


def test_a_copied_key_is_noticed_by_its_count(client, session, person, device):
    come(client, device)
    come(client, device)
    client.post("/sign-out")
    device.sign_count = 1

    answer = come(client, device)

    assert answer.status_code == 422
    refused = last_event(session, person)
    assert (refused.action, refused.actor_person_id) == ("person.sign_in_refused", None)
    assert (refused.payload["method"], refused.payload["reason"]) == ("passkey", "count")
    assert session.scalar(select(Passkey.sign_count)) == 2


def test_who_is_switched_off_stays_out_in_the_same_words(client, session, person, device):
    device_of_nobody = Authenticator()
    unknown = come(client, device_of_nobody).get_data(as_text=True)
    person.is_enabled = False
    session.commit()

    answer = come(client, device)

    assert answer.status_code == 422
    assert REFUSED in answer.get_data(as_text=True)
    assert answer.get_data(as_text=True) == unknown
    assert not is_in(client)


def test_a_challenge_is_answered_once(client, session, device):
    options = question(client, OPTIONS)
    cookie = client.get_cookie("kezhuan").value
    assert client.post("/sign-in/passkey", data={"answer": device.sign(options)}).status_code == 302
    client.post("/sign-out")

    client.set_cookie("kezhuan", cookie)
    answer = client.post("/sign-in/passkey", data={"answer": device.sign(options)})

    assert answer.status_code == 422
    assert not is_in(client)
    assert session.scalar(select(func.count()).select_from(SpentChallenge)) == 2


def test_a_challenge_is_spent_by_a_wrong_answer_too(client, device):
    options = question(client, OPTIONS)
    cookie = client.get_cookie("kezhuan").value
    assert client.post("/sign-in/passkey", data={"answer": Authenticator().sign(options)}).status_code == 422

    client.set_cookie("kezhuan", cookie)

    assert client.post("/sign-in/passkey", data={"answer": device.sign(options)}).status_code == 422


def test_an_answer_that_was_stolen_opens_no_other_browser(client, app, device):
    stolen = device.sign(question(client, OPTIONS))
    thief = app.test_client()
    question(thief, OPTIONS)

    assert thief.post("/sign-in/passkey", data={"answer": stolen}).status_code == 422
    assert not is_in(thief)


def test_a_challenge_is_good_for_one_purpose(client, app, person, device):
    sign_in(client, person)
    answer = device.sign(question(client, "/console/security/passkeys/proof/options"))

    assert client.post("/sign-in/passkey", data={"answer": answer}).status_code == 422


def test_an_old_challenge_is_none(client, device, clock):
    options = question(client, OPTIONS)
    clock.at = NOW + timedelta(minutes=5, seconds=1)

    assert client.post("/sign-in/passkey", data={"answer": device.sign(options)}).status_code == 422


def test_without_a_question_there_is_no_answer(client, device):
    answer = device.sign({"challenge": to_text(b"x" * 32)})

    assert client.post("/sign-in/passkey", data={"answer": answer}).status_code == 422


NONSENSE = [
    "",
    "x",
    "null",
    "[]",
    "{}",
    "[" * 9000,
    "x" * 30_000,
    '{"id": 1}',
    '"\ud800"',
    "\x00",
    '{"id":"a","rawId":"a"}',
]


@pytest.mark.parametrize("text", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_is_refused_with_a_sentence(client, session, device, text):
    question(client, OPTIONS)

    answer = client.post("/sign-in/passkey", data={"answer": text.encode("utf-8", "replace").decode()})

    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.get_data(as_text=True)
    assert not is_in(client)


@pytest.mark.parametrize(
    "place", ["id", "rawId", "type", "clientDataJSON", "authenticatorData", "signature", "userHandle"]
)
@pytest.mark.parametrize("value", [None, 7, "", "中", "AAAA", ["x"], {}, to_text(b"\xff" * 40), to_text(b"[]"), "A"])
def test_damaged_answers_are_refused(client, device, place, value):
    answer = json.loads(device.sign(question(client, OPTIONS)))
    part = answer["response"] if place in answer["response"] else answer
    part[place] = value

    status = client.post("/sign-in/passkey", data={"answer": json.dumps(answer)}).status_code

    assert status == (302 if (place, value) == ("userHandle", None) else 422)


@pytest.mark.parametrize("place", ["clientDataJSON", "attestationObject", "transports"])
@pytest.mark.parametrize("value", [None, 7, "", "中", "AAAA", ["x"], {}, to_text(b"\xff" * 40), to_text(b"\xa0"), "A"])
def test_damaged_keys_are_not_kept(client, session, person, place, value):
    sign_in(client, person)
    answer = json.loads(Authenticator().create(question(client, "/console/security/passkeys/options")))
    answer["response"][place] = value

    status = client.post("/console/security/passkeys", data={"name": "a", "answer": json.dumps(answer)}).status_code

    is_kept = place == "transports"
    assert status == (302 if is_kept else 422)
    assert session.scalar(select(func.count(Passkey.id))) == int(is_kept)


def test_wrong_answers_from_one_network_are_slowed_down_but_not_her_own_browser(client, app, session, device):
    stranger = app.test_client()
    copy = Authenticator(credential_id=device.credential_id, user_handle=device.user_handle)

    answers = [come(stranger, copy).status_code for _ in range(7)]

    assert answers == [422] * 5 + [429] * 2
    assert come(client, device).status_code == 302


# behind the password


def need_second_factor(session: Session) -> None:
    key = "sign_in.second_factor.transfer_officer"
    session.add(Parameter(key=key, value="1", unit="0/1", source="试验", valid_from=date(2026, 6, 1)))
    session.commit()


def give_password(client: FlaskClient, person: Person) -> Any:
    return client.post("/sign-in", data={"email": person.email, "password": PASSWORD})


STEP = "/sign-in/second-factor/passkey"


def test_a_passkey_is_the_second_factor_that_a_role_needs(client, session, person, device):
    need_second_factor(session)
    assert give_password(client, person).location == "/sign-in/second-factor"
    assert not is_in(client)
    options = question(client, f"{STEP}/options")
    assert [to_bytes(key["id"]) for key in options["allowCredentials"]] == [device.credential_id]

    answer = client.post(STEP, data={"answer": device.sign(options)})

    assert answer.location == "/console"
    assert is_in(client)
    assert last_event(session, person).payload["method"] == "password+passkey"


def test_with_the_passkey_alone_the_role_is_served_too(client, session, device):
    need_second_factor(session)

    assert come(client, device).location == "/console"
    assert is_in(client)


def test_a_passkey_sets_up_what_the_role_needs(client, session, person):
    need_second_factor(session)
    sign_in(client, person)
    assert client.get("/console").location == "/console/security"

    add(client, Authenticator())

    assert is_in(client)


def test_an_open_session_is_completed_by_the_passkey(client, session, person, device):
    sign_in(client, person)
    need_second_factor(session)
    assert client.get("/console").location == "/console/security"
    options = question(client, "/console/security/passkeys/proof/options")

    client.post("/console/security/proof", data={"confirm_passkey": device.sign(options)})

    assert is_in(client)


def test_somebody_elses_passkey_is_no_second_factor(client, app, session, person, device):
    need_second_factor(session)
    other, her_device = make_person(session, make_organisation(session), Role.COMPLETER), Authenticator()
    session.commit()
    browser = app.test_client()
    sign_in(browser, other)
    add(browser, her_device)
    give_password(client, person)

    answer = client.post(STEP, data={"answer": her_device.sign(question(client, f"{STEP}/options"))})

    assert answer.status_code == 422
    assert not is_in(client)


def test_without_the_password_there_is_no_second_step(client, device):
    assert client.post(f"{STEP}/options").status_code == 422
    assert client.post(STEP, data={"answer": "{}"}).status_code == 422


# proof again


def test_a_passkey_confirms_who_she_is_and_what_was_typed_goes_on(client, session, person, device, clock):
    sign_in(client, person)
    clock.at = NOW + timedelta(minutes=16)
    asked = client.post("/console/security/second-factor").get_data(as_text=True)
    assert 'data-options="/console/security/passkeys/proof/options"' in asked
    options = question(client, "/console/security/passkeys/proof/options")

    answer = client.post("/console/security/second-factor", data={"confirm_passkey": device.sign(options)})

    assert answer.location == "/console/security/second-factor"
    assert "person.authenticated_again" in actions_of(session, person)


def test_a_wrong_passkey_confirms_nothing(client, session, person, device, clock):
    sign_in(client, person)
    clock.at = NOW + timedelta(minutes=16)
    options = question(client, "/console/security/passkeys/proof/options")

    answer = client.post("/console/security/second-factor", data={"confirm_passkey": Authenticator().sign(options)})

    assert answer.status_code == 422
    assert REFUSED in answer.get_data(as_text=True)
    assert "person.authenticated_again" not in actions_of(session, person)


def test_who_has_no_passkey_is_not_asked_for_one(client, person, clock):
    sign_in(client, person)
    clock.at = NOW + timedelta(minutes=16)

    assert "data-passkey" not in client.post("/console/security/second-factor").get_data(as_text=True)


# around


@pytest.fixture
def numbered_app(tmp_path, worker_database: str) -> Iterator[Flask]:
    """An installation that people reach by a number: browsers know no passkeys for it."""
    made = create_app(settings_for(worker_database, tmp_path, PUBLIC_URL="http://192.0.2.7:8000"))
    prepare(made)
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


def test_where_passkeys_cannot_work_nothing_offers_them(numbered_app):
    client = numbered_app.test_client()

    assert "data-passkey" not in client.get("/sign-in").get_data(as_text=True)
    assert client.post(OPTIONS).status_code == 404
    assert client.post("/sign-in/passkey", data={"answer": "{}"}).status_code == 404


def test_two_processes_take_one_challenge_once(committed_app):
    with committed_app.app_context():
        with Session(db.engine) as first:
            assert passkeys.spend(first, "challenge", NOW)
            first.commit()
        with Session(db.engine) as second:
            assert not passkeys.spend(second, "challenge", NOW)


def test_old_challenges_are_forgotten(session):
    for minutes in (0, 9, 11):
        passkeys.spend(session, str(minutes), NOW - timedelta(minutes=minutes))

    passkeys.forget_challenges(session, NOW)

    assert session.scalar(select(func.count()).select_from(SpentChallenge)) == 2


def test_a_persons_passkeys_are_in_her_export_and_go_with_her(session, person, device):
    exported = about(session, person.email)["passkey"]
    assert [(row["name"], row["credential_id"]) for row in exported] == [("办公室电脑", device.credential_id.hex())]

    erase(session, person.email, now=NOW)

    assert session.scalar(select(func.count(Passkey.id))) == 0
