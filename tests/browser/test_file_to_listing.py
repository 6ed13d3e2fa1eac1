"""From an officer's file to a listing that is public and changed in public, in Chromium, with server and worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Person, state_readiness, violations
from tests.factories.office_files import number_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

INSTITUTION = "温州大学"
OFFICER, HEAD, OPERATOR = "officer@wzu.demo", "head@wzu.demo", "operator@demo"
TITLE = "剃须刀网罩的激光微孔加工方法"
PATENT = number_of(2022, "1", 998_877)
COMMENT = "“更锋利”请写成数字，并说明和什么比。"
ADVANTAGE = "一片网罩的加工时间从 40 秒降到 6 秒，孔径偏差不超过 3 微米。"
IMPORT_MILLISECONDS = 120_000

Come = Callable[..., Person]


def test_a_file_becomes_a_listing_that_is_commented_published_and_changed(somebody: Come, tmp_path: Path) -> None:
    officer, head, operator = somebody(OFFICER), somebody(HEAD), somebody(OPERATOR)
    import_file(officer, tmp_path)
    number = write_listing(officer)

    decide(head, number, "同意挂牌")
    send_back(operator, number)
    answer_comment(officer, number)
    decide(head, number, "同意挂牌")
    decide(operator, number, "审核通过并上架")
    visitor = somebody()
    expect(visitor.open(f"/listings/{number}").locator("main")).to_contain_text(ADVANTAGE)

    change_price(officer, number)
    expect(visitor.open(f"/listings/{number}").locator("main")).to_contain_text("60.00 万元")
    decide(head, number, "同意修改")
    decide(operator, number, "审核通过并公开")

    page = visitor.open(f"/listings/{number}")
    expect(page.locator("main")).to_contain_text("48.00 万元")
    expect(page.locator("main")).to_contain_text("第 3 版")
    compare(officer, number)


def import_file(officer: Person, directory: Path) -> None:
    file = directory / "patents.csv"
    heading = "申请号,名称,申请（专利权）人,发明（设计）人,申请日,主分类号,法律状态"
    row = f"{PATENT},{TITLE},{INSTITUTION},陈某;李某,2022.06.10,B23K26/38,有效"
    file.write_text(f"{heading}\n{row}\n", "utf-8-sig")
    page = officer.open("/console/imports/new")
    page.get_by_label("专利清单文件").set_input_files(file)
    page.get_by_role("button", name="上传").click()
    page.get_by_role("button", name="确认各列并开始核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("核对结果", timeout=IMPORT_MILLISECONDS)
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("导入结果", timeout=IMPORT_MILLISECONDS)


def write_listing(officer: Person) -> str:
    page = officer.open(f"/console/register?text={PATENT.removeprefix('CN')}")
    page.locator("main tbody").get_by_role("link", name=TITLE).first.click()
    state_readiness(page)
    page.locator(".page-actions").get_by_role("link", name="挂牌").click()
    page.get_by_label("一句话说明").fill("给剃须刀网罩打孔的激光工艺，换一台设备就能用，适合年产百万片的剃须刀厂。")
    page.locator("#abstract").fill("飞秒激光在网罩上打孔的工艺：分区扫描、逐层去除，无毛刺，无需后处理。")
    page.get_by_label("与现有方案相比的优势").fill("打出来的网罩更锋利。")
    page.get_by_label("技术领域").select_option(label="先进制造")
    page.get_by_label("应用产业").select_option(index=1)
    page.get_by_label("成熟度").select_option(label="中试")
    sale = page.locator("#assignment")
    sale.get_by_label("转让").first.check()
    sale.get_by_label("价格", exact=True).fill("600000")
    sale.get_by_label("价格依据").first.select_option(label="市场询价")
    page.get_by_label("我确认：文字和材料不含国家秘密").check()
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    submit(page)
    return page.url.rsplit("/", 1)[-1]


def submit(page: Page) -> None:
    looked_up = page.get_by_label("我已查询国家知识产权局登记")
    if looked_up.count():
        looked_up.check()
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("main")).to_contain_text("等待本单位另一位负责人审核")


def decide(reviewer: Person, number: str, button: str) -> None:
    page = reviewer.open(f"/console/listings/{number}")
    reviewer.picture(f"review-{button}")
    page.get_by_role("button", name=button).click()
    expect(page.locator(".alert-success, .notice-success, [role=status]").first).to_be_visible()


def send_back(operator: Person, number: str) -> None:
    page = operator.open(f"/console/listings/{number}")
    page.get_by_text("逐项批注").click()
    page.get_by_label("与现有方案相比的优势").fill(COMMENT)
    assert violations(page) == []
    operator.picture("review-comments")
    page.get_by_role("button", name="退回修改").click()
    expect(page.locator("main")).to_contain_text("已驳回")


def answer_comment(officer: Person, number: str) -> None:
    page = officer.open(f"/console/listings/{number}/edit")
    expect(page.locator("form.editor")).to_contain_text(COMMENT)
    officer.picture("editor-comment")
    page.get_by_label("与现有方案相比的优势").fill(ADVANTAGE)
    page.get_by_label("我确认：文字和材料不含国家秘密").check()
    page.get_by_role("button", name="保存草稿").click()
    submit(page)
    expect(page.locator("main")).to_contain_text("已答复的批注")


def change_price(officer: Person, number: str) -> None:
    page = officer.open(f"/console/listings/{number}")
    page.get_by_role("link", name="写修改稿").click()
    page.locator("#assignment").get_by_label("价格", exact=True).fill("480000")
    officer.picture("change-editor")
    page.get_by_role("button", name="保存修改稿").click()
    expect(page.locator(".differs").first).to_contain_text("48")
    expect(page.locator("main")).to_contain_text("重大变更")
    assert violations(page) == []
    officer.picture("change-differences")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("main")).to_contain_text("修改待本单位审核")


def compare(officer: Person, number: str) -> None:
    page = officer.open(f"/console/listings/{number}/versions")
    officer.picture("versions")
    expect(page.locator("main tbody").first.locator("tr")).to_have_count(3)
    page.get_by_label("从", exact=True).select_option("1")
    page.get_by_label("到", exact=True).select_option("2")
    page.get_by_role("button", name="比较").click()
    expect(page.locator(".differs ins").first).to_contain_text("40 秒")
    assert violations(page) == []
