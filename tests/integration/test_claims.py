"""Claims of rights: who may read them, and that every search finds what only they hold."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements.claims import claims_column, is_published, public_claims
from market.achievements.editing import service as register
from market.achievements.editing.prefill import number_of
from market.achievements.editing.rules import RightDraft
from market.achievements.importing.details import status_named
from market.achievements.importing.files import OfficeFile
from market.achievements.models import IPRight
from market.achievements.vocabulary import AchievementKind, LegalStatus, RowOutcome
from market.kernel.events import Event
from market.listings.models import Listing, ListingMember
from search import service
from search.engines.base import AnswersQueries
from search.engines.database import DatabaseEngine
from search.engines.embedded import EmbeddedEngine
from search.meaning.texts import passage
from search.query import from_text
from search.source import DatabaseSource
from tests.conftest import NOW
from tests.factories.imports import import_file
from tests.factories.listings import make_published_listing
from tests.factories.office_files import workbook_bytes
from tests.factories.public_listings import make_public_listing
from tests.factories.saved_searches import come, make_reader, new_hits, save_search
from tests.factories.world import actor_of, make_institution, make_organisation

NAME = "东海农业大学"
CLAIMS = (
    "1. 一种密封件，其特征在于，所述波纹弹簧套设在石墨环外侧。\n2. 根据权利要求1所述的密封件，其特征在于，倾角为17°。"
)
GRANTED = {"grant_date": date(2024, 5, 6)}
FIRST = CLAIMS.partition("\n")[0]
HEADINGS = ("申请号", "专利名称", "申请人")
NUMBER = "201710601862.3"


@pytest.fixture
def engine(tmp_path: Path) -> EmbeddedEngine:
    return EmbeddedEngine(tmp_path / "search")


def claimed(session: Session, title: str = "高温密封件", **right: Any) -> Listing:
    """A public listing whose one patent has claims."""
    listing = make_public_listing(session, title, patent_numbers=("202310000001.5",))
    for name, value in ({"claims": CLAIMS} | ({} if "legal_status" in right else GRANTED) | right).items():
        setattr(listing.achievement.rights[0], name, value)
    session.flush()
    return listing


def found(engine: AnswersQueries, question: str) -> list[int]:
    return [hit.id for hit in engine.search(from_text(question)).hits]


UNPUBLISHED: tuple[dict[str, Any], ...] = (
    {"legal_status": "pending"},
    {"legal_status": "alive"},
    {"legal_status": "pending", "publication_number": "未公开"},
    {"legal_status": "pending", "publication_number": "202310000001.5"},
    {"legal_status": "unknown"},
    {"legal_status": "lapsed"},
    {"legal_status": "pending", "publication_number": "", "kind": "patent_application"},
)
PUBLISHED: tuple[dict[str, Any], ...] = (
    {"legal_status": "pending", "publication_number": "1234567B"},
    {"legal_status": "pending", "publication_number": "CN116000001A"},
    {"legal_status": "unknown", "publication_date": date(2024, 5, 6)},
    {"legal_status": "lapsed", "grant_date": date(2024, 5, 6)},
)


@pytest.mark.parametrize(
    ("facts", "expected"), [*((one, False) for one in UNPUBLISHED), *((one, True) for one in PUBLISHED)]
)
def test_only_what_the_office_has_published_is_everybodys(
    session: Session, facts: dict[str, Any], expected: bool
) -> None:
    right = claimed(session, **facts).achievement.rights[0]
    told = CLAIMS if expected else ""
    assert (is_published(right), public_claims(right)) == (expected, told)
    assert session.scalars(select(claims_column()).where(IPRight.id == right.id)).one() == told


@pytest.mark.parametrize(
    "question", ["波纹弹簧", "石墨环 套设", '"波纹弹簧套设"', "权利要求:波纹弹簧", "claims:倾角17°"]
)
def test_a_listing_is_found_by_what_only_its_claims_say(
    session: Session, engine: EmbeddedEngine, question: str
) -> None:
    listing = claimed(session)
    make_public_listing(session, "离焦镜片", patent_numbers=("202310000002.3",))
    service.reconcile(engine)
    assert found(engine, question) == [listing.id]
    assert found(DatabaseEngine(session), question) == [listing.id]


@pytest.mark.parametrize("question", ["波纹弹簧", '"波纹弹簧套设"', "权利要求:波纹弹簧"])
@pytest.mark.parametrize("facts", UNPUBLISHED)
def test_claims_of_an_unpublished_application_lead_nobody_to_it(
    session: Session, engine: EmbeddedEngine, facts: dict[str, Any], question: str
) -> None:
    listing = claimed(session, **facts)
    service.reconcile(engine)
    assert found(engine, question) == found(DatabaseEngine(session), question) == []
    assert DatabaseSource().documents([listing.id])[0].claims == ""


def test_the_field_looks_in_the_claims_alone(session: Session, engine: EmbeddedEngine) -> None:
    make_public_listing(session, "波纹弹簧", abstract="波纹弹簧。", patent_numbers=("202310000002.3",))
    listing = claimed(session)
    service.reconcile(engine)
    for one in (engine, DatabaseEngine(session)):
        assert found(one, "权利要求:波纹弹簧") == [listing.id]
        assert found(one, "摘要:石墨环") == []
        assert set(found(one, "波纹弹簧 -权利要求:石墨环")).isdisjoint({listing.id})


def test_claims_of_all_that_is_bundled_are_in_the_document_the_leading_ones_first(session: Session) -> None:
    leading, part = claimed(session), make_public_listing(session, "焊缝检测仪", patent_numbers=("202310000077.2",))
    part.achievement.rights[0].claims = "1. 一种检测仪，包括探头。"
    part.achievement.rights[0].grant_date = GRANTED["grant_date"]
    part.state = "withdrawn"
    session.add(ListingMember(listing_id=leading.id, achievement_id=part.achievement_id, position=1))
    session.flush()
    (document,) = DatabaseSource().documents([leading.id])
    assert document.claims == f"{CLAIMS}\n1. 一种检测仪，包括探头。"
    assert found(DatabaseEngine(session), "探头 波纹弹簧") == [leading.id]


def test_meaning_does_not_read_claims(session: Session) -> None:
    (document,) = DatabaseSource().documents([claimed(session).id])
    assert passage(document) == passage(document._replace(claims=""))


def test_a_change_of_claims_reaches_the_index(session: Session, engine: EmbeddedEngine) -> None:
    institution = make_institution(session, name=NAME)
    listing = make_published_listing(session, institution)
    service.index_listing(engine, listing.id)
    right, version = listing.achievement.rights[0], listing.achievement.version
    draft = RightDraft(
        AchievementKind(right.kind), number_of(right), right.title, right.applicants,
        filing_date=right.filing_date, publication_number="CN116000001A", claims=CLAIMS,
    )  # fmt: skip

    register.edit_right(session, actor_of(institution.officer), right.id, draft, version=version, now=NOW)

    assert service.reconcile(engine).outdated == 1
    assert found(engine, "波纹弹簧") == [listing.id]
    assert listing.achievement.version == version + 1


def test_who_saved_a_search_hears_of_claims_that_come_to_fit(session: Session) -> None:
    listing = claimed(session, claims="")
    saved = save_search(session, make_reader(session), "波纹弹簧")
    come(listing)
    before = new_hits(session, saved)
    listing.achievement.rights[0].claims = CLAIMS
    listing.achievement.version += 1
    session.flush()
    come(listing)
    assert (before, new_hits(session, saved)) == ([], [listing.id])


# from office files


def bring(session: Session, headings: tuple[str, ...], *cells: object, number: str = NUMBER) -> RowOutcome:
    """Import one row with the columns beside number, title and applicant; what became of it."""
    organisation = session.scalars(
        select(Organisation).where(Organisation.name == NAME)
    ).one_or_none() or make_organisation(session, name=NAME)
    content = workbook_bytes((*HEADINGS, *headings), [(number, "一种密封件", NAME, *cells)])
    result = import_file(session, organisation, OfficeFile("清单.xlsx", content), NOW)
    (outcome,) = [outcome for outcome, count in result.counts.items() if count]
    return outcome


def held(session: Session) -> str:
    return session.scalars(select(IPRight.claims)).one()


@pytest.mark.parametrize(
    "heading", ["权利要求", "权利要求书", "主权项", "首项权利要求", "独立权利要求", "权利要求（中文）", "Claims"]
)
def test_claims_come_from_a_column_of_an_office_file(session: Session, heading: str) -> None:
    assert bring(session, (heading,), CLAIMS) is RowOutcome.NEW
    assert held(session) == CLAIMS
    assert bring(session, (heading,), CLAIMS) is RowOutcome.SAME


def test_the_whole_text_outweighs_the_first_claim_of_the_same_file(session: Session) -> None:
    bring(session, ("主权项", "权利要求书"), FIRST, CLAIMS)
    assert held(session) == CLAIMS


def test_a_file_with_the_first_claim_alone_takes_nothing_away(session: Session) -> None:
    bring(session, ("权利要求书",), CLAIMS)
    assert bring(session, ("主权项",), FIRST.replace("，", "， ")) is RowOutcome.SAME
    assert bring(session, ("主权项",), "") is RowOutcome.SAME
    assert held(session) == CLAIMS
    punctuated = FIRST.replace("1. ", "1.").replace("，", ",")
    assert bring(session, ("主权项",), punctuated) is RowOutcome.SAME
    assert bring(session, ("主权项",), "1. 一种密封件，由铜制成。") is RowOutcome.CHANGED
    assert held(session) == "1. 一种密封件，由铜制成。"


def test_a_file_with_fewer_claims_says_how_many_there_are_now(session: Session) -> None:
    longer = f"{CLAIMS}\n3. 根据权利要求1所述的密封件，其特征在于，由铜制成。"
    bring(session, ("权利要求书",), longer)
    assert bring(session, ("权利要求书",), CLAIMS) is RowOutcome.CHANGED
    assert held(session) == CLAIMS


def test_the_record_keeps_the_digest_of_claims_alone(session: Session) -> None:
    bring(session, ("权利要求书",), CLAIMS)
    assert bring(session, ("权利要求书",), f"{CLAIMS}\n3. 一种阀门。") is RowOutcome.CHANGED
    changed = session.scalars(select(Event).where(Event.action == "achievement.changed")).one()
    told = changed.payload["fields"]["claims"]
    assert told["before"] != told["after"]
    assert {one.partition(":")[0] for one in told.values()} == {"sha256"}


@pytest.mark.parametrize("words", ["未授权", "尚未授权", "审中（未授权）", "待授权"])
def test_who_writes_not_granted_has_no_living_right(words: str) -> None:
    assert status_named(words) is LegalStatus.PENDING


def test_a_row_whose_claims_are_too_long_is_refused_with_the_bound(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    rows = "申请号,专利名称,申请人,权利要求\n" + f"{NUMBER},一种密封件,{NAME},{'长' * 32_768}\n"
    result = import_file(session, organisation, OfficeFile("清单.csv", rows.encode()), NOW)
    (refusal,) = result.refusals
    assert (refusal.reason_code, refusal.reason) == (
        "row.claims_too_long",
        "权利要求超过 32767 个字，请检查是否错列，或只保留独立权利要求。",
    )


def test_a_copyright_takes_no_claims_from_a_file(session: Session) -> None:
    for outcome in (RowOutcome.NEW, RowOutcome.SAME):
        assert bring(session, ("权利要求",), CLAIMS, number="2021SR0123456") is outcome
    assert held(session) == ""


def test_a_result_without_a_right_has_no_claims(session: Session) -> None:
    organisation = make_organisation(session, name=NAME)
    content = workbook_bytes(("成果类型", *HEADINGS, "权利要求"), [("技术秘密", "", "配方", "", CLAIMS)])
    for outcome in (RowOutcome.NEW, RowOutcome.SAME):
        result = import_file(session, organisation, OfficeFile("清单.xlsx", content), NOW)
        assert result.counts[outcome] == 1
    assert session.scalars(select(IPRight.id)).all() == []


def test_a_status_that_is_confirmed_alive_makes_claims_public(session: Session, engine: EmbeddedEngine) -> None:
    listing = claimed(session, legal_status="pending")
    service.reconcile(engine)
    right = listing.achievement.rights[0]
    assert found(engine, "波纹弹簧") == []
    right.legal_status = LegalStatus.ALIVE.value
    right.legal_status_confirmed_by_id = make_reader(session).id
    listing.achievement.version += 1
    session.flush()
    service.reconcile(engine)
    assert found(engine, "波纹弹簧") == [listing.id]
