"""The bureau watches volumes over time and opens the records behind every number."""

from __future__ import annotations

import io
import json
import re
from datetime import date

import pytest
from openpyxl import load_workbook

from market.accounts.rules import OrganisationKind
from tests.conftest import IsolatedClient
from tests.factories.facts import make_fact
from tests.factories.query_counter import counted_statements
from tests.factories.world import make_organisation, make_person, sign_in

MARCH, MAY = date(2026, 3, 5), date(2026, 5, 6)


@pytest.fixture
def world(session):
    """Two institutions in two counties; seven facts of 2026 and one of the year before."""
    north = make_organisation(session, name="瓯海大学", code="OHU", county_code="330304")
    south = make_organisation(session, name="平阳职院", code="PYV", county_code="330326")
    buyer = make_organisation(session, OrganisationKind.ENTERPRISE, name="永嘉阀门", county_code="330324")
    for number in range(3):
        make_fact(
            session,
            north,
            "listing_published",
            MARCH,
            amount_fen=1_000_000 * (number + 1),
            ways=["auction", "assignment"],
        )
    make_fact(session, south, "listing_published", MAY, ways=["try_first"])
    make_fact(session, north, "listing_published", date(2025, 6, 1))
    sale = {"buyer_id": buyer.id, "buyer_county": "330324", "ways": ["auction"]}
    for kind, count, fen in (("competitive", 2, 123_000_000), ("listed", 1, 50_000_000)):
        make_fact(
            session, north, "lot_sold", MAY, bidder_count=count, amount_fen=fen, details={"sale_kind": kind}, **sale
        )
    return {"north": north, "south": south, "buyer": buyer}


def signed_in_as(client: IsolatedClient, session, kind, county="330302"):
    organisation = make_organisation(session, kind, county_code=county)
    sign_in(client, make_person(session, organisation))
    return client


@pytest.fixture
def bureau(client, session, world):
    return signed_in_as(client, session, OrganisationKind.BUREAU)


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)[:800]
    return answer.get_data(as_text=True)


def workbook(client, address):
    """The lines of a workbook; the response is closed, its spooled file with it."""
    with client.get(address) as answer:
        assert answer.status_code == 200
        return list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))


def total_on(text):
    return int(re.search(r"共 ([\d,]+) 条", text).group(1).replace(",", ""))


def tile(text, label):
    """The number of a tile and the address behind it."""
    found = re.search(rf'stat-label">{label}</p>\s*<p class="stat-value"><a href="([^"]+)">([\d,]+)</a>', text)
    return int(found.group(2)), found.group(1).replace("&amp;", "&")


def test_each_tile_counts_the_year_and_opens_exactly_its_records(bureau):
    text = page(bureau, "/console/monitoring")
    for label, expected in (("挂牌", 4), ("竞价成交", 2)):
        number, address = tile(text, label)
        assert number == expected
        assert total_on(page(bureau, address)) == expected
    assert "成交额 173.00 万元，其中竞争性成交 1 宗" in text
    assert "统计时间" in text


@pytest.mark.parametrize(
    "query, expected",
    [
        ("", 6),
        ("?year=2025", 1),
        ("?from=2025-01-01&to=2026-12-31", 7),
        ("?institution=PYV", 1),
        ("?county=330304", 5),
        ("?buyer_county=330324", 2),
        ("?way=auction", 5),
        ("?way=assignment&kind=listing_published", 3),
        ("?kind=lot_sold&sale=competitive", 1),
        ("?from=2026-03-01&to=2026-03-31", 3),
    ],
)
def test_records_follow_the_address(bureau, query, expected):
    assert total_on(page(bureau, f"/console/monitoring/records{query}")) == expected


@pytest.mark.parametrize("dimension", ["kind", "institution", "county", "buyer_county", "way"])
def test_every_number_of_the_table_opens_as_many_records(bureau, dimension):
    text = page(bureau, f"/console/monitoring?by={dimension}&kind=lot_sold")
    cells = re.findall(r'<td class="number"[^>]*><a href="([^"]+)">([\d,]+)</a></td>', text)
    assert cells
    for address, number in cells:
        assert total_on(page(bureau, address.replace("&amp;", "&"))) == int(number)


def test_by_institution_the_larger_comes_first(bureau):
    text = page(bureau, "/console/monitoring?by=institution")
    rows = re.findall(r'<tr><th scope="row" class="keep">([^<]+)</th>', text)
    assert rows == ["瓯海大学", "平阳职院"]


def test_the_chart_holds_the_numbers_of_its_table(bureau):
    text = page(bureau, "/console/monitoring?by=way")
    block = re.search(r'<script type="application/json" id="volumes-data">(.+?)</script>', text).group(1)
    series = {one["name"]: sum(one["values"]) for one in json.loads(block)["series"]}
    assert series == {"转让": 3, "网络竞价": 3, "先用后转": 1}


def test_an_empty_period_says_so(bureau):
    assert "没有符合条件的记录" in page(bureau, "/console/monitoring/records?year=2021")
    assert "这段时间没有记录" in page(bureau, "/console/monitoring?by=institution&year=2021")


def test_a_record_links_to_its_listing_and_names_its_buyer(bureau, world):
    text = page(bureau, "/console/monitoring/records?kind=lot_sold")
    assert "永嘉阀门" in text
    assert re.search(r'<a href="/listings/WZ[0-9]+">lot_sold 2026-05-06</a>', text)


def test_the_workbook_of_records_is_the_list(bureau):
    lines = workbook(bureau, "/console/monitoring/records/export.xlsx?kind=lot_sold&sort=amount&direction=descending")
    assert lines[0][:2] == ("日期", "类别")
    assert [(line[1], line[7], line[9], line[10]) for line in lines[1:]] == [
        ("竞价成交", "永嘉阀门", 2, 1230000),
        ("竞价成交", "永嘉阀门", 1, 500000),
    ]


def test_the_workbook_of_volumes_is_the_table(bureau):
    lines = workbook(bureau, "/console/monitoring/export.xlsx?by=institution&from=2026-03-01&to=2026-05-31")
    assert lines == [
        ("按机构", "合计", "2026-03", "2026-04", "2026-05"),
        ("瓯海大学", 3, 3, 0, 0),
        ("平阳职院", 1, 0, 0, 1),
    ]


def test_a_county_sees_what_was_sold_or_bought_in_it_and_nothing_else(client, session, world):
    seller_county = signed_in_as(client, session, OrganisationKind.COUNTY_BUREAU, "330326")
    text = page(seller_county, "/console/monitoring/records?from=2025-01-01")
    assert (total_on(text), "永嘉阀门" in text) == (1, False)
    client.post("/sign-out")
    buyer_county = signed_in_as(client, session, OrganisationKind.COUNTY_BUREAU, "330324")
    assert total_on(page(buyer_county, "/console/monitoring/records?from=2025-01-01")) == 2
    assert total_on(page(buyer_county, "/console/monitoring/records?from=2025-01-01&county=330304")) == 2


def test_a_county_cannot_reach_another_countys_records_by_address(client, session, world):
    county = signed_in_as(client, session, OrganisationKind.COUNTY_BUREAU, "330383")
    assert "没有符合条件的记录" in page(county, "/console/monitoring/records?county=330304&institution=OHU")
    assert len(workbook(county, "/console/monitoring/records/export.xlsx?institution=OHU")) == 1


@pytest.mark.parametrize("path", ["", "/export.xlsx", "/records", "/records/export.xlsx"])
@pytest.mark.parametrize(
    "kind, status",
    [
        (OrganisationKind.BUREAU, 200),
        (OrganisationKind.COUNTY_BUREAU, 200),
        (OrganisationKind.AUDITOR, 200),
        (OrganisationKind.INSTITUTION, 403),
        (OrganisationKind.ENTERPRISE, 403),
        (OrganisationKind.OPERATOR, 403),
    ],
)
def test_only_watchers_may_open_the_monitoring(client, session, kind, status, path):
    with signed_in_as(client, session, kind).get(f"/console/monitoring{path}") as answer:
        assert answer.status_code == status


BAD = [
    "?year=abc",
    "?from=2026-99-99",
    "?by=%00",
    "?kind=" + "x" * 5000,
    "?endpoint=x&_external=1&_scheme=y",
    "?page=-1",
    "?sort=;",
]


@pytest.mark.parametrize("query", BAD)
@pytest.mark.parametrize("path", ["/console/monitoring", "/console/monitoring/records", "/console/monitoring/scores"])
def test_nonsense_in_the_address_is_ignored(bureau, path, query):
    page(bureau, path + query)


def test_the_pages_keep_their_query_budget(bureau, session, world):
    def queries_of(address):
        with counted_statements() as statements:
            page(bureau, address)
        return len(statements)

    few = queries_of("/console/monitoring/records"), queries_of("/console/monitoring?by=institution")
    for _ in range(12):
        make_fact(session, world["south"], "listing_published", MAY)
    many = queries_of("/console/monitoring/records"), queries_of("/console/monitoring?by=institution")
    assert many == few
    assert max(many) <= 16
