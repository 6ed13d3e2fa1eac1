"""成果大厅 through HTTP: results, highlights, facets, pages, export, and an engine that is down."""

from __future__ import annotations

import io
import json
import re

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from market.listings.models import Listing
from search import service
from search.engines.base import EngineUnavailable, SearchAnswer
from search.engines.embedded import EmbeddedEngine
from search.query import SearchQuery
from search.suggesting import keeping
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation


@pytest.fixture
def hall(session: Session, engine: EmbeddedEngine) -> list[Listing]:
    university = make_organisation(session, name="温州某大学", code="WZMU")
    listings = [
        make_public_listing(
            session,
            "高温密封件<b>",
            organisation=university,
            ways=("assignment", "auction"),
            patent_numbers=("202310000001.5",),
            summary="用于泵阀，高温下磨损小。",
        ),
        make_public_listing(session, "激光焊接机器人", organisation=university),
        *(make_public_listing(session, f"激光切割头{one}", ways=("ordinary_licence",)) for one in range(22)),
    ]
    service.reconcile(engine)
    return listings


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def titles(html: str) -> list[str]:
    found = re.findall(r"<h2><a[^>]*>(.*?)</a></h2>", html)
    return [re.sub("<[^>]+>", "", title) for title in found]


def test_hits_are_marked_in_title_and_passage_and_escaped(client: FlaskClient, hall: list[Listing]) -> None:
    html = page(client, "/listings?q=密封件+高温")
    assert "<mark>高温密封件</mark>&lt;b&gt;" in html
    assert "用于泵阀，<mark>高温</mark>下磨损小。" in html
    assert "<b>" not in html
    assert "200,000" not in html
    assert "50.00 万元" in html


def test_a_result_page_of_a_visitor_takes_two_statements(
    client: FlaskClient, session: Session, hall: list[Listing]
) -> None:
    """The facts of the page and the rows of its hits, besides what other wordings are looked for."""
    page(client, "/listings?q=激光")  # the names of institutions are known from now on
    asked: list[str] = []
    connection = session.connection()

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    event.listen(connection, "before_cursor_execute", note)
    try:
        page(client, "/listings?q=激光")
    finally:
        event.remove(connection, "before_cursor_execute", note)
    assert len([one for one in asked if one.startswith("SELECT") and "suggestion_term" not in one]) == 2, asked


def test_a_patent_number_finds_its_listing(client: FlaskClient, hall: list[Listing]) -> None:
    assert titles(page(client, "/listings?q=ZL+2023+1+0000001.5")) == ["高温密封件&lt;b&gt;"]


def test_without_a_question_everything_public_is_shown_newest_first_in_pages(
    client: FlaskClient, hall: list[Listing]
) -> None:
    first, second = page(client, "/listings"), page(client, "/listings?page=2")
    assert titles(first) == [f"激光切割头{one}" for one in range(21, 1, -1)]
    assert titles(second) == ["激光切割头1", "激光切割头0", "激光焊接机器人", "高温密封件&lt;b&gt;"]
    assert "共 24 条" in first
    assert 'href="/listings?page=2"' in first


def test_a_facet_is_an_address_that_narrows_and_leads_back(client: FlaskClient, hall: list[Listing]) -> None:
    html = page(client, "/listings?q=激光")
    assert 'href="/listings?q=%E6%BF%80%E5%85%89&amp;institution=WZMU"' in html
    narrowed = page(client, "/listings?q=激光&institution=WZMU")
    assert titles(narrowed) == ["激光焊接机器人"]
    assert re.search(r'href="/listings\?q=%E6%BF%80%E5%85%89" rel="nofollow" aria-current="true"', narrowed)


def test_a_page_beyond_the_end_leads_to_the_last_one(client: FlaskClient, hall: list[Listing]) -> None:
    answer = client.get("/listings?q=激光&page=1000000000")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/listings?q=%E6%BF%80%E5%85%89&page=2"


def test_the_export_holds_the_list_in_its_order(client: FlaskClient, hall: list[Listing]) -> None:
    with client.get("/listings/export.xlsx?way=assignment") as answer:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("挂牌编号", "成果名称", "单位")
    assert [row[1] for row in rows[1:]] == ["激光焊接机器人", "高温密封件<b>"]
    assert rows[2][6] == "转让、网络竞价"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("。！？***", "检索内容里没有文字或数字"),
        ("量子纠缠", "没有找到符合条件的成果"),
        ("激光" * 5000, "只按前 200 个字检索"),
    ],
)
def test_odd_questions_get_a_sentence(client: FlaskClient, hall: list[Listing], text: str, sentence: str) -> None:
    answer = client.get("/listings", query_string={"q": text})
    assert answer.status_code == 200
    assert sentence in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    [
        "/listings?q=%00%ff%fe",
        "/listings?q=%22%28%28AND+OR+NOT",
        "/listings?q=*%3F*%3F*%3F",
        "/listings?q=%F0%9F%98%80",
        "/listings?page=-1",
        "/listings?way=nonsense&county=%00&field=x&institution=%27",
        "/listings?sort=drop+table",
        "/listings?q[]=a&nothing=1",
        "/listings/export.xlsx?q=%00&page=10000000000",
    ],
)
def test_bad_input_is_answered(client: FlaskClient, hall: list[Listing], address: str) -> None:
    with client.get(address) as answer:
        assert answer.status_code == 200


class DownEngine:
    """An engine that never answers."""

    name = "down"

    def search(self, query: SearchQuery) -> SearchAnswer:
        raise EngineUnavailable("down for this test")


def test_when_the_engine_is_down_the_database_answers_and_the_page_says_so(
    app: Flask, client: FlaskClient, hall: list[Listing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "kezhuan_search", DownEngine())
    html = page(client, "/listings?q=密封件")
    assert "检索服务暂时不可用" in html
    assert titles(html) == ["高温密封件&lt;b&gt;"]
    assert "50.00 万元" in html


@pytest.mark.parametrize(
    "text",
    [
        "",
        "激光" * 5000,
        "。！？***",
        "*?" * 50,
        "%_\\" * 40,
        '"((AND OR NOT',
        "\x00密封",
        "😀",
        "'; DROP TABLE listing",
    ],
)
def test_bad_input_is_answered_by_the_database_too(
    app: Flask, client: FlaskClient, hall: list[Listing], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setitem(app.extensions, "kezhuan_search", DownEngine())
    asked = {"q": text, "page": "1000000000", "county": "\x00", "nothing": "1"}
    answer = client.get("/listings", query_string=asked, follow_redirects=True)
    assert answer.status_code == 200
    assert "检索服务暂时不可用" in answer.get_data(as_text=True)


WIDENED = "没有成果同时含有这些词"


@pytest.mark.parametrize("is_down", [False, True])
def test_words_that_nothing_holds_together_are_answered_one_by_one_and_the_page_says_so(
    app: Flask, client: FlaskClient, hall: list[Listing], monkeypatch: pytest.MonkeyPatch, *, is_down: bool
) -> None:
    if is_down:
        monkeypatch.setitem(app.extensions, "kezhuan_search", DownEngine())
    html = page(client, "/listings?q=高温+焊接")
    assert set(titles(html)) == {"高温密封件&lt;b&gt;", "激光焊接机器人"}
    assert WIDENED in html
    narrowed = page(client, "/listings?q=高温+焊接&way=auction")
    assert (titles(narrowed), WIDENED in narrowed) == (["高温密封件&lt;b&gt;"], True)
    assert WIDENED not in page(client, "/listings?q=激光+机器人")


@pytest.mark.parametrize(
    "asked", ["q=机器人+激光&way=auction", "q=量子+计算", "q=机械人", "q=密封件+-激光", 'q="高温 焊接"']
)
def test_no_other_question_is_widened(client: FlaskClient, hall: list[Listing], asked: str) -> None:
    html = page(client, f"/listings?{asked}")
    assert WIDENED not in html


def test_the_export_of_such_a_question_holds_what_its_page_shows(client: FlaskClient, hall: list[Listing]) -> None:
    with client.get("/listings/export.xlsx?q=高温+焊接") as answer:
        hits, told = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
    cells = {str(cell.value) for sheet in (hits, told) for row in sheet.iter_rows() for cell in row}
    assert {"高温密封件<b>", "激光焊接机器人"} <= cells
    assert any(WIDENED in cell for cell in cells)


def test_a_listing_withdrawn_since_the_index_was_written_is_not_shown(
    session: Session, client: FlaskClient, hall: list[Listing]
) -> None:
    hall[1].state = "withdrawn"
    session.flush()
    assert "激光焊接机器人" not in titles(page(client, "/listings?q=焊接机器人"))


def test_an_empty_hall_says_what_it_is_for(session: Session, client: FlaskClient, engine: EmbeddedEngine) -> None:
    service.reconcile(engine)
    assert "成果大厅还没有挂牌的成果" in page(client, "/listings")


def test_the_shell_answers_as_the_page_does(app: Flask, session: Session, hall: list[Listing]) -> None:
    runner = app.test_cli_runner()
    answered = runner.invoke(args=["search", "query", "高温密封件", "--json"])
    printed = json.loads(answered.output)
    assert (answered.exit_code, printed["engine"]) == (0, "embedded")
    assert [(hit["id"], hit["title"]) for hit in printed["hits"]] == [(hall[0].id, "高温密封件<b>")]
    assert printed["hits"][0]["score"] > 0


def test_exit_status_of_the_shell(app: Flask, session: Session, hall: list[Listing]) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["search", "rebuild"]).exit_code == 0
    assert runner.invoke(args=["search", "verify"]).exit_code == 0
    assert runner.invoke(args=["search", "query", "。。。"]).exit_code == 1
    assert runner.invoke(args=["search", "query"]).exit_code == 2


def test_the_hall_takes_as_many_queries_for_twenty_hits_as_for_one(
    session: Session, client: FlaskClient, hall: list[Listing]
) -> None:
    keeping.reconcile()
    page(client, "/listings?q=水泵")  # what is kept between requests is read once
    statements: list[str] = []

    def remember(*arguments: object) -> None:
        if str(arguments[2]).startswith("SELECT"):
            statements.append(str(arguments[2]))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", remember)
    try:
        page(client, "/listings?q=密封件")
        one = len(statements)
        page(client, "/listings?q=激光")
    finally:
        event.remove(connection, "before_cursor_execute", remember)
    assert 0 < len(statements) - one <= one
    assert one <= 7
