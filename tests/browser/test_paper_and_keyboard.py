"""On paper only the content; from the keyboard everything, with the way past the navigation first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Come = Callable[..., Person]
OFFICER, OPERATOR, BUREAU = "officer@wzu.demo", "operator@demo", "bureau@demo"
FOCUSED = """
() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  return {
    name: (one.textContent || one.getAttribute("aria-label") || one.name || "").trim().slice(0, 40),
    isInMain: !!one.closest("main"),
    isSeen: box.width > 0 && box.height > 0 && box.bottom > 0,
    isMarked: style.outlineStyle !== "none" || style.boxShadow !== "none",
  };
}
"""


@pytest.mark.parametrize(
    ("email", "path"),
    [
        (OFFICER, "/console/register"),
        (OFFICER, "/console/listings"),
        (OPERATOR, "/console/operations/people"),
        (BUREAU, "/console/monitoring/records"),
    ],
)
def test_a_list_on_paper_is_its_heading_and_its_table(somebody: Come, email: str, path: str) -> None:
    person = somebody(email, scheme="dark")
    page = person.open(path)
    page.emulate_media(media="print", color_scheme="dark")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main table").first).to_be_visible()
    assert displays(page, "table") == {"table"}
    for left_out in (".console-nav", ".halls", ".header-search", ".site-footer", ".filters", ".paging", ".skip-link"):
        assert displays(page, left_out, shown=True) == set(), left_out
    assert page.evaluate("getComputedStyle(document.querySelector('main tbody td')).color") == dark_ink(page)
    person.picture(f"paper{path.replace('/', '-')}")


def test_a_listing_on_paper_shows_its_terms_without_buttons(somebody: Come) -> None:
    page = somebody().open("/listings")
    page.locator(".result-list h2 a").first.click()
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", name="转化方式与条件")).to_be_visible()
    assert displays(page, ".halls", shown=True) | displays(page, ".site-footer", shown=True) == set()
    assert page.locator("main .cell-actions:visible").count() == 0


@pytest.mark.parametrize(("email", "path"), [(OFFICER, "/console/register"), (None, "/listings")])
def test_the_first_stop_leads_past_the_navigation(somebody: Come, email: str | None, path: str) -> None:
    page = somebody(email).open(path)

    page.keyboard.press("Tab")
    first = page.evaluate(FOCUSED)
    assert (first["name"], first["isSeen"]) == ("跳到正文", True)
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["isInMain"] is True


def test_every_stop_is_seen_and_marked_and_the_content_comes_last(somebody: Come) -> None:
    page = somebody(OPERATOR).open("/console/organisations")
    stops = []
    for _ in range(45):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))

    assert [stop for stop in stops if not (stop["isSeen"] and stop["isMarked"])] == []
    inside = [stop["isInMain"] for stop in stops]
    assert inside == sorted(inside)
    assert inside[-1] is True


def test_a_list_is_sorted_from_the_keyboard(somebody: Come) -> None:
    page = somebody(OPERATOR).open("/console/organisations")
    page.locator("thead").get_by_role("link", name="名称").focus()
    page.keyboard.press("Enter")
    expect(page.locator("thead th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    page.locator("thead").get_by_role("link", name="名称").focus()
    page.keyboard.press("Enter")
    expect(page.locator("thead th[aria-sort]")).to_have_attribute("aria-sort", "descending")


def displays(page: Page, selector: str, *, shown: bool = False) -> set[str]:
    """How the elements are displayed; with `shown` only of those that take room."""
    room = "e.getClientRects().length > 0" if shown else "true"
    found = page.evaluate(
        f"s => [...document.querySelectorAll(s)].filter(e => {room}).map(e => getComputedStyle(e).display)", selector
    )
    return set(found)


def dark_ink(page: Page) -> str:
    """The colour of ink on paper, which a dark screen does not change."""
    page.evaluate("document.documentElement.setAttribute('data-bs-theme', 'light')")
    return str(page.evaluate("getComputedStyle(document.querySelector('main tbody td')).color"))
