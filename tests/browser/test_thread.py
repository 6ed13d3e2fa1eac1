"""The whole thread through the house, in Chromium: an office file becomes listings, one is found, applied for, bid for
and counted. Pictures of each step are kept in test-results/."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Download, Locator, Page, expect

from tests.browser.support import Person, offer_row, open_running_lot, state_readiness
from tests.factories.office_files import Sample, sample

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

OFFICER, HEAD, OPERATOR = "officer@wzut.demo", "head@wzut.demo", "operator@demo"
INSTITUTION, INSTITUTION_CODE = "温州理工学院", "WZUT"
BUYER, FIRST_BIDDER, SECOND_BIDDER = "buyer@e17.demo", "buyer@e10.demo", "buyer@e13.demo"
RELATED = "buyer@e11.demo"
"""The seller of the running lot holds shares of this enterprise."""
TITLE = "山地杨梅园微喷灌自动阀组"
SUMMARY = "装在山地果园的供水管上，按土壤湿度自动开关微喷头，不用拉电，一个人能管五十亩杨梅园。"
QUESTION = "山上的杨梅园缺水，想要不拉电、不用人看着就能自动浇水的装置"
REFUSED_AMOUNTS = {
    "1000": "出价没有高过目前最高价",
    "0": "出价必须大于 0 元",
    "-1": "请用数字填写出价",
    "1e9": "请用数字填写出价",
    "abc": "请用数字填写出价",
}
IMPORT_MILLISECONDS = 180_000
WORKER_MILLISECONDS = 30_000

Come = Callable[..., Person]


def test_an_office_file_becomes_a_listing_that_is_found_applied_for_bid_for_and_counted(
    somebody: Come, tmp_path: Path
) -> None:
    bureau = somebody("bureau@demo")
    published_before = _published_count(bureau)
    officer = somebody(OFFICER)
    file = sample(tmp_path)

    _import_file(officer, file)
    _expired_right_is_refused(officer)
    patent_number = _confirm_ownership(officer)
    listing_number = _write_listing(officer)
    _publish(somebody, listing_number)
    _find(somebody(), listing_number, patent_number)
    _apply_and_accept(somebody(BUYER), officer, listing_number)
    _related_enterprise_is_refused(somebody(RELATED))
    _bid_against_each_other(somebody(FIRST_BIDDER), somebody(SECOND_BIDDER))
    _count(bureau, published_before, listing_number)
    _explain_score(bureau)


def _tile(page: Page, label: str) -> Locator:
    return page.locator(".stat").filter(has=page.locator(".stat-label", has_text=re.compile(f"^{label}$")))


def _stat(page: Page, label: str) -> int:
    return int(re.sub(r"\D", "", _tile(page, label).locator(".stat-value").inner_text()))


def _published_count(bureau: Person) -> int:
    return _stat(bureau.open(f"/console/monitoring?institution={INSTITUTION_CODE}"), "挂牌")


def _import_file(officer: Person, file: Sample) -> None:
    page = officer.open("/console/imports/new")
    page.get_by_label("专利清单文件").set_input_files(file.path)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("确认各列的含义")
    assert page.get_by_label("B · 申请号").input_value() == "number"
    officer.picture("thread-01-columns")
    page.get_by_role("button", name="确认各列并开始核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("核对结果", timeout=IMPORT_MILLISECONDS)
    officer.picture("thread-01-checked")
    assert _stat(page, "将新增") == file.row_count
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("正在导入|导入结果"))
    officer.picture("thread-02-progress")
    expect(page.get_by_role("heading", level=1)).to_have_text("导入结果", timeout=IMPORT_MILLISECONDS)
    officer.picture("thread-03-result")
    assert _stat(page, "全部") == file.row_count
    assert _stat(page, "新增") == file.row_count
    assert [_stat(page, label) for label in ("更新", "无变化", "未收入")] == [0, 0, 0]


def _filter_register(officer: Person, state: str) -> Page:
    page = officer.open("/console/register")
    page.locator("main").get_by_label("状态", exact=True).select_option(label=state)
    page.locator("main").get_by_label("权属", exact=True).select_option(label="权属待确认")
    page.locator("main").get_by_role("button", name="筛选").click()
    return page


def _expired_right_is_refused(officer: Person) -> None:
    page = _filter_register(officer, "失效")
    officer.picture("thread-04-register-lapsed")
    page.locator("main tbody th a").first.click()
    expect(page.locator("main")).to_contain_text("现在不能挂牌")
    achievement_id = page.url.rsplit("/", 1)[-1]
    officer.open(f"/console/listings/new?achievement={achievement_id}")
    expect(page.locator("main .notice")).to_contain_text(
        re.compile(r"专利 .+ 的保护期已于 .+ 届满，已经失效，不能挂牌。")
    )
    expect(page.locator("main .notice")).to_contain_text("权属待确认")
    expect(page.get_by_role("button", name="保存草稿")).to_have_count(0)
    officer.picture("thread-05-expired-refused")


def _confirm_ownership(officer: Person) -> str:
    """Choose the youngest in-term achievement of somebody else and say why it is ours; return its patent number."""
    page = _filter_register(officer, "有效期内")
    officer.picture("thread-06-register-in-term")
    page.locator("main tbody th a").first.click()
    expect(page.get_by_role("link", name="挂牌", exact=True).and_(page.locator(".btn"))).to_have_count(0)
    page.get_by_label("权属依据").fill("2025 年已受让，转让登记公告日 2025-06-11，手续合格通知书存科研院。")
    page.get_by_role("button", name="记录权属依据").click()
    expect(page.locator("main")).to_contain_text("已说明权属")
    officer.picture("thread-07-ownership")
    number = page.locator("main [data-copy]").first.get_attribute("data-copy")
    assert number
    return number


def _write_listing(officer: Person) -> str:
    page = officer.page
    state_readiness(page)
    page.locator(".page-actions").get_by_role("link", name="挂牌").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("新建挂牌")
    page.get_by_label("成果名称").fill(TITLE)
    page.get_by_label("一句话说明").fill(SUMMARY)
    page.locator("#abstract").fill("用太阳能供电的阀门控制装置，按土壤湿度开关，果园无电也能自动灌溉。")
    page.get_by_label("解决的问题").fill("山地果园没有电，引水靠人开关阀门，旱季一天要上山三次。")
    page.get_by_label("技术领域").select_option(label="农业")
    page.get_by_label("应用产业").select_option(index=1)
    page.get_by_label("成熟度").select_option(label="中试")
    for way, price in (("assignment", "600000"), ("ordinary_licence", "80000"), ("auction", "500000")):
        block = page.locator(f"#{way}")
        block.get_by_label(re.compile("转让|普通许可|网络竞价")).first.check()
        block.get_by_label("价格", exact=True).fill(price)
        block.get_by_label("价格依据", exact=True).select_option(label="市场询价")
        for paper in block.locator("input[name*='-confirm_']").all():
            paper.fill("全体共有人同意书，2026-10-08 签署。")
    page.get_by_label("我确认：文字和材料不含国家秘密").check()
    officer.picture("thread-08-editor")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("#error-summary")).to_contain_text("法律状态未核实")
    officer.picture("thread-09-status-to-confirm")
    page.get_by_label("我已查询国家知识产权局登记").check()
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("main")).to_contain_text("已提交，等待本单位另一位负责人审核。")
    return page.url.rsplit("/", 1)[-1]


def _publish(somebody: Come, listing_number: str) -> None:
    head, operator = somebody(HEAD), somebody(OPERATOR)
    head.open(f"/console/listings/{listing_number}")
    head.picture("thread-10-institution-review")
    head.page.get_by_role("button", name="同意挂牌").click()
    expect(head.page.locator("main")).to_contain_text("待平台审核")
    operator.open("/console/listings?state=platform_review")
    operator.page.get_by_role("link", name=TITLE).click()
    operator.picture("thread-11-platform-review")
    operator.page.get_by_role("button", name="审核通过并上架").click()
    expect(operator.page.locator("main")).to_contain_text("已上架，任何人都可以查到。")


def _find(visitor: Person, listing_number: str, patent_number: str) -> None:
    page = visitor.page
    hit = page.locator(".result-list").get_by_role("link", name=TITLE)
    for question in (QUESTION, patent_number):
        visitor.open("/")
        page.locator("#header-search").fill(question)
        page.locator("header").get_by_role("button", name="搜索").click()
        page.wait_for_url(re.compile("/listings[?]q="))
        _reload_until(page, lambda: hit.count() == 1)  # the worker indexes a moment after the publication
    visitor.open(f"/listings?q={QUESTION}")
    expect(page.locator(".result-list li h2").first).to_have_text(TITLE)
    assert "杨梅" in "".join(page.locator(".result-list li").first.locator("mark").all_inner_texts())
    visitor.picture("thread-12-search")
    hit.click()
    expect(page).to_have_url(re.compile(f"/listings/{listing_number}$"))
    visitor.picture("thread-13-listing")


def _reload_until(page: Page, is_so: Callable[[], bool]) -> None:
    for _ in range(WORKER_MILLISECONDS // 500):
        if is_so():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"the worker has not done it within {WORKER_MILLISECONDS} ms: {page.url}")


def _apply_and_accept(buyer: Person, officer: Person, listing_number: str) -> None:
    page = buyer.open(f"/listings/{listing_number}")
    offer_row(page, "普通许可").get_by_role("link", name="申请").click()
    page.get_by_label("使用计划").fill("太短")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("#error-summary")).to_be_visible()
    page.get_by_label("使用计划").fill(
        "用在本公司的果园节水阀产品上，2027 年 3 月试制，需要学校提供控制参数和两次现场指导。"
    )
    page.get_by_label("意向价格").fill("80000")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("main")).to_contain_text("申请已送达")
    buyer.picture("thread-14-applied")
    application_number = page.url.rsplit("/", 1)[-1]
    officer.open("/console/applications").get_by_role("link", name=application_number).click()
    officer.page.get_by_role("button", name="接受，进入洽谈").click()
    expect(officer.page.locator("main")).to_contain_text("已接受，交易已建立。")
    officer.picture("thread-15-accepted")
    buyer.open("/console/deals")
    expect(buyer.page.get_by_role("row", name=re.compile(TITLE))).to_be_visible()


def _next_amount(person: Person) -> int:
    """The next valid amount in yuan, as the page says."""
    text = person.page.locator("#lot-live dl div").filter(has_text="下一口有效报价").locator("dd").inner_text()
    return int(float(text.replace("¥", "").replace(",", "")))


def _bid(person: Person, amount: str) -> Page:
    person.page.get_by_label("出价（元）").fill(amount)
    person.page.get_by_role("button", name="出价", exact=True).click()
    return person.page


def _take_part(person: Person) -> Page:
    open_running_lot(person).get_by_role("button", name="报名参加").click()
    return person.page


def _related_enterprise_is_refused(person: Person) -> None:
    page = _take_part(person)
    expect(page.get_by_role("alert")).to_contain_text("贵单位与出让方登记有关联关系，不能参加竞价（拍卖法第三十条）")
    assert page.get_by_label("出价（元）").count() == 0


def _bid_against_each_other(first: Person, second: Person) -> None:
    for person in (first, second):
        expect(_take_part(person).locator("main")).to_contain_text("报名成功")
    bids_before = first.page.locator("#lot-history tbody tr").count()
    amount = _next_amount(first)
    for text, sentence in (REFUSED_AMOUNTS | {str(amount + 1): "加价必须是加价幅度"}).items():
        page = _bid(first, text)
        problem = page.locator("#bid-form .field-error")
        expect(problem).to_contain_text(sentence)
        expect(problem).to_contain_text(re.compile(rf"下一口有效报价 ¥{amount:,}\.00。服务器时间 \d\d:\d\d:\d\d。"))
        expect(page.get_by_label("出价（元）")).to_have_value(text)
        assert page.locator("#lot-history tbody tr").count() == bids_before
    first.picture("thread-16-bid-refused")
    expect(_bid(first, str(amount)).locator("main")).to_contain_text("已受理")
    expect(_bid(first, str(_next_amount(first))).locator("#bid-form")).to_contain_text("不能给自己加价")
    second.page.reload()
    expect(_bid(second, f"{_next_amount(second):,}").locator("main")).to_contain_text("已受理")
    expect(first.page.locator("#lot-live")).to_contain_text("本单位未领先", timeout=WORKER_MILLISECONDS)
    assert first.page.locator("#lot-history tbody tr").count() == bids_before + 2
    first.picture("thread-17-outbid")
    second.picture("thread-18-leading")


def _count(bureau: Person, published_before: int, listing_number: str) -> None:
    page = bureau.page
    _published_count(bureau)
    _reload_until(page, lambda: _stat(page, "挂牌") > published_before)  # the worker derives facts after the event
    assert _stat(page, "挂牌") == published_before + 1
    expect(page.locator("canvas")).to_be_visible()
    bureau.picture("thread-19-volumes")
    _tile(page, "挂牌").get_by_role("link").click()
    expect(page.get_by_role("row", name=re.compile(TITLE))).to_contain_text(INSTITUTION)
    bureau.picture("thread-20-records")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 Excel").click()
    rows = _workbook_rows(download.value)
    assert len(rows) == 1 + published_before + 1
    assert sum(listing_number in row for row in rows) == 1


def _workbook_rows(download: Download) -> list[tuple[str, ...]]:
    workbook = load_workbook(BytesIO(download.path().read_bytes()), read_only=True)
    assert workbook.active is not None
    rows = [tuple(str(value) for value in row) for row in workbook.active.iter_rows(values_only=True)]
    workbook.close()
    return rows


def _explain_score(bureau: Person) -> None:
    page = bureau.open("/console/monitoring/scores")
    expect(page.get_by_role("row", name=re.compile(INSTITUTION))).to_contain_text("未计量")
    page.get_by_role("row", name=re.compile(INSTITUTION)).get_by_role("link").last.click()
    page.locator("#A1 summary").click()
    expect(page.locator("#A1")).to_contain_text("得分 w·s/100")
    expect(page.locator("#A1")).to_contain_text(re.compile(r"=\s*\d"))
    bureau.picture("thread-21-score")
