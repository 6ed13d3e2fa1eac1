"""Entries written by hand through HTTP and HTML, without JavaScript: nothing that was typed is lost."""

from __future__ import annotations

import html
import io
import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.achievements.editing.records import completers_of, shares_of
from market.achievements.models import Achievement, Encumbrance, Implementation, IPRight
from tests.conftest import NOW
from tests.factories.register_entries import NAME, PUMP, VALVE, make_entry, right_draft
from tests.factories.world import Institution, actor_of

NEW = "/console/register/new"


@pytest.fixture
def entry(session: Session, institution: Institution) -> Achievement:
    made = make_entry(session, actor_of(institution.officer), NOW, right_draft(NAME))
    session.commit()
    return made


TYPED = {
    "title": "一种水泵",
    "kind": "invention",
    "register_number": "DH-1",
    "applied_industries": "C3441",
    "county_code": "330302",
    "trl": "6",
    "trl_evidence": "中试报告",
    "ownership_form": "co_owned",
    "shares-0-holder_kind": "institution",
    "shares-0-name": NAME,
    "shares-0-share": "60",
    "shares-1-holder_kind": "co_owner",
    "shares-1-name": "某公司",
    "shares-1-share": "40",
    "shares-1-consented_on": "2026.05.01",
    "shares-1-consented_by": "王五",
    "completers-0-name": "张三",
    "completers-0-reward_share": "70",
    "completers-0-is_main": "y",
    "completers-1-name": "",
    "is_fiscally_funded": "yes",
    "projects-0-level": "province",
    "projects-0-number": "2015C01234",
    "right-number": "ZL 2017 1 0601862.3",
    "right-applicants": f"{NAME}；某公司",
    "right-filing_date": "20170721",
    "right-grant_date": "2019年3月5日",
    "right-classes": "F04D1/00；F04D 13/06",
}


def values_of(page: str) -> dict[str, str]:
    """What the fields of the page hold, as a browser would send it."""
    page = page.split('class="editor"')[1]
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or "checked" in tag):
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        found[name] = html.unescape(body).strip()
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', body)
        found[name] = chosen[1] if chosen else ""
    return found


def test_an_entry_is_registered_with_everything_and_shown(officer: FlaskClient, session: Session) -> None:
    assert "登记成果" in officer.get(NEW).text

    answer = officer.post(NEW, data=TYPED)

    entry = session.scalars(select(Achievement)).one()
    right = session.scalars(select(IPRight)).one()
    assert answer.location == f"/console/register/{entry.id}"
    assert (right.number, right.filing_date, right.grant_date) == (PUMP, date(2017, 7, 21), date(2019, 3, 5))
    assert (right.main_class, right.further_classes) == ("F04D 1/00", ["F04D 13/06"])
    assert [(share.name, share.share) for share in shares_of(session, entry.id)] == [(NAME, 6000), ("某公司", 4000)]
    assert [(one.name, one.reward_share, one.is_main) for one in completers_of(session, entry.id)] == [
        ("张三", 7000, True)
    ]
    page = officer.get(answer.location).text
    for words in (
        "登记号 DH-1",
        "C3441 泵及真空设备制造",
        "鹿城区",
        "中试",
        "单位间共有",
        "40%",
        "王五",
        "2015C01234",
        "70%",
    ):
        assert words in page
    assert "登记入册" in page


def test_know_how_needs_no_number(officer: FlaskClient, session: Session) -> None:
    assert officer.post(NEW, data={"title": "一种配方", "kind": "process"}).status_code == 302
    assert session.scalar(select(func.count(IPRight.id))) == 0


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"right-number": "201710601862.9"}, "right-number", "校验位不对，应为 3"),
        ({"right-number": ""}, "right-number", "没有填写申请号或专利号"),
        ({"right-filing_date": "2019-01-01"}, "right-filing_date", "晚于申请号的年份 2017"),
        ({"right-filing_date": "去年"}, "right-filing_date", "不是日期"),
        ({"right-publication_number": "CN212345678U"}, "right-publication_number", "不是发明专利的号码"),
        ({"right-classes": "09-03"}, "right-classes", "不是 IPC 分类号"),
        ({"right-cpc_classes": "水泵"}, "right-cpc_classes", "不是 CPC 分类号"),
        ({"kind": "design"}, None, "与所选类型不符"),
        ({"applied_industries": "A3441"}, "applied_industries", "门类不对"),
        ({"trl_evidence": ""}, "trl_evidence", "请写明技术就绪等级的依据"),
        ({"maturity_stage": "mass_production"}, "maturity_stage", "对应的成熟度是“中试”"),
        ({"shares-1-share": "39"}, None, "份额合计 99%，应为 100%"),
        ({"shares-1-share": "四成"}, "shares-1-share", "不是百分比"),
        ({"shares-1-name": ""}, "shares-1-name", "请把类别、名称和份额填全"),
        ({"completers-1-name": "李四", "completers-1-reward_share": "31"}, None, "合计 101%，超过 100%"),
        ({"completers-1-unit": "某公司"}, "completers-1-name", "请填写姓名"),
        ({"projects-0-number": ""}, "projects-0-number", "请把计划类别和项目编号填全"),
        ({"is_fiscally_funded": "no"}, "is_fiscally_funded", "请核对"),
        ({"ownership_form": "long_term_use", "long_term_use_years": "九"}, "long_term_use_years", "请填写整数年"),
        ({"title": ""}, "title", "请填写成果名称"),
        ({"register_number": "x" * 41}, "register_number", "不超过 40 个字"),
        ({"county_code": "330100"}, "county_code", ""),
    ],
)
def test_each_refusal_stands_at_its_field_and_keeps_what_was_typed(
    officer: FlaskClient, session: Session, changes: dict[str, str], field: str | None, sentence: str
) -> None:
    answer = officer.post(NEW, data=TYPED | changes)

    page = html.unescape(answer.text)
    assert answer.status_code == 422
    if field:
        assert f'id="{field}-error"' in page
    assert sentence in page
    kept = values_of(answer.text)
    assert {
        name: kept.get(name, "") for name in TYPED | changes if name not in {"county_code", "completers-0-is_main"}
    } == {
        name: value for name, value in (TYPED | changes).items() if name not in {"county_code", "completers-0-is_main"}
    }
    assert session.scalar(select(func.count(Achievement.id))) == 0


def test_a_number_held_by_somebody_else_is_told_with_the_holder(
    officer: FlaskClient, session: Session, entry: Achievement
) -> None:
    answer = officer.post(NEW, data=TYPED)
    assert answer.status_code == 422
    assert "已登记在东海农业大学名下" in answer.text
    assert session.scalars(select(Achievement.id)).all() == [entry.id]


def test_more_rows_keep_what_was_typed_and_save_nothing(officer: FlaskClient, session: Session) -> None:
    rows = len(re.findall(r'name="completers-\d+-name"', officer.post(NEW, data=TYPED | {"more": "completers"}).text))
    answer = officer.post(NEW, data=TYPED | {"more": "completers"})
    kept = values_of(answer.text)
    assert (answer.status_code, rows) == (200, 5)
    assert {name: kept[name] for name in TYPED} == TYPED
    assert session.scalar(select(func.count(Achievement.id))) == 0


def test_the_form_of_an_entry_sent_back_unchanged_changes_nothing(officer: FlaskClient, session: Session) -> None:
    address = officer.post(NEW, data=TYPED).location
    before = session.scalars(select(Achievement.version)).one()

    answer = officer.post(f"{address}/edit", data=values_of(officer.get(f"{address}/edit").text))

    assert answer.location == address
    assert session.scalars(select(Achievement.version).execution_options(populate_existing=True)).one() == before


def test_the_second_officer_sees_the_difference_and_loses_nothing(
    officer: FlaskClient, session: Session, entry: Achievement
) -> None:
    address = f"/console/register/{entry.id}"
    hers = values_of(officer.get(f"{address}/edit").text) | {"title": "第二人的名称", "abstract": "第二人的摘要"}
    first = values_of(officer.get(f"{address}/edit").text) | {"title": "第一人的名称", "completers-0-name": "张三"}
    assert officer.post(f"{address}/edit", data=first).status_code == 302

    answer = officer.post(f"{address}/edit", data=hers)

    assert answer.status_code == 409
    assert "同事已保存过这项成果" in answer.text
    assert re.search(r"成果名称</a></th><td[^>]*>第一人的名称</td><td[^>]*>第二人的名称</td>", answer.text)
    assert re.search(r"完成人</a></th><td[^>]*>张三</td><td[^>]*>—</td>", answer.text)
    kept = values_of(answer.text)
    assert (kept["title"], kept["abstract"]) == ("第二人的名称", "第二人的摘要")
    assert officer.get(address).text.count("第一人的名称") > 0
    assert officer.post(f"{address}/edit", data=kept).status_code == 302
    assert "第二人的摘要" in officer.get(address).text


def test_a_right_is_changed_and_two_who_change_it_are_told(
    officer: FlaskClient, session: Session, entry: Achievement
) -> None:
    right_id = session.scalars(select(IPRight.id)).one()
    address = f"/console/register/{entry.id}/rights/{right_id}/edit"
    shown = values_of(officer.get(address).text)
    assert officer.post(address, data=shown | {"annual_fee_paid_until": "2027-07-20"}).status_code == 302
    answer = officer.post(address, data=shown | {"publication_number": "cn107265123a"})
    assert answer.status_code == 409
    assert re.search(r"年费已缴至</a></th><td[^>]*>2027-07-20</td><td[^>]*>—</td>", answer.text)
    assert "年费已缴" in officer.get(f"/console/register/{entry.id}").text
    assert officer.post(address, data=shown | {"number": "201710601862.9"}).status_code == 422


def test_rights_are_bundled_and_split_by_plain_forms(
    officer: FlaskClient, session: Session, entry: Achievement
) -> None:
    address = f"/console/register/{entry.id}"
    typed = {"kind": "invention", "number": VALVE, "title": "一种阀门", "applicants": NAME, "filing_date": "2023-01-05"}
    assert officer.post(f"{address}/rights/new", data=typed).location == address
    page = officer.get(address).text
    assert page.count("核实法律状态") == 2
    right_id = session.scalars(select(IPRight.id).where(IPRight.number == VALVE)).one()
    alone = officer.post(f"{address}/rights/{right_id}/split").location
    assert alone != address
    assert officer.post(f"{alone}/rights/{right_id}/split").location == alone
    assert "不需要拆出" in officer.get(alone).text
    unconfirmed = officer.post(f"{alone}/join", data={"target": "ZL 2017 1 0601862.3"})
    assert (unconfirmed.status_code, "请勾选确认" in unconfirmed.text) == (422, True)
    unknown = officer.post(f"{alone}/join", data={"target": "95115608.X", "confirmed": "yes"})
    assert (unknown.status_code, "本单位台账里没有号码" in unknown.text) == (422, True)
    assert officer.post(f"{alone}/join", data={"target": "ZL 2017 1 0601862.3", "confirmed": "yes"}).location == address
    assert officer.get(alone).status_code == 404
    assert "并入另一项成果，带来知识产权" in officer.get(address).text


def test_an_encumbrance_is_stated_and_ended(officer: FlaskClient, session: Session, entry: Achievement) -> None:
    right_id = session.scalars(select(IPRight.id)).one()
    address = f"/console/register/{entry.id}"
    form = f"{address}/rights/{right_id}/encumbrances/new"
    refused = officer.post(form, data={"kind": "pledge", "holder": "某银行", "from_on": "2026-11-23"})
    assert (refused.status_code, "起始日在今天之后" in refused.text) == (422, True)
    assert session.scalar(select(func.count(Encumbrance.id))) == 0
    assert officer.post(form, data={"kind": "pledge", "holder": "某银行", "from_on": "2026-01-01"}).location == address
    assert "某银行" in officer.get(address).text
    encumbrance_id = session.scalars(select(Encumbrance.id)).one()
    end = f"{address}/encumbrances/{encumbrance_id}/end"
    assert "解除日" in officer.get(end).text
    assert officer.post(end, data={"ended_on": "2026-11-22"}).location == address
    assert "解除权利负担：质押" in officer.get(address).text
    assert officer.post(end, data={"ended_on": "2026-11-22"}).status_code == 422


def test_use_and_open_list_are_stated(officer: FlaskClient, session: Session, entry: Achievement) -> None:
    address = f"/console/register/{entry.id}"
    typed = {"kind": "licensed", "since": "2024-01-01", "partner": "某公司"}
    assert officer.post(f"{address}/implementations/new", data=typed | {"partner": ""}).status_code == 422
    assert officer.post(f"{address}/implementations/new", data=typed).location == address
    assert "登记实施情况：许可实施" in officer.get(address).text
    use_id = session.scalars(select(Implementation.id)).one()
    withdrawal = f"{address}/implementations/{use_id}/withdrawal"
    assert "撤销理由" in officer.get(withdrawal).text
    assert officer.post(withdrawal, data={"reason": "登记到了别的成果上"}).location == address
    decision = {"decision": "excused", "text": "正在办理药品注册审批"}
    assert officer.post(f"{address}/open-list", data={"decision": "excused", "text": "无"}).status_code == 422
    assert officer.post(f"{address}/open-list", data=decision).location == address
    assert "公开实施清单：有正当理由，不列入" in officer.get(address).text


def test_a_paper_is_kept_and_given_back(officer: FlaskClient, entry: Achievement) -> None:
    address = f"/console/register/{entry.id}"

    def send(content: bytes) -> Any:
        data = {"purpose": "maturity", "title": "中试报告", "file": (io.BytesIO(content), "报告.pdf")}
        return officer.post(f"{address}/documents/new", data=data)

    refused = send(b"MZ not a pdf")
    assert (refused.status_code, "按内容判断" in refused.text) == (422, True)
    assert send(b"%PDF-1.7 content").location == address
    page = officer.get(address).text
    link = re.search(rf'href="({address}/documents/\d+)"', page)
    assert link
    with officer.get(link[1]) as answer:
        assert (answer.data, answer.mimetype) == (b"%PDF-1.7 content", "application/pdf")
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_legal_status_is_stated_with_its_day(officer: FlaskClient, session: Session, entry: Achievement) -> None:
    right_id = session.scalars(select(IPRight.id)).one()
    address = f"/console/register/{entry.id}"
    typed = {"status": "alive", "on": "2026-11-20", "reason": "公布公告网查询有效"}
    form = f"{address}/rights/{right_id}/status"
    assert officer.post(form, data=typed | {"on": "2026-11-23"}).status_code == 422
    assert officer.post(form, data=typed).location == address
    assert "2026-11-20 公布公告网查询有效" in officer.get(address).text


def test_a_number_that_a_file_brought_stays_while_it_is_not_touched(
    officer: FlaskClient, session: Session, entry: Achievement
) -> None:
    right = session.scalars(select(IPRight)).one()
    right.number, right.number_as_given, right.has_check_digit = "CN107265123", "CN107265123A", False
    session.commit()
    address = f"/console/register/{entry.id}/rights/{right.id}/edit"
    shown = values_of(officer.get(address).text)

    assert officer.post(address, data=shown | {"grant_date": "2019-03-05"}).status_code == 302

    session.refresh(right)
    assert (right.number, right.grant_date) == ("CN107265123", date(2019, 3, 5))
    shown = values_of(officer.get(address).text)
    assert officer.post(address, data=shown | {"number": "CN107265124A"}).status_code == 422
    assert officer.post(address, data=shown | {"number": "201710601862.3"}).status_code == 302
    session.refresh(right)
    assert right.number == PUMP
