"""The look in a real browser: no serious finding of axe-core, no CSP violation, no sideways scrolling, charts drawn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.browser.styleguide import create_styleguide

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIEWS = [
    *((path, width, scheme) for path in ("portal", "console") for width in (390, 1280) for scheme in ("light", "dark")),
    *((path, 390, "light") for path in ("signed-out", "error/429", "error/500")),
    *((path, 1280, "dark") for path in ("error/404", "error/503")),
]
TARGETS = (
    "main .btn, main select, main .form-control, main summary, header a:not(.skip-link), header button, nav a, .facet a"
)

pytestmark = [
    pytest.mark.browser,
    # a page that is left early drops the connection, and werkzeug's server then leaves the file to the collector
    pytest.mark.filterwarnings("ignore:Exception ignored in. <_io:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_styleguide(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _open(
    browser: Browser, address: str, *, width: int = 1280, scheme: str = "light", scripts: bool = True
) -> tuple[Page, list[str]]:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
        java_script_enabled=scripts,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address, wait_until="networkidle")
    own = f"Failed to load resource: the server responded with a status of {address.rsplit('/', 1)[-1]}"
    return page, [text for text in complaints if not text.startswith(own)]


@pytest.mark.parametrize(("path", "width", "scheme"), VIEWS)
def test_page_is_accessible_fits_and_breaks_no_policy(
    browser: Browser, address: str, path: str, width: int, scheme: str
) -> None:
    page, complaints = _open(browser, f"{address}/{path}", width=width, scheme=scheme)

    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    scroll_width = page.evaluate("document.documentElement.scrollWidth")
    theme = page.evaluate("document.documentElement.dataset.bsTheme")
    page.context.close()

    assert [(finding["id"], finding["nodes"][0]["html"]) for finding in result["violations"]] == []
    assert complaints == []
    assert scroll_width == width
    assert theme == scheme


def test_chart_is_drawn_from_its_data_block_and_a_bar_opens_its_records(browser: Browser, address: str) -> None:
    page, complaints = _open(browser, f"{address}/portal")
    chart = page.locator("#by-county")
    chart.scroll_into_view_if_needed()

    box = chart.locator("canvas").bounding_box()
    assert box is not None
    chart.click(position={"x": 62, "y": box["height"] - 90})
    opened = page.url
    page.context.close()

    assert complaints == []
    assert opened.endswith("#l")


def test_countdown_goes_by_the_servers_clock_and_says_when_it_is_over(browser: Browser, address: str) -> None:
    page, _ = _open(browser, f"{address}/portal")
    countdown = page.locator("[data-countdown]")

    assert countdown.inner_text() == "剩余 2 天 3 小时"
    page.evaluate("window.overs = 0; document.addEventListener('countdown-over', () => { window.overs += 1; })")
    page.evaluate("document.querySelector('[data-countdown]').dataset.closesAt = '2026-11-22T06:05:00+00:00'")
    expect(countdown).to_have_text("已截止")
    page.wait_for_timeout(1500)  # a further tick must not announce it again

    assert page.evaluate("window.overs") == 1
    page.context.close()


def test_changed_form_warns_before_leaving_and_an_untouched_one_does_not(browser: Browser, address: str) -> None:
    page, _ = _open(browser, f"{address}/portal")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    page.goto(f"{address}/console")
    assert asked == []
    page.fill("#title", "一种泵阀密封结构")
    page.goto(f"{address}/portal")
    page.context.close()

    assert asked == ["beforeunload"]


def test_patent_number_is_copied_without_spaces(browser: Browser, address: str) -> None:
    page, _ = _open(browser, f"{address}/portal")

    copied = page.evaluate(
        """() => {
          document.getSelection().selectAllChildren(document.querySelector('[data-copy]'));
          const event = new ClipboardEvent('copy', {clipboardData: new DataTransfer(), bubbles: true});
          document.querySelector('[data-copy]').dispatchEvent(event);
          return event.clipboardData.getData('text/plain');
        }"""
    )
    page.context.close()

    assert copied == "ZL202010123456.7"


@pytest.mark.parametrize("width", [390, 1280])
def test_menus_open_without_javascript(browser: Browser, address: str, width: int) -> None:
    page, _ = _open(browser, f"{address}/console", width=width, scripts=False)

    page.locator("details.menu > summary").click()
    switch = page.get_by_role("button", name="浙江大学温州研究院")
    assert switch.is_visible()
    page.locator("details.menu > summary").click()
    if width == 390:
        assert not page.get_by_role("link", name="导入记录").first.is_visible()
        page.get_by_text("工作台菜单").click()
    assert page.locator(".console-nav").get_by_role("link", name="导入记录").first.is_visible()
    page.context.close()


def test_every_target_is_at_least_24_pixels_high(browser: Browser, address: str) -> None:
    page, _ = _open(browser, f"{address}/console", width=390)

    targets = page.locator(TARGETS).filter(visible=True).all()
    small = [target.inner_text() for target in targets if (target.bounding_box() or {"height": 0})["height"] < 24]
    page.context.close()

    assert len(targets) > 30
    assert small == []
