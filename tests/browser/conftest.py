"""One Chromium and one running platform for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.support import QUIET, Person, Site, arrive, chromium_path, running_site
from tests.factories.demo_copies import demo_copy

DEMO_WORLD_SECONDS = 600
"""The first test of a run that asks for the demo world waits until it is loaded, beside other tests."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever goes to the site may have to wait for its demo world."""
    for item in items:
        if "site" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(DEMO_WORLD_SECONDS))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for one file: its event loop would be in the way of tests that run one of their own."""
    executable = chromium_path()
    if executable is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole platform on a copy of the demo world; shared, so that tests take the world as it is."""
    if chromium_path() is None:
        pytest.skip("no Chromium on this machine")
    folder = tmp_path_factory.mktemp("site") / "instance"
    with demo_copy(folder) as database_url, running_site(folder, database_url) as running:
        yield running


@pytest.fixture
def somebody(browser: Browser, site: Site) -> Iterator[Callable[..., Person]]:
    """Opens browsers; at the end none of them has complained, and all are closed."""
    people: list[Person] = []

    def come(email: str | None = None, **how: object) -> Person:
        person = arrive(browser, site, **how)  # type: ignore[arg-type]
        people.append(person)
        return person.sign_in(email) if email else person

    yield come
    complaints = [complaint for person in people for complaint in person.complaints]
    for person in people:
        person.leave()
    assert complaints == []
