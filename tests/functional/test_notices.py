"""Notices reach whom they concern, once, and are read."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from market.accounts.rules import OrganisationKind
from market.kernel.db import current_session, transaction
from market.kernel.events import EventDraft, record
from market.kernel.worker import run_worker
from market.notifications import service
from market.notifications.models import Notice
from market.notifications.queries import unread_count
from tests.conftest import NOW
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_institution, make_organisation, make_person, sign_in


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
