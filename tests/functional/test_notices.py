"""Notices reach whom they concern, once, and are read."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from market.accounts.rules import OrganisationKind, Role
from market.audit.service import request_opening
from market.kernel.clock import local_date
from market.kernel.db import current_session, transaction
from market.kernel.events import Event, EventDraft, record
from market.kernel.mail import MailMessage
from market.kernel.worker import run_worker
from market.listings.service import submit_listing
from market.notifications import mailing, service
from market.notifications.models import Notice
from market.notifications.queries import unread_count
from market.operations.service import ProposalDraft, propose_change
from tests.conftest import NOW
from tests.factories.auctions import make_running_lot
from tests.factories.listings import make_draft_listing
from tests.factories.public_listings import make_public_listing
from tests.factories.world import actor_of, make_institution, make_organisation, make_person, sign_in


@pytest.fixture
def institution(session):
    return make_institution(session, name="瓯海大学")


def reject(session, institution, reason="摘要不清楚"):
    listing = make_public_listing(session, "无油螺杆泵", organisation=institution.organisation)
    payload = {
        "listing_id": listing.id,
        "achievement_id": listing.achievement_id,
        "organisation_id": institution.organisation.id,
    }
    draft = EventDraft("listing", listing.id, "listing.platform_reject", NOW, reason=reason, payload=payload)
    return listing, record(session, draft)


def delivered(session, institution):
    listing, event = reject(session, institution)
    service.deliver(session, event.id)
    return listing, session.scalar(select(Notice).order_by(Notice.id.desc()))


def test_a_rejection_tells_the_institution_what_and_why(session, institution, client):
    listing, _ = delivered(session, institution)
    sign_in(client, institution.officer)
    text = client.get("/console/notices").get_data(as_text=True)
    assert f"“无油螺杆泵”（{listing.number}）被平台退回，理由：摘要不清楚。" in text
    assert "未读（1）" in text


def test_a_doubled_job_makes_one_notice(session, institution):
    _, event = reject(session, institution)
    assert [service.deliver(session, event.id) for _ in range(2)] == [1, 0]
    assert unread_count(institution.organisation.id) == 1


def test_opening_a_notice_reads_it_and_leads_to_what_it_is_about(session, institution, client):
    listing, notice = delivered(session, institution)
    sign_in(client, institution.officer)
    answer = client.post(f"/console/notices/{notice.id}/opening")
    assert (answer.status_code, answer.location) == (302, f"/console/listings/{listing.number}")
    session.refresh(notice)
    assert notice.read_at == NOW


def test_unread_notices_come_first(session, institution, client):
    _, older = delivered(session, institution)
    newer_listing, newer = delivered(session, institution)
    sign_in(client, institution.officer)
    client.post(f"/console/notices/{newer.id}/reading")
    text = client.get("/console/notices").get_data(as_text=True)
    assert text.index(f"/console/notices/{older.id}/opening") < text.index(f"/console/notices/{newer.id}/opening")
    assert newer_listing.number not in client.get("/console/notices?show=unread").get_data(as_text=True)


def test_all_can_be_read_at_once(session, institution, client):
    delivered(session, institution)
    delivered(session, institution)
    other = make_institution(session)
    delivered(session, other)
    sign_in(client, institution.officer)
    client.post("/console/notices/reading")
    assert (unread_count(institution.organisation.id), unread_count(other.organisation.id)) == (0, 1)


@pytest.mark.parametrize("act", ["opening", "reading"])
def test_a_notice_of_another_organisation_is_not_there_and_stays_unread(session, institution, client, act):
    _, notice = delivered(session, institution)
    stranger = make_organisation(session, OrganisationKind.ENTERPRISE)
    sign_in(client, make_person(session, stranger))
    assert client.post(f"/console/notices/{notice.id}/{act}").status_code == 404
    session.refresh(notice)
    assert notice.read_at is None


def test_an_empty_inbox_says_what_it_is_for(session, institution, client):
    sign_in(client, institution.officer)
    assert "还没有通知" in client.get("/console/notices").get_data(as_text=True)


def test_a_visitor_is_led_to_the_sign_in(client):
    answer = client.get("/console/notices")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/console/notices")


def test_the_worker_delivers_what_an_event_deserves(committed_app: Flask):
    with committed_app.app_context(), transaction() as session:
        made = make_institution(session)
        organisation_id = made.organisation.id
        before = unread_count(organisation_id)
        reject(session, made)
    run_worker(committed_app, committed_app.config["SQLALCHEMY_DATABASE_URI"], wait=False)
    with committed_app.app_context():
        titles = current_session().scalars(select(Notice.title).where(Notice.organisation_id == organisation_id)).all()
    assert (before, sorted(titles)) == (0, ["挂牌被平台退回", "机构身份已核验"])


@pytest.fixture
def proposal(session):
    """Two persons of the operator, one of the bureau; the first has proposed a change and the notices are delivered."""
    operator = make_organisation(session, OrganisationKind.OPERATOR)
    proposer, colleague = (make_person(session, operator, Role.OPERATOR) for _ in range(2))
    bureau = make_organisation(session, OrganisationKind.BUREAU)
    supervisor = make_person(session, bureau, Role.SUPERVISOR)
    draft = ProposalDraft("publicity.days", "20", "测试规则第一条", date(2026, 12, 1), "试行")
    propose_change(session, actor_of(proposer), draft, now=NOW)
    event = session.scalars(select(Event).where(Event.action == "parameter.proposed")).one()
    service.deliver(session, event.id, now=NOW)
    session.commit()
    return proposer, colleague, supervisor


def inbox_of(app, person):
    browser = app.test_client()
    sign_in(browser, person)
    return browser.get("/console/notices").get_data(as_text=True)


def test_a_proposed_value_is_told_to_everybody_who_may_decide_and_never_to_the_proposer(app, session, proposal):
    proposer, colleague, supervisor = proposal

    assert "参数变更等待批准" not in inbox_of(app, proposer)
    for person in (colleague, supervisor):
        page = inbox_of(app, person)
        assert "有人提出把“协议定价公示天数”从 15 改为 20，2026-12-01 起生效" in page
        assert "请在 2026-11-30 前办理。" in page
    mailing.send_due(session, now=NOW)
    mailed = set(session.scalars(select(MailMessage.recipient).where(MailMessage.subject == "参数变更等待批准")))
    assert mailed == {colleague.email, supervisor.email}


def test_who_is_not_told_can_neither_open_nor_read_it_for_the_others(app, session, proposal):
    proposer, colleague, _ = proposal
    organisation_id = actor_of(colleague).organisation_id
    asked = (Notice.organisation_id == organisation_id, Notice.title == "参数变更等待批准")
    notice_id = session.scalars(select(Notice.id).where(*asked)).one()
    browser = app.test_client()
    sign_in(browser, proposer)

    answer = browser.post(f"/console/notices/{notice_id}/opening")
    browser.post("/console/notices/reading")

    session.expire_all()
    assert answer.status_code == 404
    assert session.get_one(Notice, notice_id).read_at is None


def test_the_parameter_is_called_in_the_readers_language(app, session, proposal):
    _, colleague, _ = proposal
    colleague.language = "en"
    session.commit()
    mailing.send_due(session, now=NOW)

    (mail,) = session.scalars(select(MailMessage).where(MailMessage.recipient == colleague.email))
    assert "协议定价公示天数" not in mail.body
    assert "15" in mail.body


def test_a_submitted_listing_asks_the_head_within_five_working_days_and_not_the_officer(app, session, institution):
    listing = make_draft_listing(session, institution)
    submit_listing(session, actor_of(institution.officer), listing.id, confirms_legal_status=True, now=NOW)
    event = session.scalars(select(Event).where(Event.action == "listing.submit")).one()
    service.deliver(session, event.id, now=NOW)
    session.commit()

    assert "请在 2026-11-27 前办理。" in inbox_of(app, institution.head)
    assert "挂牌等待本单位审核" not in inbox_of(app, institution.officer)


def test_a_request_to_break_the_glass_asks_the_second_person_before_the_lot_ends(app, session):
    operator = make_organisation(session, OrganisationKind.OPERATOR)
    asking, second = (make_person(session, operator, Role.OPERATOR) for _ in range(2))
    lot = make_running_lot(session)
    request_opening(session, actor_of(asking), lot.number, "收到举报称两家企业串通报价，需要核对股权关系。", now=NOW)
    event = session.scalars(select(Event).where(Event.action == "break_glass.requested")).one()
    service.deliver(session, event.id, now=NOW)
    session.commit()

    page = inbox_of(app, second)
    assert lot.number in page
    assert f"请在 {local_date(lot.closes_at)} 前办理。" in page
    assert "紧急查看等待批准" not in inbox_of(app, asking)


def test_new_evidence_asks_the_operator_to_verify_within_five_working_days(app, session):
    operator = make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE, is_verified=False)
    event = record(session, EventDraft("organisation", enterprise.id, "organisation.submitted", NOW))
    service.deliver(session, event.id, now=NOW)
    session.commit()

    notice = session.scalars(select(Notice).where(Notice.title == "机构等待核验")).one()
    assert (notice.path, str(notice.due_on)) == (f"/console/organisations/{enterprise.code}", "2026-11-27")
    assert enterprise.name in inbox_of(app, operator)
