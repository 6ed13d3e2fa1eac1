"""The listing editor in Chromium: what is typed is kept, restored, previewed; and all of it works without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Person, violations

OFFICER = "officer@wzut.demo"
Come = Callable[..., Person]
PROBLEM = "高温工况下密封件三个月就要换一次，停机一天损失两万元，班组一直想换更耐用的。"


def open_draft(officer: Person) -> Page:
    """The editor of one of her institution's drafts."""
    page = officer.open("/console/listings?state=draft")
    page.locator("main tbody a").first.click()
    page.get_by_role("link", name="修改", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("修改挂牌")
    left = page.get_by_role("button", name="放弃这些内容")
    if left.count():  # what an earlier visit typed and did not save
        left.click()
        expect(left).to_have_count(0)
    return page


def test_what_is_typed_is_kept_without_saving_and_comes_back_with_a_notice(somebody: Come) -> None:
    officer = somebody(OFFICER)
    page = open_draft(officer)
    address = page.url
    stored = page.get_by_label("解决的问题").input_value()

    page.get_by_label("解决的问题").fill(PROBLEM)
    page.get_by_label("解决的问题").blur()
    expect(page.locator("#editor-state")).to_contain_text("自动保留")
    page.goto(address)

    expect(page.get_by_role("status")).to_contain_text("已恢复您")
    expect(page.get_by_label("解决的问题")).to_have_value(PROBLEM)
    officer.picture("editor-restored")
    page.get_by_role("button", name="放弃这些内容").click()
    expect(page.get_by_label("解决的问题")).to_have_value(stored)


def test_the_score_follows_what_she_writes(somebody: Come) -> None:
    officer = somebody(OFFICER)
    page = open_draft(officer)
    contact = page.locator(".section-list > li").filter(has_text="联系人与保密")

    page.get_by_label("联系人").fill("林老师")
    page.get_by_label("电话").fill("0577-86598000")
    page.get_by_label("电话").blur()
    expect(contact).to_contain_text("4/4")
    page.get_by_label("电话").fill("")
    page.get_by_label("电话").blur()

    expect(contact).to_contain_text("0/4")
    expect(contact).to_contain_text("写明联系人和电话")


def test_the_preview_is_the_public_page_made_of_what_is_typed(somebody: Come) -> None:
    officer = somebody(OFFICER)
    page = open_draft(officer)
    page.get_by_label("成果名称").fill("预览里的新名称")

    with page.context.expect_page() as opened:
        page.get_by_role("button", name="预览（买家看到的样子）").click()
    seen = opened.value

    expect(seen.get_by_role("heading", level=1)).to_have_text("预览里的新名称")
    expect(seen.locator("main")).to_contain_text("买家看到的就是这样")
    seen.close()
    expect(page.get_by_label("成果名称")).to_have_value("预览里的新名称")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_way_opens_its_terms_and_the_law_and_axe_finds_nothing(somebody: Come, width: int) -> None:
    officer = somebody(OFFICER, width=width)
    page = open_draft(officer)

    block = page.locator("#open_licence")
    block.get_by_label("开放许可", exact=True).check()
    block.locator("details summary").click()

    expect(block.get_by_label("许可期限")).to_be_visible()
    expect(block.locator(".law")).to_contain_text("专利法第50条")
    officer.picture(f"editor-{width}")
    assert violations(page) == []


def test_it_saves_without_javascript(somebody: Come) -> None:
    officer = somebody(OFFICER, has_scripts=False)
    page = open_draft(officer)

    page.get_by_label("应用场景").fill("用于化工厂高温泵和阀门的填料函，替换石墨盘根。")
    page.get_by_role("button", name="保存草稿").click()

    expect(page.locator("main")).to_contain_text("修改已保存。")
