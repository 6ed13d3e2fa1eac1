"""The result list as a workbook."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.kernel.clock import local_date
from market.kernel.excel import About, Link, write_workbook
from market.listings.models import Listing
from search import exporting, service
from search.engines.embedded import EmbeddedEngine
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation


@pytest.fixture
def hall(session: Session, engine: EmbeddedEngine) -> list[Listing]:
    university = make_organisation(session, name="温州某大学", code="WZMU")
    listings = [
        make_public_listing(
            session,
            "=cmd|'/C calc'!A0 密封件",
            organisation=university,
            ways=("assignment", "auction"),
            patent_numbers=("202310000001.5",),
            summary="@SUM(1) 用于泵阀。",
        ),
        make_public_listing(session, "密封环", organisation=university),
        *(make_public_listing(session, f"激光切割头{one}") for one in range(7)),
    ]
    service.reconcile(engine)
    return listings


def sheets(client: FlaskClient, address: str) -> tuple[Any, dict[str, Any]]:
    """The first sheet, and the second one as a table of two columns."""
    with client.get(address) as answer:
        assert answer.status_code == 200
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
    first, second = book.worksheets
    return first, {str(row[0]): row[1] for row in second.iter_rows(values_only=True)}


def rows(sheet: Any) -> list[dict[str, Any]]:
    table = list(sheet.iter_rows(values_only=True))
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


def test_numbers_are_numbers_dates_are_dates_and_text_is_never_a_formula(
    client: FlaskClient, hall: list[Listing]
) -> None:
    sheet, _ = sheets(client, "/listings/export.xlsx?q=密封件")
    found = rows(sheet)[0]
    assert found["成果名称"] == "=cmd|'/C calc'!A0 密封件"
    assert found["最低价格（元）"] == 500_000
    assert found["各方式价格"] == "转让 面议；网络竞价 ¥500,000.00"
    assert found["技术就绪等级"] == 6
    published = local_date(hall[0].published_at or datetime.max)
    assert found["上架日期"] == datetime(published.year, published.month, published.day)
    assert found["法律状态"] == "有效"
    assert [cell.data_type for cell in sheet[2]].count("f") == 0
    assert sheet["O2"].value.startswith("@SUM")
    assert sheet["O2"].quotePrefix


def test_each_row_leads_to_its_listing(client: FlaskClient, hall: list[Listing]) -> None:
    sheet, _ = sheets(client, "/listings/export.xlsx?q=密封环")
    assert sheet["A2"].value == hall[1].number
    assert sheet["A2"].hyperlink.target.endswith(f"/listings/{hall[1].number}")
    assert sheet["A2"].hyperlink.target.startswith("http")


def test_the_second_sheet_says_what_was_asked(client: FlaskClient, hall: list[Listing]) -> None:
    _, told = sheets(client, "/listings/export.xlsx?q=泵阀&institution=WZMU&way=auction&way=assignment&sort=newest")
    assert told["检索内容"] == "泵阀"
    assert told["单位"] == "温州某大学"
    assert told["转化方式"] == "网络竞价、转让"
    assert told["排序"] == "最新发布"
    assert (told["找到"], told["导出"]) == (2, 2)
    assert told["网址"].endswith("&sort=newest")
    assert "说明" not in told


def test_without_words_the_newest_stand_first_and_it_says_so(client: FlaskClient, hall: list[Listing]) -> None:
    sheet, told = sheets(client, "/listings/export.xlsx")
    assert [row["挂牌编号"] for row in rows(sheet)] == [one.number for one in reversed(hall)]
    assert told["排序"] == "最新发布"
    assert told["检索内容"] == "（未填写，列出全部）"


def test_blocks_follow_each_other_without_gap_and_what_is_left_out_is_told(
    client: FlaskClient, hall: list[Listing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BLOCK", 2)
    monkeypatch.setattr(exporting, "MOST_ROWS", 6)
    sheet, told = sheets(client, "/listings/export.xlsx")
    assert [row["挂牌编号"] for row in rows(sheet)] == [one.number for one in reversed(hall)][:6]
    assert (told["找到"], told["导出"]) == (9, 6)
    assert told["说明"] == "一次最多导出排在前面的 6 项，其余没有导出。"


def test_a_question_that_looks_like_a_formula_stays_text(client: FlaskClient, hall: list[Listing]) -> None:
    with client.get("/listings/export.xlsx", query_string={"q": "=1+1 密封"}) as answer:
        second = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[1]
    assert (second["B1"].value, second["B1"].data_type) == ("=1+1 密封", "s")


def test_a_workbook_without_a_second_sheet_has_one() -> None:
    with write_workbook("a", ["b"], [[Link("c", "https://example.com/?a=1&b=2")]]) as file:
        book = openpyxl.load_workbook(file)
    assert len(book.worksheets) == 1
    assert book.worksheets[0]["A2"].hyperlink.target == "https://example.com/?a=1&b=2"


def test_the_second_sheet_is_asked_after_the_rows() -> None:
    written: list[int] = []

    def count() -> list[list[Any]]:
        return [["rows", len(written)]]

    with write_workbook("a", ["b"], ([written.append(one)] for one in range(3)), About("c:d", count)) as file:
        second = openpyxl.load_workbook(file).worksheets[1]
    assert (second.title, second["B1"].value) == ("c d", 3)
