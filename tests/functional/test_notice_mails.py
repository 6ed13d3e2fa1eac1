"""Notices by mail: once, when the person wants them, with the link and the day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from market.accounts.rules import OrganisationKind, Role
from market.kernel.events import EventDraft, record
from market.kernel.mail import MailMessage, absolute_url
from market.notifications import mailing, service
from market.notifications.models import Notice, NoticeDelivery
from market.notifications.rules import MailChoice
from market.notifications.vocabulary import NoticeKind
from tests.conftest import NOW
from tests.factories.public_listings import make_public_listing
from tests.factories.world import actor_of, make_institution, make_organisation, make_person, sign_in


@pytest.fixture
def institution(session):
    return make_institution(session, name="瓯海大学")


def told(session, institution, title="无油螺杆泵", now=NOW):
    """A rejection that the institution's two people hear of."""
    listing = make_public_listing(session, title, organisation=institution.organisation)
    payload = {
        "listing_id": listing.id,
        "achievement_id": listing.achievement_id,
        "organisation_id": institution.organisation.id,
    }
    draft = EventDraft("listing", listing.id, "listing.platform_reject", NOW, reason="摘要不清楚", payload=payload)
    event = record(session, draft)
    service.deliver(session, event.id, now=now)
    return listing, event


def mails(session, person):
    statement = select(MailMessage).where(MailMessage.recipient == person.email).order_by(MailMessage.id)
    return session.scalars(statement).all()


def test_everybody_of_the_organisation_gets_one_mail_with_reason_and_link(session, institution):
    listing, _ = told(session, institution)
    assert mailing.send_due(session, now=NOW) == 3  # officer, head, and who wrote the listing
    assert len(mails(session, institution.head)) == 1
    (mail,) = mails(session, institution.officer)
    assert mail.subject == "挂牌被平台退回"
    assert "理由：摘要不清楚" in mail.body
    assert absolute_url(f"/console/listings/{listing.number}") in mail.body


def test_whatever_runs_twice_mails_once(session, institution):
    _, event = told(session, institution)
    service.deliver(session, event.id, now=NOW)
    assert [mailing.send_due(session, now=NOW) for _ in range(2)] == [3, 0]
    assert len(mails(session, institution.officer)) == 1


def test_a_digest_holds_everything_of_the_day_in_one_mail(session, institution):
    mailing.choose(session, institution.officer.id, MailChoice(is_digest=True))
    mailing.choose(session, institution.head.id, MailChoice(muted=frozenset(NoticeKind)))
    told(session, institution, "无油螺杆泵")
    told(session, institution, "低温润滑脂")
    mailing.send_due(session, now=NOW + timedelta(hours=21, minutes=59))
    assert mails(session, institution.officer) == []
    assert mailing.send_due(session, now=NOW + timedelta(hours=22)) == 1
    (mail,) = mails(session, institution.officer)
    assert mail.subject == "您有 2 条新通知"
    assert "无油螺杆泵" in mail.body
    assert "低温润滑脂" in mail.body
    assert mails(session, institution.head) == []


def test_what_somebody_has_read_is_not_mailed(session, institution):
    told(session, institution)
    service.mark_all_read(session, actor_of(institution.head), now=NOW)
    assert mailing.send_due(session, now=NOW) == 0
    assert session.scalar(select(func.count()).select_from(NoticeDelivery)) == 0


def test_who_left_meanwhile_gets_nothing(session, institution):
    from market.accounts.models import Membership

    told(session, institution)
    membership = session.scalars(select(Membership).where(Membership.person_id == institution.officer.id)).one()
    membership.ended_at = NOW
    session.flush()
    mailing.send_due(session, now=NOW)
    assert (mails(session, institution.officer), len(mails(session, institution.head))) == ([], 1)


def test_an_old_event_stays_in_the_inbox(session, institution):
    told(session, institution, now=NOW + timedelta(days=3))
    assert mailing.send_due(session, now=NOW + timedelta(days=3)) == 0
    assert (
        session.scalar(select(func.count(Notice.id)).where(Notice.organisation_id == institution.organisation.id)) > 0
    )


def test_a_mail_speaks_the_language_of_its_reader(session, institution):
    institution.officer.language = "en"
    session.flush()
    told(session, institution)
    mailing.send_due(session, now=NOW)
    assert mails(session, institution.officer)[0].subject == "Listing sent back by the platform"
    assert mails(session, institution.head)[0].subject == "挂牌被平台退回"


def test_an_application_says_by_which_working_day_to_answer(session, institution):
    from tests.factories.whole_world import make_side

    side = make_side(session, "330304")
    event = EventDraft(
        "application", side.application.id, "application.submitted", NOW,
        payload={
            "seller_organisation_id": side.institution.organisation.id, "buyer_organisation_id": side.enterprise.id,
        },
    )  # fmt: skip
    service.deliver(session, record(session, event).id, now=NOW)
    mailing.send_due(session, now=NOW)
    assert "请在 2026-11-25 前办理。" in mails(session, side.institution.head)[-1].body


def test_the_choice_is_kept_and_shown_again(session, client, institution):
    sign_in(client, institution.officer)
    form = {"kinds": ["lot", "listing"], "rhythm": "digest", "quiet_from": "22:00", "quiet_until": "07:00"}
    assert client.post("/console/notices/preferences", data=form).status_code == 302
    choice = mailing.choice_of(session, institution.officer.id)
    assert (choice.is_digest, str(choice.quiet_from), str(choice.quiet_until)) == (True, "22:00:00", "07:00:00")
    assert choice.muted == set(NoticeKind) - {NoticeKind.LOT, NoticeKind.LISTING}
    page = client.get("/console/notices/preferences").get_data(as_text=True)
    assert 'value="22:00"' in page


def test_quiet_hours_with_one_end_are_refused_and_nothing_changes(session, client, institution):
    sign_in(client, institution.officer)
    answer = client.post("/console/notices/preferences", data={"rhythm": "digest", "quiet_from": "22:00"})
    assert answer.status_code == 422
    assert "免打扰的开始和结束请都填写" in answer.get_data(as_text=True)
    assert mailing.choice_of(session, institution.officer.id) == MailChoice()


def test_notices_are_exported(session, client, institution):
    told(session, institution)
    sign_in(client, institution.officer)
    answer = client.get("/console/notices/export.xlsx?show=unread")
    assert (answer.status_code, answer.headers["Content-Disposition"].split(";")[0]) == (200, "attachment")
    answer.close()


def test_who_is_erased_leaves_neither_choice_nor_planned_mail(session, institution):
    from market.audit.erasing import erase

    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE)
    person = make_person(session, enterprise, Role.ENTERPRISE_USER)
    make_person(session, enterprise, Role.ENTERPRISE_USER)
    mailing.choose(session, person.id, MailChoice(muted=frozenset({NoticeKind.LOT}), is_digest=True))
    erase(session, person.email, now=NOW)
    assert mailing.choice_of(session, person.id) == MailChoice()
