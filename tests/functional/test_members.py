"""An organisation's administrator: invitations, roles, the end of a membership; the operator's review and merging."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts import merging, statements
from market.accounts.models import (
    Invitation,
    Membership,
    MembershipRole,
    Organisation,
    OrganisationName,
    OrganisationRelation,
    OrganisationReview,
    OrganisationStatement,
    Person,
)
from market.accounts.queries import are_related
from market.accounts.rules import OrganisationKind, Role
from market.accounts.service import add_membership, declare_relation
from market.accounts.statement_queries import staff_in_force, statements_of
from market.accounts.statement_rules import StatementRefused
from market.demo.identifiers import credit_code
from market.evaluation import queries as evaluation
from market.kernel.clock import FixedClock
from market.kernel.events import Event, verify_stream
from market.kernel.mail import MailMessage
from market.kernel.orm import Base
from tests.conftest import NOW
from tests.factories.listings import SALE, make_published_listing
from tests.factories.statements import PAPER, PAPER_DAY, former_name, relation, staff
from tests.factories.world import actor_of, make_institution, make_organisation, make_person, sign_in

STRONG = "Teapot-Lantern-Quarry-41"
INVITED = "invited@example.test"
CONFIRMED = {"confirmed": "yes"}


@pytest.fixture
def house(session: Session) -> Organisation:
    made = make_organisation(session, OrganisationKind.INSTITUTION, name="温州甲大学", code="WZJ")
    session.commit()
    return made


def membership_of(session: Session, person: Person) -> Membership:
    return session.scalars(select(Membership).where(Membership.person_id == person.id)).one()


@pytest.fixture
def administrator(session: Session, house: Organisation, client: FlaskClient) -> Person:
    made = make_person(session, house, Role.TRANSFER_OFFICER, name="管理的人")
    membership_of(session, made).is_administrator = True
    session.commit()
    sign_in(client, made)
    return made


@pytest.fixture
def member(session: Session, house: Organisation) -> Person:
    made = make_person(session, house, Role.INSTITUTION_HEAD, name="普通的人")
    session.commit()
    return made


def invite(client: FlaskClient, email: str = INVITED, role: str = "completer") -> int:
    return client.post("/console/organisation/invitations", data={"email": email, "role": role}).status_code


def link_to(session: Session, email: str = INVITED) -> str:
    statement = select(MailMessage).where(MailMessage.recipient == email, MailMessage.template == "invitation")
    mail = session.scalars(statement.order_by(MailMessage.id.desc())).first()
    assert mail is not None
    return "/invitations/" + mail.body.split("/invitations/")[1].split()[0]


def roles_of(session: Session, membership: Membership) -> set[str]:
    return set(session.scalars(select(MembershipRole.role).where(MembershipRole.membership_id == membership.id)))


def actions(session: Session, organisation: Organisation) -> list[str]:
    statement = select(Event.action).where(Event.stream == f"organisation:{organisation.id}").order_by(Event.sequence)
    return [action for action in session.scalars(statement) if action != "organisation.verified"]


def test_somebody_new_is_invited_joins_and_has_the_chosen_role(
    client: FlaskClient, session: Session, house: Organisation, administrator: Person, app: Flask
) -> None:
    assert invite(client) == 302
    newcomer = app.test_client()
    path = link_to(session)
    assert "温州甲大学" in newcomer.get(path).get_data(as_text=True)

    answer = newcomer.post(path, data={"display_name": "新来的人", "password": STRONG})

    assert answer.status_code == 302
    person = session.scalars(select(Person).where(Person.email == INVITED)).one()
    membership = membership_of(session, person)
    assert (membership.organisation_id, membership.is_administrator) == (house.id, False)
    assert roles_of(session, membership) == {"completer"}
    assert newcomer.post("/sign-in", data={"email": INVITED, "password": STRONG}).status_code == 302
    assert actions(session, house) == ["membership.invited", "membership.began"]
    assert verify_stream(session, f"organisation:{house.id}") == []
    assert newcomer.post(path, data={"display_name": "又来", "password": STRONG}).status_code == 404


def test_an_invited_person_with_an_account_signs_in_first_and_nobody_else_can_accept(
    client: FlaskClient, session: Session, administrator: Person, app: Flask
) -> None:
    other = make_organisation(session, OrganisationKind.ENTERPRISE)
    known, stranger = make_person(session, other), make_person(session, other)
    session.commit()
    invite(client, known.email)
    path, browser = link_to(session, known.email), app.test_client()

    assert browser.post(path).location.startswith("/sign-in?next=")
    sign_in(browser, stranger)
    assert browser.post(path).location.startswith("/sign-in?next=")
    assert session.scalars(select(Membership).where(Membership.person_id == known.id)).all()[1:] == []

    hers = app.test_client()
    sign_in(hers, known)
    assert hers.post(path).location == "/console"
    assert len(session.scalars(select(Membership).where(Membership.person_id == known.id)).all()) == 2


@pytest.mark.parametrize("how", ["revoked", "expired", "forged", "invited again"])
def test_an_invitation_that_does_not_hold_opens_nothing(
    client: FlaskClient, session: Session, administrator: Person, clock: FixedClock, app: Flask, how: str
) -> None:
    invite(client)
    path = link_to(session)
    if how == "revoked":
        number = session.scalars(select(Invitation.id)).one()
        assert client.post(f"/console/organisation/invitations/{number}/revocation").status_code == 302
    if how == "expired":
        clock.at = NOW + timedelta(days=7)
    if how == "forged":
        path = path[:-3] + "AAA"
    if how == "invited again":
        invite(client)
    browser = app.test_client()

    assert browser.get(path).status_code == 404
    assert browser.post(path, data={"display_name": "新来的人", "password": STRONG}).status_code == 404
    assert session.scalars(select(Person).where(Person.email == INVITED)).all() == []


@pytest.mark.parametrize(
    ("email", "role"),
    [("no address", "completer"), (INVITED, "operator"), (INVITED, ""), ("a@b.cn\nBcc: c@d.cn", "completer")],
)
def test_a_wrong_invitation_is_refused_and_no_mail_is_written(
    client: FlaskClient, session: Session, administrator: Person, email: str, role: str
) -> None:
    assert invite(client, email, role) == 422
    assert session.scalars(select(MailMessage)).all() == []
    assert session.scalars(select(Invitation)).all() == []


def test_a_plain_member_manages_nothing_and_sees_no_addresses(
    client: FlaskClient, session: Session, administrator: Person, member: Person, app: Flask
) -> None:
    hers = app.test_client()
    sign_in(hers, member)
    other = membership_of(session, administrator).id
    page = hers.get("/console/organisation").get_data(as_text=True)

    assert "管理的人" in page
    assert administrator.email not in page
    for address in (
        "invitations",
        f"members/{other}/roles",
        f"members/{other}/end",
        f"members/{other}/administrator",
        "verification",
    ):
        data = {"email": INVITED, "role": "completer", "roles": "institution_head"}
        assert hers.post(f"/console/organisation/{address}", data=data).status_code == 403
    session.expire_all()
    assert membership_of(session, administrator).ended_at is None
    assert roles_of(session, membership_of(session, administrator)) == {"transfer_officer"}
    assert session.scalars(select(Invitation)).all() == []


def test_roles_of_a_member_hold_from_her_next_request(
    client: FlaskClient, session: Session, administrator: Person, member: Person, app: Flask
) -> None:
    hers = app.test_client()
    sign_in(hers, member)
    assert hers.get("/console/imports/new").status_code == 403

    address = f"/console/organisation/members/{membership_of(session, member).id}/roles"
    client.post(address, data={"roles": ["transfer_officer"]})

    assert hers.get("/console/imports/new").status_code == 200


def exported_members(client: FlaskClient, query: str = "") -> list[list[object]]:
    with client.get("/console/organisation/members/export.xlsx" + query) as answer:
        assert answer.status_code == 200
        return CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def test_members_are_found_by_name_address_and_role_and_exported_as_shown(
    client: FlaskClient, session: Session, administrator: Person, member: Person
) -> None:
    for query in ("?role=institution_head", "?text=普通", f"?text={member.email}"):
        page = client.get("/console/organisation" + query).get_data(as_text=True)
        assert (f">{member.email}<" in page, f">{administrator.email}<" in page) == (True, False)
        assert [row[:2] for row in exported_members(client, query)] == [["姓名", "邮箱"], ["普通的人", member.email]]
    # the only administrator is told so even where the filter leaves others out
    assert "唯一的管理员" in client.get("/console/organisation?text=管理").get_data(as_text=True)
    assert "没有符合条件的成员" in client.get("/console/organisation?text=%25%25").get_data(as_text=True)


def test_a_plain_member_neither_exports_addresses_nor_finds_by_them(
    app: Flask, session: Session, administrator: Person, member: Person
) -> None:
    hers = app.test_client()
    sign_in(hers, member)

    headings, *rows = exported_members(hers)

    assert headings == ["姓名", "角色", "管理员", "加入时间"]
    assert {row[0] for row in rows} == {"管理的人", "普通的人"}
    assert not [cell for row in rows for cell in row if "@" in str(cell)]
    assert len(exported_members(hers, f"?text={administrator.email}")) == 1


def test_a_refused_invitation_shows_the_members_without_links_to_an_address_where_none_stand(
    client: FlaskClient, administrator: Person, member: Person
) -> None:
    data = {"email": "nonsense", "role": "completer"}
    answer = client.post("/console/organisation/invitations", data=data)

    page = answer.get_data(as_text=True)
    assert (answer.status_code, member.email in page) == (422, True)
    assert "/console/organisation/invitations?" not in page
    assert 'class="filters"' not in page


@pytest.mark.parametrize("forged", ["operator", "enterprise_user", "nonsense", ""])
def test_a_forged_role_is_refused(
    client: FlaskClient, session: Session, administrator: Person, member: Person, forged: str
) -> None:
    membership = membership_of(session, member)

    answer = client.post(f"/console/organisation/members/{membership.id}/roles", data={"roles": [forged]})

    assert answer.status_code == 409
    assert roles_of(session, membership) == {"institution_head"}


def test_the_end_of_a_membership_ends_what_she_does_at_once(
    client: FlaskClient, session: Session, administrator: Person, member: Person, app: Flask
) -> None:
    hers = app.test_client()
    sign_in(hers, member)
    assert hers.get("/console/register").status_code == 200

    client.post(f"/console/organisation/members/{membership_of(session, member).id}/end", data=CONFIRMED)

    assert hers.get("/console/register").status_code == 403


def test_a_member_of_another_organisation_is_not_there(
    client: FlaskClient, session: Session, administrator: Person
) -> None:
    stranger = make_person(session, make_organisation(session))
    session.commit()
    foreign = membership_of(session, stranger)

    for step in ("roles", "end", "administrator"):
        address = f"/console/organisation/members/{foreign.id}/{step}"
        assert client.post(address, data={"roles": "completer"} | CONFIRMED).status_code == 404
    session.expire_all()
    assert (foreign.ended_at, foreign.is_administrator) == (None, False)


def test_the_last_administrator_stays_until_the_role_is_transferred(
    client: FlaskClient, session: Session, house: Organisation, administrator: Person, member: Person, app: Flask
) -> None:
    own, other = membership_of(session, administrator), membership_of(session, member)
    assert client.post(f"/console/organisation/members/{own.id}/end", data=CONFIRMED).status_code == 409
    session.expire_all()
    assert own.ended_at is None

    client.post(f"/console/organisation/members/{other.id}/administrator", data={"steps_down": "yes"})

    session.expire_all()
    assert (own.is_administrator, other.is_administrator) == (False, True)
    assert invite(client) == 403
    hers = app.test_client()
    sign_in(hers, member)
    assert invite(hers) == 302


def test_somebody_who_left_is_invited_back_with_the_new_role_only(
    client: FlaskClient, session: Session, administrator: Person, member: Person, app: Flask
) -> None:
    membership = membership_of(session, member)
    client.post(f"/console/organisation/members/{membership.id}/end", data=CONFIRMED)
    invite(client, member.email, "completer")
    hers = app.test_client()
    sign_in(hers, member)

    hers.post(link_to(session, member.email))

    session.expire_all()
    assert (membership.ended_at, membership.is_administrator) == (None, False)
    assert roles_of(session, membership) == {"completer"}


# the operator


@pytest.fixture
def operator(session: Session, app: Flask) -> FlaskClient:
    made = make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)
    session.commit()
    browser = app.test_client()
    sign_in(browser, made)
    return browser


@pytest.fixture
def applying(session: Session, app: Flask) -> tuple[Organisation, Person, FlaskClient]:
    """An enterprise whose administrator handed in a licence."""
    made = make_organisation(session, OrganisationKind.ENTERPRISE, name="温州巳未阀门厂", code="FMC", is_verified=False)
    person = make_person(session, made, Role.ENTERPRISE_USER)
    membership_of(session, person).is_administrator = True
    session.commit()
    browser = app.test_client()
    sign_in(browser, person)
    hand_in(browser)
    return made, person, browser


CLAIM = {
    "organisation_name": "温州巳未阀门厂",
    "credit_code": credit_code("91", "330324", 902),
    "county_code": "330324",
    "size_class": "small",
}


def hand_in(browser: FlaskClient, content: bytes = b"%PDF-1.7 licence", **changes: str) -> int:
    data = CLAIM | changes | {"evidence": (BytesIO(content), "执照.pdf")}
    return browser.post("/console/organisation/verification", data=data, content_type="multipart/form-data").status_code


def test_the_operator_reads_the_evidence_and_rejects_with_a_reason(
    operator: FlaskClient, session: Session, applying: tuple[Organisation, Person, FlaskClient]
) -> None:
    organisation, person, applicant = applying
    page = operator.get("/console/organisations/FMC").get_data(as_text=True)
    address = page.split('href="/console/organisations/FMC/evidence/')[1].split('"')[0]
    with operator.get(f"/console/organisations/FMC/evidence/{address}") as file:
        assert (file.data, file.mimetype) == (b"%PDF-1.7 licence", "application/pdf")
        assert file.headers["Content-Disposition"].startswith("attachment")

    assert operator.post("/console/organisations/FMC/rejection", data={"reason": " "}).status_code == 422
    assert operator.post("/console/organisations/FMC/rejection", data={"reason": "执照看不清"}).status_code == 302

    session.expire_all()
    assert organisation.verified_at is None
    review = session.scalars(select(OrganisationReview)).one()
    assert (review.state, review.reason) == ("rejected", "执照看不清")
    assert session.scalars(select(MailMessage).where(MailMessage.recipient == person.email)).all() == []
    assert "执照看不清" in applicant.get("/console/organisation").get_data(as_text=True)
    assert operator.post("/console/organisations/FMC/rejection", data={"reason": "再次"}).status_code == 422
    assert hand_in(applicant) == 302
    assert operator.post("/console/organisations/FMC/verification").status_code == 302
    session.expire_all()
    states = session.scalars(select(OrganisationReview.state).order_by(OrganisationReview.id)).all()
    assert (list(states), organisation.verified_at) == (["rejected", "approved"], NOW)


def test_who_was_declined_corrects_what_was_wrong_and_applies_again(
    operator: FlaskClient, session: Session, applying: tuple[Organisation, Person, FlaskClient]
) -> None:
    organisation, _person, applicant = applying
    operator.post("/console/organisations/FMC/rejection", data={"reason": "名称与执照不符"})
    assert 'value="温州巳未阀门厂"' in applicant.get("/console/organisation").get_data(as_text=True)

    assert (
        hand_in(applicant, organisation_name="温州巳未阀门有限公司", credit_code=credit_code("91", "330324", 903))
        == 302
    )

    session.expire_all()
    assert (organisation.name, organisation.credit_code) == ("温州巳未阀门有限公司", credit_code("91", "330324", 903))
    changes = session.scalars(select(Event).where(Event.action == "organisation.corrected").order_by(Event.id)).all()
    assert changes[-1].payload["fields"]["name"] == {"before": "温州巳未阀门厂", "after": "温州巳未阀门有限公司"}
    states = session.scalars(select(OrganisationReview.state).order_by(OrganisationReview.id)).all()
    assert list(states) == ["rejected", "waiting"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("credit_code", credit_code("91", "330324", 901), "这个机构已经在平台上"),
        ("credit_code", "91330324MA2DEMO99X", "统一社会信用代码不正确"),
        ("organisation_name", "温州午未大学", "这个名称的机构已经在平台上"),
        ("size_class", "", "企业请选择规模"),
        ("industry", "阀门", "行业代码按 GB/T 4754 填写"),
    ],
)
def test_a_wrong_correction_is_refused_at_its_field_and_changes_nothing(
    session: Session, applying: tuple[Organisation, Person, FlaskClient], field: str, value: str, sentence: str
) -> None:
    organisation, _person, applicant = applying
    other = make_organisation(session, OrganisationKind.INSTITUTION, name="温州午未大学", code="WWD")
    other.credit_code = credit_code("91", "330324", 901)
    session.commit()
    before = (organisation.name, organisation.credit_code, organisation.size_class, organisation.industry)

    answer = applicant.post("/console/organisation/verification", data=CLAIM | {field: value})

    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    session.expire_all()
    assert (organisation.name, organisation.credit_code, organisation.size_class, organisation.industry) == before


def test_a_verified_organisation_corrects_nothing_by_itself(
    operator: FlaskClient, session: Session, applying: tuple[Organisation, Person, FlaskClient]
) -> None:
    organisation, _person, applicant = applying
    assert operator.post("/console/organisations/FMC/verification").status_code == 302
    assert hand_in(applicant, organisation_name="温州亥子银行") == 422
    session.expire_all()
    assert organisation.name == "温州巳未阀门厂"


def test_a_file_of_another_organisation_is_not_there(
    operator: FlaskClient, session: Session, applying: tuple[Organisation, Person, FlaskClient], house: Organisation
) -> None:
    page = operator.get("/console/organisations/FMC").get_data(as_text=True)
    number = page.split('href="/console/organisations/FMC/evidence/')[1].split('"')[0]

    assert operator.get(f"/console/organisations/WZJ/evidence/{number}").status_code == 404


def test_nobody_verifies_an_organisation_to_which_she_belongs(
    session: Session, operator: FlaskClient, applying: tuple[Organisation, Person, FlaskClient]
) -> None:
    organisation, _, _ = applying
    verifier = session.scalars(
        select(Membership.person_id).join(Organisation).where(Organisation.kind == "operator")
    ).one()
    add_membership(session, session.get_one(Person, verifier), organisation, {Role.ENTERPRISE_USER}, now=NOW)
    session.commit()

    assert operator.post("/console/organisations/FMC/verification").status_code == 403
    session.expire_all()
    assert organisation.verified_at is None


def test_nobody_verifies_her_own_application(
    session: Session, operator: FlaskClient, applying: tuple[Organisation, Person, FlaskClient]
) -> None:
    organisation, _, _ = applying
    review = session.scalars(select(OrganisationReview)).one()
    review.submitted_by_id = session.scalars(
        select(Membership.person_id).join(Organisation).where(Organisation.kind == "operator")
    ).one()
    session.commit()

    assert operator.post("/console/organisations/FMC/verification").status_code == 403
    assert operator.post("/console/organisations/FMC/rejection", data={"reason": "不清楚"}).status_code == 422
    session.expire_all()
    assert (organisation.verified_at, review.state) == (None, "waiting")


def test_names_that_look_alike_are_shown_to_the_operator(
    operator: FlaskClient, session: Session, applying: tuple[Organisation, Person, FlaskClient]
) -> None:
    make_organisation(session, OrganisationKind.ENTERPRISE, name="温州己末阀门厂", code="OTHER")
    session.commit()

    page = operator.get("/console/organisations/FMC").get_data(as_text=True)

    assert "温州己末阀门厂" in page
    assert "容易与下列机构混淆" in page


def merge(operator: FlaskClient, code: str, into: str, reason: str = "重复登记") -> tuple[int, str]:
    data = {"merge-into": into, "merge-reason": reason}
    answer = operator.post(f"/console/organisations/{code}/merge", data=data)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_double_goes_into_the_other_with_its_people_and_names(
    operator: FlaskClient, session: Session, house: Organisation, member: Person
) -> None:
    double = make_organisation(session, name="温州甲大学（新）", code="DOUBLE", former_names=("甲学院",))
    hers = make_person(session, double, Role.COMPLETER)
    session.commit()

    assert merge(operator, "DOUBLE", "WZJ")[0] == 302

    session.expire_all()
    assert (double.merged_into_id, double.merged_at) == (house.id, NOW)
    assert membership_of(session, hers).organisation_id == house.id
    names = session.scalars(select(OrganisationName.name).where(OrganisationName.organisation_id == house.id))
    assert set(names) == {"温州甲大学（新）", "甲学院"}
    assert "DOUBLE" not in operator.get("/console/organisations").get_data(as_text=True)
    assert actions(session, house)[-1:] == actions(session, double)[-1:] == ["organisation.merged"]
    assert (
        verify_stream(session, f"organisation:{house.id}") == verify_stream(session, f"organisation:{double.id}") == []
    )
    assert merge(operator, "DOUBLE", "WZJ")[0] == 422


def related_to(session: Session, organisation: Organisation) -> list[tuple[int, int, bool]]:
    relation = OrganisationRelation
    rows = session.scalars(select(relation).order_by(relation.id))
    return [
        (row.first_id, row.second_id, row.ended_at is None)
        for row in rows
        if organisation.id in (row.first_id, row.second_id)
    ]


def declare(session: Session, *parties: Organisation, reason: str = "持股") -> None:
    low, high = sorted(party.id for party in parties)
    declare_relation(session, low, high, reason=reason, source=PAPER, source_date=PAPER_DAY, now=NOW)


def test_related_parties_go_over_once_and_the_two_are_no_parties_of_themselves(
    operator: FlaskClient, session: Session, house: Organisation
) -> None:
    shared, new, double = (make_organisation(session, code=code) for code in ("SHARED", "NEW", "DOUBLE"))
    for parties in ((house, shared), (double, shared), (double, new), (house, double)):
        declare(session, *parties)
    session.commit()

    assert merge(operator, "DOUBLE", "WZJ")[0] == 302

    session.expire_all()
    assert related_to(session, new) == [(house.id, new.id, True)]
    assert related_to(session, shared) == [(house.id, shared.id, True), (shared.id, double.id, False)]
    assert are_related(house.id, new.id)
    assert are_related(house.id, shared.id)
    assert not [row for row in related_to(session, double) if row[2]]
    event = session.scalars(select(Event).where(Event.stream == f"organisation:{house.id}")).all()[-1]
    assert event.payload["related_organisation_ids"] == sorted([shared.id, new.id])


def test_a_relation_that_had_ended_holds_again_when_the_double_had_it(
    operator: FlaskClient, session: Session, house: Organisation
) -> None:
    other, double = make_organisation(session, code="OTHER"), make_organisation(session, code="DOUBLE")
    declare(session, house, other)
    session.scalars(select(OrganisationRelation)).one().ended_at = NOW - timedelta(days=9)
    declare(session, double, other)
    session.commit()

    assert merge(operator, "DOUBLE", "WZJ")[0] == 302

    assert are_related(house.id, other.id)


def test_statements_of_the_double_end_or_go_over_with_what_they_prove(
    operator: FlaskClient, session: Session, house: Organisation, app: Flask
) -> None:
    double = make_institution(session, name="温州甲大学（新）", code="DOUBLE", rd_fte=Decimal(90))
    partner = make_organisation(session, code="PARTNER")
    bureau = actor_of(make_person(session, make_organisation(session, OrganisationKind.BUREAU), Role.SUPERVISOR))
    officer = actor_of(double.officer)
    drafts = (former_name("甲学院"), relation("PARTNER"), staff("120"))
    confirmed = [statements.state_own(session, officer, draft, now=NOW) for draft in drafts]
    for statement in confirmed:
        statements.decide(session, bureau, statement.id, confirms=True, reason="", now=NOW)
    waiting = [statements.state_own(session, officer, draft, now=NOW) for draft in (former_name("甲校"), staff("130"))]
    session.commit()

    assert merge(operator, "DOUBLE", "WZJ")[0] == 302

    session.expire_all()
    name, party, number = confirmed
    assert (name.organisation_id, party.organisation_id, party.other_id) == (house.id, house.id, partner.id)
    assert {row.said for row in statements_of(house.id)} >= {"甲学院", partner.name}
    assert number.organisation_id == double.organisation.id
    assert staff_in_force(house.id, NOW.date()) == 200
    assert [(row.state, row.decided_by_id, row.decision_reason) for row in waiting] == [
        ("rejected", None, "重复登记")
    ] * 2
    assert actions(session, double.organisation)[-3:] == ["organisation.particular_ended"] * 2 + ["organisation.merged"]
    assert verify_stream(session, f"organisation:{double.organisation.id}") == []
    assert "平台自动" in operator.get(f"/console/particulars/{waiting[0].id}").get_data(as_text=True)
    with pytest.raises(StatementRefused) as late:
        statements.decide(session, bureau, waiting[0].id, confirms=True, reason="", now=NOW)
    assert late.value.code == "statement.decided"


def test_who_still_has_the_page_of_the_double_open_states_nothing_of_it(
    operator: FlaskClient, session: Session, house: Organisation
) -> None:
    double = make_institution(session, code="DOUBLE")
    before = actor_of(double.officer)
    session.commit()
    assert merge(operator, "DOUBLE", "WZJ")[0] == 302

    with pytest.raises(StatementRefused) as refused:
        statements.state_own(session, before, former_name("甲学院"), now=NOW)

    assert refused.value.code == "statement.merged"
    assert session.scalars(select(OrganisationStatement)).all() == []


def test_a_double_is_evaluated_no_more(operator: FlaskClient, session: Session, house: Organisation) -> None:
    make_organisation(session, code="DOUBLE", name="甲大学重复登记")
    session.commit()
    scheme = evaluation.published_scheme(2026)
    assert scheme is not None

    def evaluated() -> set[str]:
        return {row.institution.code for row in evaluation.evaluate_institutions(scheme.rules, 2026)}

    assert {"WZJ", "DOUBLE"} <= evaluated()
    assert merge(operator, "DOUBLE", "WZJ")[0] == 302
    session.expire_all()
    assert "WZJ" in evaluated()
    assert "DOUBLE" not in evaluated()


def test_organisations_with_business_on_both_sides_stay_apart_and_it_is_said_where(
    operator: FlaskClient, session: Session
) -> None:
    first, second = make_institution(session), make_institution(session)
    for institution in (first, second):
        make_published_listing(session, institution, SALE)
    empty = make_organisation(session, code="EMPTY")
    session.commit()

    status, page = merge(operator, first.organisation.code, second.organisation.code)
    reverse_status, reverse_page = merge(operator, first.organisation.code, "EMPTY")

    assert (status, reverse_status) == (422, 422)
    assert "两个机构都有业务记录" in page
    assert "成果 1 条、挂牌 1 条" in page
    assert "listing" not in page.split('role="alert"')[1].split("</div>")[0]
    assert "请反过来" in reverse_page
    session.expire_all()
    assert (first.organisation.merged_into_id, empty.merged_into_id) == (None, None)


def test_every_table_of_business_has_a_name_for_the_refusal(app: Flask) -> None:
    pointing = {table.name for table in Base.metadata.sorted_tables if merging.pointing(table)}

    assert {"listing", "deal"} <= pointing
    assert pointing - merging.NOT_BUSINESS - set(merging.BUSINESS_NAMES) == set()


@pytest.mark.parametrize(("code", "into"), [("WZJ", "WZJ"), ("WZJ", "NOBODY"), ("WZJ", "FMC")])
def test_what_cannot_be_one_stays_two(
    operator: FlaskClient,
    session: Session,
    house: Organisation,
    applying: tuple[Organisation, Person, FlaskClient],
    code: str,
    into: str,
) -> None:
    assert merge(operator, code, into)[0] == 422
    session.expire_all()
    assert house.merged_into_id is None


# the operator's own organisation


@pytest.fixture
def last_operator(session: Session, client: FlaskClient) -> Person:
    house = make_organisation(session, OrganisationKind.OPERATOR, name="平台运营处")
    made = make_person(session, house, Role.OPERATOR)
    membership_of(session, made).is_administrator = True
    session.commit()
    sign_in(client, made)
    return made


def test_the_operators_invite_operators_and_nobody_else(client, session, last_operator):
    page = client.get("/console/organisation").get_data(as_text=True)
    assert re.findall(r'name="role"[^>]*value="(\w+)"', page) == ["operator"]

    assert [invite(client, role=role) for role in ("auditor", "transfer_officer", "operator")] == [422, 422, 302]
    assert session.scalars(select(Invitation.role)).all() == ["operator"]


@pytest.mark.parametrize("is_colleague_enabled", [False, True])
def test_the_platform_keeps_an_operator_who_can_sign_in(client, session, last_operator, is_colleague_enabled):
    organisation = session.get_one(Organisation, membership_of(session, last_operator).organisation_id)
    colleague = make_person(session, organisation, Role.OPERATOR)
    membership_of(session, colleague).is_administrator = True
    colleague.is_enabled = is_colleague_enabled
    session.commit()

    answer = client.post(
        f"/console/organisation/members/{membership_of(session, last_operator).id}/end", data=CONFIRMED
    )

    session.expire_all()
    assert (answer.status_code == 302, membership_of(session, last_operator).ended_at is not None) == (
        is_colleague_enabled,
        is_colleague_enabled,
    )


def test_the_role_is_not_handed_to_somebody_who_is_switched_off(client, session, last_operator):
    organisation = session.get_one(Organisation, membership_of(session, last_operator).organisation_id)
    colleague = make_person(session, organisation, Role.OPERATOR)
    colleague.is_enabled = False
    session.commit()
    address = f"/console/organisation/members/{membership_of(session, colleague).id}/administrator"

    answer = client.post(address, data={"steps_down": "yes"})

    session.expire_all()
    assert answer.status_code == 409
    assert membership_of(session, last_operator).is_administrator
    assert not membership_of(session, colleague).is_administrator


def test_the_operators_role_cannot_be_taken_from_the_last_operator(client, session, last_operator):
    address = f"/console/organisation/members/{membership_of(session, last_operator).id}/roles"

    assert [client.post(address, data={"roles": wanted}).status_code for wanted in ([], ["auditor"])] == [409, 409]
    assert client.get("/console/organisations").status_code == 200
