"""A visitor compares, reads announcements and institutions, without scripts and with them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.support import Person, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Come = Callable[..., Person]
TWO = "SELECT number FROM listing WHERE state = 'published' ORDER BY id LIMIT 2"


@pytest.mark.parametrize("width", [390, 1280])
def test_two_listings_are_compared_without_scripts(somebody: Come, site: Site, width: int) -> None:
    person = somebody(None, has_scripts=False, width=width)
    numbers = [number for (number,) in site.rows(TWO)]
    for number in numbers:
        page = person.open(f"/listings/{number}")
        expect(page.get_by_role("button", name="复制链接")).to_have_count(0)
        page.get_by_role("button", name="加入对比").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("成果对比")
    for number in numbers:
        expect(page.locator("main")).to_contain_text(number)
    person.picture(f"comparison-{width}")
    page.get_by_role("button", name="移除").first.click()
    expect(page.locator("main")).not_to_contain_text(numbers[0])
    expect(page.locator("main")).to_contain_text(numbers[1])
    page.get_by_role("button", name="清空对比").click()
    expect(page.locator("main")).to_contain_text("还没有选要对比的成果")


def test_the_address_is_copied_by_one_button(somebody: Come, site: Site) -> None:
    person = somebody(None)
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    number = site.rows(TWO)[0][0]
    page = person.open(f"/listings/{number}")

    page.get_by_role("button", name="复制链接").click()

    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.address}/listings/{number}"
    assert person.complaints == []


def test_a_visitor_goes_from_the_board_to_the_institution_and_its_listing(somebody: Come) -> None:
    person = somebody(None, has_scripts=False, width=390)
    page = person.open("/announcements")
    page.get_by_label("类别").select_option(label="成交结果公示")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("main tbody tr").first).to_contain_text("已成交")
    page.locator("main tbody tr").first.locator("a[href^='/institutions/']").click()

    expect(page).to_have_url(re.compile("/institutions/"))
    page.locator(".result-list h2 a").first.click()
    expect(page.get_by_role("heading", name="转化方式与条件")).to_be_visible()


def test_on_paper_every_step_of_every_way_is_printed(somebody: Come, site: Site) -> None:
    person = somebody(None)
    page = person.open(f"/listings/{site.rows(TWO)[0][0]}")
    page.emulate_media(media="print")

    assert page.locator(".offer-act").first.is_hidden()
    expect(page.locator(".print-only")).to_be_visible()
    for steps in page.locator(".offer details ol").all():
        expect(steps).to_be_visible()
