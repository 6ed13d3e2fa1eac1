"""Entries of the register written by hand: what is kept, what is refused and leaves nothing behind, what the record says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor, OrganisationKind, Role
from market.achievements import service
from market.achievements.editing import statements
from market.achievements.editing.bundles import join_achievements, split_right
from market.achievements.editing.records import completers_of, projects_of, shares_of
from market.achievements.editing.rules import ProjectDraft
from market.achievements.editing.service import add_right, edit_achievement, edit_right, register_achievement
from market.achievements.editing.statements import (
    DocumentDraft,
    EncumbranceDraft,
    ImplementationDraft,
)
from market.achievements.errors import DraftRefused, EditedMeanwhile, RegisterRefused
from market.achievements.models import (
    Achievement,
    AchievementDocument,
    Encumbrance,
    Implementation,
    IPRight,
    OpenListEntry,
    StoredFile,
)
from market.achievements.ownership import CompleterDraft, ShareDraft
from market.achievements.rights_state import rights_state
from market.achievements.rules import RightState
from market.achievements.usage import FeeState
from market.achievements.vocabulary import (
    AchievementKind,
    DocumentPurpose,
    EncumbranceKind,
    FundingLevel,
    ImplementationKind,
    LegalStatus,
    OpenListDecision,
    OwnershipForm,
    OwnershipStatus,
    ShareHolder,
)
from market.kernel.errors import NotAllowed, NotFound
from market.kernel.events import Event, verify_stream
from tests.conftest import NOW
from tests.factories.public_listings import make_public_listing
from tests.factories.register_entries import MODEL, PUMP, VALVE, entry_draft, make_entry, right_draft
from tests.factories.world import actor_of, make_actor, make_institution

NAME = "东海农业大学"
TODAY = date(2026, 11, 22)
SHARES = (
    ShareDraft(ShareHolder.INSTITUTION, NAME, 6667),
    ShareDraft(ShareHolder.CO_OWNER, "某公司", 3333, date(2026, 5, 1), "王五"),
)
FULL = {
    "register_number": "DH-2026-001",
    "completed_on": date(2016, 5, 1),
    "county_code": "330302",
    "technical_field": "manufacturing",
    "industry": "BF",
    "applied_industries": ("3441", "344"),
    "trl": 6,
    "trl_evidence": "2020 年中试报告",
    "is_fiscally_funded": True,
    "projects": (ProjectDraft(FundingLevel.PROVINCE, "2015C01234", "高效水泵"),),
    "ownership_form": OwnershipForm.CO_OWNED,
    "shares": SHARES,
    "completers": (
        CompleterDraft("张三", NAME, 7000, is_main=True),
        CompleterDraft("李四", "某公司", 3000),
    ),
}


@pytest.fixture
def officer(session: Session) -> Actor:
    return actor_of(make_institution(session, name=NAME).officer)


def actions(session: Session, achievement_id: int) -> list[str]:
    statement = select(Event.action).where(Event.subject_kind == "achievement", Event.subject_id == achievement_id)
    return list(session.scalars(statement.order_by(Event.sequence)))


def last_payload(session: Session, achievement_id: int) -> dict[str, Any]:
    statement = select(Event.payload).where(Event.subject_kind == "achievement", Event.subject_id == achievement_id)
    return session.scalars(statement.order_by(Event.sequence.desc())).first() or {}


def counted(session: Session) -> tuple[int, ...]:
    tables = (Achievement, IPRight, Event, Encumbrance, Implementation, AchievementDocument, StoredFile, OpenListEntry)
    return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def test_an_entry_keeps_everything_that_was_typed(session: Session, officer: Actor) -> None:
    right = right_draft(
        NAME, grant_date=date(2019, 3, 5), classes=("F04D 1/00", "F04D 13/06"), cpc_classes=("F04D 1/00",)
    )

    entry = make_entry(session, officer, NOW, right, **FULL)

    kept = session.scalars(select(IPRight).where(IPRight.achievement_id == entry.id)).one()
    assert (entry.ownership_status, entry.maturity_stage, entry.completers) == ("own", "pilot", "张三；李四")
    assert (entry.applied_industries, entry.county_code) == (["3441", "344"], "330302")
    assert completers_of(session, entry.id) == FULL["completers"]
    assert shares_of(session, entry.id) == SHARES
    assert projects_of(session, entry.id) == FULL["projects"]
    assert (kept.main_class, kept.further_classes, kept.cpc_classes) == ("F04D 1/00", ["F04D 13/06"], ["F04D 1/00"])
    assert (kept.grant_date, kept.expires_on) == (date(2019, 3, 5), date(2037, 7, 21))
    assert actions(session, entry.id) == ["achievement.registered"]
    assert verify_stream(session, f"achievement:{entry.id}") == []


@pytest.mark.parametrize("kind", list(AchievementKind))
def test_every_kind_can_be_registered(session: Session, officer: Actor, kind: AchievementKind) -> None:
    numbers = {
        AchievementKind.INVENTION: PUMP,
        AchievementKind.UTILITY_MODEL: MODEL,
        AchievementKind.DESIGN: "202330000001.6",
        AchievementKind.PATENT_APPLICATION: VALVE,
        AchievementKind.SOFTWARE: "2021SR0123456",
        AchievementKind.CIRCUIT_LAYOUT: "BS.215001230",
        AchievementKind.PLANT_VARIETY: "CNA20191000123",
        AchievementKind.BIOMEDICAL_VARIETY: "国药准字Z20210001",
    }
    right = right_draft(NAME, numbers[kind], kind=kind) if kind in numbers else None

    entry = make_entry(session, officer, NOW, right, kind=kind)

    held = list(session.scalars(select(IPRight.kind).where(IPRight.achievement_id == entry.id)))
    assert (entry.kind, held) == (kind.value, [kind.value] if right else [])


def test_a_patent_without_its_number_is_not_registered(session: Session, officer: Actor) -> None:
    before = counted(session)
    with pytest.raises(DraftRefused) as refused:
        register_achievement(session, officer, entry_draft(title=""), None, now=NOW)
    assert [problem.code for problem in refused.value.problems] == ["achievement.title_missing", "right.missing"]
    assert counted(session) == before


def test_a_right_of_somebody_else_waits_for_its_ownership(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW, right_draft("别的大学"))
    assert entry.ownership_status == OwnershipStatus.PENDING


def test_a_number_is_registered_once_whoever_holds_it(session: Session, officer: Actor) -> None:
    make_entry(session, officer, NOW, right_draft(NAME))
    other = actor_of(make_institution(session, name="另一大学").officer)
    before = counted(session)
    for actor in (officer, other):
        with pytest.raises(RegisterRefused) as refused, session.begin_nested():
            make_entry(session, actor, NOW, right_draft(NAME))
        assert refused.value.code == "right.number_taken"
        assert "东海农业大学" in refused.value.sentence
    assert counted(session) == before


def test_an_institution_uses_a_register_number_once_and_another_may_use_it_too(
    session: Session, officer: Actor
) -> None:
    first = make_entry(session, officer, NOW, register_number="A-1")
    with pytest.raises(RegisterRefused) as refused:
        make_entry(session, officer, NOW, register_number="A-1")
    assert (refused.value.code, refused.value.field) == ("register_number.taken", "register_number")
    other = actor_of(make_institution(session).officer)
    assert make_entry(session, other, NOW, register_number="A-1").register_number == "A-1"
    edit_achievement(
        session, officer, first.id, entry_draft(kind=AchievementKind.TRADE_SECRET, register_number="A-1"),
        version=first.version, now=NOW,
    )  # fmt: skip


def test_a_change_is_kept_with_both_values_and_a_new_version(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW, right_draft(NAME), **FULL)
    version = entry.version
    draft = entry_draft(
        **FULL | {"title": "一种节能水泵", "trl": 7, "completers": (CompleterDraft("张三", NAME, 7000),)}
    )

    edit_achievement(session, officer, entry.id, draft, version=version, now=NOW)

    assert entry.version > version
    assert last_payload(session, entry.id)["fields"] == {
        "title": {"before": "一种水泵", "after": "一种节能水泵"},
        "trl": {"before": "6", "after": "7"},
        "completers": {"before": "2", "after": "1"},
    }


def test_saving_without_a_change_writes_nothing(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW, right_draft(NAME), **FULL)
    version, before = entry.version, counted(session)
    edit_achievement(session, officer, entry.id, entry_draft(**FULL), version=version, now=NOW)
    assert (entry.version, counted(session)) == (version, before)


def test_the_second_of_two_officers_overwrites_nothing(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW, right_draft(NAME))
    seen = entry.version
    edit_achievement(session, officer, entry.id, entry_draft(title="第一人的名称"), version=seen, now=NOW)
    before = counted(session)

    with pytest.raises(EditedMeanwhile):
        edit_achievement(session, officer, entry.id, entry_draft(title="第二人的名称"), version=seen, now=NOW)
    right_id = session.scalars(select(IPRight.id).where(IPRight.achievement_id == entry.id)).one()
    with pytest.raises(EditedMeanwhile):
        edit_right(session, officer, right_id, right_draft(NAME, title="改"), version=seen, now=NOW)

    assert (entry.title, counted(session)) == ("第一人的名称", before)


def test_people_alone_make_a_new_version(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW)
    seen = entry.version
    draft = entry_draft(kind=AchievementKind.TRADE_SECRET, completers=(CompleterDraft("张三"),))
    edit_achievement(session, officer, entry.id, draft, version=seen, now=NOW)
    assert entry.version > seen


def test_what_another_institution_holds_looks_like_nothing(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW, right_draft(NAME))
    right_id = session.scalars(select(IPRight.id)).one()
    stranger = actor_of(make_institution(session).officer)
    encumbrance = EncumbranceDraft(EncumbranceKind.PLEDGE, "某银行", TODAY)
    use = ImplementationDraft(ImplementationKind.OWN_USE, TODAY)
    before = counted(session)
    for attempt in (
        lambda: edit_achievement(session, stranger, entry.id, entry_draft(), version=entry.version, now=NOW),
        lambda: add_right(session, stranger, entry.id, right_draft(NAME, VALVE), now=NOW),
        lambda: edit_right(session, stranger, right_id, right_draft(NAME), version=entry.version, now=NOW),
        lambda: split_right(session, stranger, right_id, now=NOW),
        lambda: join_achievements(session, stranger, entry.id, entry.id, now=NOW),
        lambda: statements.record_encumbrance(session, stranger, right_id, encumbrance, now=NOW),
        lambda: statements.record_implementation(session, stranger, entry.id, use, now=NOW),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert counted(session) == before


def test_the_head_reads_the_register_and_does_not_write_it(session: Session) -> None:
    head = make_actor(session, OrganisationKind.INSTITUTION, Role.INSTITUTION_HEAD)
    before = counted(session)
    with pytest.raises(NotAllowed):
        make_entry(session, head, NOW)
    assert counted(session) == before


def test_a_bundle_gets_a_right_loses_one_and_keeps_its_last(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW, right_draft(NAME))
    second = add_right(session, officer, entry.id, right_draft(NAME, VALVE, title="一种阀门"), now=NOW)

    alone = split_right(session, officer, second.id, now=NOW)

    assert (alone.title, alone.kind, second.achievement_id) == ("一种阀门", "invention", alone.id)
    assert actions(session, entry.id)[-2:] == ["achievement.right_added", "achievement.right_split"]
    assert actions(session, alone.id) == ["achievement.registered"]
    with pytest.raises(RegisterRefused) as refused:
        split_right(session, officer, second.id, now=NOW)
    assert refused.value.code == "right.only_one"


def test_two_entries_become_one_and_the_empty_one_is_gone(session: Session, officer: Actor) -> None:
    target = make_entry(session, officer, NOW, right_draft(NAME))
    source = make_entry(session, officer, NOW, right_draft("别的大学", VALVE), completers=(CompleterDraft("张三"),))
    source_id = source.id

    joined = join_achievements(session, officer, source_id, target.id, now=NOW)

    numbers = session.scalars(select(IPRight.number).where(IPRight.achievement_id == joined.id).order_by(IPRight.id))
    assert list(numbers) == [PUMP, VALVE]
    assert session.get(Achievement, source_id) is None
    assert joined.ownership_status == OwnershipStatus.PENDING
    assert last_payload(session, joined.id)["from_achievement_id"] == source_id


def test_an_entry_that_was_offered_is_not_put_into_another(session: Session) -> None:
    listing = make_public_listing(session, "一种水泵")
    source = session.get_one(Achievement, listing.achievement_id)
    officer = make_actor(session, OrganisationKind.INSTITUTION, Role.TRANSFER_OFFICER, organisation=source.organisation)
    target = make_entry(session, officer, NOW)
    before = counted(session)
    for other in (source.id, target.id):
        with pytest.raises(RegisterRefused) as refused:
            join_achievements(session, officer, source.id, other, now=NOW)
        assert refused.value.code in {"join.was_offered", "join.same"}
    assert counted(session) == before


def test_new_applicants_ask_for_the_ownership_again(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW, right_draft("别的大学"))
    service.confirm_ownership(session, officer, entry.id, reason="2019 年已受让，登记公告 2019-06-11", now=NOW)
    right_id = session.scalars(select(IPRight.id)).one()

    edit_right(session, officer, right_id, right_draft("第三大学"), version=entry.version, now=NOW)

    assert (entry.ownership_status, entry.ownership_reason) == ("pending", None)


def test_a_legal_status_keeps_its_day_and_its_source(session: Session, officer: Actor) -> None:
    make_entry(session, officer, NOW, right_draft(NAME))
    right = session.scalars(select(IPRight)).one()
    service.confirm_legal_status(
        session, officer, right.id, LegalStatus.ALIVE, reason="公布公告网查询", now=NOW, on=date(2026, 11, 20)
    )
    assert (right.legal_status_on, right.legal_status_source) == (date(2026, 11, 20), "公布公告网查询")
    with pytest.raises(RegisterRefused) as refused:
        service.confirm_legal_status(
            session, officer, right.id, LegalStatus.LAPSED, reason="公布公告网查询", now=NOW, on=date(2026, 11, 23)
        )
    assert (refused.value.code, right.legal_status) == ("status.future", "alive")


def test_the_register_answers_what_listings_ask(session: Session, officer: Actor) -> None:
    right = right_draft(NAME, grant_date=date(2019, 3, 5), annual_fee_paid_until=date(2027, 7, 20))
    unconsented = replace(SHARES[1], consented_on=None, consented_by=None)
    entry = make_entry(session, officer, NOW, right, **FULL | {"shares": (SHARES[0], unconsented)})
    right_id = session.scalars(select(IPRight.id)).one()
    pledge = statements.record_encumbrance(
        session, officer, right_id, EncumbranceDraft(EncumbranceKind.PLEDGE, "某银行", date(2026, 1, 1)), now=NOW
    )

    state = rights_state(session, entry, TODAY)

    assert (state.form, state.consents_missing) == (OwnershipForm.CO_OWNED, ("某公司",))
    assert (state.rights[0].state, state.rights[0].fee) == (RightState.UNVERIFIED, FeeState.PAID)
    assert state.rights[0].is_under(EncumbranceKind.PLEDGE)
    assert not state.rights[0].is_under(EncumbranceKind.EXCLUSIVE_LICENCE)
    statements.end_encumbrance(session, officer, pledge.id, TODAY, now=NOW)
    assert not rights_state(session, entry, TODAY).rights[0].is_under(EncumbranceKind.PLEDGE)
    assert rights_state(session, entry, date(2026, 11, 21)).rights[0].is_under(EncumbranceKind.PLEDGE)
    assert actions(session, entry.id)[-2:] == ["achievement.encumbered", "achievement.released"]


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (EncumbranceDraft(EncumbranceKind.PLEDGE, "", TODAY), "encumbrance.holder"),
        (EncumbranceDraft(EncumbranceKind.PLEDGE, "某银行", date(2026, 11, 23)), "encumbrance.future"),
        (EncumbranceDraft(EncumbranceKind.PLEDGE, "某银行", TODAY, date(2026, 11, 21)), "encumbrance.until"),
        (EncumbranceDraft(EncumbranceKind.PLEDGE, "某银行", TODAY, date(2037, 7, 22)), "encumbrance.after_term"),
    ],
)
def test_an_impossible_encumbrance_is_refused(
    session: Session, officer: Actor, draft: EncumbranceDraft, code: str
) -> None:
    make_entry(session, officer, NOW, right_draft(NAME))
    right_id = session.scalars(select(IPRight.id)).one()
    before = counted(session)
    with pytest.raises(RegisterRefused) as refused:
        statements.record_encumbrance(session, officer, right_id, draft, now=NOW)
    assert (refused.value.code, counted(session)) == (code, before)


def test_an_encumbrance_ends_once_and_not_before_it_began(session: Session, officer: Actor) -> None:
    make_entry(session, officer, NOW, right_draft(NAME))
    right_id = session.scalars(select(IPRight.id)).one()
    draft = EncumbranceDraft(EncumbranceKind.EXCLUSIVE_LICENCE, "某公司", date(2026, 1, 1))
    row = statements.record_encumbrance(session, officer, right_id, draft, now=NOW)
    for day in (date(2025, 12, 31), date(2026, 11, 23)):
        with pytest.raises(RegisterRefused) as refused:
            statements.end_encumbrance(session, officer, row.id, day, now=NOW)
        assert (refused.value.code, row.ended_on) == ("encumbrance.end_day", None)
    statements.end_encumbrance(session, officer, row.id, TODAY, now=NOW)
    with pytest.raises(RegisterRefused) as refused:
        statements.end_encumbrance(session, officer, row.id, TODAY, now=NOW)
    assert refused.value.code == "encumbrance.ended"


def test_use_outside_the_platform_is_kept_and_taken_back_with_a_reason(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW)
    with pytest.raises(RegisterRefused) as refused:
        statements.record_implementation(
            session, officer, entry.id, ImplementationDraft(ImplementationKind.LICENSED, TODAY), now=NOW
        )
    assert refused.value.code == "implementation.partner"
    row = statements.record_implementation(
        session, officer, entry.id, ImplementationDraft(ImplementationKind.LICENSED, TODAY, "某公司"), now=NOW
    )
    with pytest.raises(RegisterRefused) as refused:
        statements.withdraw_implementation(session, officer, row.id, reason="错", now=NOW)
    assert refused.value.code == "reason.too_short"
    statements.withdraw_implementation(session, officer, row.id, reason="登记到了别的成果上", now=NOW)
    assert session.scalar(select(func.count(Implementation.id))) == 0
    assert actions(session, entry.id)[-2:] == ["achievement.implemented", "achievement.implementation_withdrawn"]


def test_the_open_list_has_terms_or_an_excuse(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW, right_draft(NAME))
    decided = statements.decide_open_list(
        session, officer, entry.id, OpenListDecision.OFFERED, "普通许可，每年 2 万元", now=NOW
    )
    assert (decided.terms, decided.reason) == ("普通许可，每年 2 万元", "")
    statements.decide_open_list(session, officer, entry.id, OpenListDecision.EXCUSED, "正在办理药品注册审批", now=NOW)
    assert (decided.terms, decided.reason) == ("", "正在办理药品注册审批")
    assert session.scalar(select(func.count()).select_from(OpenListEntry)) == 1


def test_a_paper_shows_its_type_by_its_content(session: Session, officer: Actor) -> None:
    entry = make_entry(session, officer, NOW)
    draft = DocumentDraft(DocumentPurpose.MATURITY, "中试报告", "报告.pdf", b"%PDF-1.7 x")
    before = counted(session)
    with pytest.raises(RegisterRefused) as refused:
        statements.add_document(session, officer, entry.id, replace(draft, content=b"MZ"), now=NOW)
    assert (refused.value.code, counted(session)) == ("document.type", before)
    with pytest.raises(RegisterRefused) as refused:
        large = replace(draft, content=b"%PDF-" + b"0" * statements.MAXIMUM_BYTES)
        statements.add_document(session, officer, entry.id, large, now=NOW)
    assert (refused.value.code, counted(session)) == ("document.size", before)
    kept = statements.add_document(session, officer, entry.id, draft, now=NOW)
    assert (kept.title, kept.stored_file.media_type) == ("中试报告", "application/pdf")


def test_a_consent_points_at_a_paper_of_the_same_entry_only(session: Session, officer: Actor) -> None:
    entry, other = make_entry(session, officer, NOW), make_entry(session, officer, NOW)
    draft = DocumentDraft(DocumentPurpose.CONSENT, "同意书", "同意书.pdf", b"%PDF-1.7 x")
    foreign = statements.add_document(session, officer, other.id, draft, now=NOW)
    own = statements.add_document(session, officer, entry.id, draft, now=NOW)

    def shares(document_id: int) -> dict[str, Any]:
        consented = replace(SHARES[1], consent_document_id=document_id)
        return {"ownership_form": OwnershipForm.CO_OWNED, "shares": (SHARES[0], consented)}

    kind = {"kind": AchievementKind.TRADE_SECRET}
    with pytest.raises(NotFound):
        edit_achievement(
            session, officer, entry.id, entry_draft(**kind, **shares(foreign.id)), version=entry.version, now=NOW
        )
    edit_achievement(session, officer, entry.id, entry_draft(**kind, **shares(own.id)), version=entry.version, now=NOW)
    assert shares_of(session, entry.id)[1].consent_document_id == own.id
