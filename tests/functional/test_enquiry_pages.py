"""Questions, enquiries and watched listings through HTTP, without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.enquiries.models import Enquiry, EnquiryMessage, ListingQuestion, Watch
from market.kernel.events import Event
from market.listings.models import Listing
from market.listings.service import pause_listing
from market.notifications.catalogue import WANTED_EVENTS
from market.notifications.models import Notice
from market.notifications.service import deliver
from tests.conftest import NOW
from tests.factories.auctions import make_lot
from tests.factories.enquiries import ANSWER, ENQUIRY, QUESTION, make_enquiry, make_question
from tests.factories.listings import AUCTION, make_draft_listing, make_published_listing
from tests.factories.world import Institution, actor_of, make_institution, make_organisation, make_person, sign_in

EXCEL = "export.xlsx"


@pytest.fixture
def institution(session) -> Institution:
    return make_institution(session, name="温州甲大学")


@pytest.fixture
def buyer(session) -> Person:
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE, name="瑞安某阀门厂")
    return make_person(session, enterprise, Role.ENTERPRISE_USER)


@pytest.fixture
def listing(session, institution) -> Listing:
    return make_published_listing(session, institution)


@pytest.fixture
def browser_of(app, session):
    def open_browser(person: Person) -> FlaskClient:
        session.commit()
        browser = app.test_client()
        sign_in(browser, person)
        return browser

    return open_browser


def person_of(session: Session, kind: OrganisationKind, role: Role) -> Person:
    return make_person(session, make_organisation(session, kind), role)


def said(answer) -> str:
    return answer.get_data(as_text=True)


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def rows_of(answer) -> list[tuple]:
    with answer:
        sheet = load_workbook(BytesIO(answer.get_data()), read_only=True).active
        return list(sheet.iter_rows(values_only=True))


def deliver_all(session: Session) -> None:
    for event_id in session.scalars(select(Event.id).where(Event.action.in_(WANTED_EVENTS)).order_by(Event.id)).all():
        deliver(session, event_id)


def notices_of(session: Session, organisation_id: int) -> list[tuple[str, str, str | None]]:
    statement = select(Notice).where(Notice.organisation_id == organisation_id).order_by(Notice.id)
    return [
        (notice.title, notice.path, notice.due_on.isoformat() if notice.due_on else None)
        for notice in session.scalars(statement)
    ]


def test_from_the_public_page_to_a_public_answer(session, client, institution, buyer, listing, browser_of):
    enterprise, officer = browser_of(buyer), browser_of(institution.officer)
    page = f"/listings/{listing.number}"
    address = re.search(r"/listings/\w+/question", said(enterprise.get(page))).group()

    sent = enterprise.post(address, data={"text": QUESTION})

    assert sent.status_code == 302
    assert QUESTION not in said(client.get(page))
    assert "待回答" in said(enterprise.get(sent.location))
    assert "1 个公开提问等待回答" in said(officer.get("/console"))
    shown = said(officer.get(sent.location))
    assert all(words in shown for words in ("瑞安某阀门厂", QUESTION, "2026-11-25"))
    assert officer.post(f"{sent.location}/answer", data={"text": ANSWER}).status_code == 302
    public = said(client.get(page))
    assert all(words in public for words in (QUESTION, ANSWER))
    assert "瑞安某阀门厂" not in public


def test_a_visitor_is_led_to_sign_in_and_back(client, session, listing):
    session.commit()

    page = said(client.get(f"/listings/{listing.number}"))

    for place in ("question", "enquiry"):
        assert f"next=/listings/{listing.number}/{place}" in page
        assert client.get(f"/listings/{listing.number}/{place}").location.startswith("/sign-in?next=")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "请写下内容"),
        ("太短", "请写 10–2000 个字"),
        ("长" * 2001, "不超过 2000 字"),
        ("含\x00零" * 9, "无法保存的字符"),
    ],
)
def test_a_text_that_cannot_be_sent_stays_in_the_form_and_nothing_is_kept(
    session, buyer, listing, browser_of, text, sentence
):
    browser = browser_of(buyer)

    for place in ("question", "enquiry"):
        answer = browser.post(f"/listings/{listing.number}/{place}", data={"text": text})
        assert answer.status_code == 422
        assert sentence in said(answer)
    assert (count(session, ListingQuestion), count(session, Enquiry)) == (0, 0)


def test_a_phone_number_in_a_public_question_is_refused_with_what_to_do_instead(session, buyer, listing, browser_of):
    answer = browser_of(buyer).post(
        f"/listings/{listing.number}/question", data={"text": "请打 13812345678 谈一谈价格"}
    )

    assert answer.status_code == 422
    assert "公开的文字里不能写电话、邮箱或网址" in said(answer)
    assert "请打 13812345678 谈一谈价格" in said(answer)
    assert count(session, ListingQuestion) == 0


def test_the_form_sent_twice_makes_one_of_each(session, buyer, listing, browser_of):
    browser = browser_of(buyer)

    for place, text in (("question", QUESTION), ("enquiry", ENQUIRY)):
        first, again = (browser.post(f"/listings/{listing.number}/{place}", data={"text": text}) for _ in range(2))
        assert (first.status_code, again.location) == (302, first.location)
    assert (count(session, ListingQuestion), count(session, EnquiryMessage)) == (1, 1)


def test_an_enquiry_is_answered_and_contacts_are_exchanged(session, institution, buyer, listing, browser_of):
    listing.contact_name, listing.contact_role, listing.contact_phone = "陈老师", "转移中心", "13812345678"
    enterprise, head = browser_of(buyer), browser_of(institution.head)
    sent = enterprise.post(f"/listings/{listing.number}/enquiry", data={"text": ENQUIRY, "offers_contact": "y"})
    assert sent.location == "/console/enquiries/ZX2026000001"
    before = said(enterprise.get(sent.location))
    assert "138****5678" in before
    assert not any(words in before for words in ("13812345678", "陈老师"))
    assert "1 份企业咨询等待答复" in said(head.get("/console"))
    assert buyer.email not in said(head.get(sent.location))

    assert head.post(f"{sent.location}/answer", data={"text": ANSWER}).status_code == 302
    assert head.post(f"{sent.location}/contact-acceptance").status_code == 302

    after = said(enterprise.get(sent.location))
    assert all(words in after for words in (ANSWER, "13812345678", "陈老师", institution.head.email))
    assert buyer.email in said(head.get(sent.location))
    assert "陈老师" not in said(enterprise.get(f"/listings/{listing.number}"))


def test_an_enquiry_goes_on_and_is_closed(session, institution, buyer, listing, browser_of):
    enterprise, head = browser_of(buyer), browser_of(institution.head)
    address = enterprise.post(f"/listings/{listing.number}/enquiry", data={"text": ENQUIRY}).location

    assert head.post(f"{address}/contact-acceptance").status_code == 422
    assert enterprise.post(f"{address}/message", data={"text": "另外想问最早什么时候可以供样？"}).status_code == 302
    assert enterprise.post(f"{address}/contact-offer").status_code == 302
    assert "等待机构接受" in said(head.get(address))
    assert enterprise.post(f"{address}/closing").status_code == 302
    late = head.post(f"{address}/answer", data={"text": ANSWER})

    assert late.status_code == 422
    assert "咨询已结束" in said(enterprise.get(address))
    assert count(session, EnquiryMessage) == 2


def test_an_unverified_enterprise_is_told_to_ask_in_public(session, listing, browser_of):
    waiting = make_organisation(session, OrganisationKind.ENTERPRISE, is_verified=False)
    browser = browser_of(make_person(session, waiting, Role.ENTERPRISE_USER))

    shown = said(browser.get(f"/listings/{listing.number}/enquiry"))

    assert "贵单位还没有通过平台核验" in shown
    assert "<textarea" not in shown


def test_competitors_and_other_institutions_see_neither(session, institution, buyer, listing, browser_of):
    question = make_question(session, actor_of(buyer), listing)
    enquiry = make_enquiry(session, actor_of(buyer), listing)
    addresses = (f"/console/questions/{question.id}", f"/console/enquiries/{enquiry.number}")
    competitor = person_of(session, OrganisationKind.ENTERPRISE, Role.ENTERPRISE_USER)

    for person in (competitor, make_institution(session).head):
        browser = browser_of(person)
        assert [browser.get(address).status_code for address in addresses] == [404, 404]
        assert QUESTION not in said(browser.get("/console/questions"))
        assert enquiry.number not in said(browser.get("/console/enquiries"))


def test_what_is_overdue_is_said_to_both_sides_and_to_the_operator(
    session, institution, buyer, listing, browser_of, clock
):
    question = make_question(session, actor_of(buyer), listing)
    enquiry = make_enquiry(session, actor_of(buyer), listing)
    operator = person_of(session, OrganisationKind.OPERATOR, Role.OPERATOR)
    browsers = [browser_of(person) for person in (buyer, institution.officer)]
    watching = browser_of(operator)
    assert "已逾期" not in said(browsers[0].get("/console/questions")).split("<tbody>")[1]

    clock.at = NOW + timedelta(days=4)

    for browser in browsers:
        for address in ("/console/questions", "/console/enquiries"):
            assert "已逾期" in said(browser.get(address)).split("<tbody>")[1]
        assert "已逾期" in said(browser.get(f"/console/questions/{question.id}"))
        assert "已逾期" in said(browser.get(f"/console/enquiries/{enquiry.number}"))
    assert "2 件提问和咨询逾期未答复" in said(watching.get("/console"))
    listed = said(watching.get("/console/replies/overdue"))
    assert listing.title in listed
    assert not any(words in listed for words in (QUESTION, ENQUIRY))


def test_the_operator_hides_a_question_and_both_sides_read_why(session, institution, buyer, listing, browser_of):
    question = make_question(session, actor_of(buyer), listing)
    address = f"/console/questions/{question.id}"
    operator = browser_of(person_of(session, OrganisationKind.OPERATOR, Role.OPERATOR))

    assert operator.post(f"{address}/hiding", data={"reason": ""}).status_code == 422
    assert session.scalars(select(ListingQuestion.state)).all() == ["waiting"]
    assert operator.post(f"{address}/hiding", data={"reason": "内容是广告"}).status_code == 302

    for person in (buyer, institution.officer):
        assert "内容是广告" in said(browser_of(person).get(address))
    assert browser_of(institution.officer).post(f"{address}/answer", data={"text": ANSWER}).status_code == 422
    assert session.scalars(select(ListingQuestion.state)).all() == ["hidden"]


def test_each_step_is_told_to_the_other_side_with_its_day(session, institution, buyer, listing, browser_of):
    enterprise, officer = browser_of(buyer), browser_of(institution.officer)
    question = enterprise.post(f"/listings/{listing.number}/question", data={"text": QUESTION}).location
    enquiry = enterprise.post(
        f"/listings/{listing.number}/enquiry", data={"text": ENQUIRY, "offers_contact": "y"}
    ).location
    for step in (f"{question}/answer", f"{enquiry}/answer"):
        officer.post(step, data={"text": ANSWER})
    officer.post(f"{enquiry}/contact-acceptance")
    enterprise.post(f"{enquiry}/message", data={"text": "谢谢，请再告诉我们样品的价格。"})

    deliver_all(session)

    told = [row for row in notices_of(session, listing.organisation_id) if row[1] in (question, enquiry)]
    assert told == [
        ("收到公开提问", question, "2026-11-25"),
        ("收到咨询", enquiry, "2026-11-25"),
        ("企业提出交换联系方式", enquiry, None),
        ("收到补充咨询", enquiry, "2026-11-25"),
    ]
    answers = [row[:2] for row in notices_of(session, actor_of(buyer).organisation_id) if row[1] in (question, enquiry)]
    assert answers == [
        ("提问已回答", question),
        ("咨询已答复", enquiry),
        ("联系方式已交换", enquiry),
    ]
    assert "瑞安某阀门厂对“耐高温泵阀密封件”提出公开提问" in said(officer.get("/console/notices"))


def test_one_click_watches_and_one_ends_it(session, institution, buyer, listing, browser_of):
    enterprise, officer = browser_of(buyer), browser_of(institution.officer)
    page = f"/listings/{listing.number}"
    assert f'action="{page}/watch"' in said(enterprise.get(page))

    assert enterprise.post(f"{page}/watch").location == page

    assert f'action="{page}/watch/removal"' in said(enterprise.get(page))
    assert "1 家企业关注" in said(officer.get(page))
    assert "瑞安某阀门厂" not in said(officer.get(page))
    assert listing.title in said(enterprise.get("/console/watches"))
    assert enterprise.post(f"{page}/watch/removal", data={"back": "list"}).location == "/console/watches"
    assert "还没有关注的成果" in said(enterprise.get("/console/watches"))
    assert count(session, Watch) == 0


def test_watchers_hear_of_a_pause_and_of_a_lot_once_each(session, institution, buyer, browser_of, clock):
    listing = make_published_listing(session, institution, AUCTION)
    other = make_published_listing(session, institution)
    browser = browser_of(buyer)
    clock.at = NOW + timedelta(minutes=30)
    for one in (listing, other):
        browser.post(f"/listings/{one.number}/watch")
    later = NOW + timedelta(hours=1)
    lot = make_lot(session, institution, listings=[listing], now=later)
    pause_listing(session, actor_of(institution.officer), other.id, reason="补材料", now=later)

    deliver_all(session)
    deliver_all(session)

    told = [row for row in notices_of(session, actor_of(buyer).organisation_id) if row[0] == "关注的成果有变化"]
    assert [path for _, path, _ in told] == [f"/lots/{lot.number}", f"/listings/{other.number}"]
    assert "：中止。" in said(browser.get("/console/notices"))


def test_what_is_no_longer_public_shows_only_what_it_was_called(session, institution, buyer, listing, browser_of):
    browser = browser_of(buyer)
    browser.post(f"/listings/{listing.number}/watch")
    listing.state, listing.title = "draft", "还没有公开的新名称"
    session.commit()

    shown = said(browser.get("/console/watches"))

    assert "还没有公开的新名称" not in shown
    assert "耐高温泵阀密封件" in shown
    assert f'href="/listings/{listing.number}"' not in shown


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", 2), ("?state=waiting", 1), ("?state=answered", 1), ("?state=hidden", 0), ("?text=腐蚀", 1), ("?late=yes", 0)],
)
def test_the_list_and_its_workbook_hold_what_the_address_asks_for(
    session, institution, buyer, listing, browser_of, query, expected
):
    from market.enquiries.service.questions import answer_question

    make_question(session, actor_of(buyer), listing)
    other = make_question(session, actor_of(buyer), listing, "能不能先试用半年再决定买不买？")
    answer_question(session, actor_of(institution.officer), other.id, ANSWER, now=NOW)
    browser = browser_of(institution.officer)

    page = said(browser.get(f"/console/questions{query}"))

    assert len(re.findall(r'href="/console/questions/\d+"', page)) == expected
    assert len(rows_of(browser.get(f"/console/questions/{EXCEL}{query}"))) == expected + 1


def test_lists_of_both_sides_can_be_exported(session, institution, buyer, listing, browser_of):
    make_enquiry(session, actor_of(buyer), listing)
    enterprise, officer = browser_of(buyer), browser_of(institution.officer)
    enterprise.post(f"/listings/{listing.number}/watch")

    for browser in (enterprise, officer):
        assert rows_of(browser.get(f"/console/enquiries/{EXCEL}"))[1][0] == "ZX2026000001"
    assert rows_of(enterprise.get(f"/console/watches/{EXCEL}"))[1][:3] == (listing.number, listing.title, "温州甲大学")


def test_the_bureau_reads_numbers_and_no_words(session, institution, buyer, listing, browser_of):
    from market.enquiries.service.questions import answer_question

    question = make_question(session, actor_of(buyer), listing)
    answer_question(session, actor_of(institution.officer), question.id, ANSWER, now=NOW + timedelta(hours=6))
    bureau = browser_of(person_of(session, OrganisationKind.BUREAU, Role.SUPERVISOR))

    page = said(bureau.get("/console/replies"))

    assert all(words in page for words in ("温州甲大学", "100.0%", "6.0 小时"))
    assert QUESTION not in page
    assert rows_of(bureau.get(f"/console/replies/{EXCEL}"))[1][2:] == (1, 1, 0, 0, 1, 6)
    assert "这一年还没有提问和咨询" in said(bureau.get("/console/replies?year=2025"))
    assert "温州甲大学" in said(bureau.get("/console/replies?year=nonsense&sort=median&order=desc"))
    assert bureau.get("/console/questions").status_code == 403


def test_nothing_is_asked_about_what_is_not_public(session, institution, buyer, browser_of):
    draft = make_draft_listing(session, institution)
    browser = browser_of(buyer)

    for place in ("question", "enquiry", "watch"):
        assert browser.post(f"/listings/{draft.number}/{place}", data={"text": QUESTION}).status_code == 404
    assert (count(session, ListingQuestion), count(session, Enquiry), count(session, Watch)) == (0, 0, 0)


def test_the_pages_are_read_in_english(session, buyer, listing, browser_of):
    make_enquiry(session, actor_of(buyer), listing)
    browser = browser_of(buyer)
    browser.post("/language", data={"language": "en", "back": "/console"})

    page = said(browser.get("/console/enquiries/ZX2026000001"))

    assert all(words in page for words in ("Waiting for the institution", "Offer to exchange contacts", "Answer due"))
