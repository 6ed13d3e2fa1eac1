"""The register and imports through HTTP and HTML, without JavaScript."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from market.accounts.models import Organisation
from market.accounts.rules import OrganisationKind
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.running import check_import, run_import
from market.achievements.models import Achievement, ImportRun, IPRight
from market.achievements.vocabulary import LegalStatus
from tests.conftest import NOW
from tests.factories.imports import approve_and_run, check
from tests.factories.office_files import HEADINGS, workbook_bytes
from tests.factories.old_workbooks import old_workbook_bytes
from tests.factories.public_listings import make_public_listing
from tests.factories.register_entries import NAME
from tests.factories.world import Institution, make_organisation, make_person, sign_in

ROWS = [
    ("一种水泵", "CN201710601862.3", NAME, "2017-07-21", "F04D1/00", "摘要一"),
    ("一种阀门", "CN202310000001.5", "李某", "2023-01-05", "F16K31/06", "摘要二"),
    ("老电机", "CN85102475", NAME, "1985-04-01", "H02K17/02", "摘要三"),
    ("坏行", "CN201710601862.9", NAME, "2017-07-21", "", ""),
]


def imported(session: Session, organisation: Organisation, rows: Sequence[Sequence[Any]] = ROWS) -> int:
    run_id = check(session, organisation, OfficeFile("清单.xlsx", workbook_bytes(HEADINGS, rows)), NOW)
    approve_and_run(session, run_id, NOW)
    return run_id


def upload(client: FlaskClient, content: bytes, name: str = "清单.xlsx") -> TestResponse:
    return client.post("/console/imports/new", data={"file": (io.BytesIO(content), name)})


def right_of(session: Session, number: str) -> IPRight:
    return session.scalars(
        select(IPRight).where(IPRight.number == number).execution_options(populate_existing=True)
    ).one()


def titles(page: str) -> list[str]:
    return re.findall(r'<th scope="row" class="wide"><a href="/console/register/\d+">(.*?)</a>', page)


MEANINGS = {"column-0": "title", "column-1": "number", "column-2": "applicants", "column-3": "filing_date",
            "column-4": "main_class", "column-5": "abstract"}  # fmt: skip


def test_from_file_to_result_by_plain_pages(officer: FlaskClient, session: Session) -> None:
    answer = upload(officer, workbook_bytes(HEADINGS, ROWS))
    assert answer.status_code == 302
    address = answer.location
    page = officer.get(address).text
    assert "确认各列的含义" in page
    assert "一种水泵" in page
    assert re.search(r'for="column-1">B · 申请号</label>', page)
    assert re.findall(r'<option selected value="(.*?)">', page)[1:] == list(MEANINGS.values())
    assert officer.post(f"{address}/columns", data=MEANINGS).location == address
    waiting = officer.get(address)
    assert '<meta http-equiv="refresh"' in waiting.text
    assert "正在逐行核对" in waiting.text
    check_import(session.scalars(select(ImportRun.id)).one(), now=NOW)
    assert officer.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = officer.get(address).text
    assert "校验位不对，应为 3" in page
    assert "现在还没有写入台账" in page
    assert "申请人不是本单位，登记后权属待确认" in page
    assert session.scalar(select(func.count(IPRight.id))) == 0
    assert officer.post(f"{address}/approve").location == address
    assert "排队中" in officer.get(address).text
    run_import(session.scalars(select(ImportRun.id)).one(), now=NOW)
    page = officer.get(address).text
    assert "导入结果" in page
    assert officer.get(f"{address}?outcome=new").text.count('<th scope="row">') == 3
    assert "清单.xlsx" in officer.get("/console/imports").text


def test_what_a_file_would_change_is_said_before_and_after(
    officer: FlaskClient, session: Session, institution: Institution
) -> None:
    imported(session, institution.organisation)
    renamed = [("离心水泵", *ROWS[0][1:])]
    run_id = check(session, institution.organisation, OfficeFile("a.xlsx", workbook_bytes(HEADINGS, renamed)), NOW)
    sentence = "名称：“一种水泵”改为“离心水泵”"
    assert sentence in officer.get(f"/console/imports/{run_id}").text
    answer = officer.get(f"/console/imports/{run_id}/rows.xlsx", buffered=True)
    lines = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert [line[6:] for line in lines[1:]] == [("更新", sentence, 2)]
    approve_and_run(session, run_id, NOW)
    assert sentence in officer.get(f"/console/imports/{run_id}").text


def test_a_checked_file_can_be_dropped_or_its_columns_changed(officer: FlaskClient, session: Session) -> None:
    address = upload(officer, workbook_bytes(HEADINGS, ROWS)).location
    officer.post(f"{address}/columns", data=MEANINGS)
    check_import(session.scalars(select(ImportRun.id)).one(), now=NOW)
    assert "确认各列的含义" in officer.get(f"{address}?step=columns").text
    assert officer.post(f"{address}/discard").location == "/console/imports"
    assert "这次导入已放弃，台账没有变化。" in officer.get(address).text
    assert officer.post(f"{address}/approve").status_code == 409
    assert session.scalar(select(func.count(IPRight.id))) == 0


def test_a_register_that_moved_is_said_on_the_page(
    officer: FlaskClient, session: Session, institution: Institution
) -> None:
    run_id = check(session, institution.organisation, OfficeFile("a.xlsx", workbook_bytes(HEADINGS, ROWS)), NOW)
    imported(session, institution.organisation, ROWS[:1])
    approve_and_run(session, run_id, NOW)
    page = officer.get(f"/console/imports/{run_id}").text
    assert "核对之后台账又有变化：1 行的结果和上次不同" in page
    assert "确认导入" in page


def test_a_column_that_is_not_chosen_or_chosen_twice_comes_back_with_the_error(
    officer: FlaskClient, session: Session
) -> None:
    address = upload(officer, workbook_bytes(HEADINGS, ROWS)).location
    answer = officer.post(f"{address}/columns", data=MEANINGS | {"column-2": "-"})
    assert answer.status_code == 422
    assert "请指明哪一列是“申请人（专利权人）”。" in answer.text
    answer = officer.post(f"{address}/columns", data=MEANINGS | {"column-5": "title"})
    assert answer.status_code == 422
    assert "“名称”已经选给了“A · 专利名称”列" in answer.text
    assert officer.post(f"{address}/columns", data=MEANINGS | {"column-5": "nonsense"}).status_code == 422
    assert session.scalars(select(ImportRun.state)).one() == "uploaded"


def test_another_sheet_and_another_row_of_headings_can_be_chosen(officer: FlaskClient) -> None:
    sheets = {
        "清单": [("申请号", "名称"), ("1", "甲")],
        "自制": [("表",), ("编码", "叫什么", "谁的"), ("2", "乙", "丙")],
    }
    address = upload(officer, old_workbook_bytes(sheets), "自制.xls").location
    assert "清单 · 表头在第 1 行" in officer.get(address).text
    assert officer.post(f"{address}/sheet", data={"sheet_name": "自制", "header_row": "2"}).location == address
    page = officer.get(address).text
    assert "自制 · 表头在第 2 行" in page
    assert 'for="column-1">B · 叫什么</label>' in page
    for data in ({"sheet_name": "无"}, {"sheet_name": "自制", "header_row": "9"}, {"header_row": "0"}):
        answer = officer.post(f"{address}/sheet", data=data)
        assert answer.status_code == 422
    assert "自制 · 表头在第 2 行" in officer.get(address).text


def test_confirmed_columns_are_known_next_time_and_can_be_forgotten(officer: FlaskClient) -> None:
    content = workbook_bytes(("编码", "叫什么", "申请人"), [("201710601862.3", "水泵", NAME)])
    address = upload(officer, content).location
    chosen = {"column-0": "number", "column-1": "title", "column-2": "applicants"}
    assert officer.post(f"{address}/columns", data=chosen).status_code == 302
    page = officer.get(upload(officer, content).location).text
    assert "各列的含义已按本单位上次的确认选好" in page
    assert re.findall(r'<option selected value="(.*?)">', page)[-3:] == list(chosen.values())
    page = officer.get("/console/imports/columns").text
    assert "编码 → 申请号或专利号" in page
    (forget,) = re.findall(r"/console/imports/columns/\d+/forget", page)
    officer.post(forget)
    assert "还没有记住的表头" in officer.get("/console/imports/columns").text
    assert officer.post(forget).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", b"", "文件是空的"),
        ("a.xlsx", b"plain text", "这不是 Excel 工作簿"),
        ("a.xlsx", workbook_bytes(("姓名", "电话"), [("甲", "1")]), "没有找到申请号一列。表头读到的是：姓名、电话"),
        ("a.xlsx", workbook_bytes((), []), "表格里没有内容"),
        ("a.csv", "姓名,电话\n甲,1\n".encode(), "没有找到申请号一列"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_with_a_sentence(
    officer: FlaskClient, session: Session, name: str, content: bytes, sentence: str
) -> None:
    answer = upload(officer, content, name)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert session.scalar(select(func.count(ImportRun.id))) == 0


def test_without_a_file_the_form_says_so(officer: FlaskClient) -> None:
    answer = officer.post("/console/imports/new", data={})
    assert answer.status_code == 422
    assert "请选择一个" in answer.text


def test_the_register_filters_sorts_and_counts(
    officer: FlaskClient, session: Session, institution: Institution
) -> None:
    imported(session, institution.organisation)
    assert titles(officer.get("/console/register").text) == ["一种阀门", "一种水泵", "老电机"]
    expected = {
        "sort=number&order=asc": ["一种水泵", "一种阀门", "老电机"],
        "state=lapsed": ["老电机"],
        "state=in_term": ["一种阀门", "一种水泵"],
        "state=unverified": ["一种阀门", "一种水泵"],
        "ownership=pending": ["一种阀门"],
        "text=水泵": ["一种水泵"],
        "text=ZL 2023 1 0000001.5": ["一种阀门"],
        "text=李某": ["一种阀门"],
        "text=%25": [],
        "kind=design": [],
        "year=1985": ["老电机"],
        "listed=yes": [],
        "listed=no&sort=filed&order=asc": ["老电机", "一种水泵", "一种阀门"],
        "page=99&size=50": ["一种阀门", "一种水泵", "老电机"],
        "page=-1&size=7&sort=x&kind=y&state=z&year=1&ownership=w": ["一种阀门", "一种水泵", "老电机"],
    }
    assert {query: titles(officer.get(f"/console/register?{query}").text) for query in expected} == expected


def test_the_export_has_exactly_the_filtered_lines_and_reads_back_as_no_change(
    officer: FlaskClient, session: Session, institution: Institution
) -> None:
    imported(session, institution.organisation)
    answer = officer.get("/console/register/export.xlsx?ownership=own&sort=number&order=asc", buffered=True)
    lines = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert [line[1] for line in lines] == ["名称", "一种水泵", "老电机"]
    run_id = check(session, institution.organisation, OfficeFile("台账.xlsx", answer.data), NOW)
    again = session.get_one(ImportRun, run_id, populate_existing=True)
    assert (again.same_count, again.new_count, again.changed_count, again.refused_count) == (2, 0, 0, 0)


def test_the_annotated_file_has_each_rows_reason(
    officer: FlaskClient, session: Session, institution: Institution
) -> None:
    run_id = imported(session, institution.organisation)
    answer = officer.get(f"/console/imports/{run_id}/rows.xlsx?outcome=refused", buffered=True)
    lines = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert lines[0] == (*HEADINGS, "导入结果", "原因", "原文件行号")
    assert [(line[0], line[6], line[8]) for line in lines[1:]] == [("坏行", "未收入", 5)]
    assert "应为 3" in lines[1][7]


def test_a_pending_achievement_says_why_it_cannot_be_listed_until_its_ownership_is_explained(
    officer: FlaskClient, session: Session, institution: Institution
) -> None:
    imported(session, institution.organisation)
    achievement_id = right_of(session, "202310000001.5").achievement_id
    address = f"/console/register/{achievement_id}"
    page = officer.get(address).text
    assert "现在不能挂牌" in page
    assert "权属待确认：申请人不是本单位" in page
    short = officer.post(f"{address}/ownership", data={"reason": "是"})
    assert short.status_code == 422
    assert "至少 6 个字" in short.text
    assert officer.post(f"{address}/ownership", data={"reason": "2024 年受让取得"}).status_code == 302
    page = officer.get(address).text
    assert "现在不能挂牌" not in page
    assert "2024 年受让取得" in page
    assert "说明权属依据" in page


def test_an_expired_right_is_shown_as_lapsed_with_the_article(
    officer: FlaskClient, session: Session, institution: Institution
) -> None:
    imported(session, institution.organisation)
    right = right_of(session, "85102475")
    page = officer.get(f"/console/register/{right.achievement_id}").text
    assert "失效（保护期届满）" in page
    assert "已于 2005-04-01 届满（专利法第四十二条），不能挂牌" in page
    address = f"/console/register/{right.achievement_id}/rights/{right.id}/status"
    answer = officer.post(address, data={"status": "alive", "reason": "公告网查询有效"})
    assert answer.status_code == 422
    assert "只能确认为失效" in answer.text
    assert right_of(session, "85102475").legal_status == LegalStatus.UNKNOWN


def test_a_status_is_confirmed_with_its_source(
    officer: FlaskClient, session: Session, institution: Institution
) -> None:
    imported(session, institution.organisation)
    right = right_of(session, "201710601862.3")
    address = f"/console/register/{right.achievement_id}/rights/{right.id}/status"
    assert officer.post(address, data={"status": "unknown", "reason": "没有查询"}).status_code == 422
    assert officer.post(address, data={"status": "alive", "reason": "公告网查询有效"}).status_code == 302
    assert right_of(session, "201710601862.3").legal_status == LegalStatus.ALIVE
    assert "确认法律状态：有效" in officer.get(f"/console/register/{right.achievement_id}").text


def test_another_institutions_rows_look_like_none(
    officer: FlaskClient, session: Session, institution: Institution
) -> None:
    other = make_organisation(session, name="西山学院")
    run_id = imported(session, other, [("别人的", "CN202320000001.0", "西山学院", "2023-01-05", "", "")])
    right = right_of(session, "202320000001.0")
    reads = (
        f"/console/register/{right.achievement_id}",
        f"/console/imports/{run_id}",
        f"/console/imports/{run_id}/rows.xlsx",
    )
    assert [officer.get(address).status_code for address in reads] == [404, 404, 404]
    writes = {
        f"/console/register/{right.achievement_id}/ownership": {"reason": "2024 年受让取得"},
        f"/console/register/{right.achievement_id}/rights/{right.id}/status": {
            "status": "lapsed",
            "reason": "公告网查询失效",
        },
        f"/console/imports/{run_id}/columns": {"number": "1"},
    }
    assert [officer.post(address, data=data).status_code for address, data in writes.items()] == [404, 404, 404]
    own = imported(session, institution.organisation)
    mixed = f"/console/register/{right_of(session, '201710601862.3').achievement_id}/rights/{right.id}/status"
    assert officer.post(mixed, data={"status": "lapsed", "reason": "公告网查询失效"}).status_code == 404
    assert right_of(session, "202320000001.0").legal_status == LegalStatus.UNKNOWN
    assert own != run_id


def test_the_head_reads_and_does_not_write(client: FlaskClient, session: Session, institution: Institution) -> None:
    run_id = imported(session, institution.organisation)
    right = right_of(session, "202310000001.5")
    sign_in(client, institution.head)
    assert client.get("/console/register").status_code == 200
    assert client.get(f"/console/imports/{run_id}").status_code == 200
    assert "记录权属依据" not in client.get(f"/console/register/{right.achievement_id}").text
    assert client.get("/console/imports/new").status_code == 403
    answer = client.post(f"/console/register/{right.achievement_id}/ownership", data={"reason": "2024 年受让取得"})
    assert answer.status_code == 403
    assert session.get_one(Achievement, right.achievement_id, populate_existing=True).ownership_reason is None


def test_an_enterprise_does_not_see_the_register(client: FlaskClient, session: Session) -> None:
    sign_in(client, make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE)))
    assert [client.get(path).status_code for path in ("/console/register", "/console/imports")] == [403, 403]


def test_empty_pages_say_what_they_are_for(officer: FlaskClient) -> None:
    assert "台账里还没有成果" in officer.get("/console/register").text
    assert "还没有导入过文件" in officer.get("/console/imports").text


def test_what_is_on_the_market_is_shown_with_its_number_and_not_offered_again(
    officer: FlaskClient, session: Session, institution: Institution
) -> None:
    imported(session, institution.organisation)
    listing = make_public_listing(session, "一种在售的泵", organisation=institution.organisation)
    number, achievement_id = listing.number, listing.achievement_id
    session.commit()
    assert titles(officer.get("/console/register?listed=yes").text) == ["一种在售的泵"]
    assert len(titles(officer.get("/console/register?listed=no").text)) == 3
    page = officer.get(f"/console/register/{achievement_id}").text
    assert f"这项成果已有挂牌 {number}，当前状态：已上架。" in page
    assert f"/console/listings/new?achievement={achievement_id}" not in page
    free = right_of(session, "201710601862.3").achievement_id
    assert f'href="/console/listings/new?achievement={free}"' in officer.get(f"/console/register/{free}").text
