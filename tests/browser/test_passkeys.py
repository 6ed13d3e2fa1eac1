"""Passkeys in Chromium with its virtual authenticator: made, used, confirmed with, removed; nothing inline, no complaint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.support import PASSWORD, Person, Site, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
STALE = """
WITH older AS (
    UPDATE sign_in_session SET authenticated_at = authenticated_at - interval '1 hour'
    WHERE method = 'passkey' RETURNING id
)
SELECT count(*) > 0 FROM older
"""


@pytest.fixture
def named_site(site: Site) -> Site:
    """The same platform under a name: browsers know no passkeys for numbers."""
    return replace(site, platform=replace(site.platform, address=site.address.replace("127.0.0.1", "localhost")))


class Device:
    """Chromium's virtual authenticator in one browser."""

    def __init__(self, person: Person) -> None:
        self.session: CDPSession = person.page.context.new_cdp_session(person.page)
        self.session.send("WebAuthn.enable")
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found

    def refuse(self) -> None:
        """Its owner is not recognised any more."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})


def add_passkey(person: Person, name: str) -> None:
    page = person.open("/console/security")
    page.get_by_role("button", name="添加通行密钥").click()
    page.get_by_label("名称").fill(name)
    page.get_by_role("button", name="创建通行密钥").click()
    expect(page.get_by_role("rowheader", name=name)).to_be_visible()


def sign_out(person: Person) -> None:
    person.page.context.clear_cookies()
    person.open("/sign-in")


def test_a_passkey_is_made_signs_in_confirms_and_opens_nothing_after_its_removal(
    somebody: Callable[..., Person], named_site: Site
) -> None:
    person = somebody()
    person.site = named_site
    device = Device(person)
    page = person.open("/sign-in")
    page.get_by_label("邮箱").fill("officer@wzu.demo")
    page.get_by_label("密码").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("待办")

    add_passkey(person, "办公室电脑")
    assert [key["isResidentCredential"] for key in device.credentials()] == [True]
    assert violations(page) == []
    person.picture("passkeys-security")

    sign_out(person)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("button", name="用通行密钥登录")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    person.picture("passkeys-sign-in-phone")
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("待办")
    method = "SELECT method FROM sign_in_session WHERE ended_at IS NULL ORDER BY id DESC LIMIT 1"
    assert named_site.value(method) == "passkey"

    with_old_proof(named_site)
    person.open("/console/security")
    page.locator("summary", has_text="改名或移除").click()
    page.get_by_role("button", name="移除这把通行密钥").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("请再次确认身份")
    assert violations(page) == []
    person.picture("passkeys-confirm-phone")
    page.get_by_role("button", name="用通行密钥确认").click()
    expect(page.locator("main")).to_contain_text("通行密钥已移除")

    sign_out(person)
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_role("alert")).to_contain_text("通行密钥没有通过验证")


def with_old_proof(site: Site) -> None:
    """Whoever came by a passkey last proved it an hour ago."""
    site.value(STALE)


def test_a_device_that_does_not_know_its_owner_says_so_and_the_password_remains(
    somebody: Callable[..., Person], named_site: Site
) -> None:
    person = somebody()
    person.site = named_site
    Device(person).refuse()
    page = person.open("/sign-in")

    page.get_by_role("button", name="用通行密钥登录").click()

    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("没有完成")
    expect(page.get_by_role("button", name="用通行密钥登录")).to_be_enabled()
    expect(page.get_by_label("密码")).to_be_visible()


def test_where_passkeys_cannot_work_nothing_is_offered_but_the_way_is_told(
    somebody: Callable[..., Person], site: Site
) -> None:
    person = somebody("officer@wzu.demo")
    page = person.open("/console/security/passkeys/new")

    expect(page.get_by_role("button", name="创建通行密钥")).to_be_hidden()
    expect(page.locator("main")).to_contain_text(site.address.replace("127.0.0.1", "localhost"))
    sign_out(person)
    expect(page.get_by_role("button", name="用通行密钥登录")).to_be_hidden()
