"""What a visitor reads beside the search: a listing's page, institutions, announcements, comparison, feeds, the map."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.rules import OrganisationKind
from market.achievements.models import Completer, Encumbrance
from market.auctions import service as auctions
from market.auctions.models import LotItem
from market.listings.models import Listing, Offer
from market.listings.rules import listing_number
from market.portal import sitemap
from tests.conftest import NOW
from tests.factories.auctions import bid, make_bidder, make_lot, make_running_lot, move_times
from tests.factories.public_listings import make_public_listing
from tests.factories.query_counter import counted_statements
from tests.factories.world import Institution, make_institution, make_organisation

ADDRESS = "http://127.0.0.1:8000"
ATOM = "{http://www.w3.org/2005/Atom}"
SITE = f"{{{sitemap.NAMESPACE}}}"
HOSTILE = ("'; DROP TABLE listing; --", "<script>alert(1)</script>", "\x00", "%", "é" * 500, "2026-99-99")


@pytest.fixture
def institution(session) -> Institution:
    return make_institution(session, name="温州甲大学")


@pytest.fixture
def listing(session, institution) -> Listing:
    made = make_public_listing(
        session,
        "耐高温泵阀密封件",
        organisation=institution.organisation,
        ways=("assignment", "open_licence", "auction"),
        patent_numbers=("201911234567.1",),
        abstract="一种密封件。",
        completers="林某",
        summary="用在高温泵阀上的密封件。",
        problem="高温下磨损快。",
        advantage="350 ℃ 下连续运行 2000 小时，磨损降低 42%。",
    )
    session.commit()
    return made


def said(answer) -> str:
    with answer:
        return unescape(answer.get_data(as_text=True))


def structured(page: str) -> list[dict[str, Any]]:
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    return [json.loads(block) for block in blocks]


def xml(client, address: str) -> ElementTree.Element:
    with client.get(address) as answer:
        assert answer.status_code == 200
        return ElementTree.fromstring(answer.data)


def test_the_page_says_what_it_is_worth_how_ripe_it_is_and_how_each_way_goes_on(client, session, listing):
    listing.achievement.trl, listing.achievement.trl_evidence = 6, "省机电质检院报告 2026-018"
    session.commit()

    page = said(client.get(f"/listings/{listing.number}"))

    assert '<strong class="figure">350 ℃</strong>' in page
    assert '<strong class="figure">42%</strong>' in page
    for words in (
        "高温下磨损快。",
        "技术就绪等级 6（共 9 级）",
        "省机电质检院报告 2026-018",
        "转让怎么办",
        "开放许可怎么办",
    ):
        assert words in page
    assert page.count('<article class="offer"') == 3
    assert f"/lots/of/{listing.number}" in page
    assert page.count('aria-current="step"') == 1


def test_a_pledge_in_force_is_told_its_holder_is_not_and_an_ended_one_is_gone(client, session, listing):
    right = listing.achievement.rights[0]
    for kind, holder, ended in (("pledge", "某某银行", None), ("exclusive_licence", "某某公司", date(2026, 11, 1))):
        session.add(
            Encumbrance(
                right_id=right.id,
                kind=kind,
                holder=holder,
                from_on=date(2026, 1, 5),
                until_on=date(2027, 1, 5),
                ended_on=ended,
                recorded_at=NOW,
            )
        )
    session.commit()

    page = said(client.get(f"/listings/{listing.number}"))

    assert "质押" in page
    assert "至 2027-01-05" in page
    assert "独占许可" not in page
    assert "某某" not in page


def test_completers_are_named_in_their_order_without_their_shares(client, session, listing):
    for position, name in enumerate(("林一", "陈二"), 1):
        session.add(
            Completer(
                achievement_id=listing.achievement_id, position=position, name=name, unit="材料学院", reward_share=4321
            )
        )
    session.commit()

    page = said(client.get(f"/listings/{listing.number}"))

    assert page.index("林一") < page.index("陈二")
    assert "43.21" not in page
    assert "4321" not in page


def test_machines_read_what_people_read(client, session, listing):
    session.commit()

    page = said(client.get(f"/listings/{listing.number}"))
    product, crumbs = structured(page)

    own = f"{ADDRESS}/listings/{listing.number}"
    assert (product["@type"], product["name"], product["sku"]) == ("Product", "耐高温泵阀密封件", listing.number)
    assert [offer.get("price") for offer in product["offers"]] == [None, None, "500000.00"]
    assert {offer["availability"] for offer in product["offers"]} == {"https://schema.org/InStock"}
    assert crumbs["itemListElement"][-1]["item"] == own
    assert f'<link rel="canonical" href="{own}">' in page
    assert f'<link rel="alternate" hreflang="en" href="{own}?language=en">' in page
    assert f'<meta property="og:url" content="{own}">' in page


def test_a_hostile_title_cannot_leave_the_structured_data(client, session, institution):
    title = '</script><script>alert("1")</script>'
    hostile = make_public_listing(session, title, organisation=institution.organisation)
    session.commit()

    with client.get(f"/listings/{hostile.number}") as answer:
        raw = answer.get_data(as_text=True)

    assert "<script>alert" not in raw
    assert structured(raw)[0]["name"] == title


def test_the_english_page_has_its_own_address_and_says_so(client, listing):
    page = said(client.get(f"/listings/{listing.number}?language=en"))

    assert '<html lang="en">' in page
    assert f'<link rel="canonical" href="{ADDRESS}/listings/{listing.number}?language=en">' in page
    assert '<html lang="zh-CN">' in said(client.get(f"/listings/{listing.number}"))


@pytest.mark.parametrize("state", ["draft", "platform_review", "rejected", "withdrawn", "terminated"])
def test_what_is_not_public_has_neither_page_nor_picture_nor_place_in_a_comparison(client, session, listing, state):
    listing.state = state
    session.commit()

    assert client.get(f"/listings/{listing.number}").status_code == 404
    assert client.get(f"/listings/{listing.number}/qr.svg").status_code == 404
    assert listing.title not in said(client.get(f"/comparison?listing={listing.number}"))
    assert listing.title not in said(client.get(f"/institutions/{listing.organisation.code}"))
    assert listing.number not in said(client.get("/feeds/listings.atom"))
    assert listing.number not in said(client.get("/sitemap.xml"))


def test_a_listing_page_asks_at_most_ten_things(client, session, institution):
    listings = [
        make_public_listing(
            session,
            f"泵阀密封件 {index}",
            organisation=institution.organisation,
            ways=("assignment", "ordinary_licence", "open_licence", "equity"),
            patent_numbers=tuple(f"2019{index}123456{digit}.{digit}" for digit in range(5)),
        )
        for index in range(6)
    ]
    session.commit()
    client.get(f"/listings/{listings[0].number}")

    with counted_statements() as statements:
        page = said(client.get(f"/listings/{listings[1].number}"))

    assert page.count('<article class="offer"') == 4
    assert len(statements) <= 10, statements


def test_similar_listings_are_of_the_same_class_or_trade_and_on_the_market(client, session, listing):
    alike = make_public_listing(session, "阀门密封环", patent_numbers=("201911234568.X",))
    other_trade = make_public_listing(
        session,
        "眼底影像",
        industry="SM",
        technical_field="biomedicine",
        main_class="A61B3/12",
        patent_numbers=("201911234569.8",),
    )
    gone = make_public_listing(session, "阀门密封圈", state="withdrawn")
    session.commit()

    page = said(client.get(f"/listings/{listing.number}"))

    assert f"/listings/{alike.number}" in page
    assert f"/listings/{other_trade.number}" not in page
    assert f"/listings/{gone.number}" not in page


def test_the_qr_code_is_a_picture_that_caches_keep(client, listing):
    with client.get(f"/listings/{listing.number}/qr.svg") as answer:
        assert answer.mimetype == "image/svg+xml"
        assert "public" in answer.headers["Cache-Control"]
        assert answer.data.startswith(b"<?xml")
        tag = answer.headers["ETag"]

    assert client.get(f"/listings/{listing.number}/qr.svg", headers={"If-None-Match": tag}).status_code == 304


# --- comparison ---


def test_listings_are_added_one_by_one_up_to_four_and_the_address_holds_them(client, session, institution):
    numbers = [real_number(session, institution, serial) for serial in range(1, 6)]
    for number in numbers[:4]:
        answer = client.post("/comparison", data={"number": number}, follow_redirects=True)
    page = said(answer)
    fifth = said(client.post("/comparison", data={"number": numbers[4]}, follow_redirects=True))

    assert [number in page for number in numbers] == [True] * 4 + [False]
    assert "一次最多对比 4 项" in fifth
    assert numbers[4] not in fifth
    sent = said(client.application.test_client().get(f"/comparison?listing={numbers[1]}&listing={numbers[0]}"))
    assert sent.index(numbers[1]) < sent.index(numbers[0])


def test_a_listing_is_taken_out_of_the_comparison_and_all_of_them(client, session, institution):
    numbers = [real_number(session, institution, serial) for serial in range(1, 4)]
    for number in numbers:
        client.post("/comparison", data={"number": number})

    rest = client.post("/comparison", data={"kept": numbers[:2]})
    remembered = said(client.get("/comparison", follow_redirects=True))
    empty = said(client.post("/comparison", data={"clear": "yes"}, follow_redirects=True))

    assert numbers[2] not in rest.location
    assert [number in remembered for number in numbers] == [True, True, False]
    assert "还没有选要对比的成果" in empty


def test_four_listings_cost_no_more_statements_than_two(client, session, institution):
    numbers = [real_number(session, institution, serial) for serial in range(1, 5)]
    client.get("/comparison")
    counts = []
    for chosen in (numbers[:2], numbers):
        with counted_statements() as statements:
            client.get("/comparison?" + "&".join(f"listing={number}" for number in chosen))
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_what_differs_is_marked_and_can_be_shown_alone(client, session, institution):
    numbers = [real_number(session, institution, serial) for serial in range(1, 3)]
    second = session.scalar(select(Listing).where(Listing.number == numbers[1]))
    second.maturity_stage = "laboratory"
    session.commit()
    address = "/comparison?" + "&".join(f"listing={number}" for number in numbers)

    whole = said(client.get(address))
    only = said(client.get(address + "&only=differing"))

    marked = re.findall(r'<th scope="row" class="keep">(\w+) <span class="status status-info">不同</span>', whole)
    assert marked == ["成熟度"]
    assert re.findall(r'<th scope="row" class="keep">(\w+)', only) == ["成熟度", "移除"]
    assert "网络竞价" not in re.findall(r'<th scope="row" class="keep">(\w+)', whole)


def test_a_running_lot_stands_in_the_comparison_with_price_and_deposit(client, session, institution):
    lot = make_running_lot(session)
    sold = session.scalar(select(Listing).join(Offer).join(LotItem).where(LotItem.lot_id == lot.id))
    sold.number = listing_number(2026, sold.organisation_id, 1)
    other = real_number(session, institution, 1)
    page = said(client.get(f"/comparison?listing={other}&listing={sold.number}"))
    rows = dict(re.findall(r'<th scope="row" class="keep">(\w+)[^\n]*?</th>([^\n]*)</tr>', page))
    assert lot.number in rows["网络竞价"]
    assert "万元" in rows["竞价当前价"]
    assert "万元" in rows["竞价保证金"]
    assert rows["网络竞价"].count("—") == 1


def real_number(session: Session, institution: Institution, serial: int) -> str:
    """A public listing whose number has the right check character."""
    number = listing_number(2026, institution.organisation.id, serial)
    make_public_listing(session, f"成果 {serial}", organisation=institution.organisation, number=number)
    session.commit()
    return number


# --- institutions ---


def test_an_institution_shows_what_it_offers_by_field_and_way_and_what_it_sold(client, session, institution):
    for title, field, way in (
        ("甲", "materials", "open_licence"),
        ("乙", "materials", "equity"),
        ("丙", "energy", "equity"),
    ):
        make_public_listing(
            session, f"{title}成果", organisation=institution.organisation, technical_field=field, ways=(way,)
        )
    make_public_listing(session, "已售成果", organisation=institution.organisation, state="sold")
    session.commit()
    code = institution.organisation.code

    page = said(client.get(f"/institutions/{code}"))
    materials = said(client.get(f"/institutions/{code}?field=materials"))
    licence = said(client.get(f"/institutions/{code}?way=open_licence&text=甲"))

    assert [title in page for title in ("甲成果", "乙成果", "丙成果", "已售成果")] == [True, True, True, False]
    assert [title in materials for title in ("甲成果", "乙成果", "丙成果")] == [True, True, False]
    assert [title in licence for title in ("甲成果", "乙成果", "丙成果")] == [True, False, False]
    assert structured(page)[0]["@type"] == "BreadcrumbList"


def test_only_verified_institutions_have_a_page(client, session, institution):
    waiting = make_organisation(session, name="温州未核验学院", is_verified=False)
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE, name="温州某某企业")
    session.commit()

    page = said(client.get("/institutions"))

    assert "温州甲大学" in page
    assert "温州未核验学院" not in page
    assert "温州某某企业" not in page
    assert client.get(f"/institutions/{waiting.code}").status_code == 404
    assert client.get(f"/institutions/{enterprise.code}").status_code == 404
    assert client.get(f"/institutions/{waiting.code}/listings.atom").status_code == 404


def test_the_list_of_institutions_is_one_query_and_filters_by_name(client, session, institution):
    make_institution(session, name="温州乙学院")
    session.commit()
    client.get("/institutions")

    with counted_statements() as statements:
        page = said(client.get("/institutions?text=乙学"))

    assert "温州乙学院" in page
    assert "温州甲大学" not in page
    assert len(statements) <= 2


# --- announcements ---


def test_an_announced_lot_stands_on_the_board_with_the_end_of_its_notice(client, session, institution):
    lot = make_lot(session, institution, title="密封件竞价")
    lot.notice_days = 13
    session.commit()

    page = said(client.get("/announcements"))

    assert "密封件竞价" in page
    assert "2026-12-07" in page  # 13 days after 2026-11-22 is a Saturday: the period ends on Monday
    assert "进行中" in page


def test_a_sold_lot_stands_there_with_its_result_and_a_withdrawn_one_as_ended(client, session, institution):
    lot = make_running_lot(session, institution)
    bid(session, make_bidder(session, lot), lot, 600_000)
    move_times(session, lot, closes_in=-timedelta(minutes=1))
    auctions.close_lot(session, lot.id, auctions.bid_time(session))
    session.commit()

    results = said(client.get("/announcements?kind=lot_result"))
    ended = said(client.get("/announcements?kind=lot_ended"))
    everything = said(client.get(f"/announcements?institution={institution.organisation.code}"))

    assert "挂牌成交" in results
    assert "60.00 万元" in results
    assert lot.number not in ended
    assert everything.count(f"/lots/{lot.number}") == 2
    assert lot.number not in said(client.get("/announcements?institution=NOBODY"))


def test_the_board_is_filtered_by_the_day_in_wenzhou(client, session, institution):
    lot = make_lot(session, institution)
    session.commit()

    on_the_day = said(client.get("/announcements?from=2026-11-22&until=2026-11-22"))
    before = said(client.get("/announcements?until=2026-11-21"))

    assert lot.number in on_the_day
    assert lot.number not in before


@pytest.mark.parametrize("typed", HOSTILE)
def test_whatever_is_typed_into_filters_gets_a_page(client, listing, typed):
    code = listing.organisation.code
    for address, names in (
        ("/announcements", ("kind", "institution", "text", "from", "until", "page")),
        (f"/institutions/{code}", ("text", "field", "way", "page", "sort", "order")),
        ("/institutions", ("text",)),
        ("/comparison", ("listing",)),
        (f"/listings/{listing.number}", ("language",)),
    ):
        for name in names:
            with client.get(address, query_string={name: typed}) as answer:
                assert answer.status_code == 200, (address, name)
                assert "<script>alert" not in answer.get_data(as_text=True)
    with client.post("/comparison", data={"number": typed, "kept": typed}) as answer:
        assert answer.location == "/comparison"


@pytest.mark.parametrize("typed", ["%00", "%00WZ", "..%2f..", "a" * 900, "%F0%9F%98%80", "WZ'--"])
def test_whatever_stands_for_a_number_or_a_code_is_not_there(client, typed):
    for address in ("/listings/{}", "/listings/{}/qr.svg", "/institutions/{}", "/institutions/{}/listings.atom"):
        with client.get(address.format(typed)) as answer:
            assert answer.status_code == (400 if "%00" in typed else 404), address


# --- for machines ---


def test_the_feed_of_new_listings_is_valid_and_leads_back_by_absolute_addresses(client, session, listing):
    make_public_listing(session, "更新的\x0b成果")
    session.commit()

    feed = xml(client, "/feeds/listings.atom")
    entries = feed.findall(f"{ATOM}entry")

    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["更新的成果", "耐高温泵阀密封件"]
    for element in (feed, *entries):
        assert all(element.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        assert element.find(f"{ATOM}author/{ATOM}name") is not None
    addresses = [link.get("href") for link in feed.iter(f"{ATOM}link")]
    assert all(address.startswith(f"{ADDRESS}/") for address in addresses)
    assert entries[1].findtext(f"{ATOM}id") == f"{ADDRESS}/listings/{listing.number}"
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == f"{ADDRESS}/feeds/listings.atom"


def test_the_other_feeds_hold_the_institutions_listings_and_the_lots(client, session, listing, institution):
    make_public_listing(session, "别家的成果")
    lot = make_lot(session)
    session.commit()

    own = xml(client, f"/institutions/{institution.organisation.code}/listings.atom")
    lots = xml(client, "/feeds/lots.atom")

    titles = [entry.findtext(f"{ATOM}title") for entry in own.findall(f"{ATOM}entry")]
    assert titles == ["耐高温泵阀密封件"]
    assert [entry.findtext(f"{ATOM}id") for entry in lots.findall(f"{ATOM}entry")] == [f"{ADDRESS}/lots/{lot.number}"]


@pytest.mark.parametrize("address", ["/feeds/listings.atom", "/feeds/lots.atom", "/sitemap.xml", "/robots.txt"])
def test_what_machines_fetch_is_cached_without_cookies_and_answered_by_its_tag(client, listing, address):
    with client.get(address) as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"].startswith("public, max-age=")
        assert "Set-Cookie" not in answer.headers
        tag = answer.headers["ETag"]
    with client.get(address, headers={"If-None-Match": tag}) as again:
        assert (again.status_code, again.data) == (304, b"")


def test_the_map_names_every_public_page_once(client, session, listing, institution):
    lot = make_lot(session, institution)
    session.commit()

    found = [element.text for element in xml(client, "/sitemap.xml").iter(f"{SITE}loc")]

    assert len(found) == len(set(found))
    for path in ("/", "/announcements", f"/institutions/{institution.organisation.code}", f"/lots/{lot.number}"):
        assert ADDRESS + path in found
    assert f"{ADDRESS}/listings/{listing.number}" in found
    assert client.get("/sitemaps/2.xml").status_code == 404
    assert f"Sitemap: {ADDRESS}/sitemap.xml" in said(client.get("/robots.txt"))


def test_a_map_that_one_file_cannot_hold_is_cut_without_loss(session, institution):
    for index in range(25):
        make_public_listing(session, f"成果 {index}", organisation=institution.organisation)
    session.flush()

    files = sitemap.file_count(session, largest=10)
    parts = [sitemap.places(session, number, files, largest=10) for number in range(1, files + 1)]

    assert files == 4
    assert all(len(part) <= 10 for part in parts)
    listings = [place.address for part in parts for place in part if place.address.startswith("/listings/")]
    assert len(listings) == len(set(listings)) == 25
    index = ElementTree.fromstring(sitemap.index_xml(parts[1]))
    assert index.tag == f"{SITE}sitemapindex"


@pytest.mark.parametrize(
    ("address", "hall"),
    [("/announcements", "公示公告"), ("/open-list", "公示公告"), ("/institutions", "机构"), ("/reports/new", None)],
)
def test_the_header_marks_the_hall_that_a_page_belongs_to(client, address, hall):
    header = client.get(address).get_data(as_text=True).split('<nav class="halls"')[1].split("</nav>")[0]

    assert re.findall(r'aria-current="page">([^<]+)<', header) == ([hall] if hall else [])
