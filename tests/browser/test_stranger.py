"""A stranger walks in: sign-up by mail, a declined and a granted verification, a colleague, an application, a bid, outbid.

Nothing is prepared for her: she uses what the pages show, the operator and the others are those of the demo world.
Pictures of each step are kept in test-results/.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Person, offer_row, open_running_lot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ADDRESS, COLLEAGUE = "lin.xiaoman@oujiangfa.example", "chen.bo@oujiangfa.example"
ORGANISATION, WRONG_CODE, CODE = "温州瓯江阀业有限公司", "91330302MA2KX7QX3L", "91330302MA2KX7QX3K"
WEAK, STRONG, OTHER = "oujiangfa2026", "Lantern-Bridge-47-Citrus", "Violet-Sampan-Under-Bridge"
OPERATOR, RIVAL = "operator@demo", "buyer@e36.demo"
"""The rival is one of those who bid in the running lot."""
REASON = "营业执照扫描件看不清，请重新上传彩色扫描件。"
PLAN = "用在本公司泵站改造业务的控制柜产品上，2027 年 3 月试装两座泵站，需要学校提供算法接口和一次现场指导。"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"

Come = Callable[..., Person]


def test_a_stranger_signs_up_is_verified_applies_and_bids(somebody: Come, tmp_path: Path) -> None:
    licence, program = tmp_path / "营业执照.pdf", tmp_path / "不是执照.pdf"
    licence.write_bytes(PDF)
    program.write_bytes(b"MZ a program")
    stranger = somebody()

    link = _ask_for_a_link(stranger)
    _sign_up(stranger, link, licence)
    _enter(stranger, ADDRESS, STRONG)
    _waits(stranger)
    operator = somebody(OPERATOR)
    _decline(operator)
    _correct(stranger, licence, program)
    _approve(operator)
    _invite(stranger, somebody())
    _apply_and_be_answered(stranger, somebody)
    _bid_and_be_outbid(stranger, somebody)


def _ask_for_a_link(stranger: Person) -> str:
    page = stranger.open("/")
    page.locator("header").get_by_role("link", name="注册").click()
    page.get_by_label("邮箱").fill(ADDRESS)
    page.get_by_role("button", name="发送邮件").click()
    page.get_by_role("link", name="打开邮件箱").click()
    stranger.picture("stranger-01-mailbox")
    return _link_in_mail(page, "sign-up")


def _link_in_mail(page: Page, kind: str) -> str:
    """The address in the newest mail of that kind."""
    link = page.locator(f"main a[href*='/{kind}/']").first.get_attribute("href")
    assert link
    return link


def _sign_up(stranger: Person, link: str, licence: Path) -> None:
    page = stranger.page
    page.goto(link)
    expect(page.locator("main")).to_contain_text(ADDRESS)
    page.get_by_label("姓名").fill("林晓曼")
    page.get_by_label("机构名称").fill(ORGANISATION)
    page.get_by_label("企业规模").select_option(label="小型")
    page.get_by_label("统一社会信用代码").fill(WRONG_CODE)
    page.get_by_label("密码").fill(WEAK)
    page.get_by_role("button", name="注册并提交核验").click()
    for sentence in ("统一社会信用代码不正确", "容易被猜到", "密码和文件要重新填写"):
        expect(page.locator("#error-summary")).to_contain_text(sentence)
    expect(page.get_by_label("机构名称")).to_have_value(ORGANISATION)
    stranger.picture("stranger-02-refused")
    page.get_by_label("统一社会信用代码").fill(CODE)
    page.get_by_label("密码").fill(STRONG)
    page.get_by_label("证明文件").set_input_files(licence)
    page.get_by_role("button", name="注册并提交核验").click()
    expect(page.get_by_role("status")).to_contain_text("注册成功")
    assert page.request.get(link).status == 404  # good once


def _enter(person: Person, address: str, password: str) -> None:
    page = person.page
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.get_by_label("邮箱").fill(address)
    page.get_by_label("密码").fill(password)
    page.locator("main").get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("待办")


def _waits(stranger: Person) -> None:
    page = stranger.page
    expect(page.locator("main")).to_contain_text("贵单位还没有通过平台核验")
    stranger.picture("stranger-03-waiting")
    page.get_by_role("link", name="看核验进度，补充材料").click()
    expect(page.locator("main")).to_contain_text("营业执照.pdf")
    open_running_lot(stranger)
    expect(page.locator("main")).to_contain_text("平台核验后才能报名竞价")
    expect(page.get_by_role("button", name="报名参加")).to_have_count(0)


def _open_for_review(operator: Person) -> Page:
    page = operator.open("/console")
    page.get_by_role("row", name=re.compile("家机构等待核验")).get_by_role("link").click()
    page.get_by_role("link", name=ORGANISATION).click()
    expect(page.locator("main")).to_contain_text(CODE)
    return page


def _decline(operator: Person) -> None:
    page = _open_for_review(operator)
    operator.picture("stranger-04-review")
    page.get_by_label("理由").first.fill(REASON)
    page.get_by_role("button", name="不予通过").click()
    expect(page.locator("main")).to_contain_text("已答复申请人")


def _correct(stranger: Person, licence: Path, program: Path) -> None:
    page = stranger.open("/console")
    page.get_by_role("row", name=re.compile("平台核验没有通过")).get_by_role("link", name="去补充").click()
    expect(page.locator(".notice-danger")).to_contain_text(REASON)
    stranger.picture("stranger-05-declined")
    page.get_by_label("证明文件").set_input_files(program)
    page.get_by_role("button", name="提交核验", exact=True).click()
    expect(page.locator("#error-summary")).to_contain_text("只收 PDF、JPG 或 PNG 文件")
    page.get_by_label("证明文件").set_input_files(licence)
    page.get_by_role("button", name="提交核验", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("已提交")
    expect(page.locator("main")).to_contain_text("正在等待平台核验")


def _approve(operator: Person) -> None:
    page = _open_for_review(operator)
    page.get_by_role("button", name="核验通过").click()
    expect(page.get_by_role("status")).to_contain_text(f"已核验：{ORGANISATION}")


def _invite(stranger: Person, colleague: Person) -> None:
    page = stranger.open("/console/organisation")
    page.locator("#email").fill(COLLEAGUE)
    page.get_by_role("button", name="发出邀请").click()
    expect(page.get_by_role("status")).to_contain_text("邀请已发出")
    other = colleague.open("/mailbox")
    other.goto(_link_in_mail(other, "invitations"))
    other.get_by_label("姓名").fill("陈博")
    other.get_by_label("密码").fill(OTHER)
    other.get_by_role("button", name="加入").click()
    _enter(colleague, COLLEAGUE, OTHER)
    expect(other.locator("main")).to_contain_text(ORGANISATION)
    page.reload()
    expect(page.get_by_role("row", name=re.compile("陈博"))).to_contain_text("企业用户")
    stranger.picture("stranger-06-members")


def _apply_and_be_answered(stranger: Person, somebody: Come) -> None:
    page = stranger.open("/")
    page.locator("#hero-search").fill("泵站叶轮磨损提前报警")
    page.get_by_role("button", name="找成果").click()
    page.locator(".result-list h2 a").first.click()
    number = page.url.rsplit("/", 1)[-1]
    stranger.picture("stranger-07-listing")
    offer_row(page, "普通许可").get_by_role("link", name="申请").click()
    page.get_by_label("使用计划").fill(PLAN)
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("#error-summary")).to_contain_text("请填写意向价格")
    expect(page.get_by_label("使用计划")).to_have_value(PLAN)
    page.get_by_label("意向价格").fill("280000")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("main")).to_contain_text("申请已送达")
    application = page.url.rsplit("/", 1)[-1]
    officer = somebody(_officer_of(stranger, number))
    officer.open(f"/console/applications/{application}")
    officer.page.get_by_role("button", name="接受，进入洽谈").click()
    expect(officer.page.locator("main")).to_contain_text("已接受，交易已建立")
    page.reload()
    expect(page.locator("main")).to_contain_text("已接受")
    stranger.picture("stranger-08-answered")


def _officer_of(person: Person, listing_number: str) -> str:
    """Address of the transfer officer of the institution that lists it."""
    query = (
        "SELECT min(p.email) FROM listing l JOIN membership m ON m.organisation_id = l.organisation_id"
        " JOIN membership_role r ON r.membership_id = m.id JOIN person p ON p.id = m.person_id"
        " WHERE l.number = %s AND r.role = 'transfer_officer'"
    )
    return str(person.site.value(query, listing_number))


def _next_amount(page: Page) -> str:
    text = page.locator("#lot-live dl div").filter(has_text="下一口有效报价").locator("dd").inner_text()
    return text.replace("¥", "").replace(",", "").removesuffix(".00")


def _bid_and_be_outbid(stranger: Person, somebody: Come) -> None:
    page = open_running_lot(stranger)
    number = page.url.rsplit("/", 1)[-1]
    page.get_by_role("button", name="报名参加").click()
    expect(page.locator("main")).to_contain_text("报名成功")
    page.get_by_label("出价（元）").fill("1")
    page.get_by_role("button", name="出价", exact=True).click()
    expect(page.locator("#bid-form .field-error")).to_contain_text("出价没有高过目前最高价")
    _bid(page)
    stranger.picture("stranger-09-first-bid")
    _bid(somebody(RIVAL).open(f"/lots/{number}"))
    expect(page.locator("#lot-live")).to_contain_text("本单位未领先", timeout=30_000)
    stranger.picture("stranger-10-outbid")
    stranger.open("/console")
    row = page.get_by_role("row", name=re.compile("1 个竞价标的已有更高出价"))
    row.get_by_role("link", name="去出价").click()
    expect(page.locator("main tbody")).to_contain_text("未领先")


def _bid(page: Page) -> None:
    page.get_by_label("出价（元）").fill(_next_amount(page))
    page.get_by_role("button", name="出价", exact=True).click()
    expect(page.locator("main")).to_contain_text("已受理")
