"""Every list of the console filters, sorts and exports what it shows; nonsense in the address is no error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from market.accounts.rules import Role
from market.notifications.models import Notice
from tests.conftest import NOW
from tests.factories.saved_searches import save_search
from tests.factories.statements import state_former_name
from tests.factories.whole_world import make_whole_world
from tests.factories.world import sign_in

NONSENSE = "%00'\"<script>%F0%9F%98%80"


@dataclass(frozen=True)
class ListCase:
    """A list page: who opens it, what it filters by, and for each order the heading of the export's column."""

    address: str
    role: Role
    export: str
    filters: tuple[str, ...]
    orders: dict[str, str]

    def __str__(self) -> str:
        return self.address


OFFICER, BUYER, OPERATOR = Role.TRANSFER_OFFICER, Role.ENTERPRISE_USER, Role.OPERATOR
NUMBERED = {"number": "编号", "title": "成果"}
LISTS = [
    ListCase(
        "/console/reports", Role.SUPERVISOR, "/console/reports/export.xlsx", ("text", "state", "kind"),
        {"number": "举报编号", "received": "收到时间", "due": "处理期限"},
    ),
    ListCase(
        "/console/applications", OFFICER, "/console/applications/export.xlsx", ("text", "state"),
        NUMBERED | {"price": "意向价格（元）", "created": "提交时间"},
    ),
    ListCase(
        "/console/deals", BUYER, "/console/deals/export.xlsx", ("text", "state"),
        NUMBERED | {"price": "价格（元）", "created": "建立时间"},
    ),
    ListCase(
        "/console/listings", OPERATOR, "/console/listings/export.xlsx", ("text", "state"),
        {"number": "编号", "title": "成果名称", "organisation": "机构", "updated": "更新时间"},
    ),
    ListCase(
        "/console/organisations", OPERATOR, "/console/organisations/export.xlsx", ("text", "kind", "verified"),
        {"code": "代码", "name": "名称", "verified": "核验时间"},
    ),
    ListCase(
        "/console/particulars", OPERATOR, "/console/particulars/export.xlsx", ("text", "kind", "state"),
        {"organisation": "机构", "proposed": "提出时间", "decided": "处理时间"},
    ),
    ListCase(
        "/console", OPERATOR, "/console/tasks/export.xlsx", ("text", "urgency"), {"task": "要做的事", "due": "期限"}
    ),
    ListCase("/console/notices", OFFICER, "/console/notices/export.xlsx", ("show",), {"created": "时间", "title": "标题"}),
    ListCase(
        "/console/synonyms", OPERATOR, "/console/synonyms/export.xlsx", ("text", "origin"),
        {"words": "同义词", "code": "代码", "count": "词数"},
    ),
    ListCase("/console/holidays", OPERATOR, "/console/holidays/export.xlsx", ("year",), {"day": "日期", "name": "名称"}),
    ListCase(
        "/console/operations/people", OPERATOR, "/console/operations/people/export.xlsx", ("text", "role"),
        {"name": "姓名", "email": "邮箱", "organisation": "所属单位", "since": "加入时间"},
    ),
    ListCase(
        "/console/organisation", OFFICER, "/console/organisation/members/export.xlsx", ("text", "role"),
        {"name": "姓名", "since": "加入时间"},
    ),
    ListCase(
        "/console/operations/mails", OPERATOR, "/console/operations/mails/export.xlsx", ("text", "state"),
        {"created": "提交时间", "recipient": "收件人", "subject": "标题", "sent": "发送时间"},
    ),
    ListCase(
        "/console/operations/jobs", OPERATOR, "/console/operations/jobs/export.xlsx", ("task", "state"),
        {"id": "编号", "task": "任务", "attempts": "尝试次数"},
    ),
    ListCase(
        "/console/register", OFFICER, "/console/register/export.xlsx",
        ("text", "kind", "state", "ownership", "listed", "year"),
        {"number": "申请号", "title": "名称", "filed": "申请日"},
    ),
    ListCase(
        "/console/imports", OFFICER, "/console/imports/export.xlsx", ("text", "state"),
        {"file": "文件", "created": "上传时间", "new": "新增", "changed": "更新", "same": "无变化", "refused": "未收入"},
    ),
    ListCase(
        "/console/break-glass", OPERATOR, "/console/break-glass/export.xlsx", ("text",),
        {"lot": "标的编号", "by": "申请人", "decided": "答复时间"},
    ),
    ListCase(
        "/console/monitoring/scores", Role.SUPERVISOR, "/console/monitoring/scores/export.xlsx", ("year", "group"),
        {"name": "机构", "points": "已计量得分"},
    ),
    ListCase(
        "/console/questions", OPERATOR, "/console/questions/export.xlsx", ("text", "state", "late"),
        {"title": "成果", "seller": "机构", "asked": "提问时间", "due": "答复期限"},
    ),
    ListCase(
        "/console/enquiries", BUYER, "/console/enquiries/export.xlsx", ("text", "state", "late"),
        NUMBERED | {"asked": "咨询时间", "due": "答复期限"},
    ),
    ListCase(
        "/console/watches", BUYER, "/console/watches/export.xlsx", ("text", "state"),
        {"number": "成果编号", "title": "成果", "organisation": "机构", "watched": "关注时间"},
    ),
    ListCase(
        "/console/saved-searches", BUYER, "/console/saved-searches/export.xlsx", ("text", "rhythm", "new"),
        {"name": "名称", "new": "新成果", "found": "最近发现", "created": "保存时间"},
    ),
    ListCase(
        "/console/replies", Role.SUPERVISOR, "/console/replies/export.xlsx", ("year",),
        {"name": "机构", "asked": "收到", "in_time": "按期答复", "late": "逾期",
         "waiting": "等待答复", "rate": "及时率", "median": "答复用时中位数（小时）"},
    ),
    ListCase(
        "/console/replies/overdue", OPERATOR, "/console/replies/overdue/export.xlsx", ("text", "kind"),
        {"title": "成果", "name": "机构", "since": "等待自", "due": "答复期限"},
    ),
]  # fmt: skip

ELSEWHERE = {
    "/console/listings/<number>/readings/export.xlsx": "who read a file: tests/functional/test_attachments.py",
    "/console/saved-searches/<int:saved_id>/export.xlsx": "hits of one: tests/functional/test_saved_search_pages.py",
    "/listings/export.xlsx": "the public search: tests/functional/test_search_pages.py",
    "/lots/export.xlsx": "the hall: tests/functional/test_auction_pages.py",
    "/console/lots/export.xlsx": "the hall's list in the console: tests/functional/test_auction_pages.py",
    "/console/imports/<int:run_id>/rows.xlsx": "the file as it came, to correct: tests/functional/test_register_pages.py",
    "/console/monitoring/export.xlsx": "a table of months: tests/functional/test_monitoring_pages.py",
    "/console/monitoring/records/export.xlsx": "facts: tests/functional/test_monitoring_pages.py",
    "/console/operations/storage/export.xlsx": "sizes grow while they are read: tests/functional/test_operation_pages.py",
    "/console/audit/export.xlsx": "the log, whose export is recorded: tests/functional/test_audit_pages.py",
    "/console/parameters/export.xlsx": "every version of a number: tests/functional/test_parameters.py",
}


class Page(HTMLParser):
    """Names of the filter's fields, addresses of the links, headings with their sorting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: set[str] = set()
        self.links: set[str] = set()
        self.sorted_by: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("input", "select") and given.get("name"):
            self.fields.add(str(given["name"]))
        if tag == "a" and given.get("href"):
            self.links.add(str(given["href"]))
        if given.get("aria-sort") or "is-sorted" in (given.get("class") or ""):
            self.sorted_by.append(given.get("aria-sort") or "link")


@pytest.fixture
def world(session):
    made = make_whole_world(session)
    notice = Notice(
        organisation_id=made.own.institution.organisation.id, deduplication_key="lists", title="另一条通知",
        message="内容", params={}, path="/console", created_at=NOW + timedelta(hours=1), due_on=NOW.date(),
    )  # fmt: skip
    session.add(notice)
    made.foreign.question.due_on = made.foreign.enquiry.due_on = NOW.date() - timedelta(days=1)
    for words in ("激光", "密封"):
        save_search(session, made.people[BUYER], words)
    for side in (made.own, made.foreign):
        state_former_name(session, side.institution.officer)
    session.flush()
    return made


def opened(client: Any, world: Any, case: ListCase, query: str = "") -> Page:
    sign_in(client, world.people[case.role])
    answer = client.get(case.address + query)
    assert answer.status_code == 200
    return Page(answer.get_data(as_text=True))


def exported(client: Any, case: ListCase, query: str = "") -> list[list[Any]]:
    with client.get(case.export + query) as answer:
        assert answer.status_code == 200
        return CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("case", LISTS, ids=str)
def test_a_list_offers_its_filters_its_orders_and_its_export(client, world, case):
    page = opened(client, world, case)
    ways = {match[1] for link in page.links if (match := re.search(r"[?&]([a-z_]+)=", link))}
    assert set(case.filters) - page.fields - ways == set()
    offered = {match[1] for link in page.links if (match := re.search(r"[?&]sort=([a-z_]+)&order=(?:asc|desc)$", link))}
    assert set(case.orders) - offered == set()
    assert [link for link in page.links if link.split("?")[0] == case.export] != []


@pytest.mark.parametrize("case", LISTS, ids=str)
def test_the_export_stands_in_the_order_that_the_page_shows(client, world, case):
    wrong, rows = [], {}
    for query in (f"?sort={key}&order={order}" for key in case.orders for order in ("asc", "desc")):
        page = opened(client, world, case, query)
        key, order = re.findall(r"=([a-z_]+)", query)
        headings, *rows[query] = exported(client, case, query)
        column = headings.index(case.orders[key])
        values = [row[column] for row in rows[query] if row[column] != ""]
        if len(page.sorted_by) not in (1, 2) or values != sorted(values, reverse=order == "desc"):
            wrong.append((query, page.sorted_by, values))
    assert wrong == []
    assert len({str(sorted(map(str, found))) for found in rows.values()}) == 1


@pytest.mark.parametrize("case", LISTS, ids=str)
def test_nonsense_in_the_address_is_no_error_and_changes_no_order(client, world, case):
    usual = opened(client, world, case).sorted_by
    query = "?sort=password_hash&order=sideways&page=-1&" + "&".join(f"{name}={NONSENSE}" for name in case.filters)
    assert opened(client, world, case, query).sorted_by in (usual, [])
    exported(client, case, query)
    assert exported(client, case, "?sort=nonsense") == exported(client, case)
    for words in {"text", "task"} & set(case.filters):
        assert len(exported(client, case, f"?{words}=qqqqqqq%25")) == 1


def test_every_list_that_is_exported_is_tried_here(worker_app):
    exports = {rule.rule for rule in worker_app.url_map.iter_rules() if rule.rule.endswith(".xlsx")}
    tried = {case.export for case in LISTS}
    assert sorted(exports - tried) == sorted(ELSEWHERE)
