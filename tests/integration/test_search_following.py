"""Lots, watchers and ended terms reach the index although no row of the listing changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.accounts.rules import Actor, OrganisationKind, Role
from market.achievements.editing import service as register
from market.achievements.editing.prefill import number_of
from market.achievements.editing.rules import RightDraft
from market.achievements.importing.files import OfficeFile
from market.achievements.models import IPRight
from market.achievements.vocabulary import AchievementKind
from market.auctions import service as auctions
from market.auctions.models import Lot
from market.enquiries.service.watching import unwatch, watch
from market.kernel.clock import local_date
from market.kernel.errors import NotFound
from market.listings.models import Listing
from search import following, service
from search.engines.base import FacetCount
from search.engines.embedded import EmbeddedEngine
from search.jobs import EXTENSION, index_listing
from search.query import from_text, parse
from search.source import DatabaseSource
from tests.conftest import NOW
from tests.factories.auctions import bid, make_auction_listing, make_bidder, make_lot, move_times
from tests.factories.imports import import_file
from tests.factories.listings import make_published_listing
from tests.factories.office_files import workbook_bytes
from tests.factories.public_listings import make_public_listing
from tests.factories.world import Institution, actor_of, make_institution, make_organisation, make_person


@pytest.fixture
def engine(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedEngine:
    fresh = EmbeddedEngine(tmp_path / "search")
    monkeypatch.setitem(app.extensions, EXTENSION, fresh)
    return fresh


def waiting(session: Session, task: str) -> list[dict[str, Any]]:
    """Arguments of the jobs that wait under the lock of the index."""
    statement = "SELECT args FROM procrastinate_jobs WHERE task_name = :task AND lock = 'search.index' ORDER BY id"
    return [{**args} for args in session.scalars(text(statement), {"task": task})]


def forget_jobs(session: Session) -> None:
    session.execute(text("DELETE FROM procrastinate_jobs"))


def numbers(listing: Listing) -> tuple[int | None, int]:
    """(when its lot closes, in seconds; how many watch it) as the database says now."""
    [document] = DatabaseSource().documents([listing.id])
    closes = document.lot_closes_at
    return int(closes.timestamp()) if closes else None, document.watchers


def at_auction(engine: EmbeddedEngine, session: Session) -> tuple[FacetCount, ...]:
    query = parse(MultiDict()).asked(auctions.bid_time(session))
    return engine.search(query).facets["auction"]


def follow_lots(session: Session) -> None:
    """What the worker does with the jobs that wait."""
    for arguments in waiting(session, "search.follow_lot"):
        following.follow_lot(arguments["lot_id"])
    forget_jobs(session)


def make_lot_on_market(session: Session, engine: EmbeddedEngine) -> tuple[Listing, Lot]:
    institution = make_institution(session)
    listing = make_auction_listing(session, institution)
    service.reconcile(engine)
    forget_jobs(session)
    return listing, make_lot(session, institution, listings=[listing])


def test_a_lot_is_found_from_its_announcement_on_and_opens_by_itself(session: Session, engine: EmbeddedEngine) -> None:
    _, lot = make_lot_on_market(session, engine)
    assert at_auction(engine, session) == ()
    move_times(session, lot, opens_in=timedelta(days=1), closes_in=timedelta(days=2))
    follow_lots(session)
    assert at_auction(engine, session) == (FacetCount("upcoming", 1),)
    move_times(session, lot)
    following.follow_lot(lot.id)
    assert at_auction(engine, session) == (FacetCount("open", 1),)


def test_a_bid_that_moves_the_end_moves_it_in_the_index_and_an_early_one_costs_no_job(
    session: Session, engine: EmbeddedEngine
) -> None:
    listing, lot = make_lot_on_market(session, engine)
    move_times(session, lot, closes_in=timedelta(days=3))
    first, second = make_bidder(session, lot), make_bidder(session, lot)
    forget_jobs(session)
    bid(session, first, lot, 500_000)
    assert waiting(session, "search.follow_lot") == []
    move_times(session, lot, closes_in=timedelta(seconds=30))
    following.follow_lot(lot.id)
    before = numbers(listing)[0]
    bid(session, second, lot, 510_000)
    assert waiting(session, "search.follow_lot") == [{"lot_id": lot.id}]
    follow_lots(session)
    after = numbers(listing)[0]
    assert before is not None and after is not None and after > before
    assert not _differs(engine)


def test_a_withdrawn_lot_is_in_the_index_no_more(session: Session, engine: EmbeddedEngine) -> None:
    listing, lot = make_lot_on_market(session, engine)
    follow_lots(session)
    auctions.withdraw_lot(session, actor_of(_officer(session, listing)), lot.id, "材料有误。", NOW)
    assert waiting(session, "search.follow_lot") == [{"lot_id": lot.id}]
    follow_lots(session)
    assert at_auction(engine, session) == ()
    assert numbers(listing)[0] is None


def _officer(session: Session, listing: Listing) -> Any:
    return make_person(session, listing.organisation, Role.TRANSFER_OFFICER)


def _differs(engine: EmbeddedEngine) -> bool:
    in_database = DatabaseSource().versions(0, 100)
    return in_database != engine.versions(0, 100)


def buyer(session: Session) -> Actor:
    return actor_of(make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER))


def test_who_watches_counts_and_who_no_longer_does_does_not(session: Session, engine: EmbeddedEngine) -> None:
    seldom, often = make_public_listing(session, "泵"), make_public_listing(session, "阀")
    service.reconcile(engine)
    forget_jobs(session)
    one, two = buyer(session), buyer(session)
    for actor, listing in ((one, seldom), (one, often), (two, often)):
        watch(session, actor, listing.number, now=NOW)
    index_what_waits(session, engine)
    assert order(engine) == [often.id, seldom.id]
    assert (numbers(seldom)[1], numbers(often)[1]) == (1, 2)
    unwatch(session, one, often.number)
    unwatch(session, two, often.number)
    index_what_waits(session, engine)
    assert order(engine) == [seldom.id, often.id]


def test_watching_twice_and_ending_what_was_never_watched_leave_the_index_alone(
    session: Session, engine: EmbeddedEngine
) -> None:
    listing = make_public_listing(session, "泵")
    actor = buyer(session)
    watch(session, actor, listing.number, now=NOW)
    forget_jobs(session)
    version = DatabaseSource().versions(0, 1)
    watch(session, actor, listing.number, now=NOW)
    with pytest.raises(NotFound):
        unwatch(session, buyer(session), listing.number)
    assert waiting(session, "search.index_listing") == []
    assert DatabaseSource().versions(0, 1) == version


def order(engine: EmbeddedEngine) -> list[int]:
    return [hit.id for hit in engine.search(parse(MultiDict({"sort": "watched"}))).hits]


def index_what_waits(session: Session, engine: EmbeddedEngine) -> None:
    for arguments in waiting(session, "search.index_listing"):
        service.index_listing(engine, arguments["listing_id"])
    forget_jobs(session)


def test_a_right_whose_term_ended_is_told_by_the_facet_the_next_day(session: Session, engine: EmbeddedEngine) -> None:
    listing = make_public_listing(session, "泵", patent_numbers=("202310000001.5",))
    other = make_public_listing(session, "阀", patent_numbers=("202310000002.3",))
    today = local_date(NOW)
    right = listing.achievement.rights[0]
    right.expires_on = today + timedelta(days=1)
    other.achievement.rights[0].expires_on = today - timedelta(days=400)
    session.flush()
    service.reconcile(engine)
    statuses = {one.value: one.count for one in engine.search(parse(MultiDict())).facets["legal_status"]}
    assert statuses == {"alive": 1, "expired": 1}
    forget_jobs(session)
    following.follow_terms()
    assert waiting(session, "search.index_listing") == []
    right.expires_on = today
    session.flush()
    following.follow_terms()
    assert waiting(session, "search.index_listing") == [{"listing_id": listing.id}]
    index_what_waits(session, engine)
    statuses = {one.value: one.count for one in engine.search(parse(MultiDict())).facets["legal_status"]}
    assert statuses == {"expired": 2}


# an achievement and its rights


def jobs_of(session: Session) -> list[tuple[str, dict[str, Any]]]:
    """Jobs of search that wait, without the request that they come from."""
    statement = "SELECT task_name, args FROM procrastinate_jobs WHERE task_name LIKE 'search.%' ORDER BY id"
    return [(name, {"listing_id": args.get("listing_id")}) for name, args in session.execute(text(statement))]


def edit_abstract(session: Session, institution: Institution, right: IPRight, version: int) -> None:
    draft = RightDraft(
        AchievementKind(right.kind), number_of(right), right.title, right.applicants,
        filing_date=right.filing_date, abstract="波纹弹簧套设在石墨环外侧。",
    )  # fmt: skip
    register.edit_right(session, actor_of(institution.officer), right.id, draft, version=version, now=NOW)


def test_a_changed_right_defers_a_job_with_its_change_and_reaches_index_alerts_and_suggestions(
    session: Session, engine: EmbeddedEngine
) -> None:
    institution = make_institution(session)
    listing = make_published_listing(session, institution)
    service.reconcile(engine)
    forget_jobs(session)

    edit_abstract(session, institution, listing.achievement.rights[0], listing.achievement.version)
    assert "search.follow_achievement" in [name for name, _ in jobs_of(session)]
    forget_jobs(session)
    following.follow_achievement(listing.achievement_id)

    asked = {"listing_id": listing.id}
    assert jobs_of(session) == [(name, asked) for name in following.FOLLOWERS]
    index_listing(listing.id)
    assert [hit.id for hit in engine.search(from_text("波纹弹簧")).hits] == [listing.id]


def test_an_achievement_that_nobody_offers_costs_no_further_job(session: Session, engine: EmbeddedEngine) -> None:
    institution = make_institution(session)
    listing = make_published_listing(session, institution)
    listing.state = "withdrawn"
    edit_abstract(session, institution, listing.achievement.rights[0], listing.achievement.version)
    forget_jobs(session)
    following.follow_achievement(listing.achievement_id)
    assert jobs_of(session) == []


def test_an_import_that_changes_many_rows_defers_one_comparison_and_a_new_one_none(
    session: Session, engine: EmbeddedEngine
) -> None:
    organisation = make_organisation(session, name="东海农业大学")
    headings = ("申请号", "专利名称", "申请人")
    deferred = []
    for title in ("一种密封件", "一种密封件", "一种高温密封件"):
        rows = [(number, title, "东海农业大学") for number in ("201710601862.3", "202310000001.5")]
        forget_jobs(session)
        import_file(session, organisation, OfficeFile("清单.xlsx", workbook_bytes(headings, rows)), NOW)
        deferred.append([name for name, _ in jobs_of(session)])
    assert deferred == [[], [], ["search.follow_import"]]
    following.follow_import()
