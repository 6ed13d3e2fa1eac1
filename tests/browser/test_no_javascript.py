"""Without JavaScript everything can be read and submitted."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.support import Person, Site, offer_row

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Come = Callable[..., Person]


@pytest.fixture
def reader(somebody: Come) -> Come:
    """Opens browsers that run no scripts."""
    return lambda email=None, **how: somebody(email, has_scripts=False, **how)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_visitor_searches_narrows_and_reads(reader: Come, width: int) -> None:
    person = reader(width=width)
    page = person.open("/")

    page.locator("#hero-search").fill("鞋用水性胶")
    page.get_by_role("button", name="找成果").click()
    expect(page.locator(".result-list h2").first).to_contain_text("水性胶")
    if width == 390:
        page.get_by_text("筛选", exact=True).click()
    page.get_by_role("complementary").get_by_role("link", name=re.compile("先用后转")).click()
    page.locator(".result-list h2 a").first.click()

    expect(page.get_by_role("heading", name="转化方式与条件")).to_be_visible()
    expect(offer_row(page, "先用后转")).to_contain_text("申请")
    person.picture(f"without-scripts-listing-{width}")


def test_an_enterprise_signs_in_applies_and_withdraws_on_a_phone(reader: Come, site: Site) -> None:
    number = site.value(
        "SELECT min(l.number) FROM listing l JOIN offer o ON o.listing_id = l.id"
        " WHERE l.state = 'published' AND o.transfer_way = 'ordinary_licence' AND o.pricing = 'fixed'"
    )
    buyer = reader("buyer@e05.demo", width=390)
    page = buyer.open(f"/listings/{number}")
    offer_row(page, "普通许可").get_by_role("link", name="申请").click()
    page.get_by_label("使用计划").fill("用在本公司的新生产线上，明年三月试产，需要贵校提供工艺参数和现场指导。")
    page.get_by_label("意向价格").fill("1e5")
    page.get_by_role("button", name="提交申请").click()

    expect(page.locator("#error-summary")).to_contain_text("意向价格")
    expect(page.get_by_label("使用计划")).to_have_value(re.compile("用在本公司的新生产线上"))
    page.get_by_label("意向价格").fill("100,000")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("main")).to_contain_text("申请已送达")
    expect(page.locator("main")).to_contain_text("¥100,000.00")
    page.get_by_role("button", name="撤回申请").click()
    expect(page.locator("main")).to_contain_text("申请已撤回。")


def test_an_enterprise_registers_and_bids(reader: Come) -> None:
    bidder = reader("buyer@e08.demo")
    page = bidder.open("/lots")
    page.locator("main tbody th a").first.click()
    page.get_by_role("button", name="报名参加").click()
    expect(page.locator("main")).to_contain_text("报名成功")
    assert page.locator("noscript").count() > 0
    suggested = page.get_by_label("出价（元）").input_value()

    page.get_by_label("出价（元）").fill("1")
    page.get_by_role("button", name="出价", exact=True).click()
    expect(page.locator("#bid-form .field-error")).to_contain_text("下一口有效报价")
    page.get_by_label("出价（元）").fill(suggested)
    page.get_by_role("button", name="出价", exact=True).click()

    expect(page.locator("main")).to_contain_text("已受理")
    expect(page.locator("#lot-history tbody tr").first).to_contain_text("我")
    expect(page.locator("#lot-history tbody tr").first).to_contain_text(f"¥{int(suggested):,}.00")


def test_an_officer_uploads_and_the_page_follows_the_import_by_itself(reader: Come) -> None:
    officer = reader("officer@shuwz.demo")
    page = officer.open("/console/imports/new")
    page.get_by_label("专利清单文件").set_input_files(
        {
            "name": "清单.csv",
            "mimeType": "text/csv",
            "buffer": "申请号,名称,申请人\n2020101234567,一种阀,某大学\n".encode(),
        }
    )
    page.get_by_role("button", name="上传").click()
    page.get_by_role("button", name="确认各列并开始核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("核对结果", timeout=60_000)
    page.get_by_role("button", name="知道了，结束这次导入").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("导入结果", timeout=60_000)
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody tr")).to_contain_text("未收入")
