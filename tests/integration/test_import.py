"""Imports against the register: new, changed, same, refused; two institutions; whole files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements import service as register
from market.achievements.errors import ColumnsRefused, FileRefused, ImportRefused, RegisterRefused
from market.achievements.importing import queries, service
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.headings import Column
from market.achievements.importing.remembering import forget, recall, remember, remembered
from market.achievements.importing.running import check_import, dry_run, run_import
from market.achievements.models import Achievement, ImportRow, ImportRun, IPRight, StoredFile
from market.achievements.patent_numbers import check_digit
from market.achievements.queries import RegisterFilters, count_register, register_counts
from market.achievements.vocabulary import ImportState, LegalStatus, OwnershipStatus, RowOutcome
from market.kernel.clock import FixedClock
from market.kernel.errors import NotAllowed, NotFound
from market.kernel.events import Event, verify_stream
from tests.conftest import NOW
from tests.factories.imports import approve_and_run, check, import_file, receive
from tests.factories.office_files import HEADINGS, TODAY, office_rows, sample, workbook_bytes
from tests.factories.world import actor_of, make_institution, make_organisation, make_person

NAME = "东海农业大学"
NUMBER = "201710601862.3"
ROW = ("一种水泵", "CN201710601862.3", NAME, "2017-07-21", "F04D1/00", "摘要一")


def import_rows(
    session: Session, organisation: Organisation, rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS
) -> queries.ImportResult:
    """Receive, confirm what was recognised, run to the end."""
    return import_bytes(session, organisation, workbook_bytes(headings, rows))


def import_bytes(session: Session, organisation: Organisation, content: bytes) -> queries.ImportResult:
    return import_file(session, organisation, OfficeFile("清单.xlsx", content), NOW)


def counts(result: queries.ImportResult) -> tuple[int, int, int, int]:
    """New, changed, same, refused."""
    new, changed, same, refused = (result.counts[outcome] for outcome in RowOutcome)
    return new, changed, same, refused


def achievement_events(session: Session) -> int:
    statement = select(func.count(Event.id)).where(Event.subject_kind == "achievement")
    return session.scalar(statement) or 0


def the_right(session: Session, number: str = NUMBER) -> IPRight:
    return session.scalars(select(IPRight).where(IPRight.number == number)).one()


def test_the_whole_sample_file_comes_in_and_a_second_time_changes_nothing(session: Session, tmp_path: Path) -> None:
    given = sample(tmp_path)
    content = given.path.read_bytes()
    organisation = make_organisation(session, name=given.institution_name)
    assert counts(import_bytes(session, organisation, content)) == (given.row_count, 0, 0, 0)
    own = RegisterFilters(ownership=OwnershipStatus.OWN)
    assert count_register(organisation.id, own, TODAY) == given.own_count
    numbers = register_counts(organisation.id, TODAY)
    assert (numbers.total, numbers.in_term) == (given.row_count, given.in_term_count)
    assert (numbers.lapsed, numbers.pending_ownership) == (
        given.row_count - given.in_term_count, given.row_count - given.own_count,
    )  # fmt: skip
    events, latest = achievement_events(session), session.scalar(select(func.max(Achievement.updated_at)))
    assert events == given.row_count
    assert counts(import_bytes(session, organisation, content)) == (0, 0, given.row_count, 0)
    assert achievement_events(session) == events
    assert session.scalar(select(func.max(Achievement.updated_at))) == latest


def test_a_row_becomes_an_achievement_with_its_right_and_its_event(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    assert counts(import_rows(session, organisation, [ROW])) == (1, 0, 0, 0)
    right = the_right(session)
    assert (right.kind, right.main_class, right.has_check_digit, right.number_as_given) == (
        "invention", "F04D 1/00", True, "CN201710601862.3",
    )  # fmt: skip
    assert (right.filing_date, right.expires_on) == (date(2017, 7, 21), date(2037, 7, 21))
    assert right.legal_status == LegalStatus.UNKNOWN
    assert right.achievement.ownership_status == OwnershipStatus.OWN
    events = session.scalars(select(Event).where(Event.stream == f"achievement:{right.achievement_id}")).all()
    assert [(event.action, event.payload["number"]) for event in events] == [("achievement.registered", NUMBER)]
    assert verify_stream(session, f"achievement:{right.achievement_id}") == []


def test_a_former_name_is_the_institution_and_another_name_is_pending(session: Session) -> None:
    organisation = make_organisation(session, name=NAME, former_names=("东海农学院",))
    rows = [
        ("甲", "CN201710601862.3", "东海农学院", "2017-07-21", "", ""),
        ("乙", "CN202310000001.5", "某公司；东海农业大学", "2023-01-05", "", ""),
        ("丙", "CN202320000001.0", "东海农业大学附属公司", "2023-01-05", "", ""),
    ]
    import_rows(session, organisation, rows)
    statement = select(Achievement.ownership_status).order_by(Achievement.title.collate("C"))
    found = dict(zip(sorted("甲乙丙"), session.scalars(statement), strict=True))
    assert found == {"甲": "own", "乙": "own", "丙": "pending"}


def test_a_changed_row_updates_what_differs_and_records_before_and_after(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    import_rows(session, organisation, [ROW])
    changed = ("一种离心水泵", *ROW[1:3], "2017-07-20", *ROW[4:])
    assert counts(import_rows(session, organisation, [changed])) == (0, 1, 0, 0)
    right = the_right(session)
    assert (right.title, right.achievement.title, right.expires_on) == (
        "一种离心水泵",
        "一种离心水泵",
        date(2037, 7, 20),
    )
    event = session.scalars(select(Event).where(Event.action == "achievement.changed")).one()
    assert event.payload["fields"] == {
        "title": {"before": "一种水泵", "after": "一种离心水泵"},
        "filing_date": {"before": "2017-07-21", "after": "2017-07-20"},
    }
    assert counts(import_rows(session, organisation, [changed])) == (0, 0, 1, 0)


def test_a_poorer_file_erases_nothing(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    import_rows(session, organisation, [ROW])
    poorer = [(ROW[1], ROW[0], ROW[2])]
    assert counts(import_rows(session, organisation, poorer, ("申请号", "名称", "申请人"))) == (0, 0, 1, 0)
    assert the_right(session).abstract == "摘要一"


def test_other_applicants_take_back_what_a_person_confirmed(session: Session) -> None:
    institution = make_institution(session, name=NAME)
    import_rows(session, institution.organisation, [(*ROW[:2], "李某", *ROW[3:])])
    achievement_id = the_right(session).achievement_id
    officer = actor_of(institution.officer)
    register.confirm_ownership(session, officer, achievement_id, reason="2019 年受让取得", now=NOW)
    assert counts(import_rows(session, institution.organisation, [(*ROW[:2], "李某", *ROW[3:])])) == (0, 0, 1, 0)
    import_rows(session, institution.organisation, [(*ROW[:2], "王某", *ROW[3:])])
    achievement = session.get_one(Achievement, achievement_id)
    assert (achievement.ownership_status, achievement.ownership_reason) == (OwnershipStatus.PENDING, None)


def test_each_bad_row_is_refused_with_its_reason_and_the_good_ones_come_in(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    rows = [
        ROW,
        ("错号", "CN201710601862.4", NAME, "2017-07-21", "", ""),
        ("重复", "ZL 201710601862.3", NAME, "2017-07-21", "", ""),
        ("无号", "", NAME, "2017-07-21", "", ""),
        ("", "CN202310000001.5", NAME, "2023-01-05", "", ""),
        ("坏日期", "CN202320000001.0", NAME, "二月三十日", "", ""),
    ]
    result = import_rows(session, organisation, rows)
    assert counts(result) == (1, 0, 0, 5)
    assert [(row.row_number, row.reason_code) for row in result.refusals] == [
        (3, "number.check_digit"),
        (4, "row.duplicate"),
        (5, "number.missing"),
        (6, "row.title_missing"),
        (7, "row.bad_date"),
    ]
    assert result.refusals[1].reason == "与第 2 行的申请号重复，已按第 2 行处理。"
    assert session.scalar(select(func.count(IPRight.id))) == 1


def test_a_number_of_another_institution_is_refused_and_both_are_told(session: Session) -> None:
    holder = make_organisation(session, name=NAME)
    claimant = make_organisation(session, name="西山学院")
    import_rows(session, holder, [ROW])
    events = achievement_events(session)
    result = import_rows(
        session, claimant, [("抢先", *ROW[1:]), ("自有", "CN202310000001.5", "西山学院", "2023-01-05", "", "")]
    )
    assert counts(result) == (1, 0, 0, 1)
    assert (
        result.refusals[0].reason
        == f"申请号 {NUMBER} 已登记在 {NAME} 名下，不能收入；请核实权属后与对方协商。确认导入时会通知双方。"
    )
    assert (the_right(session).title, the_right(session).achievement.organisation_id) == ("一种水泵", holder.id)
    assert achievement_events(session) == events + 1
    told = session.scalars(select(Event).where(Event.action == "import.number_conflicts")).one()
    assert told.payload == {
        "claimant_organisation_id": claimant.id,
        "holder_organisation_id": holder.id,
        "numbers": [NUMBER],
        "count": 1,
    }


def test_the_end_of_an_import_is_told_with_its_counts(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    import_rows(session, organisation, [ROW, ("错号", "1", NAME, "", "", "")])
    event = session.scalars(select(Event).where(Event.action == "import.finished")).one()
    assert event.payload == {"organisation_id": organisation.id, "new": 1, "changed": 0, "same": 0, "refused": 1}


def test_a_dry_run_says_the_same_and_writes_nothing(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    import_rows(session, organisation, [ROW])
    rows = [("改名", *ROW[1:]), ("新", "CN202310000001.5", NAME, "2023-01-05", "", ""), ("坏", "12", NAME, "", "", "")]
    file = OfficeFile("清单.xlsx", workbook_bytes(HEADINGS, rows))
    tables = (Achievement, IPRight, ImportRun, ImportRow, StoredFile, Event)
    before = [session.scalar(select(func.count()).select_from(table)) for table in tables]
    result = dry_run(session, organisation.id, file, now=NOW)
    assert dict(result.counts) == {RowOutcome.CHANGED: 1, RowOutcome.NEW: 1, RowOutcome.REFUSED: 1}
    assert [refusal["row"] for refusal in result.refusals] == [4]
    assert [session.scalar(select(func.count()).select_from(table)) for table in tables] == before
    assert the_right(session).title == "一种水泵"


def test_an_unreadable_file_leaves_nothing_behind(session: Session) -> None:
    organisation = make_organisation(session)
    with pytest.raises(FileRefused):
        service.receive_upload(session, service.Uploader(organisation.id, None), OfficeFile("a.xlsx", b"text"), now=NOW)
    assert session.scalar(select(func.count(ImportRun.id))) == 0
    assert session.scalar(select(func.count(StoredFile.id))) == 0


def test_columns_are_confirmed_once_and_completely(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    file = OfficeFile("清单.xlsx", workbook_bytes(HEADINGS, [ROW]))
    run = service.receive_upload(session, service.Uploader(organisation.id, None), file, now=NOW)
    with pytest.raises(ColumnsRefused):
        service.confirm_columns(session, run.id, {Column.NUMBER: 1})
    assert run.state == ImportState.UPLOADED
    service.confirm_columns(session, run.id, service.confirmed_columns(run))
    with pytest.raises(ImportRefused):
        service.confirm_columns(session, run.id, service.confirmed_columns(run))
    assert run.state == ImportState.CHECKING


def test_an_import_that_is_run_again_after_its_end_does_nothing(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    import_rows(session, organisation, [ROW])
    run_id = session.scalars(select(ImportRun.id)).one()
    run_import(run_id, now=NOW + timedelta(hours=1))
    assert session.scalar(select(func.count(Event.id)).where(Event.action == "import.finished")) == 1
    assert session.scalars(select(ImportRun)).one().finished_at == NOW


def test_only_officers_of_the_institution_state_anything(session: Session, clock: FixedClock) -> None:
    institution = make_institution(session, name=NAME)
    stranger = make_institution(session)
    import_rows(session, institution.organisation, [(*ROW[:2], "李某", *ROW[3:])])
    right = the_right(session)
    with pytest.raises(NotFound):
        register.confirm_ownership(
            session, actor_of(stranger.officer), right.achievement_id, reason="受让取得 2019", now=NOW
        )
    with pytest.raises(NotAllowed):
        register.confirm_legal_status(
            session, actor_of(institution.head), right.id, LegalStatus.ALIVE, reason="公告网查询有效", now=NOW
        )
    assert right.achievement.ownership_status == OwnershipStatus.PENDING
    assert right.legal_status == LegalStatus.UNKNOWN


def test_ownership_and_status_are_recorded_with_their_reason(session: Session) -> None:
    institution = make_institution(session, name=NAME)
    import_rows(session, institution.organisation, [(*ROW[:2], "李某", *ROW[3:])])
    right, officer = the_right(session), actor_of(institution.officer)
    register.confirm_ownership(session, officer, right.achievement_id, reason=" 2019 年受让取得 ", now=NOW)
    register.confirm_legal_status(session, officer, right.id, LegalStatus.ALIVE, reason="公告网查询有效", now=NOW)
    achievement = session.get_one(Achievement, right.achievement_id)
    assert (achievement.ownership_status, achievement.ownership_reason) == ("confirmed_by_person", "2019 年受让取得")
    assert (right.legal_status, right.legal_status_confirmed_by_id) == ("alive", institution.officer.id)
    events = session.scalars(
        select(Event).where(Event.stream == f"achievement:{achievement.id}").order_by(Event.sequence)
    ).all()
    assert [(event.action, event.reason) for event in events[1:]] == [
        ("achievement.ownership_confirmed", "2019 年受让取得"),
        ("achievement.status_confirmed", "公告网查询有效"),
    ]
    with pytest.raises(RegisterRefused):
        register.confirm_ownership(session, officer, achievement.id, reason="再说一次受让", now=NOW)


def test_an_expired_right_is_not_confirmed_alive(session: Session) -> None:
    institution = make_institution(session, name=NAME)
    import_rows(session, institution.organisation, [("旧", "CN85102475", NAME, "1985-04-01", "", "")])
    right = the_right(session, "85102475")
    with pytest.raises(RegisterRefused) as refusal:
        register.confirm_legal_status(
            session, actor_of(institution.officer), right.id, LegalStatus.ALIVE, reason="公告网查询有效", now=NOW
        )
    assert (refusal.value.code, right.legal_status) == ("status.term_over", LegalStatus.UNKNOWN)


def test_a_generated_list_imports_without_refusals(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    make_person(session, organisation)
    assert counts(import_rows(session, organisation, office_rows(900, NAME, seed=7))) == (900, 0, 0, 0)


def list_file(*rows: Sequence[Any]) -> OfficeFile:
    return OfficeFile("清单.xlsx", workbook_bytes(HEADINGS, rows))


def register_now(session: Session) -> list[tuple[str, str]]:
    statement = select(IPRight.number, IPRight.title).order_by(IPRight.number)
    return [(number, title) for number, title in session.execute(statement)]


def test_the_check_writes_down_what_each_row_would_do_and_leaves_the_register_alone(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    import_rows(session, organisation, [ROW])
    events = achievement_events(session)
    new = ("新", "CN202310000001.5", "李某", "2023-01-05", "", "")
    run_id = check(session, organisation, list_file(("改名", *ROW[1:]), new, ("坏", "12", NAME, "", "", "")), NOW)
    run = session.get_one(ImportRun, run_id, populate_existing=True)
    assert (run.state, run.new_count, run.changed_count, run.same_count, run.refused_count) == ("checked", 1, 1, 0, 1)
    lines = session.scalars(select(ImportRow).where(ImportRow.import_run_id == run_id).order_by(ImportRow.row_number))
    assert [(line.outcome, line.changes, line.ownership_status, line.reason_code) for line in lines] == [
        ("changed", {"title": {"before": "一种水泵", "after": "改名"}}, "own", None),
        ("new", {}, "pending", None),
        ("refused", {}, None, "number.format"),
    ]
    assert register_now(session) == [(NUMBER, "一种水泵")]
    assert achievement_events(session) == events
    assert session.scalars(select(Event).where(Event.action == "import.checked")).all()[-1].payload["changed"] == 1


def test_a_file_that_is_dropped_after_the_check_leaves_nothing_in_the_register(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    run_id = check(session, organisation, list_file(ROW), NOW)
    service.discard(session, run_id, now=NOW)
    run_import(run_id, now=NOW)
    assert register_now(session) == []
    for step in (lambda: service.approve(session, run_id), lambda: service.discard(session, run_id, now=NOW)):
        with pytest.raises(ImportRefused):
            step()
    assert session.get_one(ImportRun, run_id, populate_existing=True).state == ImportState.DISCARDED


def test_only_a_checked_import_is_approved_and_only_once(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    run_id = receive(session, organisation, list_file(ROW), NOW)
    with pytest.raises(ImportRefused):
        service.approve(session, run_id)
    check_import(run_id, now=NOW)
    assert counts(approve_and_run(session, run_id, NOW)) == (1, 0, 0, 0)
    with pytest.raises(ImportRefused):
        service.approve(session, run_id)


def test_a_register_that_has_moved_since_the_check_is_noticed_and_nothing_is_written(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    import_rows(session, organisation, [ROW])
    other = ("新", "CN202310000001.5", NAME, "2023-01-05", "", "")
    run_id = check(session, organisation, list_file(("甲名", *ROW[1:]), other), NOW)
    import_rows(session, organisation, [("乙名", *ROW[1:])])
    approve_and_run(session, run_id, NOW)
    run = session.get_one(ImportRun, run_id, populate_existing=True)
    assert (run.state, run.moved_count, run.changed_count, run.new_count) == ("checked", 1, 1, 1)
    assert register_now(session) == [(NUMBER, "乙名")]
    line = session.get_one(ImportRow, (run_id, 2), populate_existing=True)
    assert line.changes == {"title": {"before": "乙名", "after": "甲名"}}
    assert counts(approve_and_run(session, run_id, NOW)) == (1, 1, 0, 0)
    assert register_now(session) == [(NUMBER, "甲名"), ("202310000001.5", "新")]


def test_an_import_that_finds_its_rows_already_in_the_register_asks_again(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    run_id = check(session, organisation, list_file(ROW), NOW)
    import_rows(session, organisation, [ROW])
    approve_and_run(session, run_id, NOW)
    run = session.get_one(ImportRun, run_id, populate_existing=True)
    assert (run.state, run.moved_count, run.new_count, run.same_count) == ("checked", 1, 0, 1)


def test_other_columns_after_a_check_are_checked_anew(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    run_id = check(session, organisation, list_file(ROW), NOW)
    run = session.get_one(ImportRun, run_id)
    columns = service.confirmed_columns(run) | {Column.TITLE: 5}
    del columns[Column.ABSTRACT]
    service.confirm_columns(session, run_id, columns)
    session.commit()
    check_import(run_id, now=NOW)
    assert counts(approve_and_run(session, run_id, NOW)) == (1, 0, 0, 0)
    assert register_now(session) == [(NUMBER, "摘要一")]


def test_the_new_rows_of_an_import_lead_to_their_achievements(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    import_rows(session, organisation, [ROW, ("新", "CN202310000001.5", NAME, "2023-01-05", "", "")])
    found = session.execute(
        select(ImportRow.row_number, Achievement.title)
        .join(Achievement, Achievement.id == ImportRow.achievement_id)
        .order_by(ImportRow.row_number)
    ).all()
    assert [tuple(line) for line in found] == [(2, "一种水泵"), (3, "新")]


OWN_HEADINGS = ("题目", "号码", "完成单位", "号码")


def remember_own(session: Session, organisation: Organisation, columns: dict[Column, int]) -> None:
    remember(session, organisation.id, OWN_HEADINGS, columns, file_name="自制表.xlsx", person_id=None, now=NOW)


def test_columns_are_remembered_by_their_headings_whatever_the_order(session: Session) -> None:
    organisation, stranger = make_organisation(session, name=NAME), make_organisation(session)
    remember_own(session, organisation, {Column.TITLE: 0, Column.NUMBER: 3, Column.APPLICANTS: 2})
    expected = {Column.TITLE: 3, Column.NUMBER: 2, Column.APPLICANTS: 0}
    assert recall(session, organisation.id, ("完成单位 ", "号码", "号码", "题目*")) == expected
    assert recall(session, organisation.id, (*OWN_HEADINGS, "导入结果", "原因", "原文件行号")) is not None
    assert recall(session, organisation.id, ("题目", "号码", "完成单位")) is None
    assert recall(session, stranger.id, OWN_HEADINGS) is None


def test_the_last_confirmation_counts_and_can_be_forgotten(session: Session) -> None:
    organisation, stranger = make_organisation(session, name=NAME), make_organisation(session)
    remember_own(session, organisation, {Column.TITLE: 0, Column.NUMBER: 3, Column.APPLICANTS: 2})
    remember_own(session, organisation, {Column.TITLE: 0, Column.NUMBER: 1, Column.APPLICANTS: 2})
    (view,) = remembered(session, organisation.id)
    assert view.columns == (("题目", Column.TITLE), ("号码", Column.NUMBER), ("完成单位", Column.APPLICANTS))
    assert recall(session, organisation.id, OWN_HEADINGS) == {
        Column.TITLE: 0, Column.NUMBER: 1, Column.APPLICANTS: 2,
    }  # fmt: skip
    with pytest.raises(NotFound):
        forget(session, stranger.id, view.id)
    forget(session, organisation.id, view.id)
    assert remembered(session, organisation.id) == []


def test_a_file_with_remembered_headings_comes_with_its_columns_chosen(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    columns = {Column.TITLE: 0, Column.NUMBER: 1, Column.APPLICANTS: 2, Column.ABSTRACT: 4}
    remember(session, organisation.id, HEADINGS, columns, file_name="a.xlsx", person_id=None, now=NOW)
    run = service.receive_upload(session, service.Uploader(organisation.id, None), list_file(ROW), now=NOW)
    assert service.confirmed_columns(run) == columns
    assert run.column_mapping["is_remembered"] is True


OTHERS = ("成果类型", "登记号", "名称", "申请人", "完成人", "摘要")


def test_software_varieties_and_know_how_come_in_by_the_institutions_own_sheet(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    rows = [
        ("软件著作权", "2021SR0123456", "灌溉软件", NAME, "张三、李四", ""),
        ("植物新品种", "CNA20191006012", "跳马糯麦", NAME, "", ""),
        ("集成电路布图设计", "BS.12500520.2", "保护芯片", "某公司", "", ""),
        ("技术秘密", "", "一种配方", "", "王五", "说明"),
        ("技术秘密", "", "一种配方", "", "", ""),
        ("样机", "", "一种配方", "某公司", "", ""),
    ]
    result = import_rows(session, organisation, rows, OTHERS)
    assert counts(result) == (5, 0, 0, 1)
    assert [row.reason_code for row in result.refusals] == ["row.same_title"]
    found = session.execute(
        select(Achievement.kind, IPRight.number, Achievement.completers, Achievement.ownership_status)
        .outerjoin(IPRight, IPRight.achievement_id == Achievement.id)
        .order_by(Achievement.kind)
    ).all()
    assert [tuple(line) for line in found] == [
        ("circuit_layout", "BS.125005202", "", "pending"),
        ("plant_variety", "CNA20191006012", "", "own"),
        ("prototype", None, "", "pending"),
        ("software", "2021SR0123456", "张三；李四", "own"),
        ("trade_secret", None, "王五", "own"),
    ]
    assert counts(import_rows(session, organisation, rows, OTHERS)) == (0, 0, 5, 1)
    changed = [("技术秘密", "", "一种配方", "", "王五", "新的说明")]
    assert counts(import_rows(session, organisation, changed, OTHERS)) == (0, 1, 0, 0)
    statement = select(Achievement.abstract).where(Achievement.kind == "trade_secret")
    assert session.scalars(statement).all() == ["新的说明"]


GOOGLE = ("id", "title", "assignee", "inventor/author", "filing/creation date")


def test_a_google_list_without_application_numbers_comes_in_and_is_completed_later(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    google = [("CN-104321091-A", "水泵", NAME, "张三, 李四", "2014-07-21")]
    assert counts(import_rows(session, organisation, google, GOOGLE)) == (1, 0, 0, 0)
    right = the_right(session, "CN104321091")
    assert (right.kind, right.has_check_digit, right.expires_on) == ("invention", False, date(2034, 7, 21))
    grant = [("CN-104321091-B", *google[0][1:])]
    assert counts(import_rows(session, organisation, grant, GOOGLE)) == (0, 1, 0, 0)
    whole = ("申请号", "公开号", "名称", "申请人")
    digits = "201410345678"
    number = f"{digits}.{check_digit(digits)}"
    assert counts(import_rows(session, organisation, [(number, "CN104321091B", "水泵", NAME)], whole)) == (0, 1, 0, 0)
    completed = the_right(session, number)
    assert (completed.id, completed.has_check_digit, completed.inventors) == (right.id, True, "张三；李四")
    assert counts(import_rows(session, organisation, grant, GOOGLE)) == (0, 0, 1, 0)
    assert session.scalar(select(func.count(IPRight.id))) == 1


PATSNAP = ("申请号", "标题", "[标]当前申请(专利权)人", "简单法律状态", "公开(公告)日", "授权日")
PATSNAP_ROW = (NUMBER, "水泵", NAME)


def details_of_right(session: Session) -> tuple[str, date | None, date | None]:
    session.expire_all()
    right = the_right(session)
    return right.legal_status, right.publication_date, right.grant_date


def test_dates_and_the_legal_status_come_in_and_blanks_erase_nothing(session: Session) -> None:
    institution = make_institution(session, name=NAME)
    organisation = institution.organisation
    whole = (*PATSNAP_ROW, "有效", "2018.01.05", "20190301")
    assert counts(import_rows(session, organisation, [whole], PATSNAP)) == (1, 0, 0, 0)
    assert details_of_right(session) == ("alive", date(2018, 1, 5), date(2019, 3, 1))
    poorer = (*PATSNAP_ROW, "", "", "")
    assert counts(import_rows(session, organisation, [whole, poorer][1:], PATSNAP)) == (0, 0, 1, 0)
    lapsed = (*PATSNAP_ROW, "失效", "", "")
    assert counts(import_rows(session, organisation, [lapsed], PATSNAP)) == (0, 1, 0, 0)
    assert details_of_right(session) == ("lapsed", date(2018, 1, 5), date(2019, 3, 1))
    event = session.scalars(select(Event).where(Event.action == "achievement.changed")).one()
    assert event.payload["fields"] == {"legal_status": {"before": "alive", "after": "lapsed"}}


def test_what_a_person_confirmed_about_the_status_outweighs_a_file(session: Session) -> None:
    institution = make_institution(session, name=NAME)
    import_rows(session, institution.organisation, [(*PATSNAP_ROW, "审中", "", "")], PATSNAP)
    assert details_of_right(session)[0] == "pending"
    officer = actor_of(institution.officer)
    register.confirm_legal_status(
        session, officer, the_right(session).id, LegalStatus.ALIVE, reason="公告网查询有效", now=NOW
    )
    lapsed = (*PATSNAP_ROW, "失效", "", "")
    assert counts(import_rows(session, institution.organisation, [lapsed], PATSNAP)) == (0, 0, 1, 0)
    assert details_of_right(session)[0] == "alive"


def test_a_date_that_is_none_refuses_its_row_with_the_column(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    rows = [(*PATSNAP_ROW, "", "昨天", ""), ("202310000001.5", "阀", NAME, "", "", "2099-01-01")]
    result = import_rows(session, organisation, rows, PATSNAP)
    assert [row.reason for row in result.refusals] == [
        "“公开（公告）日”里的“昨天”不是日期，例如 2014-12-15 或 2014.12.15。",
        "“授权日”里的日期 2099-01-01 不可能，请核对。",
    ]
    assert register_now(session) == []
