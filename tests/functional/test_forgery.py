"""What another site or a stale page cannot do in somebody's name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.rules import OrganisationKind, Role
from market.listings.models import Listing
from tests.factories.listings import make_draft_listing
from tests.factories.world import PASSWORD, make_institution, make_organisation, make_person

SENTENCE = "页面停留太久或来源不对，为了安全没有执行"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture
def guarded_app(app: Flask) -> Iterator[Flask]:
    """As in production: every POST needs its token."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def guarded(guarded_app: Flask, session: Session) -> FlaskClient:
    return guarded_app.test_client()


def token_on(client: FlaskClient, address: str) -> str:
    found = TOKEN.search(client.get(address).get_data(as_text=True))
    assert found is not None
    return found.group(1)


def sign_in_with_token(client: FlaskClient, email: str) -> None:
    data = {"email": email, "password": PASSWORD, "csrf_token": token_on(client, "/sign-in")}
    assert client.post("/sign-in", data=data).status_code == 302


def test_a_form_without_token_is_refused_with_a_sentence(guarded: FlaskClient) -> None:
    answer = guarded.post("/sign-in", data={"email": "a@b.cn", "password": "x"})

    assert answer.status_code == 400
    assert SENTENCE in answer.get_data(as_text=True)


def test_with_its_token_the_same_form_is_taken(guarded: FlaskClient, session: Session) -> None:
    person = make_person(session, make_organisation(session))
    session.commit()

    sign_in_with_token(guarded, person.email)

    assert guarded.get("/console").status_code == 200


def test_every_post_of_the_platform_wants_a_token(guarded: FlaskClient, guarded_app: Flask) -> None:
    places = {"number": "X", "code": "X", "listing_number": "X"}
    open_doors = []
    with guarded_app.test_request_context():
        rules = [rule for rule in guarded_app.url_map.iter_rules() if "POST" in (rule.methods or set())]
        addresses = [rule.build({name: places.get(name, 1) for name in rule.arguments})[1] for rule in rules]  # type: ignore[index]
    for address in addresses:
        answer = guarded.post(address)
        if answer.status_code != 400 or SENTENCE not in answer.get_data(as_text=True):
            open_doors.append(address)

    assert len(addresses) > 20
    assert open_doors == []


def test_somebody_elses_token_does_not_open_my_session(guarded: FlaskClient, session: Session) -> None:
    institution = make_institution(session)
    listing = make_draft_listing(session, institution)
    session.commit()
    sign_in_with_token(guarded, institution.officer.email)
    foreign_token = token_on(guarded.application.test_client(), "/sign-in")

    answer = guarded.post(
        f"/console/listings/{listing.number}/withdrawal", data={"csrf_token": foreign_token, "reason": "x"}
    )

    assert answer.status_code == 400
    session.expire_all()
    assert session.scalar(select(Listing.state).where(Listing.id == listing.id)) == "draft"


def test_a_forged_verification_changes_nothing(guarded: FlaskClient, session: Session) -> None:
    operator = make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)
    waiting = make_organisation(session, OrganisationKind.ENTERPRISE, is_verified=False)
    session.commit()
    sign_in_with_token(guarded, operator.email)

    answer = guarded.post(f"/console/organisations/{waiting.code}/verification")

    assert answer.status_code == 400
    session.expire_all()
    count = select(func.count()).select_from(Organisation).where(Organisation.verified_at.is_(None))
    assert session.scalar(count) == 1


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(guarded: FlaskClient, session: Session) -> None:
    person = make_person(session, make_organisation(session))
    session.commit()

    sign_in_with_token(guarded, person.email)

    cookie = guarded.get_cookie("kezhuan")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")


def test_the_headers_allow_no_inline_script_and_no_frame(client: FlaskClient) -> None:
    headers = client.get("/sign-in").headers

    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-cache"
