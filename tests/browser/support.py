"""A running copy of the whole platform with its demo world, and people who use it in Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from playwright.sync_api import Browser, Locator, Page, expect

from tests.factories.started_platform import ROOT, StartedPlatform, started_platform

PICTURES = ROOT / "test-results"
PASSWORD = "kezhuan-demo-2026"
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AXE = Path(__file__).with_name("vendor") / "axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUNNING_LOT = "低压电器触头蓝光激光焊接方法及在线判别方法两件发明专利"
"""A running lot of the demo world, sold by 温州大学; e35, e36 and e37 bid in it, e11 is related to the seller."""
REFUSED = "Failed to load resource: the server responded with a status of 422"
"""What Chromium says of a refused form; anything else on its console is a fault."""


def chromium_path() -> str | None:
    """Chromium on this machine, or None."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@dataclass(frozen=True)
class Site:
    """A running platform and what its database says."""

    platform: StartedPlatform

    @property
    def address(self) -> str:
        return self.platform.address

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with psycopg.connect(self.platform.database) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def value(self, query: str, *values: object) -> Any:
        """The first value of the only row. AssertionError when there is another number of rows."""
        found = self.rows(query, *values)
        assert len(found) == 1, (query, found)
        return found[0][0]

    def wait_for_worker(self) -> None:
        """Wait until no job is due: notices are told, facts derived, the index built."""
        self.platform.wait_for_worker()


@contextmanager
def running_site(instance_path: Path, database_url: str | None = None) -> Iterator[Site]:
    """`python app.py` on a folder (and a database) of its own and a free port, until the end of the block."""
    with started_platform(instance_path, database_url) as platform:
        platform.wait_for_worker()
        yield Site(platform)


@dataclass
class Person:
    """Somebody at a browser of her own. `complaints`: what went wrong on the browser's console."""

    site: Site
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the site."""
        self.page.goto(self.site.address + path)
        return self.page

    def sign_in(self, email: str) -> Person:
        """Sign in as somebody of the demo world."""
        page = self.open("/sign-in")
        page.get_by_label("邮箱").fill(email)
        page.get_by_label("密码").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("待办")
        return self

    def picture(self, name: str) -> None:
        """Keep what is seen now in test-results/."""
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def leave(self) -> None:
        """Close this browser."""
        self.page.context.close()


def arrive(
    browser: Browser, site: Site, *, width: int = 1280, scheme: str = "light", has_scripts: bool = True
) -> Person:
    """Somebody who opens a browser and has not signed in."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        java_script_enabled=has_scripts,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(15_000)
    person = Person(site, context.new_page())
    person.page.on(
        "console",
        lambda message: (
            person.complaints.append(f"{person.page.url}: {message.text}")
            if message.type in ("error", "warning") and not message.text.startswith(REFUSED)
            else None
        ),
    )
    person.page.on("pageerror", lambda error: person.complaints.append(f"{person.page.url}: {error}"))
    return person


def offer_row(page: Page, way: str) -> Locator:
    """The card of one way of transfer on a listing's page."""
    return page.locator("main .offer").filter(has=page.get_by_role("heading", name=way, exact=True))


def open_running_lot(person: Person) -> Page:
    """Go from the hall of lots to the running lot that these tests bid in."""
    page = person.open("/lots")
    page.locator("main tbody th").get_by_role("link", name=RUNNING_LOT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(RUNNING_LOT)
    return page


def violations(page: Page) -> list[str]:
    """What axe-core finds serious or critical on the page: rule and element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", AXE_RULES)
    return [
        f"{finding['id']}: {node['html']}"
        for finding in result["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]


def state_readiness(page: Page) -> None:
    """From the page of an entry of the register: write its level of readiness, and come back to it."""
    page.locator(".page-actions").get_by_role("link", name="修改登记").click()
    page.locator("#trl").select_option("6")
    page.locator("#trl_evidence").fill("样机在果园连续运行三个月，检测报告存科研院。")
    page.locator("main form .btn-primary").filter(has_text="保存").click()
    page.locator(".page-actions").get_by_role("link", name="挂牌").wait_for()
