"""Sign in, act for an organisation, verify an enterprise."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Membership, Organisation, Person
from market.accounts.rules import OrganisationKind, Role
from market.accounts.service import add_membership
from market.kernel.events import Event
from tests.conftest import NOW
from tests.factories.world import LONG_AGO, PASSWORD, make_institution, make_organisation, make_person, sign_in

WRONG = "邮箱或密码不正确"


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session, make_organisation(session, name="温州甲大学"), Role.TRANSFER_OFFICER, name="陈某")
    session.commit()
    return made


def credentials(person: Person, **changed: str) -> dict[str, str]:
    return {"email": person.email, "password": PASSWORD} | changed


# sign in and out


def test_who_signs_in_stands_in_the_console_for_her_organisation(client, person):
    answer = client.post("/sign-in", data=credentials(person))

    assert (answer.status_code, answer.location) == (302, "/console")
    shown = page(client, "/console")
    assert "陈某" in shown
    assert "温州甲大学" in shown


def test_the_address_is_taken_in_any_case_and_with_blanks(client, person):
    answer = client.post("/sign-in", data=credentials(person, email=f"  {person.email.upper()} "))

    assert answer.status_code == 302


@pytest.mark.parametrize("changed", [{"password": "not the password"}, {"email": "nobody@example.test"}])
def test_a_wrong_password_and_an_unknown_address_are_told_alike(client, person, changed):
    answer = client.post("/sign-in", data=credentials(person, **changed))

    assert answer.status_code == 422
    assert WRONG in answer.get_data(as_text=True)
    assert client.get("/console").status_code == 302


def test_a_person_who_was_switched_off_cannot_sign_in(client, session, person):
    person.is_enabled = False
    session.commit()

    answer = client.post("/sign-in", data=credentials(person))

    assert answer.status_code == 422
    assert WRONG in answer.get_data(as_text=True)


def test_a_session_ends_when_its_person_is_switched_off(client, session, person):
    sign_in(client, person)
    assert client.get("/console").status_code == 200

    person.is_enabled = False
    session.commit()

    answer = client.get("/console")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/console")


def test_a_session_ends_when_all_sessions_of_the_person_are_ended(client, session, person):
    sign_in(client, person)

    person.session_version += 1
    session.commit()

    assert client.get("/console").status_code == 302


def test_who_signed_out_is_a_visitor(client, person):
    sign_in(client, person)

    answer = client.post("/sign-out")

    assert (answer.status_code, answer.location) == (302, "/")
    assert client.get("/console").status_code == 302


def test_a_changed_cookie_is_a_visitors(client, person):
    sign_in(client, person)
    cookie = client.get_cookie("kezhuan")
    client.set_cookie("kezhuan", cookie.value[:-3] + "abc")

    assert client.get("/console").status_code == 302


# where one wanted to go


def test_after_signing_in_one_is_where_one_wanted_to_go(client, person):
    wanted = client.get("/console/register?state=expired").location
    assert wanted == "/sign-in?next=/console/register?state%3Dexpired"
    assert 'value="/console/register?state=expired"' in page(client, wanted)

    answer = client.post("/sign-in", data=credentials(person, next="/console/register?state=expired"))

    assert answer.location == "/console/register?state=expired"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
        "http:evil.example",
        "@evil.example",
    ],
)
def test_no_address_of_another_site_is_followed_after_signing_in(client, person, elsewhere):
    answer = client.post("/sign-in", data=credentials(person, next=elsewhere))

    assert (answer.status_code, answer.location) == (302, "/console")


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example"]
)
def test_no_address_of_another_site_is_followed_after_choosing_a_language(client, app, elsewhere):
    answer = client.post("/language", data={"language": "en", "back": elsewhere})

    assert (answer.status_code, answer.location) == (302, "/")


# for whom one acts


@pytest.fixture
def of_two(session: Session, person: Person) -> Organisation:
    """The person also belongs to an enterprise."""
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE, name="瑞安某阀门厂")
    add_membership(session, person, enterprise, {Role.ENTERPRISE_USER}, now=LONG_AGO)
    session.commit()
    return enterprise


def membership_id(session: Session, person: Person, organisation: Organisation) -> int:
    conditions = (Membership.person_id == person.id, Membership.organisation_id == organisation.id)
    return session.scalars(select(Membership.id).where(*conditions)).one()


def test_a_person_of_two_organisations_switches_and_has_the_roles_of_the_chosen_one(client, session, person, of_two):
    sign_in(client, person)
    assert client.get("/console/register").status_code == 200

    answer = client.post("/acting-as", data={"membership_id": membership_id(session, person, of_two)})

    assert (answer.status_code, answer.location) == (302, "/console")
    assert "瑞安某阀门厂" in page(client, "/console")
    assert client.get("/console/register").status_code == 403
    assert client.get("/console/applications").status_code == 200


@pytest.mark.parametrize("chosen", ["foreign", "0", "-1", "abc", "", "99999999999999999999"])
def test_nobody_acts_for_an_organisation_of_somebody_else(client, session, person, of_two, chosen):
    stranger = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE))
    foreign = session.scalars(select(Membership.id).where(Membership.person_id == stranger.id)).one()
    session.commit()
    sign_in(client, person)

    answer = client.post("/acting-as", data={"membership_id": foreign if chosen == "foreign" else chosen})

    assert answer.status_code == 404
    assert "温州甲大学" in page(client, "/console")
    assert client.get("/console/register").status_code == 200


def test_an_ended_membership_takes_its_roles_with_it(client, session, person, of_two):
    sign_in(client, person)
    client.post("/acting-as", data={"membership_id": membership_id(session, person, of_two)})

    session.get_one(Membership, membership_id(session, person, of_two)).ended_at = NOW
    session.commit()

    assert client.get("/console/applications").status_code == 200  # as an officer again
    assert "瑞安某阀门厂" not in page(client, "/console")


def test_a_person_without_organisation_is_refused_where_one_acts_for_one(client, session):
    alone = make_person(session)
    session.commit()
    sign_in(client, alone)

    answers = {address: client.get(address).status_code for address in ("/", "/lots", "/console", "/console/notices")}

    assert answers == {"/": 200, "/lots": 200, "/console": 403, "/console/notices": 403}


# the operator


@pytest.fixture
def operator(client: FlaskClient, session: Session) -> Person:
    made = make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)
    session.commit()
    sign_in(client, made)
    return made


@pytest.fixture
def waiting(session: Session) -> Organisation:
    made = make_organisation(session, OrganisationKind.ENTERPRISE, name="乐清某电气", code="YQDQ", is_verified=False)
    session.commit()
    return made


def exported_names(client: FlaskClient, query: str) -> set[str]:
    """The names in the workbook of the list."""
    with client.get(f"/console/organisations/export.xlsx{query}") as answer:
        sheet = load_workbook(BytesIO(answer.data)).active
    return {row[1] for row in sheet.iter_rows(min_row=2, values_only=True)}


def verifications(session: Session, organisation: Organisation) -> list[Event]:
    statement = select(Event).where(Event.stream == f"organisation:{organisation.id}")
    return list(session.scalars(statement))


def test_the_operator_verifies_with_one_button_and_it_is_recorded(client, session, operator, waiting):
    assert "乐清某电气" in page(client, "/console/organisations?verified=no")

    answer = client.post("/console/organisations/YQDQ/verification")

    assert (answer.status_code, answer.location) == (302, "/console/organisations")
    session.expire_all()
    assert (waiting.verified_at, waiting.verified_by_id) == (NOW, operator.id)
    [event] = verifications(session, waiting)
    assert (event.action, event.actor_person_id) == ("organisation.verified", operator.id)
    assert exported_names(client, "?verified=no") == set()


def test_verifying_twice_is_recorded_once(client, session, operator, waiting):
    client.post("/console/organisations/YQDQ/verification")
    client.post("/console/organisations/yqdq/verification")

    assert len(verifications(session, waiting)) == 1


def test_an_enterprise_cannot_verify_itself(client, session, waiting):
    sign_in(client, make_person(session, waiting, Role.ENTERPRISE_USER))

    answer = client.post("/console/organisations/YQDQ/verification")

    assert answer.status_code == 403
    session.expire_all()
    assert waiting.verified_at is None
    assert verifications(session, waiting) == []


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("?kind=enterprise", {"乐清某电气"}),
        ("?text=某电气", {"乐清某电气"}),
        ("?text=yqdq", {"乐清某电气"}),
        ("?kind=nonsense&text=电气", {"乐清某电气"}),
        ("?verified=yes&kind=enterprise", set()),
        ("?text=%00", {"乐清某电气", "平台"}),
    ],
)
def test_the_list_of_organisations_is_filtered_by_its_address_and_exported_as_shown(
    client, operator, waiting, address, names
):
    exported = exported_names(client, address)
    shown = page(client, f"/console/organisations{address}")
    assert ("乐清某电气" in exported) == ("乐清某电气" in names)
    assert all(name in shown for name in exported)
    assert len(exported) == len(names)


def test_an_institutions_officer_sees_no_list_of_organisations(client, session):
    institution = make_institution(session)
    session.commit()
    sign_in(client, institution.officer)

    assert client.get("/console/organisations").status_code == 403
    assert "/console/organisations" not in page(client, "/console")
