"""Reports of wrongs: anybody sends one, the bureau and the operator decide, who reported stays with the bureau."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from market.accounts.models import Organisation
from market.accounts.queries import actor_for
from market.accounts.rules import OrganisationKind, Role
from market.accounts.service import add_membership
from market.audit.erasing import erase
from market.audit.personal_data import about
from market.kernel.errors import NotAllowed
from market.kernel.events import Event
from market.notifications.models import Notice
from market.notifications.service import deliver
from market.reports.errors import ReportRefused, TooManyReports
from market.reports.models import ReportEvidence, WrongReport
from market.reports.service import ReportDraft, decide_report, report_wrong
from market.reports.vocabulary import ReportKind
from tests.conftest import NOW
from tests.factories.attachments import pdf_bytes
from tests.factories.listings import make_draft_listing, make_published_listing
from tests.factories.reports import TEXT, make_report
from tests.factories.world import actor_of, make_actor, make_institution, make_organisation, make_person, sign_in

FINDING = "检测报告与挂牌内容一致，编号为同一份。"
FORM = {"kind": "false_content", "text": TEXT, "reporter_name": "吴举报", "email": "whistle@example.test"}


@pytest.fixture
def institution(session):
    return make_institution(session, name="鹿城理工学院")


@pytest.fixture
def listing(session, institution):
    made = make_published_listing(session, institution)
    session.commit()
    return made


@pytest.fixture
def bureau(session):
    return make_person(session, make_organisation(session, OrganisationKind.BUREAU), Role.SUPERVISOR)


@pytest.fixture
def operator(session):
    return make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)


def page(client, address):
    return client.get(address).get_data(as_text=True)


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def receipt_of(client):
    number, code = re.findall(r"<code>([^<]+)</code>", page(client, "/reports/received"))
    return {"number": number, "code": code}


def test_a_visitor_reports_with_a_file_and_asks_with_her_code(client, app, session, listing, bureau):
    address = f"/reports/new?listing={listing.number}"
    assert listing.number in page(client, address)
    paper = pdf_bytes()
    answer = client.post(address, data=FORM | {"evidence": (BytesIO(paper), "报告.pdf")})
    assert (answer.status_code, answer.location) == (302, "/reports/received")
    receipt = receipt_of(client)
    report = session.scalars(select(WrongReport)).one()
    assert (report.number, report.listing_id, report.state) == (receipt["number"], listing.id, "received")
    assert receipt["code"] not in (report.code_hash, report.number)

    other = app.test_client()
    assert other.get("/reports/received").location == "/reports/state"
    found = other.post(
        "/reports/state", data=receipt | {"code": receipt["code"].lower()[:6] + " " + receipt["code"][6:]}
    )
    assert (found.status_code, "核查中" in found.get_data(as_text=True)) == (200, True)
    for wrong in ({"code": "2" * 12}, {"number": "JB2026999999"}):
        refused = other.post("/reports/state", data=receipt | wrong)
        text = refused.get_data(as_text=True)
        assert (refused.status_code, "查询码不对" in text, "核查中" in text) == (422, True, False)

    sign_in(client, bureau)
    with client.get(f"/console/reports/{report.id}/evidence") as file:
        assert (file.data, file.headers["Content-Security-Policy"][:7]) == (paper, "sandbox")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"text": "假的"}, "请写 20–4000 个字"),
        ({"kind": "nothing"}, "kind-error"),
        ({"email": "无"}, "请填写正确的邮箱地址"),
        ({"evidence": (BytesIO(b"MZ not a paper"), "病毒.exe")}, "这不是可以上传的文件"),
    ],
)
def test_what_is_wrong_with_a_report_is_told_and_nothing_is_kept(client, session, changed, sentence):
    with client.post("/reports/new", data=FORM | changed) as answer:
        assert (answer.status_code, sentence in answer.get_data(as_text=True)) == (422, True)
    assert (count(session, WrongReport), count(session, ReportEvidence)) == (0, 0)


def test_a_large_file_is_refused_and_nothing_is_kept(client, session):
    head = "\r\n".join(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{FORM[name]}' for name in FORM)
    disposition = 'Content-Disposition: form-data; name="evidence"; filename="large.pdf"'
    file = b"%PDF-" + b"0" * (5 * 1024 * 1024)
    body = f"{head}\r\n--x\r\n{disposition}\r\n\r\n".encode() + file + b"\r\n--x--\r\n"
    with client.post("/reports/new", data=body, content_type="multipart/form-data; boundary=x") as answer:
        assert (answer.status_code, "不能超过 5 MB" in answer.get_data(as_text=True)) == (422, True)
    assert (count(session, WrongReport), count(session, ReportEvidence)) == (0, 0)


def test_what_is_not_public_cannot_be_reported(client, session, institution):
    hidden = make_draft_listing(session, institution)
    session.commit()

    for address in (f"/reports/new?listing={hidden.number}", "/reports/new?institution=NOBODY"):
        assert client.post(address, data=FORM).status_code == 404
    assert count(session, WrongReport) == 0


def test_a_network_is_heard_five_times_a_day(session):
    draft = ReportDraft(ReportKind.OTHER, TEXT)
    for number in range(5):
        report_wrong(session, draft, "a" * 64, now=NOW + timedelta(minutes=number))
    with pytest.raises(TooManyReports):
        report_wrong(session, draft, "a" * 64, now=NOW + timedelta(hours=23))
    assert count(session, WrongReport) == 5

    report_wrong(session, draft, "b" * 64, now=NOW + timedelta(hours=23))
    report_wrong(session, draft, "a" * 64, now=NOW + timedelta(hours=25))
    assert count(session, WrongReport) == 7


def test_too_many_from_one_network_is_told_by_the_form(client, session):
    statuses = [client.post("/reports/new", data=FORM).status_code for _ in range(6)]

    assert (statuses, count(session, WrongReport)) == ([302] * 5 + [422], 5)


def test_who_reported_is_seen_by_the_bureau_alone(client, session, institution, listing, bureau, operator):
    report = make_report(session, listing.number)
    session.commit()
    address = f"/console/reports/{report.id}"
    seen = []
    for person in (bureau, operator):
        sign_in(client, person)
        text = page(client, address)
        seen.append((TEXT in text, "吴举报" in text, "whistle@example.test" in text))
        with client.get("/console/reports/export.xlsx") as answer:
            rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
        assert (report.number in str(rows), "吴举报" in str(rows), "whistle" in str(rows)) == (True, False, False)
    assert seen == [(True, True, True), (True, False, False)]
    sign_in(client, institution.head)
    assert client.get(address).status_code == 403
    assert client.get("/console/reports").status_code == 403


def test_the_operator_handles_content_and_the_bureau_everything(client, session, institution, bureau, operator):
    report = make_report(session, institution_code=institution.organisation.code)
    session.commit()
    address = f"/console/reports/{report.id}"
    sign_in(client, operator)
    assert [client.get(address).status_code, client.get(f"{address}/evidence").status_code] == [404, 404]
    assert client.post(f"{address}/decision", data={"finding": FINDING, "decision": "uphold"}).status_code == 404
    assert report.number not in page(client, "/console/reports")
    sign_in(client, bureau)
    assert report.number in page(client, "/console/reports")
    assert client.post(f"{address}/decision", data={"finding": FINDING, "decision": "uphold"}).status_code == 302
    session.refresh(report)
    assert (report.state, report.decision, report.decided_by_id) == ("upheld", FINDING, bureau.id)


@pytest.mark.parametrize(
    "data", [{"finding": "不实", "decision": "reject"}, {"finding": FINDING}, {"finding": FINDING, "decision": "maybe"}]
)
def test_a_decision_is_one_and_has_a_reason(client, session, listing, bureau, data):
    report = make_report(session, listing.number)
    session.commit()
    sign_in(client, bureau)

    assert client.post(f"/console/reports/{report.id}/decision", data=data).status_code == 422
    session.refresh(report)
    assert (report.state, report.decision) == ("received", None)


def test_what_was_decided_stays_decided_and_the_reporter_reads_why(client, app, session, bureau):
    client.post("/reports/new", data=FORM)
    receipt = receipt_of(client)
    report = session.scalars(select(WrongReport)).one()
    sign_in(client, bureau)
    decision = f"/console/reports/{report.id}/decision"
    assert client.post(decision, data={"finding": FINDING, "decision": "reject"}).status_code == 302
    again = client.post(decision, data={"finding": "改成查实，理由如下。", "decision": "uphold"})
    session.refresh(report)
    assert (again.status_code, report.state, report.decision) == (422, "rejected", FINDING)

    text = app.test_client().post("/reports/state", data=receipt).get_data(as_text=True)
    assert (FINDING in text, "不属实" in text) == (True, True)


def test_who_belongs_to_what_was_reported_decides_nothing(session, institution, listing):
    report = make_report(session, listing.number)
    platform = make_organisation(session, OrganisationKind.OPERATOR)
    membership = add_membership(session, institution.head, platform, {Role.OPERATOR}, now=NOW)
    both = actor_for(institution.head.id, membership.id)
    assert both is not None
    with pytest.raises(NotAllowed) as refused:
        decide_report(session, both, report.id, upholds=False, decision=FINDING, now=NOW)
    assert (refused.value.code, report.state) == ("report.own", "received")
    with pytest.raises(NotAllowed):
        decide_report(session, actor_of(institution.head), report.id, upholds=False, decision=FINDING, now=NOW)

    other = make_actor(session, OrganisationKind.OPERATOR, Role.OPERATOR)
    with pytest.raises(ReportRefused):
        decide_report(session, other, report.id, upholds=False, decision=" ", now=NOW)
    assert decide_report(session, other, report.id, upholds=False, decision=FINDING, now=NOW).state == "rejected"


def test_handlers_are_told_of_the_report_and_the_institution_of_what_was_found(session, listing, bureau, operator):
    report = make_report(session, listing.number)
    decide_report(session, actor_of(bureau), report.id, upholds=True, decision=FINDING, now=NOW)
    events = session.scalars(select(Event).where(Event.subject_kind == "report").order_by(Event.id)).all()
    for event in events:
        deliver(session, event.id)
        written = str(event.payload) + str(event.reason)
        assert [words in written for words in (TEXT, "吴举报", "whistle")] == [False, False, False]
    told = {
        (session.get_one(Organisation, notice.organisation_id).kind, notice.title, notice.due_on)
        for notice in session.scalars(select(Notice).where(Notice.title.in_(["收到举报", "举报查实"])))
    }

    assert told == {
        ("bureau", "收到举报", report.due_on), ("operator", "收到举报", report.due_on), ("institution", "举报查实", None),
    }  # fmt: skip
    notices = session.scalars(select(Notice)).all()
    assert all("吴举报" not in str(notice.params) + notice.message for notice in notices)


def test_a_person_is_told_of_her_reports_and_they_forget_her(session, listing):
    report = make_report(session, listing.number)
    person = make_person(session, None)
    person.email = "Whistle@example.test"
    session.flush()
    assert [row["number"] for row in about(session, person.email)["reports_by_her"]] == [report.number]

    erase(session, person.email, now=NOW)
    session.refresh(report)
    assert (report.reporter_name, "whistle" in (report.email or "").lower(), report.text) == (None, False, TEXT)
