"""Getting in: sign-up by a link in a mail, the checks of an organisation, new passwords, stolen and used links."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from market.accounts.models import AccountLink, Membership, Organisation, OrganisationEvidence, Person
from market.accounts.rules import OrganisationKind, Role
from market.kernel.clock import FixedClock
from market.kernel.mail import MailMessage
from tests.conftest import NOW
from tests.factories.world import PASSWORD, make_organisation, make_person, sign_in

EMAIL = "newcomer@example.test"
CODE = "91330382MA2ABCDEXK"
STRONG = "Teapot-Lantern-Quarry-41"
PDF = b"%PDF-1.7\nlicence"


def mails_to(session: Session, address: str) -> list[MailMessage]:
    statement = select(MailMessage).where(func.lower(MailMessage.recipient) == address.lower())
    return list(session.scalars(statement.order_by(MailMessage.id)))


def path_in(mail: MailMessage) -> str:
    found = re.search(r"https?://[^/\s]+(/\S*)", mail.body)
    assert found is not None
    return found.group(1)


def ask(client: FlaskClient, session: Session, address: str = EMAIL) -> str:
    """Ask for a sign-up link; the path that the mail names."""
    assert client.post("/sign-up", data={"email": address}).status_code == 200
    return path_in(mails_to(session, address)[-1])


def form(**changes: Any) -> dict[str, Any]:
    return {
        "display_name": "林小满",
        "password": STRONG,
        "kind": "enterprise",
        "organisation_name": "乐清某某电气有限公司",
        "credit_code": CODE,
        "county_code": "330382",
        "size_class": "small",
        "industry": "C3823",
        "evidence": (BytesIO(PDF), "执照.pdf"),
        **changes,
    }


def send(client: FlaskClient, path: str, **changes: Any) -> TestResponse:
    parts = {
        name: FileStorage(value[0], value[1]) if isinstance(value, tuple) else value
        for name, value in form(**changes).items()
    }
    boundary, body = encode_multipart(parts)  # in memory: a large one would leave an open file behind
    return client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def said(answer: TestResponse) -> str:
    """The page without its tokens, in forms and for scripts, which carry the second in which they were made."""
    return re.sub(r'"X-CSRFToken": "[^"]*"|name="csrf_token"[^>]*>', "", answer.get_data(as_text=True))


def counted(session: Session) -> tuple[int, ...]:
    tables = (Person, Organisation, Membership, OrganisationEvidence)
    return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def sign_in_as(client: FlaskClient, email: str, password: str) -> TestResponse:
    return client.post("/sign-in", data={"email": email, "password": password})


def test_somebody_signs_up_with_an_enterprise_and_acts_for_it(client: FlaskClient, session: Session) -> None:
    path = ask(client, session)
    assert EMAIL in client.get(path).get_data(as_text=True)

    answer = send(client, path)

    assert (answer.status_code, answer.location) == (302, "/sign-in")
    organisation = session.scalars(select(Organisation).where(Organisation.credit_code == CODE)).one()
    assert (organisation.code, organisation.verified_at, organisation.size_class) == ("UMA2ABCDEX", None, "small")
    person = session.scalars(select(Person).where(Person.email == EMAIL)).one()
    assert person.email_verified_at == NOW
    assert session.scalars(select(OrganisationEvidence.media_type)).all() == ["application/pdf"]
    assert sign_in_as(client, EMAIL, STRONG).status_code == 302
    page = client.get("/console/organisation").get_data(as_text=True)
    assert "乐清某某电气有限公司" in page
    assert "正在等待平台核验" in page


def test_an_institution_that_signed_up_has_no_role_before_the_operator_looked(
    client: FlaskClient, session: Session
) -> None:
    send(client, ask(client, session), kind="institution", size_class="", credit_code="123303004700000054")
    sign_in_as(client, EMAIL, STRONG)
    assert client.get("/console/register").status_code == 403

    session.scalars(select(Organisation).where(Organisation.code == "U470000005")).one().verified_at = NOW
    session.commit()

    assert client.get("/console/register").status_code == 200


def test_a_link_is_good_once(client: FlaskClient, session: Session) -> None:
    path = ask(client, session)
    send(client, path)
    before = counted(session)

    answer = send(client, path, credit_code="91330302MA2ABCD13R", organisation_name="另一家有限公司")

    assert answer.status_code == 404
    assert "已经用过或已过期" in answer.get_data(as_text=True)
    assert counted(session) == before


def test_a_link_ends_with_its_time(client: FlaskClient, session: Session, clock: FixedClock) -> None:
    path = ask(client, session)
    before = counted(session)

    clock.at = NOW + timedelta(hours=24)

    assert client.get(path).status_code == 404
    assert send(client, path).status_code == 404
    assert counted(session) == before


@pytest.mark.parametrize("change", ["tail", "head", "unsigned", "other purpose", "hash"])
def test_a_forged_or_stolen_link_opens_nothing(client: FlaskClient, session: Session, change: str) -> None:
    token = ask(client, session).rsplit("/", 1)[1]
    [stored] = session.scalars(select(AccountLink.token_hash).where(AccountLink.token_hash.is_not(None))).all()
    assert stored is not None
    forged = {
        # not the very last character: some of its bits stand for nothing, and another one may mean the same signature
        "tail": token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1],
        "head": ("A" if token[0] != "A" else "B") + token[1:],
        "unsigned": token.rsplit(".", 1)[0],
        "hash": stored,
        "other purpose": token,
    }[change]
    page = "/password-reset/" if change == "other purpose" else "/sign-up/"

    assert client.get(page + forged).status_code == 404
    assert token not in stored


def test_a_known_address_is_told_by_mail_and_the_page_says_the_same(client: FlaskClient, session: Session) -> None:
    known = make_person(session, make_organisation(session))
    session.commit()

    pages = {said(client.post("/sign-up", data={"email": email})) for email in (EMAIL, known.email)}

    assert len(pages) == 1
    [mail] = mails_to(session, known.email)
    assert (mail.template, path_in(mail)) == ("already_here", "/sign-in")


def test_nobodys_inbox_is_filled_through_us(client: FlaskClient, session: Session) -> None:
    for _ in range(8):
        assert client.post("/sign-up", data={"email": EMAIL}).status_code == 200

    assert len(mails_to(session, EMAIL)) == 5


def test_the_host_header_does_not_reach_the_mail(client: FlaskClient, session: Session) -> None:
    client.post("/sign-up", data={"email": EMAIL}, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

    [mail] = mails_to(session, EMAIL)
    assert "evil.example" not in mail.body
    assert "http://127.0.0.1:8000/sign-up/" in mail.body


@pytest.mark.parametrize("address", ["a@b.cn\r\nBcc: x@y.cn", "no address", "a@b@c", "", "张@三.cn"])
def test_an_address_that_is_none_gets_a_sentence_and_no_mail(
    client: FlaskClient, session: Session, address: str
) -> None:
    answer = client.post("/sign-up", data={"email": address})

    assert answer.status_code == 422
    assert session.scalars(select(MailMessage)).all() == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"credit_code": "91330382MA2ABCDEXL"}, "统一社会信用代码不正确"),
        ({"credit_code": "A1330382MA2ABCDEXK"}, "统一社会信用代码不正确"),
        ({"kind": "bureau"}, "Not a valid choice"),
        ({"kind": "operator"}, "Not a valid choice"),
        ({"size_class": ""}, "企业请选择规模"),
        ({"industry": "C9999"}, "行业代码按 GB/T 4754"),
        ({"password": "short"}, "密码至少 10 个字符"),
        ({"password": "password123"}, "容易被猜到"),
        ({"password": "乐清某某电气有限公司2026"}, "容易被猜到"),
        ({"password": "newcomer@example.test"}, "容易被猜到"),
        ({"organisation_name": "乐清某某电气\u200b有限公司"}, "看不见的字符"),
        ({"organisation_name": "温州АBC有限公司"}, "冒充拉丁字母"),
        ({"evidence": (BytesIO(b"MZ program"), "执照.pdf")}, "只收 PDF、JPG 或 PNG"),
        ({"evidence": (BytesIO(b""), "执照.pdf")}, "只收 PDF、JPG 或 PNG"),
        ({"evidence": (BytesIO(b"<svg onload=x>"), "执照.png")}, "只收 PDF、JPG 或 PNG"),
        ({"evidence": (BytesIO(PDF + b"x" * (10 * 1024 * 1024)), "执照.pdf")}, "不能超过 10 MB"),
    ],
)
def test_what_cannot_be_recorded_is_said_at_its_field_and_nothing_is_kept(
    client: FlaskClient, session: Session, changes: dict[str, Any], sentence: str
) -> None:
    path = ask(client, session)
    before = counted(session)

    answer = send(client, path, **changes)

    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert sentence in page or (sentence == "Not a valid choice" and "error-summary" in page)
    assert "林小满" in page
    assert counted(session) == before
    assert client.get(path).status_code == 200


def test_everything_wrong_is_said_at_once_so_that_password_and_file_are_entered_once_more(
    client: FlaskClient, session: Session
) -> None:
    path = ask(client, session)
    before = counted(session)

    answer = send(
        client,
        path,
        credit_code="91330382MA2ABCDEXL",
        size_class="",
        password="password123",
        evidence=(BytesIO(b"MZ program"), "执照.pdf"),
    )

    page = answer.get_data(as_text=True)
    sentences = ("统一社会信用代码不正确", "企业请选择规模", "容易被猜到", "只收 PDF、JPG 或 PNG")
    assert [sentence in page for sentence in sentences] == [True] * 4
    assert counted(session) == before


def test_an_organisation_that_is_here_is_met_with_its_administrator(client: FlaskClient, session: Session) -> None:
    send(client, ask(client, session))
    before = counted(session)
    path = ask(client, session, "second@example.test")

    same_code = send(client, path, organisation_name="别的名称有限公司", credit_code=CODE.lower())
    same_name = send(client, path, organisation_name="乐清某某电气有限公司 ", credit_code="91330302MA2ABCD13R")

    assert "请联系它的管理员邀请您加入" in same_code.get_data(as_text=True)
    assert "请联系它的管理员邀请您加入" in same_name.get_data(as_text=True)
    assert counted(session) == before


@pytest.mark.parametrize("name", ["温州O1数控有限公司", "温州01数控有限公司", "温州 ol 数控有限公司"])
def test_a_name_that_looks_like_anothers_is_told_to_the_applicant_who_may_insist(
    client: FlaskClient, session: Session, name: str
) -> None:
    make_organisation(session, OrganisationKind.ENTERPRISE, name="温州0l数控有限公司")
    session.commit()
    path = ask(client, session)
    before = counted(session)

    told = send(client, path, organisation_name=name)

    page = told.get_data(as_text=True)
    assert (told.status_code, "与平台上的“温州0l数控有限公司”极易混淆" in page) == (422, True)
    assert 'name="is_sure_of_name"' in page
    assert counted(session) == before
    assert send(client, path, organisation_name=name, is_sure_of_name="y").status_code == 302
    assert session.scalar(select(Organisation.name).where(Organisation.credit_code == CODE)) == name


def test_nobody_insists_on_the_same_name(client: FlaskClient, session: Session) -> None:
    make_organisation(session, OrganisationKind.ENTERPRISE, name="乐清某某电气有限公司")
    session.commit()
    path = ask(client, session)
    assert 'name="is_sure_of_name"' not in client.get(path).get_data(as_text=True)

    answer = send(client, path, is_sure_of_name="y")

    assert (answer.status_code, "请联系它的管理员邀请您加入" in answer.get_data(as_text=True)) == (422, True)


def test_a_form_posted_twice_makes_one_organisation(client: FlaskClient, session: Session) -> None:
    path = ask(client, session)

    answers = [send(client, path).status_code for _ in range(2)]

    assert answers == [302, 404]
    assert session.scalar(select(func.count(Organisation.id)).where(Organisation.credit_code == CODE)) == 1


# new passwords


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)
    session.commit()
    return made


def reset_path(client: FlaskClient, session: Session, person: Person) -> str:
    assert client.post("/password-reset", data={"email": person.email.upper()}).status_code == 200
    return path_in(mails_to(session, person.email)[-1])


def test_a_new_password_ends_every_session_and_the_link(
    client: FlaskClient, session: Session, app: Any, person: Person
) -> None:
    thief = app.test_client()
    sign_in(thief, person)
    path, other_path = reset_path(client, session, person), reset_path(client, session, person)

    answer = client.post(path, data={"password": STRONG})

    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert thief.get("/console").status_code == 302
    assert sign_in_as(client, person.email, PASSWORD).status_code != 302
    assert sign_in_as(client, person.email, STRONG).status_code == 302
    assert [client.post(each, data={"password": STRONG + "x"}).status_code for each in (path, other_path)] == [404, 404]
    assert mails_to(session, person.email)[-1].template == "password_changed"


def test_a_weak_new_password_changes_nothing_and_the_link_stays(
    client: FlaskClient, session: Session, person: Person
) -> None:
    path = reset_path(client, session, person)

    answer = client.post(path, data={"password": person.email})

    assert answer.status_code == 422
    assert sign_in_as(client, person.email, PASSWORD).status_code == 302
    assert client.get(path).status_code == 200


def test_a_reset_link_ends_after_an_hour(
    client: FlaskClient, session: Session, clock: FixedClock, person: Person
) -> None:
    path = reset_path(client, session, person)
    clock.at = NOW + timedelta(hours=1)

    assert client.post(path, data={"password": STRONG}).status_code == 404
    assert sign_in_as(client, person.email, PASSWORD).status_code == 302


def test_unknown_and_disabled_people_get_the_same_page_and_no_mail(
    client: FlaskClient, session: Session, person: Person
) -> None:
    person.is_enabled = False
    known = make_person(session, make_organisation(session))
    session.commit()

    answers = [
        client.post("/password-reset", data={"email": email})
        for email in (person.email, known.email, "nobody@example.test")
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({said(answer) for answer in answers}) == 1
    assert [len(mails_to(session, email)) for email in (person.email, "nobody@example.test")] == [0, 0]
    assert len(mails_to(session, known.email)) == 1
