"""The search box as a combobox, by keyboard and pointer, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.support import Person, Site, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Come = Callable[..., Person]
BOXES = [("header", "/listings"), ("hero", "/")]


def typed(page: Page, box: str, text: str) -> Locator:
    """The box after somebody has typed and its list has opened."""
    field = page.locator(f"#{box}-search")
    field.fill("")
    field.press_sequentially(text)
    expect(page.locator(f"#{box}-suggestions [role=option]").first).to_be_visible()
    return field


def chosen(page: Page) -> Locator:
    return page.locator("[role=option][aria-selected=true]")


@pytest.mark.parametrize(("box", "path"), BOXES)
def test_arrows_choose_enter_follows_and_escape_closes(somebody: Come, box: str, path: str) -> None:
    page = somebody(None).open(path)
    field = typed(page, box, "mifeng")
    expect(field).to_have_attribute("role", "combobox")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator(f"#{box}-suggestions-status")).to_contain_text("条联想")
    expect(chosen(page)).to_have_count(0)

    field.press("ArrowDown")
    expect(chosen(page)).to_have_count(1)
    first = page.locator(f"#{box}-suggestions [role=option]").first
    expect(first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == first.get_attribute("id")
    field.press("ArrowUp")
    expect(chosen(page)).to_have_count(0)
    field.press("ArrowUp")
    expect(page.locator(f"#{box}-suggestions [role=option]").last).to_have_attribute("aria-selected", "true")

    field.press("Escape")
    expect(page.locator(f"#{box}-suggestions")).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("mifeng")
    field.press("ArrowDown")
    word = chosen(page).locator("span").first.inner_text()
    field.press("Enter")
    page.wait_for_url(re.compile(r"/listings\?q="))
    assert unquote_plus(page.url).endswith(f"q={word}")


def test_enter_without_a_choice_searches_for_what_was_typed(somebody: Come) -> None:
    page = somebody(None).open("/listings")
    typed(page, "header", "激光").press("Enter")
    page.wait_for_url(re.compile(r"/listings\?q="))
    assert unquote_plus(page.url).endswith("q=激光")


def test_a_line_is_clicked_and_the_list_closes_when_the_box_is_left(somebody: Come) -> None:
    page = somebody(None).open("/listings")
    field = typed(page, "header", "激光")
    field.press("Tab")
    expect(page.locator("#header-suggestions")).to_be_hidden()
    typed(page, "header", "激光")
    line = page.locator("#header-suggestions a[href^='/listings/WZ']").first
    title = line.locator("span").first.inner_text()
    line.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_the_list_follows_what_is_typed_and_goes_when_nothing_is_left(somebody: Come) -> None:
    page = somebody(None).open("/listings")
    field = typed(page, "header", "激光")
    field.press_sequentially("qqqq")
    expect(page.locator("#header-suggestions")).to_be_hidden()
    field.fill("")
    expect(page.locator("#header-suggestions")).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("box", "path"), BOXES)
def test_the_open_list_can_be_used_by_everybody(somebody: Come, box: str, path: str, width: int, scheme: str) -> None:
    person = somebody(None, width=width, scheme=scheme)
    page = person.open(path)
    typed(page, box, "激光").press("ArrowDown")
    person.picture(f"suggestions-{box}-{width}-{scheme}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    lowest = page.locator(f"#{box}-suggestions [role=option]").evaluate_all(
        "all => Math.min(...all.map(one => one.getBoundingClientRect().height))"
    )
    assert lowest >= 40


def test_without_scripts_the_box_is_a_plain_one(somebody: Come) -> None:
    page = somebody(None, has_scripts=False).open("/listings")
    field = page.locator("#header-search")
    field.fill("密封")
    expect(page.locator("#header-suggestions")).to_be_hidden()
    assert field.get_attribute("role") is None
    field.press("Enter")
    expect(page.locator(".result-list li").first).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_question_in_pinyin_is_answered_and_can_be_asked_literally(somebody: Come, site: Site, width: int) -> None:
    person = somebody(None, width=width)
    page = person.open("/listings?q=jiguang+hanjie")
    expect(page.get_by_role("status").filter(has_text="没有找到“jiguang hanjie”")).to_be_visible()
    expect(page.locator(".result-list li").first).to_be_visible()
    person.picture(f"did-you-mean-{width}")
    assert violations(page) == []
    page.get_by_role("link", name="仍按“jiguang hanjie”检索").click()
    expect(page.get_by_text("您是不是要找")).to_be_visible()
    assert violations(page) == []
