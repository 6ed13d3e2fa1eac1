"""Sign-in by an identity provider, against a real one on this machine that is told to do right and wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Membership, Organisation, Person
from market.accounts.rules import Role
from market.accounts.security import second_factor
from market.accounts.security.models import SignInSession
from market.accounts.security.oidc_models import ProviderIdentity
from market.kernel.events import Event, verify_stream
from market.kernel.mail import MailMessage
from market.kernel.parameters import Parameter
from tests.conftest import NOW
from tests.factories.identity_provider import CLIENT_ID, CLIENT_SECRET, SUBJECT, LocalProvider, running_provider
from tests.factories.world import PASSWORD, make_organisation, make_person, sign_in

WAY_BACK = "/sign-in/provider/answer"
DOWN = "统一身份认证暂时没有响应"
UNEXPECTED = "已过期、已用过，或不是从这个浏览器开始的"
NOT_CHECKED = "没有通过校验"


@pytest.fixture
def provider(app: Flask) -> Iterator[LocalProvider]:
    """The provider, and the application told of it."""
    before = app.extensions["kezhuan_settings"]
    with running_provider(app.extensions["kezhuan_clock"].now) as running:
        app.extensions["kezhuan_settings"] = replace(
            before,
            public_url="https://market.example",
            oidc_issuer=running.address,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET,
            oidc_name="浙里办",
        )
        yield running
    app.extensions["kezhuan_settings"] = before
    app.extensions.pop("kezhuan_oidc_discovery", None)


@pytest.fixture
def person(session: Session, provider: LocalProvider) -> Person:
    made = make_person(session, make_organisation(session), Role.TRANSFER_OFFICER)
    session.commit()
    provider.claims = {"email": made.email, "email_verified": True}
    return made


def leave(client: FlaskClient, wanted: str = "") -> str:
    answer = client.get("/sign-in/provider", query_string={"next": wanted} if wanted else {})
    assert answer.status_code == 302
    return answer.location


def come_back(client: FlaskClient, provider: LocalProvider, wanted: str = ""):
    return client.get(f"{WAY_BACK}?{provider.approve(leave(client, wanted))}")


def assert_stays_outside(client: FlaskClient, session: Session, answer, status: int, sentence: str) -> None:
    """The answer says why, and nobody is signed in or linked."""
    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    assert (sentence in page, "没有登录成功" in page, "没有保存" in page) == (True, True, False)
    assert client.get("/console").status_code == 302
    session.expire_all()
    assert session.scalar(select(func.count(SignInSession.id))) == 0
    assert session.scalar(select(func.count(ProviderIdentity.id))) == 0


def actions_of(session: Session, person: Person) -> list[tuple[str, str | None]]:
    session.expire_all()
    statement = select(Event).where(Event.stream == f"person:{person.id}").order_by(Event.sequence)
    return [(event.action, event.payload.get("method")) for event in session.scalars(statement)]


# the way in


def test_without_a_provider_there_is_no_button_and_no_way(client):
    assert "/sign-in/provider" not in client.get("/sign-in").get_data(as_text=True)
    assert client.get("/sign-in/provider").status_code == 404
    assert client.get(WAY_BACK).status_code == 404


def test_the_button_leads_to_the_provider_and_the_verified_address_in(client, session, provider, person):
    page = client.get("/sign-in?next=/console/imports").get_data(as_text=True)
    assert "用浙里办登录" in page
    assert 'href="/sign-in/provider?next=/console/imports"' in page

    answer = come_back(client, provider, "/console/imports")

    assert (answer.status_code, answer.location) == (302, "/console/imports")
    assert client.get("/console").status_code == 200
    identity = session.scalars(select(ProviderIdentity)).one()
    assert (identity.person_id, identity.issuer, identity.subject) == (person.id, provider.address, SUBJECT)


def test_the_record_names_the_way_and_the_person_is_told_of_the_link_once(client, session, provider, person):
    for _ in range(2):
        come_back(client, provider)

    assert actions_of(session, person) == [
        ("person.provider_linked", None),
        ("person.signed_in", "oidc"),
        ("person.signed_in", "oidc"),
    ]
    assert verify_stream(session, f"person:{person.id}") == []
    mails = session.scalars(select(MailMessage.recipient).where(MailMessage.template == "provider_linked")).all()
    assert mails == [person.email]


def test_the_way_back_is_made_from_the_settings_not_from_the_host(client, provider, person):
    answer = client.get("/sign-in/provider", headers={"Host": "evil.example"})

    asked = parse_qs(urlsplit(answer.location).query)
    assert asked["redirect_uri"] == [f"https://market.example{WAY_BACK}"]
    assert {len(asked[name][0]) for name in ("state", "nonce", "code_challenge")} == {43}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_both_kinds_of_keys_are_taken(client, provider, person, algorithm):
    provider.algorithm = algorithm

    assert come_back(client, provider).location == "/console"


def test_a_new_key_is_known_at_once(client, provider, person):
    come_back(client, provider)
    client.post("/sign-out")
    provider.rsa = RSAKey.generate_key(2048, {"kid": "r2", "use": "sig"})

    assert come_back(client, provider).location == "/console"


def test_later_the_account_counts_whatever_its_address_has_become(client, session, provider, person):
    come_back(client, provider)
    client.post("/sign-out")
    provider.claims = {"email": "elsewhere@example.test", "email_verified": False}

    assert come_back(client, provider).location == "/console"
    assert session.scalar(select(func.count(ProviderIdentity.id))) == 1


def test_an_address_that_only_the_userinfo_page_tells_is_taken(client, provider, person):
    provider.claims, provider.userinfo = {}, {"sub": SUBJECT, "email": person.email, "email_verified": True}

    assert come_back(client, provider).location == "/console"


def test_another_process_takes_the_answer(client, provider, person, app):
    asked = provider.approve(leave(client))
    app.extensions.pop("kezhuan_oidc_discovery")

    assert client.get(f"{WAY_BACK}?{asked}").location == "/console"


def test_nobody_is_led_away_after_the_sign_in(client, provider, person):
    assert come_back(client, provider, "https://evil.example/").location == "/console"


# what the provider does wrong


@pytest.mark.parametrize("broken", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_that_is_down_leaves_the_password(client, session, provider, person, broken):
    if broken.startswith("/."):
        provider.broken = {broken}
        answer = client.get("/sign-in/provider")
    else:
        address = leave(client)
        provider.broken = {broken}
        answer = client.get(f"{WAY_BACK}?{provider.approve(address)}")

    assert_stays_outside(client, session, answer, 503, DOWN)
    sign_in(client, person)


def test_a_provider_that_nobody_answers_for_leaves_the_password(client, session, provider, person, app):
    with running_provider(lambda: NOW) as gone:
        pass
    app.extensions["kezhuan_settings"] = replace(app.extensions["kezhuan_settings"], oidc_issuer=gone.address)

    assert_stays_outside(client, session, client.get("/sign-in/provider"), 503, DOWN)


@pytest.mark.parametrize("discovery", [{"issuer": "https://other.example"}, {"token_endpoint": None}])
def test_a_description_of_another_issuer_or_without_its_parts_is_not_used(client, session, provider, person, discovery):
    provider.discovery = discovery

    assert_stays_outside(client, session, client.get("/sign-in/provider"), 503, DOWN)


def test_whoever_breaks_off_there_is_told_what_to_do(client, session, provider, person):
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]

    answer = client.get(f"{WAY_BACK}?error=access_denied&state={state}")

    assert_stays_outside(client, session, answer, 422, "没有完成，或被您取消")
    assert provider.token_requests == []


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"azp": "another-client"},
        {"nonce": "of-another-sign-in"},
        {"nonce": None},
        {"exp": int((NOW - timedelta(minutes=5)).timestamp())},
        {"exp": None},
        {"iat": int((NOW + timedelta(minutes=5)).timestamp())},
        {"sub": None},
        {"sub": "x" * 256},
    ],
)
def test_a_token_for_somebody_else_or_another_time_is_refused(client, session, provider, person, claims):
    provider.claims |= claims

    assert_stays_outside(client, session, come_back(client, provider), 422, NOT_CHECKED)


def test_a_token_that_somebody_else_signed_is_refused(client, session, provider, person):
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "r1"})

    assert_stays_outside(client, session, come_back(client, provider), 422, NOT_CHECKED)


def test_a_token_signed_with_the_shared_secret_is_refused(client, session, provider, person):
    provider.algorithm, provider.signing_key = "HS256", OctKey.import_key(CLIENT_SECRET)

    assert_stays_outside(client, session, come_back(client, provider), 422, NOT_CHECKED)


def test_userinfo_of_another_subject_is_refused(client, session, provider, person):
    provider.claims, provider.userinfo = {}, {"sub": "somebody", "email": person.email, "email_verified": True}

    assert_stays_outside(client, session, come_back(client, provider), 422, NOT_CHECKED)


# what a browser does wrong


def test_an_answer_is_taken_once(client, provider, person, app):
    asked = provider.approve(leave(client))
    assert client.get(f"{WAY_BACK}?{asked}").location == "/console"
    client.post("/sign-out")

    again = client.get(f"{WAY_BACK}?{asked}")

    assert again.status_code == 422
    assert UNEXPECTED in again.get_data(as_text=True)
    assert client.get("/console").status_code == 302


def test_a_copied_session_cookie_does_not_redeem_a_code_twice(client, session, provider, person, app):
    address = leave(client)
    thief = app.test_client()
    thief.set_cookie("kezhuan", client.get_cookie("kezhuan").value)
    asked = provider.approve(address)
    client.get(f"{WAY_BACK}?{asked}")

    answer = thief.get(f"{WAY_BACK}?{asked}")

    assert NOT_CHECKED in answer.get_data(as_text=True)
    assert thief.get("/console").status_code == 302


def test_an_answer_in_another_browser_is_refused(client, session, provider, person, app):
    asked = provider.approve(leave(client))
    other = app.test_client()
    leave(other)

    assert_stays_outside(other, session, other.get(f"{WAY_BACK}?{asked}"), 422, UNEXPECTED)
    assert provider.token_requests == []


@pytest.mark.parametrize("query", ["", "?code=abc", "?state=", "?code=abc&state=%E4%B8%AD", "?error=server_error"])
def test_an_answer_that_nobody_asked_for_is_refused(client, session, provider, person, query):
    leave(client)

    assert_stays_outside(client, session, client.get(WAY_BACK + query), 422, UNEXPECTED)


def test_an_answer_of_another_issuer_is_refused(client, session, provider, person):
    asked = provider.approve(leave(client))

    answer = client.get(f"{WAY_BACK}?{asked}&iss=https://other.example")

    assert_stays_outside(client, session, answer, 422, UNEXPECTED)


def test_an_answer_after_ten_minutes_is_refused(client, session, provider, person, clock):
    asked = provider.approve(leave(client))
    clock.at = NOW + timedelta(minutes=11)

    assert_stays_outside(client, session, client.get(f"{WAY_BACK}?{asked}"), 422, UNEXPECTED)


# whose account it is


@pytest.mark.parametrize("claims", [{"email_verified": False}, {"email_verified": "true"}, {"email": None}])
def test_an_address_that_is_not_verified_links_nobody(client, session, provider, person, claims):
    provider.claims, provider.userinfo = provider.claims | claims, {"sub": SUBJECT}

    assert_stays_outside(client, session, come_back(client, provider), 422, "没有经过验证的邮箱")


def test_an_address_that_nobody_has_here_leads_to_sign_up(client, session, provider, person):
    provider.claims["email"] = "newcomer@example.test"

    answer = come_back(client, provider)

    assert_stays_outside(client, session, answer, 422, "请先用同一邮箱注册账号和机构")
    assert 'href="/sign-up"' in answer.get_data(as_text=True)
    refused = session.scalars(select(Event).where(Event.stream == "sign_in:0")).one()
    assert (refused.payload["method"], refused.payload["reason"]) == ("oidc", "oidc.unknown")
    assert "newcomer" not in str(refused.payload)


def test_a_switched_off_person_does_not_come_in_by_the_provider(client, session, provider, person):
    person.is_enabled = False
    session.commit()

    assert_stays_outside(client, session, come_back(client, provider), 422, "平台上没有使用这个邮箱的账号")


def test_a_second_account_of_the_provider_does_not_take_over(client, session, provider, person):
    come_back(client, provider)
    client.post("/sign-out")
    provider.claims["sub"] = "another-account"

    answer = come_back(client, provider)

    assert answer.status_code == 422
    assert "已对应另一个统一身份认证账号" in answer.get_data(as_text=True)
    assert client.get("/console").status_code == 302
    assert session.scalars(select(ProviderIdentity.subject)).all() == [SUBJECT]


def test_who_ends_the_link_stays_out_that_way_until_she_restores_it(client, session, provider, person):
    come_back(client, provider)
    assert client.post("/console/security/provider/ending").location == "/console/security"
    assert "恢复这种登录" in client.get("/console/security").get_data(as_text=True)
    client.post("/sign-out")
    for subject in (SUBJECT, "another-account"):
        provider.claims["sub"] = subject
        refused = come_back(client, provider)
        assert "您已停用统一身份认证登录" in refused.get_data(as_text=True)
        assert client.get("/console").status_code == 302

    sign_in(client, person)
    client.post("/console/security/provider/restoration")
    client.post("/sign-out")
    provider.claims["sub"] = SUBJECT
    assert come_back(client, provider).location == "/console"


@pytest.mark.parametrize("act", ["ending", "restoration"])
def test_the_link_is_changed_only_by_who_proves_again_who_she_is(client, session, provider, person, clock, act):
    come_back(client, provider)
    clock.at = NOW + timedelta(minutes=16)

    assert client.post(f"/console/security/provider/{act}").status_code == 422
    session.expire_all()
    assert session.scalars(select(ProviderIdentity)).one().ended_at is None
    assert client.post(f"/console/security/provider/{act}", data={"confirm_password": PASSWORD}).status_code == 302


def test_nobody_ends_a_link_that_is_not_there(client, provider, person):
    sign_in(client, person)

    assert client.post("/console/security/provider/ending").status_code == 404


# the proof once more

PROOF = "/console/security/provider/proof"
SIGNS = "/console/organisation/members/{}/administrator"


@pytest.fixture
def signing(client: FlaskClient, session: Session, provider: LocalProvider, person: Person, clock) -> str:
    """She came by the provider sixteen minutes ago, administers, and is about to appoint a colleague: the address."""
    own = session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
    own.is_administrator = True
    colleague = make_person(session, session.get_one(Organisation, own.organisation_id), Role.INSTITUTION_HEAD)
    session.commit()
    come_back(client, provider)
    clock.at = NOW + timedelta(minutes=16)
    other = session.scalars(select(Membership).where(Membership.person_id == colleague.id)).one()
    return SIGNS.format(other.id)


def administrators(session: Session) -> int:
    session.expire_all()
    return session.scalar(select(func.count(Membership.id)).where(Membership.is_administrator.is_(True))) or 0


def prove(client: FlaskClient, provider: LocalProvider):
    answer = client.get(PROOF)
    assert answer.status_code == 302
    return client.get(f"{WAY_BACK}?{provider.approve(answer.location)}")


def test_who_has_only_the_provider_proves_herself_there_and_goes_on(client, session, provider, person, signing):
    page = client.post(signing, data={"steps_down": ""}).get_data(as_text=True)
    assert "用浙里办确认" in page
    assert f'href="{PROOF}"' in page

    answer = prove(client, provider)

    assert (answer.status_code, "已确认" in answer.get_data(as_text=True)) == (200, True)
    assert actions_of(session, person)[-1][0] == "person.authenticated_again"
    assert client.post(signing, data={"steps_down": ""}).status_code == 302
    assert administrators(session) == 2


def test_going_on_without_the_proof_only_asks_again(client, session, provider, person, signing):
    client.get(PROOF)

    assert client.post(signing, data={"steps_down": ""}).status_code == 422
    assert administrators(session) == 1


def assert_not_proven(client, session, answer, sentence, signing) -> None:
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert client.post(signing).status_code == 422
    assert administrators(session) == 1
    assert session.scalars(select(Event).where(Event.action == "person.authenticated_again")).all() == []


@pytest.mark.parametrize(
    "said",
    [
        None,
        int(NOW.timestamp()),
        int((NOW + timedelta(minutes=30)).timestamp()),
        "now",
        True,
        -1,
        10**30,
    ],
)
def test_an_old_session_at_the_provider_proves_nothing(client, session, provider, person, signing, said):
    provider.claims["auth_time"] = said

    assert_not_proven(client, session, prove(client, provider), "没有重新验证您的身份", signing)


def test_somebody_elses_account_proves_nothing_and_links_nothing(client, session, provider, person, signing):
    provider.claims["sub"] = "somebody-else"

    assert_not_proven(client, session, prove(client, provider), "账号不是您的", signing)
    assert session.scalars(select(ProviderIdentity.subject)).all() == [SUBJECT]


def test_the_answer_to_a_sign_in_is_no_proof(client, session, provider, person, signing):
    asked = provider.approve(client.get("/sign-in/provider").location)
    client.get(PROOF)

    client.get(f"{WAY_BACK}?{asked}")

    assert session.scalars(select(Event).where(Event.action == "person.authenticated_again")).all() == []


def test_a_proof_is_taken_once_and_only_for_whom_it_was_asked(client, session, provider, person, signing, app):
    asked = provider.approve(client.get(PROOF).location)
    stranger = app.test_client()
    assert UNEXPECTED in stranger.get(f"{WAY_BACK}?{asked}").get_data(as_text=True)
    copied = app.test_client()
    copied.set_cookie("kezhuan", client.get_cookie("kezhuan").value)
    client.post("/sign-out")

    assert copied.get(f"{WAY_BACK}?{asked}").status_code == 422
    assert session.scalars(select(Event).where(Event.action == "person.authenticated_again")).all() == []


def test_who_never_came_by_the_provider_is_not_offered_it(client, session, provider, clock):
    other = make_person(session, make_organisation(session), Role.TRANSFER_OFFICER)
    session.commit()
    sign_in(client, other)

    assert client.get(PROOF).status_code == 404


# second factor


def arm(session: Session, person: Person) -> pyotp.TOTP:
    second_factor.begin(session, person.id, NOW)
    totp = pyotp.TOTP(second_factor.waiting_secret(person.id))
    second_factor.confirm(session, person.id, totp.at(NOW - timedelta(seconds=30)), NOW)
    session.commit()
    return totp


def test_her_authenticator_is_asked_for_behind_the_provider_too(client, session, provider, person, clock):
    totp = arm(session, person)

    assert come_back(client, provider, "/console/imports").location == "/sign-in/second-factor"
    assert client.get("/console").status_code == 302
    answer = client.post("/sign-in/second-factor", data={"code": totp.at(clock.at)})

    assert answer.location == "/console/imports"
    assert actions_of(session, person)[-1] == ("person.signed_in", "oidc")


@pytest.mark.parametrize(
    "claims", [{"amr": ["pwd", "mfa"]}, {"acr": "http://schemas.openid.net/pape/policies/2007/06/multi-factor"}]
)
def test_a_second_factor_at_the_provider_is_enough(client, session, provider, person, claims):
    arm(session, person)
    provider.claims |= claims

    assert come_back(client, provider).location == "/console"
    assert client.get("/console").status_code == 200
    assert actions_of(session, person)[-1] == ("person.signed_in", "oidc_mfa")


@pytest.mark.parametrize(("methods", "status"), [(["pwd"], 302), (["pwd", "mfa"], 200)])
def test_a_role_that_needs_a_second_factor_takes_the_providers(client, session, provider, person, methods, status):
    key = "sign_in.second_factor.transfer_officer"
    session.add(Parameter(key=key, value="1", unit="0/1", source="试验", valid_from=date(2026, 6, 1)))
    session.commit()
    provider.claims["amr"] = methods
    come_back(client, provider)

    assert client.get("/console").status_code == status


# limits


def test_failed_sign_ins_by_the_provider_count_on_the_network(client, session, provider, person):
    provider.claims["nonce"] = "wrong"
    answers = [come_back(client, provider).status_code for _ in range(62)]

    assert answers == [422] * 60 + [429] * 2
