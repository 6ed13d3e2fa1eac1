"""From the list to the comparison, at a desk and on a phone, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.support import Person, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Come = Callable[..., Person]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize(
    ("width", "scheme", "has_scripts"), [(1280, "light", False), (390, "light", True), (390, "dark", True)]
)
def test_a_visitor_chooses_on_the_list_and_compares(
    somebody: Come, width: int, scheme: str, *, has_scripts: bool
) -> None:
    person = somebody(width=width, scheme=scheme, has_scripts=has_scripts)
    page = person.open("/listings?q=密封 泵阀")
    expect(page.locator("details.why").first).to_contain_text("密封")
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^加入对比")).first.click()
        expect(page).to_have_url(re.compile("/listings\\?q=.*#WZ"))
    expect(page.get_by_role("region", name="成果对比")).to_contain_text("对比 2/4 项")
    page.locator("details.why summary").first.click()
    if has_scripts:
        assert violations(page) == []
    assert page.evaluate(SIDEWAYS) <= 0
    person.picture(f"comparing-{width}-{scheme}")

    page.get_by_role("button", name=re.compile("^已加入对比，点此移除")).first.click()
    expect(page.get_by_role("region", name="成果对比")).to_contain_text("对比 1/4 项")
    page.get_by_role("button", name=re.compile("^加入对比")).first.click()
    page.get_by_role("link", name="去对比").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("成果对比")
    expect(page.locator("main tbody")).to_contain_text("不同")
    page.get_by_role("link", name="只看不同的项目").click()
    expect(page.locator("main tbody")).not_to_contain_text("解决什么问题")
    if has_scripts:
        assert violations(page) == []
    assert page.evaluate(SIDEWAYS) <= 0
