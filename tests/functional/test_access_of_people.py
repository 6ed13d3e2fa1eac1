"""Who looks like an insider and is none: another organisation's people, who left, who is not verified, who wears two hats.

And lists with their exports, whose rows no address names: each shows the own rows and no foreign one.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from market.accounts.models import Membership, Organisation, Person
from market.accounts.policy import POLICY, Act, Rows
from market.accounts.rules import OrganisationKind, Role
from market.accounts.service import add_membership
from market.achievements.models import IPRight
from market.kernel.db import current_session
from tests.conftest import NOW
from tests.factories.whole_world import OTHER_COUNTY
from tests.factories.world import make_organisation, make_person
from tests.functional.test_access_matrix import (
    ADMINISTRATORS,
    EVERYBODY,
    OPEN_TO_ALL_OF_THEM,
    PLACE,
    SIGNED_IN,
    WITH_ROWS,
    WRITTEN,
    Doors,
    doors,
    signed_cookie_of,
)

__all__ = ["doors"]

ROLES_DECIDE = [route for route, who in WRITTEN.items() if who not in (EVERYBODY, SIGNED_IN, ADMINISTRATORS)]
FOR_ADMINISTRATORS = [route for route, who in WRITTEN.items() if who == ADMINISTRATORS]
ROLE_OF = {
    "a foreign officer": Role.TRANSFER_OFFICER,
    "a foreign head": Role.INSTITUTION_HEAD,
    "a foreign buyer": Role.ENTERPRISE_USER,
    "a buyer whom nobody verified": Role.ENTERPRISE_USER,
    "another county's supervisor": Role.COUNTY_SUPERVISOR,
}


@pytest.fixture(scope="module")
def people(doors: Doors) -> Iterator[Doors]:
    """The doors, and the people of this file behind them."""
    app = doors.app
    with app.app_context():
        session = current_session()
        foreign = organisation_of(doors, "foreign", "<institution>")
        own = organisation_of(doors, "own", "<institution>")
        county = make_organisation(session, OrganisationKind.COUNTY_BUREAU, county_code=OTHER_COUNTY)
        unverified = make_organisation(session, OrganisationKind.INSTITUTION, is_verified=False)
        stranger = make_organisation(session, OrganisationKind.ENTERPRISE, is_verified=False)
        buyer = make_organisation(session, OrganisationKind.ENTERPRISE)
        enterprise = organisation_of(doors, "own", "<organisation>")
        made = {
            "a foreign officer": make_person(session, foreign, Role.TRANSFER_OFFICER),
            "a foreign head": make_person(session, foreign, Role.INSTITUTION_HEAD),
            "a foreign buyer": make_person(session, buyer),
            "a buyer whom nobody verified": make_person(session, stranger),
            "another county's supervisor": make_person(session, county),
            "an officer whom nobody verified": make_person(session, unverified),
            "who left": make_person(session, own),
            "the administrator": make_person(session, enterprise),
            "two hats": make_person(session, own, Role.TRANSFER_OFFICER),
        }
        membership_of(made["who left"]).ended_at = NOW
        membership_of(made["the administrator"]).is_administrator = True
        second = add_membership(session, made["two hats"], buyer, {Role.ENTERPRISE_USER}, now=NOW)
        session.commit()
        for name, person in made.items():
            doors.cookies[name] = signed_cookie_of(app, person)
        doors.cookies["two hats, the other one on"] = switched(app, doors.cookies["two hats"], second.id)
        session.commit()
    return doors


def organisation_of(doors: Doors, side: str, place: str) -> Organisation:
    code = doors.rows[side][place]
    return current_session().scalars(select(Organisation).where(Organisation.code == code)).one()


def membership_of(person: Person) -> Membership:
    return current_session().scalars(select(Membership).where(Membership.person_id == person.id)).one()


def switched(app: Flask, cookie: str, membership_id: int) -> str:
    client = app.test_client()
    client.set_cookie("kezhuan", cookie)
    assert client.post("/acting-as", data={"membership_id": membership_id}).status_code == 302
    changed = client.get_cookie("kezhuan")
    assert changed is not None
    return changed.value


def outcomes(doors: Doors, who: str, routes: list[str], rows: dict[str, str]) -> dict[str, str]:
    return {route: doors.outcome(who, route, rows) for route in routes}


@pytest.mark.parametrize("who", ["who left", "an officer whom nobody verified"])
def test_who_left_or_was_never_verified_has_no_role(people: Doors, who: str) -> None:
    assert set(outcomes(people, who, ROLES_DECIDE, people.rows["own"]).values()) == {"refused"}


@pytest.mark.parametrize("who", ROLE_OF)
def test_the_right_role_at_another_organisation_finds_no_row_of_ours(people: Doors, who: str) -> None:
    role = ROLE_OF[who].value
    guarded = [
        route
        for route in WITH_ROWS
        if role in WRITTEN[route] - for_everybody(route)
        and role not in OPEN_TO_ALL_OF_THEM.get(PLACE.findall(route)[-1], ())
        and not PLACE.findall(route)[-1].startswith("<public")
        and PLACE.findall(route)[-1] != "<offer>"
    ]

    assert guarded
    assert outcomes(people, who, guarded, people.rows["own"]) == dict.fromkeys(guarded, "not there")


def for_everybody(route: str) -> frozenset[str]:
    return WRITTEN[route] if WRITTEN[route] in (EVERYBODY, SIGNED_IN) else frozenset()


def test_two_hats_are_worn_one_at_a_time(people: Doors) -> None:
    officer = {route: "transfer_officer" in WRITTEN[route] for route in ROLES_DECIDE}
    buyer = {route: "enterprise_user" in WRITTEN[route] for route in ROLES_DECIDE}
    first = outcomes(people, "two hats", ROLES_DECIDE, people.rows["own"])
    second = outcomes(people, "two hats, the other one on", ROLES_DECIDE, people.rows["own"])

    assert {route: found == "admitted" for route, found in first.items()} == officer
    assert {route: found != "refused" for route, found in second.items()} == buyer
    assert second["GET /console/deals/<deal>"] == "not there"
    assert second["GET /console/applications/<application>"] == "not there"


def test_an_administrator_keeps_her_own_organisation_and_no_other(people: Doors) -> None:
    with_rows = [route for route in FOR_ADMINISTRATORS if PLACE.search(route)]

    own = outcomes(people, "the administrator", FOR_ADMINISTRATORS, people.rows["own"])
    assert own.pop("POST /console/organisation/members/<member>/roles") == "status 409"  # a member keeps a role
    assert set(own.values()) == {"admitted"}
    foreign = outcomes(people, "the administrator", with_rows, people.rows["foreign"])
    assert foreign == dict.fromkeys(with_rows, "not there")


LISTS = {
    "/console/register": (Act.READ_REGISTER, "<achievement>"),
    "/console/register/export.xlsx": (Act.READ_REGISTER, "<right>"),
    "/console/imports": (Act.READ_IMPORTS, "<import>"),
    "/console/listings": (Act.READ_LISTINGS, "<listing>"),
    "/console/listings/export.xlsx": (Act.READ_LISTINGS, "<listing>"),
    "/console/lots?tab=announced": (Act.READ_LOTS, "<lot>"),
    "/console/lots/export.xlsx?tab=announced": (Act.READ_LOTS, "<lot>"),
    "/console/applications": (Act.READ_APPLICATIONS, "<application>"),
    "/console/applications/export.xlsx": (Act.READ_APPLICATIONS, "<application>"),
    "/console/deals": (Act.READ_DEALS, "<deal>"),
    "/console/deals/export.xlsx": (Act.READ_DEALS, "<deal>"),
    "/console/monitoring/scores": (Act.READ_SCORES, "<institution>"),
    "/console/monitoring/scores/export.xlsx": (Act.READ_SCORES, "<institution>"),
    "/console/notices": (Act.READ_NOTICES, "<notice>"),
}
"""Lists whose rows belong to somebody, and the row by which to know."""


def shown(doors: Doors, role: str, address: str) -> str:
    """Everything that a page or a workbook says."""
    client = doors.app.test_client()
    client.set_cookie("kezhuan", doors.cookies[role])
    with client.get(address) as answer:
        assert answer.status_code == 200
        if ".xlsx" not in address:
            return answer.get_data(as_text=True)
        sheet = load_workbook(BytesIO(answer.data), read_only=True).worksheets[0]
        return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)


def mark(doors: Doors, place: str, row: str) -> str:
    """How a list names the row."""
    if place == "<right>":
        with doors.app.app_context():
            return current_session().get_one(IPRight, int(row)).number or ""
    paths = {
        "<achievement>": f'/console/register/{row}"',
        "<import>": f'/console/imports/{row}"',
        "<notice>": f"/console/notices/{row}/",
    }
    return paths.get(place, row)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_shows_the_own_rows_and_no_foreign_one(doors: Doors, address: str) -> None:
    act, place = LISTS[address]
    grant = POLICY[act]
    for role in grant.roles or list(Role):
        reach = grant.reaches or grant.rows[role]
        text = shown(doors, role.value, address)
        sees = {side: mark(doors, place, rows[place]) in text for side, rows in sides(doors, role.value).items()}
        nobody_takes_part = place == "<lot>" and role is Role.ENTERPRISE_USER
        expected = {
            "own": reach is not Rows.REACHED_PLATFORM and not nobody_takes_part,
            "foreign": reach is Rows.ALL,
        }
        assert (role, sees) == (role, expected)


def sides(doors: Doors, role: str) -> dict[str, dict[str, str]]:
    """An operator's own listing is nobody's: she is asked for a draft, which she does not see."""
    own = doors.rows["own"] | {"<notice>": doors.rows[role]["<notice>"]}
    return {"own": own, "foreign": doors.rows["foreign"]}
