"""The hall, a lot, the bid form, the announcement: through HTTP, without JavaScript."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import func, select

from market.auctions import service
from market.auctions.models import Bid, BidRefusal, Lot, LotRegistration
from tests.factories.auctions import (
    bid,
    make_auction_listing,
    make_bidder,
    make_buyer,
    make_coming_lot,
    make_lot,
    make_running_lot,
    move_times,
)
from tests.factories.world import actor_of, make_institution, sign_in

TOKEN = re.compile(r'name="form_token" type="hidden" value="([^"]+)"')
AMOUNT = re.compile(r'name="amount"[^>]* value="([^"]*)"')


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def count(session, model) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def lot(session) -> Lot:
    return make_running_lot(session)


@pytest.fixture
def buyer(session, client, lot):
    """A registered bidder, signed in."""
    _, person = make_buyer(session)
    actor = actor_of(person)
    service.register_bidder(session, actor, lot.id, service.bid_time(session))
    session.commit()
    sign_in(client, person)
    return actor


def send_bid(client, lot, amount: str, token: str | None = None):
    data = {"amount": amount, "form_token": token or service.new_form_token()}
    return client.post(f"/lots/{lot.number}/bids", data=data)


# the hall


def test_the_hall_shows_each_lot_on_its_shelf(session, client):
    running, announced, closed = make_running_lot(session), make_coming_lot(session, title="将开"), make_lot(session)
    move_times(session, closed, opens_in=-timedelta(hours=2), closes_in=-timedelta(hours=1))
    session.commit()
    for tab, shown in (("running", running), ("announced", announced), ("closed", closed)):
        page = text_of(client.get("/lots", query_string={"tab": tab}))
        assert re.findall(r'href="/lots/(JJ\d+)"', page) == [shown.number]


def test_the_hall_filters_by_text_and_says_when_nothing_fits(session, client):
    make_coming_lot(session, title="带 100% 与 _ 的标的")
    make_coming_lot(session, title="另一个")
    session.commit()
    hits = text_of(client.get("/lots", query_string={"tab": "announced", "q": "100%"}))
    assert "带 100% 与 _ 的标的" in hits
    assert "另一个" not in hits
    assert "没有找到符合条件的标的" in text_of(client.get("/lots", query_string={"tab": "announced", "q": "1__%"}))


@pytest.mark.parametrize(
    "query", ["q=%00", "q=" + "长" * 3000, "tab=nonsense&sort=x&page=-1", "endpoint=x&_external=1&_scheme=javascript"]
)
def test_a_strange_address_of_the_hall_gets_a_page(session, client, query):
    answer = client.get(f"/lots?{query}")
    assert answer.status_code == 200
    assert "javascript:" not in text_of(answer)


def test_the_export_holds_just_what_the_hall_shows(session, client, lot):
    bid(session, make_bidder(session, lot), lot, 500_000)
    make_lot(session, title="将开")
    session.commit()
    with client.get("/lots/export.xlsx", query_string={"tab": "running"}) as answer:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    heading, row = list(sheet.iter_rows(values_only=True))
    assert heading[0] == "标的编号"
    assert (row[0], row[4], row[5], row[6]) == (lot.number, 500_000, 500_000, 1)


# looking at a lot


def test_a_visitor_reads_terms_items_and_the_way_to_sign_in(session, client, lot):
    listing = lot.items[0].offer.listing
    page = text_of(client.get(f"/lots/{lot.number}"))
    for expected in ("¥500,000.00", "¥10,000.00 的整数倍", "不收取（平台规则）", "登录后报名", "还没有人出价"):
        assert expected in page
    assert f'href="/listings/{listing.number}"' in page
    assert "data-countdown" in page


@pytest.mark.parametrize("number", ["JJ209900001", "x", "%00", "9" * 500])
def test_a_lot_that_does_not_exist_is_not_found(client, number):
    assert client.get(f"/lots/{number}").status_code == 404
    assert client.get(f"/lots/{number}/live").status_code == 404


def test_without_javascript_the_page_refreshes_itself_until_asked_not_to(session, client, lot):
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in text_of(client.get(f"/lots/{lot.number}"))
    assert 'http-equiv="refresh"' not in text_of(client.get(f"/lots/{lot.number}?pause=1"))


def test_the_fragment_follows_the_price_and_leaves_the_form_alone(session, client, buyer, lot):
    page = text_of(client.get(f"/lots/{lot.number}"))
    address = re.search(r'hx-get="(/lots[^"]+)"', page)[1].replace("&amp;", "&")
    bid(session, make_bidder(session, lot), lot, 560_000)
    session.commit()
    answer = client.get(address)
    fragment = text_of(answer)
    assert "¥560,000.00" in fragment
    assert "¥570,000.00" in fragment
    assert "form_token" not in fragment
    assert 'id="lot-history" hx-swap-oob="true"' in fragment
    assert answer.headers["Cache-Control"] == "no-store"


def test_when_the_phase_turns_the_fragment_sends_the_browser_to_the_whole_page(session, client, lot):
    move_times(session, lot, opens_in=-timedelta(hours=2), closes_in=-timedelta(seconds=1))
    session.commit()
    assert client.get(f"/lots/{lot.number}/live?stage=open").headers["HX-Redirect"] == f"/lots/{lot.number}"


def test_a_page_reads_few_rows_whatever_the_number_of_bids(session, client, lot):
    one, two = make_bidder(session, lot), make_bidder(session, lot)
    for step in range(60):
        bid(session, (one, two)[step % 2], lot, 500_000 + 10_000 * step)
    session.commit()
    page = text_of(client.get(f"/lots/{lot.number}"))
    assert len(re.findall(r'<td class="number"[^>]*>¥', page)) == 50
    assert "显示最近 50 口，共 60 口" in page


def test_a_listing_leads_to_its_lot_or_to_the_hall(session, client, lot):
    listing = lot.items[0].offer.listing
    assert client.get(f"/lots/of/{listing.number}").location == f"/lots/{lot.number}"
    assert client.get("/lots/of/WZ2026").location == "/lots"


# taking part


def test_registering_gives_a_code_and_the_form_with_the_next_amount(session, client, lot):
    _, person = make_buyer(session)
    session.commit()
    sign_in(client, person)
    answer = client.post(f"/lots/{lot.number}/registrations", follow_redirects=True)
    code = session.scalar(select(LotRegistration.bidder_code))
    page = text_of(answer)
    assert code in page
    assert AMOUNT.search(page)[1] == "500000"
    assert TOKEN.search(page)


def test_an_unverified_enterprise_reads_why_it_cannot_register(session, client, lot):
    _, person = make_buyer(session, is_verified=False)
    session.commit()
    sign_in(client, person)
    answer = client.post(f"/lots/{lot.number}/registrations")
    assert answer.status_code == 422
    assert "还没有通过平台认证" in text_of(answer)
    assert count(session, LotRegistration) == 0


def test_who_buys_for_somebody_abroad_says_so_and_reads_why_not(session, client, lot):
    _, person = make_buyer(session)
    session.commit()
    sign_in(client, person)
    assert 'name="is_abroad"' in text_of(client.get(f"/lots/{lot.number}"))

    answer = client.post(f"/lots/{lot.number}/registrations", data={"is_abroad": "y"})

    page = text_of(answer)
    assert answer.status_code == 422
    assert "只面向境内受让方" in page
    assert re.search(r'<input[^>]*name="is_abroad"[^>]*checked|<input[^>]*checked[^>]*name="is_abroad"', page)
    assert 'http-equiv="refresh"' not in page
    assert count(session, LotRegistration) == 0


def test_a_visitor_is_sent_to_sign_in_and_an_officer_is_turned_away(session, client, lot):
    assert client.post(f"/lots/{lot.number}/registrations").location.startswith("/sign-in")
    session.commit()
    sign_in(client, make_institution(session).officer)
    assert client.post(f"/lots/{lot.number}/registrations").status_code == 403
    assert send_bid(client, lot, "500000").status_code == 403


def test_a_bid_is_accepted_with_its_number_and_time_and_marked_as_mine(session, client, buyer, lot):
    page = text_of(client.get(f"/lots/{lot.number}"))
    answer = send_bid(client, lot, AMOUNT.search(page)[1], TOKEN.search(page)[1])
    assert (answer.status_code, answer.location) == (302, f"/lots/{lot.number}")
    after = text_of(client.get(answer.location))
    assert "出价 ¥500,000.00 已受理，是第 1 口，受理时间" in after
    assert after.count(">我</span>") == 2
    assert AMOUNT.search(after)[1] == "510000"


def test_the_form_posted_twice_makes_one_bid(session, client, buyer, lot):
    token = TOKEN.search(text_of(client.get(f"/lots/{lot.number}")))[1]
    assert [send_bid(client, lot, "500000", token).status_code for _ in range(2)] == [302, 302]
    assert count(session, Bid) == 1


def test_full_width_digits_are_an_amount(session, client, buyer, lot):
    assert send_bid(client, lot, "５００,０００").status_code == 302
    assert session.scalar(select(Bid.price_fen)) == 50_000_000


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("0", "出价必须大于 0 元"),
        ("-1", "请用数字填写出价"),
        ("1e9", "请用数字填写出价"),
        ("abc", "请用数字填写出价"),
        ("", "请用数字填写出价"),
        ("500000\x00", "请用数字填写出价"),
        ("9" * 100_000, "请用数字填写出价"),
        ("499999.99", "出价低于起始价"),
        ("<script>alert(1)</script>", "请用数字填写出价"),
    ],
)
def test_a_bad_amount_comes_back_at_its_field_with_the_next_amount_and_the_time(
    session, client, buyer, lot, amount, sentence
):
    answer = send_bid(client, lot, amount)
    page = text_of(answer)
    assert answer.status_code == 422
    assert re.search(
        rf'id="amount-error">.*?{sentence}.*?下一口有效报价 ¥500,000\.00。服务器时间 \d\d:\d\d:\d\d。', page, re.S
    )
    assert "<script>alert" not in page
    assert (count(session, Bid), count(session, BidRefusal)) == (0, 1)


def test_a_refused_bid_keeps_what_was_typed_and_does_not_reload_by_itself(session, client, buyer, lot):
    bid(session, make_bidder(session, lot), lot, 500_000)
    session.commit()
    page = text_of(send_bid(client, lot, "507000"))
    assert AMOUNT.search(page)[1] == "507000"
    assert "加价不足一个加价幅度（¥10,000.00）" in page
    assert 'http-equiv="refresh"' not in page


def test_after_the_end_the_refusal_says_when_it_ended(session, client, buyer, lot):
    move_times(session, lot, opens_in=-timedelta(hours=2), closes_in=-timedelta(seconds=1))
    session.commit()
    answer = send_bid(client, lot, "500000")
    assert answer.status_code == 422
    assert "这次出价没有受理" in text_of(answer)
    assert (count(session, Bid), session.scalar(select(BidRefusal.code))) == (0, "bid.after_end")


def test_a_bid_on_a_lot_that_does_not_exist_is_not_found(client, buyer):
    answer = client.post("/lots/JJ209900001/bids", data={"amount": "1", "form_token": "x" * 10})
    assert answer.status_code == 404


def test_nobody_sees_a_name_before_the_end(session, client, lot):
    institution = make_institution(session)
    bid(session, make_bidder(session, lot, name="秘密企业"), lot, 500_000)
    session.commit()
    assert "秘密企业" not in text_of(client.get(f"/lots/{lot.number}"))
    sign_in(client, institution.officer)
    assert "秘密企业" not in text_of(client.get(f"/lots/{lot.number}"))


def test_the_winner_reads_the_result_and_what_is_next(session, client, buyer, lot):
    bid(session, buyer, lot, 500_000)
    move_times(session, lot, opens_in=-timedelta(hours=2), closes_in=-timedelta(seconds=1))
    service.close_lot(session, lot.id, service.bid_time(session))
    session.commit()
    page = text_of(client.get(f"/lots/{lot.number}"))
    assert f"挂牌成交：{buyer.organisation_name} 以 ¥500,000.00 竞得" in page
    assert "不计为竞争性成交" in page
    assert "接下来" in page


def test_an_unsold_lot_says_so(session, client, lot):
    move_times(session, lot, opens_in=-timedelta(hours=2), closes_in=-timedelta(seconds=1))
    assert "正在确认结果" in text_of(client.get(f"/lots/{lot.number}"))
    service.close_lot(session, lot.id, service.bid_time(session))
    session.commit()
    assert "流拍：截止前没有人出价" in text_of(client.get(f"/lots/{lot.number}"))


# the console


def form_of(page: str) -> dict[str, str]:
    fields = dict(re.findall(r'<input[^>]* name="(title|step|opens_at|closes_at)"[^>]* value="([^"]*)"', page))
    return fields | {"offers": re.search(r'checked[^>]* name="offers"[^>]* value="(\d+)"', page)[1]}


def test_an_officer_announces_with_what_is_suggested(session, client):
    institution = make_institution(session)
    listing = make_auction_listing(session, institution)
    session.commit()
    sign_in(client, institution.officer)
    assert "可以发布公告的成果" in text_of(client.get("/console/lots"))
    page = text_of(client.get(f"/console/lots/new?offer={listing.offers[0].id}"))
    fields = form_of(page)
    assert fields["step"] == "20000"
    answer = client.post("/console/lots/new", data=fields | {"is_confirmed": "y"})
    lot = session.scalars(select(Lot)).one()
    assert answer.location == f"/lots/{lot.number}"
    assert (lot.step_fen, lot.start_price_fen, lot.notice_days) == (2_000_000, 50_000_000, 15)
    move_times(session, lot, opens_in=timedelta(days=1), closes_in=timedelta(days=2))
    session.commit()
    assert "撤回公告" in text_of(client.get(answer.location))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"step": "0"}, "金额必须大于 0 元"),
        ({"step": "abc"}, "请用数字填写金额"),
        ({"opens_at": "2026-11-23T10:00"}, "公告期至少 7 天"),
        ({"closes_at": "2026-11-23T10:00"}, "竞价时间至少 24 小时"),
        ({"opens_at": "0001-01-01T00:00"}, "公告期至少 7 天"),
        ({"closes_at": "9999-12-31T23:59"}, "截止时间不能晚于一年之后"),
        ({"opens_at": "morgen"}, "不是有效的日期与时间值"),
        ({"is_confirmed": ""}, "请确认后再发布"),
        ({"title": ""}, "请填写标的名称"),
    ],
)
def test_terms_that_do_not_fit_come_back_at_their_field(session, client, changes, sentence):
    institution = make_institution(session)
    listing = make_auction_listing(session, institution)
    session.commit()
    sign_in(client, institution.officer)
    fields = form_of(text_of(client.get(f"/console/lots/new?offer={listing.offers[0].id}"))) | {"is_confirmed": "y"}
    answer = client.post("/console/lots/new", data=fields | changes)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert (count(session, Lot), listing.state) == (0, "published")


def test_another_institutions_offer_cannot_be_announced(session, client):
    foreign = make_auction_listing(session, make_institution(session))
    institution = make_institution(session)
    listing = make_auction_listing(session, institution)
    session.commit()
    sign_in(client, institution.officer)
    fields = form_of(text_of(client.get(f"/console/lots/new?offer={listing.offers[0].id}"))) | {"is_confirmed": "y"}
    answer = client.post("/console/lots/new", data=fields | {"offers": str(foreign.offers[0].id)})
    assert (answer.status_code, count(session, Lot), foreign.state) == (404, 0, "published")


@pytest.mark.parametrize("offers", ["abc", "-1", "0", "9" * 30, "9" * 5000])
def test_an_offer_that_cannot_be_one_is_refused(session, client, offers):
    institution = make_institution(session)
    listing = make_auction_listing(session, institution)
    session.commit()
    sign_in(client, institution.officer)
    fields = form_of(text_of(client.get(f"/console/lots/new?offer={listing.offers[0].id}"))) | {"is_confirmed": "y"}
    assert client.post("/console/lots/new", data=fields | {"offers": offers}).status_code == 422
    assert count(session, Lot) == 0


def test_the_seller_withdraws_with_a_reason_that_everybody_reads(session, client):
    institution = make_institution(session)
    lot = make_coming_lot(session, institution)
    session.commit()
    sign_in(client, institution.officer)
    address = f"/console/lots/{lot.number}/withdrawal"
    assert "撤回公告" in text_of(client.get(address))
    bare = client.post(address, data={"confirmed": "yes", "reason": " "})
    session.expire_all()
    assert (bare.status_code, lot.state) == (422, "announced")
    client.post(address, data={"confirmed": "yes", "reason": "共有人提出异议"})
    session.expire_all()
    assert lot.state == "withdrawn"
    assert "共有人提出异议" in text_of(client.get(f"/lots/{lot.number}"))


def test_another_institutions_lot_is_not_there_to_be_withdrawn(session, client):
    lot = make_lot(session)
    session.commit()
    sign_in(client, make_institution(session).officer)
    address = f"/console/lots/{lot.number}/withdrawal"
    assert client.get(address).status_code == 404
    assert client.post(address, data={"confirmed": "yes", "reason": "x"}).status_code == 404
    assert lot.state == "announced"


def test_the_console_lists_only_the_lots_of_the_actor(session, client, buyer, lot):
    other = make_running_lot(session)
    session.commit()
    page = text_of(client.get("/console/lots"))
    assert re.findall(r'href="/lots/(JJ\d+)"', page) == [lot.number]
    assert other.number not in page
