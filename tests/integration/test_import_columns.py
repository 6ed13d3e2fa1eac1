"""Columns about classes, fees, readiness, completers, owners and projects, from the file into the register and back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.achievements.editing.records import completers_of, projects_of, shares_of
from market.achievements.editing.rules import ProjectDraft
from market.achievements.editing.service import add_right
from market.achievements.importing import queries
from market.achievements.importing.files import OfficeFile
from market.achievements.models import Achievement, Completer, FundingProject, ImportRow, IPRight, OwnershipShare
from market.achievements.ownership import CompleterDraft, ShareDraft
from market.achievements.vocabulary import AchievementKind, FundingLevel, OwnershipForm, RowOutcome, ShareHolder
from market.kernel.events import Event
from market.listings.editing import alike
from market.listings.rules import ListingDraft
from tests.conftest import NOW
from tests.factories.imports import check, import_file
from tests.factories.office_files import workbook_bytes
from tests.factories.register_entries import MODEL, VALVE, make_entry, right_draft
from tests.factories.world import Institution, actor_of, make_institution, sign_in

NAME = "东海农业大学"
NUMBER = "201710601862.3"
HEADINGS = (
    "申请号", "名称", "申请人", "申请日", "CPC", "下次缴费日", "TRL", "TRL依据", "完成人奖励比例", "共有人份额", "是否财政资助", "依托项目",
)  # fmt: skip
PLAIN = (NUMBER, "一种水泵", f"{NAME}；某公司", "2017-07-21")
WHOLE = (
    *PLAIN, "F04D29/22; Y02E10/50", "2027-07-21", "TRL6", "中试报告", "张三:60%;李四:40%", f"{NAME} 60%；某公司 40%", "是",
    "浙江省重点研发计划 2021C01001（50万元）",
)  # fmt: skip
BLANK = ("",) * 8


@pytest.fixture
def institution(session: Session) -> Institution:
    made = make_institution(session, name=NAME)
    session.commit()
    return made


def bring(
    session: Session, institution: Institution, *rows: tuple[Any, ...], headings: tuple[str, ...] = HEADINGS
) -> Any:
    content = workbook_bytes(headings, rows)
    return import_file(session, institution.organisation, OfficeFile("清单.xlsx", content), NOW)


def counts(result: Any) -> tuple[int, ...]:
    return tuple(
        result.counts[outcome] for outcome in (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.SAME, RowOutcome.REFUSED)
    )


def the_entry(session: Session) -> Achievement:
    session.expire_all()
    return session.scalars(select(Achievement)).one()


def facts(session: Session) -> dict[str, Any]:
    entry = the_entry(session)
    right = session.scalars(select(IPRight).where(IPRight.achievement_id == entry.id)).one()
    return {
        "cpc": right.cpc_classes, "fee": right.annual_fee_paid_until, "trl": entry.trl, "stage": entry.maturity_stage,
        "evidence": entry.trl_evidence, "form": entry.ownership_form, "funded": entry.is_fiscally_funded,
        "completers": completers_of(session, entry.id), "names": entry.completers,
        "shares": shares_of(session, entry.id), "projects": projects_of(session, entry.id),
    }  # fmt: skip


BROUGHT = {
    "cpc": ["F04D 29/22", "Y02E 10/50"], "fee": date(2027, 7, 21), "trl": 6, "stage": "pilot", "evidence": "中试报告",
    "form": "co_owned", "funded": True, "names": "张三；李四",
    "completers": (CompleterDraft("张三", reward_share=6000), CompleterDraft("李四", reward_share=4000)),
    "shares": (ShareDraft(ShareHolder.INSTITUTION, NAME, 6000), ShareDraft(ShareHolder.CO_OWNER, "某公司", 4000)),
    "projects": (ProjectDraft(FundingLevel.PROVINCE, "2021C01001", "浙江省重点研发计划", 50_000_000),),
}  # fmt: skip


def test_a_new_entry_comes_with_everything_and_twice_changes_nothing(
    session: Session, institution: Institution
) -> None:
    assert counts(bring(session, institution, WHOLE)) == (1, 0, 0, 0)
    assert facts(session) == BROUGHT
    events = session.scalar(select(func.count(Event.id)))
    assert counts(bring(session, institution, WHOLE)) == (0, 0, 1, 0)
    assert facts(session) == BROUGHT
    assert session.scalar(select(func.count(Event.id)).where(Event.action == "achievement.changed")) == 0
    assert events


def test_a_known_entry_is_completed_blanks_erase_nothing_and_the_check_shows_each_field(
    session: Session, institution: Institution
) -> None:
    bring(session, institution, (*PLAIN, *BLANK))
    run_id = check(session, institution.organisation, OfficeFile("b.xlsx", workbook_bytes(HEADINGS, [WHOLE])), NOW)
    changes = session.scalars(select(ImportRow.changes).where(ImportRow.import_run_id == run_id)).one()
    assert changes["reward_shares"] == {"before": None, "after": "张三 60%；李四 40%"}
    assert changes["trl"] == {"before": None, "after": "6"}
    assert changes["projects"]["after"] == "省级计划 2021C01001 浙江省重点研发计划（500000.00元）"
    assert facts(session)["completers"] == ()  # a check writes nothing
    assert counts(bring(session, institution, WHOLE)) == (0, 1, 0, 0)
    assert facts(session) == BROUGHT
    assert counts(bring(session, institution, (*PLAIN, *BLANK))) == (0, 0, 1, 0)
    assert facts(session) == BROUGHT
    event = session.scalars(select(Event).where(Event.action == "achievement.changed")).one()
    assert event.payload["fields"]["completers"] == {"before": "0", "after": "2"}
    assert "张三" not in str(event.payload)


def test_what_a_file_cannot_say_stays(session: Session, institution: Institution) -> None:
    officer = actor_of(institution.officer)
    consented = ShareDraft(ShareHolder.CO_OWNER, "某公司", 4000, date(2026, 5, 1), "王五")
    make_entry(
        session, officer, NOW, right_draft(f"{NAME}；某公司"), title="一种水泵",
        completers=(CompleterDraft("张三", "机械学院", 5000, is_main=True), CompleterDraft("李四", "", 5000)),
        ownership_form=OwnershipForm.CO_OWNED, shares=(ShareDraft(ShareHolder.INSTITUTION, NAME, 6000), consented),
    )  # fmt: skip
    session.commit()
    row = (*PLAIN, "", "", "", "", "张三:70%;李四:30%", "本单位 55%；某公司 45%（同意 2026-05-01）", "", "")
    assert counts(bring(session, institution, row)) == (0, 1, 0, 0)
    after = facts(session)
    assert after["completers"] == (
        CompleterDraft("张三", "机械学院", 7000, is_main=True),
        CompleterDraft("李四", "", 3000),
    )
    assert after["shares"][1] == ShareDraft(ShareHolder.CO_OWNER, "某公司", 4500, date(2026, 5, 1), "王五")


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"TRL": "12"}, "row.readiness"),
        ({"TRL": "5", "TRL依据": ""}, "trl.evidence_missing"),
        ({"完成人奖励比例": "张三:70%;李四:40%"}, "completer.over_whole"),
        ({"完成人奖励比例": "张三 六成60"}, "row.share_format"),
        ({"共有人份额": f"{NAME} 60%；某公司 30%"}, "ownership.sum"),
        ({"共有人份额": "某公司 100%"}, "ownership.own_missing"),
        ({"共有人份额": f"{NAME} 60%；某公司 40%（同意 2026-01-02）"}, "row.consent_by_hand"),
        ({"共有人份额": f"{NAME} 60%；赋权完成人 赵六 40%"}, "ownership.not_a_completer"),
        ({"是否财政资助": "大概"}, "row.yes_or_no"),
        ({"是否财政资助": "否"}, "funding.contradiction"),
        ({"是否财政资助": "是", "依托项目": ""}, "funding.project_missing"),
        ({"依托项目": "省级计划"}, "row.project_number"),
        ({"CPC": "水泵"}, "row.cpc"),
        ({"下次缴费日": "2040-01-01"}, "fee.after_term"),
    ],
)
def test_each_wrong_cell_refuses_its_row_with_the_reason_and_leaves_the_rest(
    session: Session, institution: Institution, cells: dict[str, str], code: str
) -> None:
    wrong = tuple(cells.get(heading, value) for heading, value in zip(HEADINGS, WHOLE, strict=True))
    other = (VALVE, "一种阀", NAME, "2023-03-04", *BLANK)
    result = bring(session, institution, wrong, other)
    assert (counts(result), [row.reason_code for row in result.refusals]) == ((1, 0, 0, 1), [code])
    assert the_entry(session).title == "一种阀"
    assert [session.scalar(select(func.count(model.achievement_id))) for model in (Completer, OwnershipShare, FundingProject)] == [
        0, 0, 0,
    ]  # fmt: skip


def test_a_row_that_is_refused_for_its_cells_leaves_its_number_to_a_later_file(
    session: Session, institution: Institution
) -> None:
    bad = tuple("12" if heading == "TRL" else value for heading, value in zip(HEADINGS, WHOLE, strict=True))
    bring(session, institution, bad)
    assert counts(bring(session, institution, WHOLE)) == (1, 0, 0, 0)


def exported(client: FlaskClient, institution: Institution) -> bytes:
    sign_in(client, institution.officer)
    with client.get("/console/register/export.xlsx", buffered=True) as answer:
        return answer.data


def full_entries(session: Session, officer: Actor) -> None:
    """What only hands can write, and a bundle of which two lines of the workbook speak."""
    bundle = make_entry(
        session, officer, NOW, right_draft(f"{NAME}；某公司", inventors="张三；李四", cpc_classes=("Y02E 10/50",)),
        completers=(CompleterDraft("张三", "机械学院", 5000, is_main=True), CompleterDraft("A. B. 7号", "", 1)),
        ownership_form=OwnershipForm.CO_OWNED, trl=6, trl_evidence="中试报告\n第二段", is_fiscally_funded=True,
        shares=(
            ShareDraft(ShareHolder.INSTITUTION, NAME, 6667),
            ShareDraft(ShareHolder.CO_OWNER, "某公司", 3333, date(2026, 5, 1), "王五"),
        ),
        projects=(ProjectDraft(FundingLevel.CITY, "温科 12 号", "水泵", 1), ProjectDraft(FundingLevel.OUTSIDE, "H-1")),
    )  # fmt: skip
    add_right(session, officer, bundle.id, right_draft(NAME, MODEL, title="另一件"), now=NOW)
    make_entry(
        session, officer, NOW, kind=AchievementKind.TRADE_SECRET, title="一种配方", completers=(CompleterDraft("赵六"),)
    )
    layout = right_draft(
        NAME, "BS.185559220", kind=AchievementKind.CIRCUIT_LAYOUT, filing_date=None, expires_on=date(2028, 1, 1)
    )
    make_entry(session, officer, NOW, layout)
    session.commit()


def test_what_was_written_by_hand_comes_back_as_no_change(
    client: FlaskClient, session: Session, institution: Institution
) -> None:
    full_entries(session, actor_of(institution.officer))
    back = import_file(session, institution.organisation, OfficeFile("台账.xlsx", exported(client, institution)), NOW)
    assert [(row.number, row.reason) for row in back.refusals] == []
    assert counts(back) == (0, 0, 4, 0)


def test_of_a_bundle_the_first_rights_line_speaks_for_the_entry_and_both_rights_are_written(
    session: Session, institution: Institution
) -> None:
    full_entries(session, actor_of(institution.officer))
    headings = ("申请号", "名称", "申请人", "TRL", "TRL依据")
    rows = [(NUMBER, "水泵甲", f"{NAME}；某公司", "7", ""), (MODEL, "水泵乙", NAME, "9", "")]
    assert counts(bring(session, institution, *rows, headings=headings)) == (0, 2, 0, 0)
    assert session.scalars(select(IPRight.title).where(IPRight.number.in_([NUMBER, MODEL])).order_by(IPRight.id)).all() == [
        "水泵甲", "水泵乙",
    ]  # fmt: skip
    trl = select(Achievement.trl, Achievement.maturity_stage).where(Achievement.trl.is_not(None))
    assert session.execute(trl).all() == [(7, "pilot")]
    assert counts(bring(session, institution, *rows, headings=headings)) == (0, 0, 2, 0)


def test_the_term_that_a_person_typed_stays_when_a_file_changes_the_right(
    session: Session, institution: Institution
) -> None:
    full_entries(session, actor_of(institution.officer))
    row = ("集成电路布图设计", "BS.185559220", "芯片", NAME)
    assert counts(bring(session, institution, row, headings=("类型", "登记号", "名称", "权利人"))) == (0, 1, 0, 0)
    ends = session.scalars(select(IPRight.expires_on).where(IPRight.number == "BS.185559220")).one()
    assert ends == date(2028, 1, 1)


def test_the_pages_of_the_check_name_fields_and_values(
    client: FlaskClient, session: Session, institution: Institution
) -> None:
    bring(session, institution, (*PLAIN, *BLANK))
    content = workbook_bytes(HEADINGS, [WHOLE])
    run_id = check(session, institution.organisation, OfficeFile("b.xlsx", content), NOW)
    sign_in(client, institution.officer)
    page = client.get(f"/console/imports/{run_id}").get_data(as_text=True)
    for words in (
        "完成人及奖励份额：“空”改为“张三 60%；李四 40%”",
        "权属形式：“空”改为“单位间共有”",
        "成熟度：“空”改为“中试”",
    ):
        assert words in page
    assert queries.import_view(run_id) is not None


def test_a_priority_comes_in_and_tells_the_family_to_who_writes_a_listing(
    session: Session, institution: Institution
) -> None:
    headings = ("申请号", "名称", "申请人", "优先权号")
    rows = [
        (NUMBER, "一种水泵", NAME, ""), (VALVE, "完全不同的阀", NAME, "CN 201710601862 A 2017-07-21"),
        (MODEL, "没有关系的第三件", NAME, "US15123456"),
    ]  # fmt: skip
    assert counts(bring(session, institution, *rows, headings=headings)) == (3, 0, 0, 0)
    assert counts(bring(session, institution, *rows, headings=headings)) == (0, 0, 3, 0)
    entries = {entry.title: entry for entry in session.scalars(select(Achievement))}
    officer = actor_of(institution.officer)

    def told(title: str) -> list[tuple[str, int]]:
        draft = ListingDraft(title, "", "", "", "manufacturing", "BF", "pilot")
        return [(one.title, one.percent) for one in alike(session, officer, entries[title], draft)]

    assert told("一种水泵") == [("完全不同的阀", 100)]
    assert told("完全不同的阀") == [("一种水泵", 100)]
    assert told("没有关系的第三件") == []


def test_a_file_without_any_own_applicant_is_told_before_it_is_written(
    client: FlaskClient, session: Session, institution: Institution
) -> None:
    words = f"整张表里没有一项的申请人是“{NAME}”"
    sign_in(client, institution.officer)
    foreign, own = (VALVE, "一种阀", "别家公司", "2023-03-04", *BLANK), (*PLAIN, *BLANK)
    shown = []
    for rows in ([foreign], [foreign, own]):
        run_id = check(session, institution.organisation, OfficeFile("b.xlsx", workbook_bytes(HEADINGS, rows)), NOW)
        shown.append(words in client.get(f"/console/imports/{run_id}").get_data(as_text=True))
    assert shown == [True, False]
