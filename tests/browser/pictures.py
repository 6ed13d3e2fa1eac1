"""Makes the README's pictures anew: `python -m tests.browser.pictures` starts the platform with its demo world, imports an
office file as one of its officers and photographs six pages into docs/images/."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.support import QUIET, Person, arrive, chromium_path, open_running_lot, running_site
from tests.factories.office_files import sample
from tests.factories.started_platform import ROOT

IMAGES = ROOT / "docs" / "images"
QUESTION = "想给鞋厂找不用溶剂、低温就能粘牢的胶水"


def photograph(person: Person, name: str, height: int = 900) -> None:
    """The upper part of the page, 1280 pixels wide."""
    person.page.wait_for_load_state("networkidle")
    person.page.set_viewport_size({"width": 1280, "height": height})
    person.page.screenshot(path=IMAGES / f"{name}.png")


def import_file(officer: Person, path: Path) -> None:
    """Upload the file and wait for its result."""
    page = officer.open("/console/imports/new")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="上传").click()
    page.get_by_role("button", name="确认各列并开始核对").click()
    page.get_by_role("button", name="确认导入").click(timeout=180_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("导入结果", timeout=180_000)


def main() -> int:
    """Photograph the six pages."""
    executable = chromium_path()
    if executable is None:
        sys.stderr.write("no Chromium on this machine\n")
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder) / "instance") as site,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=executable, args=QUIET)
        visitor = arrive(chromium, site)
        visitor.open("/")
        photograph(visitor, "home")
        visitor.open(f"/listings?q={QUESTION}")
        photograph(visitor, "search")
        visitor.page.locator(".result-list h2 a").first.click()
        photograph(visitor, "listing", 1200)
        bidder = arrive(chromium, site).sign_in("buyer@e36.demo")
        open_running_lot(bidder)
        photograph(bidder, "lot", 1100)
        bureau = arrive(chromium, site).sign_in("bureau@demo")
        bureau.open("/console/monitoring")
        photograph(bureau, "monitoring", 1300)
        officer = arrive(chromium, site).sign_in("officer@wzut.demo")
        import_file(officer, sample(Path(folder)).path)
        photograph(officer, "import")
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
