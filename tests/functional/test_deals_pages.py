"""Apply, accept, decline through HTTP."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.deals.models import Application, Deal
from market.listings.vocabulary import TransferWay
from tests.factories.auctions import make_lot
from tests.factories.listings import (
    AUCTION,
    INVESTMENT,
    LICENCE,
    SALE,
    make_draft_listing,
    make_published_listing,
    offer_of,
)
from tests.factories.world import Institution, make_institution, make_organisation, make_person, sign_in

PLAN = "用于高温蒸汽阀门的密封，明年六月前投产，需要机构派人指导。"
TYPED = {"plan": PLAN, "price": "100,000"}


@pytest.fixture
def institution(session) -> Institution:
    return make_institution(session, name="温州甲大学")


@pytest.fixture
def buyer(session) -> Person:
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE, name="瑞安某阀门厂")
    return make_person(session, enterprise, Role.ENTERPRISE_USER)


@pytest.fixture
def browser_of(app, session):
    def open_browser(person: Person) -> FlaskClient:
        session.commit()
        browser = app.test_client()
        sign_in(browser, person)
        return browser

    return open_browser


def said(answer) -> str:
    return answer.get_data(as_text=True)


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def apply(browser: FlaskClient, offer_id: int, **changed: str):
    return browser.post(f"/offers/{offer_id}/application", data=TYPED | changed)


def test_from_the_public_page_to_a_deal(session, institution, buyer, browser_of):
    listing = make_published_listing(session, institution)
    enterprise, head = browser_of(buyer), browser_of(institution.head)
    address = re.search(r"/offers/\d+/application", said(enterprise.get(f"/listings/{listing.number}"))).group()

    sent = enterprise.post(address, data=TYPED)

    assert (sent.status_code, sent.location) == (302, "/console/applications/SQ2026000001")
    assert "待答复" in said(enterprise.get(sent.location))
    assert "1 份企业申请等待答复" in said(head.get("/console"))
    shown = said(head.get(sent.location))
    assert all(words in shown for words in ("瑞安某阀门厂", PLAN, "¥100,000.00"))
    assert head.post(f"{sent.location}/decision", data={"decision": "accept"}).status_code == 302
    deal = session.scalars(select(Deal)).one()
    for browser in (enterprise, head):
        page = said(browser.get(f"/console/deals/{deal.number}"))
        assert all(words in page for words in ("协议定价", "洽谈中", "温州甲大学", "瑞安某阀门厂"))


def test_an_unverified_enterprise_is_told_to_wait_and_nothing_changes(session, institution, browser_of):
    waiting = make_organisation(session, OrganisationKind.ENTERPRISE, is_verified=False)
    browser = browser_of(make_person(session, waiting, Role.ENTERPRISE_USER))
    offer = offer_of(make_published_listing(session, institution))
    session.commit()

    shown, answer = browser.get(f"/offers/{offer.id}/application"), apply(browser, offer.id)

    assert "贵单位还没有通过平台核验" in said(shown)
    assert "<textarea" not in said(shown)
    assert answer.status_code == 422
    assert "贵单位还没有通过平台核验" in said(answer)
    assert count(session, Application) == 0


def test_the_form_sent_twice_makes_one_application(session, institution, buyer, browser_of):
    offer = offer_of(make_published_listing(session, institution))
    browser = browser_of(buyer)

    apply(browser, offer.id)
    again = apply(browser, offer.id)

    assert again.status_code == 422
    assert "贵单位已有一份待答复的申请（SQ2026000001）" in said(again)
    assert count(session, Application) == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"plan": ""}, "请写明打算怎样使用这项成果"),
        ({"plan": "太短"}, "请用 20–2000 字写明"),
        ({"price": ""}, "请填写意向价格"),
        ({"price": "0"}, "金额必须大于 0 元"),
        ({"price": "-1"}, "请用数字填写金额"),
        ({"price": "1e9"}, "请用数字填写金额"),
        ({"price": "abc"}, "请用数字填写金额"),
    ],
)
def test_what_is_typed_wrong_is_told_at_its_field(session, institution, buyer, browser_of, changed, sentence):
    offer = offer_of(make_published_listing(session, institution))

    answer = apply(browser_of(buyer), offer.id, **changed)

    assert answer.status_code == 422
    assert sentence in said(answer)
    assert count(session, Application) == 0


def test_invest_first_says_that_it_opens_later(session, institution, buyer, browser_of):
    offer = offer_of(make_published_listing(session, institution, INVESTMENT), TransferWay.INVEST_FIRST)
    browser = browser_of(buyer)

    shown, answer = browser.get(f"/offers/{offer.id}/application"), apply(browser, offer.id)

    assert "先投后股的申报尚未开放" in said(shown)
    assert "<textarea" not in said(shown)
    assert answer.status_code == 422
    assert count(session, Application) == 0


def test_an_auction_offer_leads_to_its_lot(session, institution, buyer, browser_of):
    listing = make_published_listing(session, institution, AUCTION)
    offer = offer_of(listing, TransferWay.AUCTION)
    browser = browser_of(buyer)
    apply_page = said(browser.get(f"/offers/{offer.id}/application"))
    before = browser.get(f"/lots/of/{listing.number}")
    lot = make_lot(session, institution, listings=[listing])
    session.commit()

    after = browser.get(f"/lots/of/{listing.number}")

    assert f"/lots/of/{listing.number}" in apply_page
    assert before.location == "/lots"
    assert after.location == f"/lots/{lot.number}"
    assert apply(browser, offer.id).status_code == 422
    assert count(session, Application) == 0


def test_declining_needs_a_reason_and_the_applicant_reads_it(session, institution, buyer, browser_of):
    offer = offer_of(make_published_listing(session, institution))
    enterprise, officer = browser_of(buyer), browser_of(institution.officer)
    address = apply(enterprise, offer.id).location

    bare = officer.post(f"{address}/decision", data={"decision": "decline"})
    assert bare.status_code == 422
    assert "请写明谢绝的理由" in said(bare)
    assert session.scalars(select(Application.state)).all() == ["submitted"]
    officer.post(f"{address}/decision", data={"decision": "decline", "reason": "价格低于底价"})

    assert "价格低于底价" in said(enterprise.get(address))
    assert session.scalars(select(Application.state)).all() == ["declined"]
    assert count(session, Deal) == 0


@pytest.mark.parametrize("decision", ["", "maybe", None])
def test_an_answer_that_is_neither_yes_nor_no_decides_nothing(session, institution, buyer, browser_of, decision):
    offer = offer_of(make_published_listing(session, institution))
    address = apply(browser_of(buyer), offer.id).location
    data = {"reason": "价格低于底价"} | ({} if decision is None else {"decision": decision})

    answer = browser_of(institution.head).post(f"{address}/decision", data=data)

    assert answer.status_code == 422
    assert "没有收到您的决定" in said(answer)
    assert session.scalars(select(Application.state)).all() == ["submitted"]


def test_the_applicant_withdraws_while_it_is_unanswered(session, institution, buyer, browser_of):
    offer = offer_of(make_published_listing(session, institution))
    enterprise, head = browser_of(buyer), browser_of(institution.head)
    address = apply(enterprise, offer.id).location

    assert enterprise.post(f"{address}/withdrawal").status_code == 302
    late = head.post(f"{address}/decision", data={"decision": "accept"})

    assert late.status_code == 422
    assert session.scalars(select(Application.state)).all() == ["withdrawn"]
    assert count(session, Deal) == 0


def test_competitors_and_other_institutions_see_nothing(session, institution, buyer, browser_of):
    listing = make_published_listing(session, institution, SALE, LICENCE)
    address = apply(browser_of(buyer), listing.offers[1].id).location
    browser_of(institution.head).post(f"{address}/decision", data={"decision": "accept"})
    deal = session.scalars(select(Deal)).one()
    competitor = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)
    stranger = make_institution(session).head

    for person in (competitor, stranger):
        browser = browser_of(person)
        assert browser.get(address).status_code == 404
        assert browser.get(f"/console/deals/{deal.number}").status_code == 404
        assert "SQ2026000001" not in said(browser.get("/console/applications"))
        assert deal.number not in said(browser.get("/console/deals"))


def test_an_offer_that_is_not_public_is_not_there(session, institution, buyer, browser_of):
    offer = offer_of(make_draft_listing(session, institution))
    browser = browser_of(buyer)

    assert browser.get(f"/offers/{offer.id}/application").status_code == 404
    assert apply(browser, offer.id).status_code == 404
    assert count(session, Application) == 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", 2), ("?state=submitted", 1), ("?state=declined", 1), ("?state=accepted", 0), ("?state=x", 2)],
)
def test_the_list_and_its_workbook_hold_what_the_address_asks_for(
    session, institution, buyer, browser_of, query, expected
):
    listing = make_published_listing(session, institution, SALE, LICENCE)
    enterprise, head = browser_of(buyer), browser_of(institution.head)
    first = apply(enterprise, listing.offers[0].id).location
    apply(enterprise, listing.offers[1].id)
    head.post(f"{first}/decision", data={"decision": "decline", "reason": "价格低于底价"})

    shown = said(head.get(f"/console/applications{query}"))
    with head.get(f"/console/applications/export.xlsx{query}") as answer:
        rows = list(load_workbook(BytesIO(answer.data)).active.iter_rows(min_row=2, values_only=True))

    assert len(rows) == expected
    assert len(set(re.findall(r"/console/applications/(SQ\d+)", shown))) == expected
