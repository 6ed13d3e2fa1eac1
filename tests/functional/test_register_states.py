"""What the register derives: unused, licensed, transferred, fee due — as filter, number, line, page and workbook alike."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.achievements import service
from market.achievements.detail_queries import achievement_view
from market.achievements.editing import statements
from market.achievements.editing.rules import ProjectDraft
from market.achievements.editing.service import add_right
from market.achievements.editing.statements import EncumbranceDraft, ImplementationDraft
from market.achievements.headings import REGISTER_HEADINGS
from market.achievements.models import Achievement, IPRight
from market.achievements.ownership import CompleterDraft
from market.achievements.queries import Register, RegisterFilters, count_register, register_counts
from market.achievements.usage import RegisterState
from market.achievements.vocabulary import (
    AchievementKind,
    EncumbranceKind,
    FundingLevel,
    ImplementationKind,
    LegalStatus,
    OpenListDecision,
)
from tests.conftest import NOW
from tests.factories.public_listings import make_public_listing
from tests.factories.register_entries import MODEL, NAME, PUMP, VALVE, make_entry, right_draft
from tests.factories.world import Institution, actor_of, make_institution, sign_in

TODAY = date(2026, 11, 22)
FUNDED: dict[str, Any] = {
    "is_fiscally_funded": True,
    "projects": (ProjectDraft(FundingLevel.PROVINCE, "2015C01234"),),
}
ONE, THREE = RegisterState.UNUSED_ONE_YEAR, RegisterState.UNUSED_THREE_YEARS


@pytest.fixture
def actor(institution: Institution) -> Actor:
    return actor_of(institution.officer)


def right_id_of(session: Session, entry: Achievement) -> int:
    return session.scalars(select(IPRight.id).where(IPRight.achievement_id == entry.id)).one()


def states(session: Session, entry: Achievement, today: date = TODAY) -> frozenset[RegisterState]:
    session.flush()
    (row,) = Register(entry.organisation_id, today).rows(RegisterFilters())
    counts = register_counts(entry.organisation_id, today).by_state
    assert {state for state, count in counts.items() if count} == row.states
    for state in RegisterState:
        assert count_register(entry.organisation_id, RegisterFilters(use=state), today) == (state in row.states)
    use = achievement_view(entry, today).use
    assert (use.is_completer_due, use.is_open_list_due) == (ONE in row.states, THREE in row.states)
    return row.states


@pytest.mark.parametrize(
    ("granted", "extra", "expected"),
    [
        (date(2025, 11, 22), FUNDED, set()),
        (date(2025, 11, 21), FUNDED, {ONE}),
        (date(2023, 11, 22), FUNDED, {ONE}),
        (date(2023, 11, 21), FUNDED, {ONE, THREE}),
        (date(2023, 11, 21), {}, {ONE}),
        (None, FUNDED, {ONE}),
    ],
)
def test_a_granted_patent_that_nobody_uses_comes_on_the_lists_on_its_day(
    session: Session, actor: Actor, granted: date | None, extra: dict[str, Any], expected: set[RegisterState]
) -> None:
    entry = make_entry(session, actor, NOW, right_draft(NAME, grant_date=granted), **extra)
    assert states(session, entry) == expected


def test_know_how_counts_from_its_completion(session: Session, actor: Actor) -> None:
    entry = make_entry(session, actor, NOW, completed_on=date(2025, 11, 21), **FUNDED)
    assert states(session, entry) == {ONE}


def test_an_application_is_not_called_unused(session: Session, actor: Actor) -> None:
    entry = make_entry(session, actor, NOW, right_draft(NAME, kind=AchievementKind.PATENT_APPLICATION))
    service.confirm_legal_status(
        session, actor, right_id_of(session, entry), LegalStatus.PENDING, reason="公布公告网查询", now=NOW
    )
    assert states(session, entry) == set()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ImplementationKind.OWN_USE, set()),
        (ImplementationKind.COOPERATION, set()),
        (ImplementationKind.LICENSED, {RegisterState.LICENSED}),
        (ImplementationKind.TRANSFERRED, {RegisterState.TRANSFERRED}),
        (ImplementationKind.INVESTED, {RegisterState.TRANSFERRED}),
    ],
)
def test_use_outside_the_platform_takes_it_off_the_lists(
    session: Session, actor: Actor, kind: ImplementationKind, expected: set[RegisterState]
) -> None:
    entry = make_entry(session, actor, NOW, right_draft(NAME, grant_date=date(2020, 1, 2)), **FUNDED)
    statements.record_implementation(session, actor, entry.id, ImplementationDraft(kind, TODAY, "某公司"), now=NOW)
    assert states(session, entry) == expected


def test_an_exclusive_licence_in_force_is_a_licence_and_a_pledge_is_none(session: Session, actor: Actor) -> None:
    entry = make_entry(session, actor, NOW, right_draft(NAME, grant_date=date(2020, 1, 2)))
    right_id = right_id_of(session, entry)
    pledge = EncumbranceDraft(EncumbranceKind.PLEDGE, "某银行", date(2026, 1, 1))
    statements.record_encumbrance(session, actor, right_id, pledge, now=NOW)
    assert states(session, entry) == {ONE}
    licence = EncumbranceDraft(EncumbranceKind.EXCLUSIVE_LICENCE, "某公司", date(2026, 1, 1), date(2026, 12, 31))
    statements.record_encumbrance(session, actor, right_id, licence, now=NOW)
    assert states(session, entry) == {RegisterState.LICENSED}


def test_a_good_reason_takes_it_off_the_open_list_and_terms_do_not(session: Session, actor: Actor) -> None:
    entry = make_entry(session, actor, NOW, right_draft(NAME, grant_date=date(2020, 1, 2)), **FUNDED)
    statements.decide_open_list(session, actor, entry.id, OpenListDecision.OFFERED, "普通许可，每年 2 万元", now=NOW)
    assert states(session, entry) == {ONE, THREE}
    statements.decide_open_list(session, actor, entry.id, OpenListDecision.EXCUSED, "正在办理注册审批", now=NOW)
    assert states(session, entry) == {ONE}


@pytest.mark.parametrize(
    ("paid_until", "is_due"),
    [(date(2027, 1, 21), False), (date(2027, 1, 20), True), (date(2026, 11, 21), True), (date(2037, 7, 21), False)],
)
def test_a_fee_is_due_sixty_days_before_its_day(session: Session, actor: Actor, paid_until: date, is_due: bool) -> None:
    right = right_draft(NAME, grant_date=date(2026, 1, 2), annual_fee_paid_until=paid_until)
    entry = make_entry(session, actor, NOW, right)
    assert (RegisterState.FEE_DUE in states(session, entry)) is is_due


def test_a_lapsed_right_is_expired_and_nothing_else(session: Session, actor: Actor) -> None:
    right = right_draft(NAME, grant_date=date(2020, 1, 2), annual_fee_paid_until=date(2026, 11, 30))
    entry = make_entry(session, actor, NOW, right, **FUNDED)
    service.confirm_legal_status(
        session, actor, right_id_of(session, entry), LegalStatus.LAPSED, reason="公布公告网查询", now=NOW
    )
    assert states(session, entry) == {RegisterState.EXPIRED}


@pytest.mark.parametrize(
    ("state", "expected"), [("published", RegisterState.LISTED), ("negotiating", RegisterState.NEGOTIATING)]
)
def test_what_is_on_the_market_is_listed_or_negotiated(
    session: Session, institution: Institution, state: str, expected: RegisterState
) -> None:
    listing = make_public_listing(session, "一种水泵", organisation=institution.organisation, state=state)
    assert states(session, session.get_one(Achievement, listing.achievement_id)) == {expected}


def test_the_page_filters_by_state_says_the_rule_and_offers_the_listing(
    client: FlaskClient, session: Session, institution: Institution, actor: Actor
) -> None:
    unused = make_entry(session, actor, NOW, right_draft(NAME, grant_date=date(2020, 1, 2)), **FUNDED)
    make_entry(session, actor, NOW, right_draft(NAME, VALVE, title="一种阀门", grant_date=date(2026, 1, 2)))
    session.commit()
    sign_in(client, institution.officer)

    page = client.get("/console/register?use=unused_three_years").text

    assert re.findall(r'<a href="/console/register/(\d+)">一种', page) == [str(unused.id)]
    assert "财政资助项目专利满三年无正当理由未实施" in page
    assert f'href="/console/listings/new?achievement={unused.id}"' in page
    assert "公开实施清单 1" in page


def test_the_workbook_has_every_column_and_a_line_for_each_right(
    client: FlaskClient, session: Session, institution: Institution, actor: Actor
) -> None:
    entry = make_entry(
        session, actor, NOW,
        right_draft(NAME, grant_date=date(2020, 1, 2), classes=("F04D 1/00", "F04D 13/06")),
        register_number="DH-1", county_code="330302", trl=6, trl_evidence="中试报告",
        completers=(CompleterDraft("张三", reward_share=7000), CompleterDraft("李四")), **FUNDED,
    )  # fmt: skip
    add_right(session, actor, entry.id, right_draft(NAME, MODEL, title="水泵叶轮"), now=NOW)
    make_entry(session, actor, NOW, title="一种配方", abstract="配方")
    session.commit()
    sign_in(client, institution.officer)

    with client.get("/console/register/export.xlsx?sort=title&order=asc") as answer:
        rows = [list(row) for row in load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)]

    assert rows[0] == [heading.label for heading in REGISTER_HEADINGS]
    keys = [heading.key for heading in REGISTER_HEADINGS]
    lines = {row[1]: dict(zip(keys, row, strict=True)) for row in rows[1:]}
    assert set(lines) == {"一种水泵", "水泵叶轮", "一种配方"}
    pump = lines["一种水泵"]
    assert (pump["number"], pump["main_class"], pump["further_classes"]) == (PUMP, "F04D 1/00", "F04D 13/06")
    assert (pump["completers"], pump["projects"]) == ("张三 70%；李四", "省级计划 2015C01234")
    assert (pump["register_number"], pump["county_code"], pump["trl"]) == ("DH-1", "鹿城区", 6)
    assert pump["register_states"] == "满一年未实施；公开实施清单"
    assert (lines["水泵叶轮"]["kind"], lines["水泵叶轮"]["achievement_title"]) == ("实用新型", "一种水泵")
    assert (lines["一种配方"]["number"], lines["一种配方"]["kind"]) == (None, "技术秘密")


def test_the_public_list_shows_all_institutions_patents_with_their_terms(
    client: FlaskClient, session: Session, actor: Actor
) -> None:
    offered = make_entry(session, actor, NOW, right_draft(NAME, grant_date=date(2020, 1, 2)), **FUNDED)
    statements.decide_open_list(session, actor, offered.id, OpenListDecision.OFFERED, "普通许可，每年 2 万元", now=NOW)
    other = actor_of(make_institution(session, name="另一大学").officer)
    make_entry(
        session, other, NOW, right_draft("另一大学", VALVE, title="一种阀门", grant_date=date(2023, 11, 21)), **FUNDED
    )
    excused = make_entry(
        session, other, NOW, right_draft("另一大学", MODEL, title="水泵叶轮", grant_date=date(2023, 9, 1)), **FUNDED
    )
    statements.decide_open_list(session, other, excused.id, OpenListDecision.EXCUSED, "正在办理注册审批", now=NOW)
    session.commit()

    page = client.get("/open-list").text

    assert re.findall(r'<th scope="row" class="wide">(.*?)<br>', page) == ["一种阀门", "一种水泵"]
    assert "普通许可，每年 2 万元" in page
    assert "2026-11-22" in page
    assert "请与权利人联系" in page
    assert "水泵叶轮" not in page
    assert "正在办理注册审批" not in page


def test_the_empty_public_list_says_what_it_is_for(client: FlaskClient) -> None:
    assert "清单上现在没有专利" in client.get("/open-list").text
