"""The publicity of an agreed price, from the deal's page to the board and back, through the pages."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from market.accounts.rules import OrganisationKind, Role
from market.deals.models import Deal
from market.deals.publicity.models import Publicity, PublicityObjection
from market.kernel.events import Event
from market.notifications.models import Notice
from market.notifications.service import deliver
from tests.conftest import NOW
from tests.factories.publicity import OBJECTION, make_agreed_deal, make_running, object_to
from tests.factories.world import make_institution, make_organisation, make_person, sign_in

PRICE = {
    "price": "110,000",
    "price_basis": "2026 年第 12 次校长办公会纪要",
    "unit_notice": "校园网信息公开栏",
    "is_related": "y",
    "related_note": "受让方由完成人参股",
}


@pytest.fixture
def institution(session):
    return make_institution(session, name="鹿城理工学院")


@pytest.fixture
def buyer(session):
    return make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)


@pytest.fixture
def stranger(session):
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE, name="旁观者公司")
    return make_person(session, enterprise, Role.ENTERPRISE_USER, name="许旁观")


@pytest.fixture
def deal(session, institution, buyer):
    made = make_agreed_deal(session, institution, buyer)
    session.commit()
    return made


def page(client, address):
    return client.get(address).get_data(as_text=True)


def test_the_officer_writes_the_head_starts_and_everybody_reads(client, app, session, institution, deal):
    address = f"/console/deals/{deal.number}"
    sign_in(client, institution.officer)
    assert "启动公示" not in page(client, address)
    assert client.post(f"{address}/price", data=PRICE).status_code == 302
    assert client.post(f"{address}/publicity").status_code == 403
    sign_in(client, institution.head)
    assert "启动公示" in page(client, address)
    number = session.scalars(select(Publicity.number)).one()
    visitor = app.test_client()
    assert visitor.get(f"/publicities/{number}").status_code == 404
    assert number not in page(visitor, "/announcements")

    assert client.post(f"{address}/publicity").status_code == 302
    shown = page(visitor, f"/publicities/{number}")
    for words in ("耐高温泵阀密封件", "¥110,000", "受让方由完成人参股", "2026-12-07", "校园网信息公开栏"):
        assert words in shown
    assert "校长办公会纪要" not in shown
    assert "登录后提出" in shown
    board = page(visitor, "/announcements?kind=agreed_price")
    assert (f"/publicities/{number}" in board, "2026-12-07" in board, "公示中" in board) == (True, True, True)
    assert number not in page(visitor, "/announcements?kind=lot")
    assert number in page(visitor, f"/announcements?text={number}")
    assert number not in page(visitor, "/announcements?from=2026-11-23")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"price": ""}, "请填写拟交易价格。"),
        ({"price": "面议"}, "请"),
        ({"unit_notice": ""}, "请写明在本单位何处公示"),
        ({"related_note": ""}, "请写明受让方与成果完成人或本单位的关系"),
    ],
)
def test_what_is_wrong_with_the_price_is_told_and_nothing_is_kept(
    client, session, institution, deal, changed, sentence
):
    sign_in(client, institution.officer)
    answer = client.post(f"/console/deals/{deal.number}/price", data=PRICE | changed)

    assert (answer.status_code, sentence in answer.get_data(as_text=True)) == (422, True)
    assert (session.scalars(select(Publicity)).all(), session.get_one(Deal, deal.id).state) == ([], "negotiating")


def test_an_objection_is_read_by_the_seller_alone_and_its_outcome_by_everybody(
    client, app, session, institution, buyer, stranger, deal
):
    running = make_running(session, institution, deal)
    session.commit()
    address, public = f"/console/deals/{deal.number}", f"/publicities/{running.number}"
    sign_in(client, stranger)
    assert client.post(f"{public}/objections", data={"text": OBJECTION}).status_code == 302
    assert OBJECTION not in page(client, public)
    assert "公示期中止" in page(app.test_client(), "/announcements")
    sign_in(client, buyer)
    assert [words in page(client, address) for words in (OBJECTION, "许旁观", "收到异议")] == [False, False, True]
    sign_in(client, institution.head)
    assert [words in page(client, address) for words in (OBJECTION, "许旁观", stranger.email)] == [True, True, True]

    objection = session.scalars(select(PublicityObjection)).one()
    decision = f"{address}/objections/{objection.id}/decision"
    assert client.post(decision, data={"reason": "评估报告已更新。"}).status_code == 422
    assert client.post(decision, data={"reason": "", "decision": "reject"}).status_code == 422
    session.refresh(objection)
    assert objection.state == "open"
    assert client.post(decision, data={"reason": "评估报告已更新。", "decision": "reject"}).status_code == 302
    shown = page(app.test_client(), public)
    assert [words in shown for words in ("评估报告已更新。", "异议不成立", "许旁观", OBJECTION)] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_visitor_objects_to_nothing(client, session, institution, deal):
    running = make_running(session, institution, deal)
    session.commit()

    answer = client.post(f"/publicities/{running.number}/objections", data={"text": OBJECTION})
    assert (answer.status_code, "/sign-in" in answer.location) == (302, True)
    assert session.scalars(select(PublicityObjection)).all() == []


def test_the_institution_ends_it_in_public_and_may_begin_again(client, app, session, institution, deal):
    running = make_running(session, institution, deal)
    session.commit()
    address = f"/console/deals/{deal.number}"
    sign_in(client, institution.officer)
    assert client.post(f"{address}/publicity/ending", data={"reason": ""}).status_code == 422
    assert client.post(f"{address}/publicity/ending", data={"reason": "价格写错，重新公示。"}).status_code == 302

    shown = page(app.test_client(), f"/publicities/{running.number}")
    assert ("价格写错，重新公示。" in shown, "公示终止" in shown, "登录后提出" in shown) == (True, True, False)
    assert client.post(f"{address}/price", data=PRICE).status_code == 302
    assert len(session.scalars(select(Publicity)).all()) == 2


def test_each_step_is_told_to_whom_it_concerns(session, institution, buyer, stranger, deal):
    running = make_running(session, institution, deal)
    object_to(session, stranger, running)

    for event_id in session.scalars(select(Event.id).where(Event.subject_kind == "deal").order_by(Event.id)).all():
        deliver(session, event_id)
    told = session.execute(select(Notice.organisation_id, Notice.title, Notice.due_on, Notice.path)).all()
    seller, other = deal.seller_organisation_id, deal.buyer_organisation_id

    assert (seller, "请启动协议定价公示") in [(row[0], row[1]) for row in told]
    assert (other, "协议定价公示开始", None, f"/publicities/{running.number}") in [tuple(row) for row in told]
    objection = session.scalars(select(PublicityObjection)).one()
    assert (seller, "收到公示异议", objection.due_on, f"/console/deals/{deal.number}") in [tuple(row) for row in told]
    assert objection.raised_at == NOW
