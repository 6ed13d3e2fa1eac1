"""The index follows the database."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.accounts import statements
from market.accounts.models import Organisation
from market.accounts.rules import OrganisationKind, Role
from market.kernel import jobs
from market.kernel.db import transaction
from market.listings.models import Listing
from market.listings.vocabulary import ListingState
from search import indexing, service
from search.documents import ListingDocument
from search.engines.base import Change, EngineUnavailable, Removal, WriteOutcome
from search.engines.embedded import EmbeddedEngine
from search.jobs import EXTENSION
from search.query import from_text, parse
from search.source import GONE, DatabaseSource
from tests.conftest import NOW
from tests.factories.public_listings import make_public_listing
from tests.factories.statements import former_name, staff
from tests.factories.world import actor_of, make_institution, make_organisation, make_person

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = parse(MultiDict())


@pytest.fixture
def engine(tmp_path: Path) -> EmbeddedEngine:
    return EmbeddedEngine(tmp_path / "search")


@pytest.fixture
def university(session: Session) -> Organisation:
    return make_organisation(session, name="温州某大学", code="WZMU", former_names=("温州某学院",))


def test_a_document_holds_what_all_tables_say(session: Session, university: Organisation) -> None:
    listing = make_public_listing(
        session,
        "高温密封件",
        organisation=university,
        ways=("assignment", "auction"),
        patent_numbers=("202310000001.5",),
        abstract="耐磨。",
        completers="张三；李四",
        summary="用于泵阀。",
    )
    [document] = DatabaseSource().documents([listing.id])
    assert (document.id, document.number, document.title, document.summary) == (
        listing.id,
        listing.number,
        "高温密封件",
        "用于泵阀。",
    )
    assert (document.institution_code, document.institution_name) == ("WZMU", "温州某大学")
    assert document.institution_former_names == ("温州某学院",)
    assert document.ways == ("assignment", "auction")
    assert document.patent_numbers == ("202310000001.5",)
    assert document.completers == ("张三", "李四")
    assert document.abstract == "高温密封件\n耐磨。"
    assert len(document.ipc_titles) == 2
    assert (document.tech_field, document.industry) == ("materials", "泵阀")
    assert document.version == listing.version + listing.achievement.version + 1  # for the former name


def test_documents_of_many_listings_take_five_queries(session: Session) -> None:
    ids = [make_public_listing(session, f"成果{one}", patent_numbers=(f"2023100000{one:02d}",)).id for one in range(12)]
    statements: list[str] = []

    def remember(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", remember)
    try:
        documents = DatabaseSource().documents(ids)
    finally:
        event.remove(connection, "before_cursor_execute", remember)
    assert len(documents) == 12
    assert len([one for one in statements if one.startswith("SELECT")]) == 5


@pytest.mark.parametrize("state", ["draft", "platform_review", "paused", "sold", "withdrawn"])
def test_a_listing_that_is_not_public_is_removed_from_the_index(
    session: Session, engine: EmbeddedEngine, state: str
) -> None:
    listing = make_public_listing(session, "高温密封件")
    service.index_listing(engine, listing.id)
    found_before = engine.search(EVERYTHING).total
    listing.state = state
    session.flush()
    service.index_listing(engine, listing.id)
    assert (found_before, engine.search(EVERYTHING).total) == (1, 0)


def test_a_changed_listing_is_found_by_its_new_words_only(session: Session, engine: EmbeddedEngine) -> None:
    listing = make_public_listing(session, "激光焊接")
    service.index_listing(engine, listing.id)
    listing.title, listing.achievement.title = "等离子切割", "等离子切割"
    session.flush()
    service.index_listing(engine, listing.id)
    assert engine.search(from_text("激光焊接")).total == 0
    assert [hit.id for hit in engine.search(from_text("等离子")).hits] == [listing.id]


def test_indexing_twice_changes_nothing(session: Session, engine: EmbeddedEngine) -> None:
    listing = make_public_listing(session, "激光焊接")
    service.index_listing(engine, listing.id)
    first = engine.search(EVERYTHING)
    service.index_listing(engine, listing.id)
    assert engine.search(EVERYTHING) == first


def test_the_first_job_builds_the_whole_index(session: Session, engine: EmbeddedEngine) -> None:
    ids = {make_public_listing(session, f"成果{one}").id for one in range(3)}
    service.index_listing(engine, min(ids))
    assert {hit.id for hit in engine.search(EVERYTHING).hits} == ids


def test_a_listing_that_does_not_exist_is_removed(session: Session, engine: EmbeddedEngine) -> None:
    assert DatabaseSource().change(987_654_321) == Removal(987_654_321, GONE)
    service.index_listing(engine, 987_654_321)
    assert engine.search(EVERYTHING).total == 0


def test_reconciling_repairs_what_an_outage_left_behind(session: Session, engine: EmbeddedEngine) -> None:
    lost, hidden, kept = (make_public_listing(session, title) for title in ("激光", "密封", "水泵"))
    service.reconcile(engine)
    lost.title = "电子束"
    hidden.state = "paused"
    session.flush()
    repair = service.reconcile(engine)
    assert repair == indexing.Repair(listings=2, outdated=1, superfluous=1, remaining=0)
    assert {hit.id for hit in engine.search(EVERYTHING).hits} == {lost.id, kept.id}
    assert service.reconcile(engine) == indexing.Repair(listings=2, outdated=0, superfluous=0, remaining=0)


def test_listings_are_found_by_a_former_name_as_soon_as_it_is_confirmed(
    app: Flask, session: Session, engine: EmbeddedEngine
) -> None:
    house = make_institution(session, name="瓯海大学")
    listing, other = (
        make_public_listing(session, "激光", organisation=house.organisation),
        make_public_listing(session, "密封"),
    )
    service.reconcile(engine)
    assert engine.search(parse(MultiDict({"q": "永嘉师专"}))).total == 0
    bureau = make_person(session, make_organisation(session, OrganisationKind.BUREAU), Role.SUPERVISOR)
    stated = statements.state_own(session, actor_of(house.officer), former_name("永嘉师专"), now=NOW)
    queued = text("SELECT lock, args FROM procrastinate_jobs WHERE task_name = 'search.follow_names'")
    assert session.execute(queued).all() == []

    statements.decide(session, actor_of(bureau), stated.id, confirms=True, reason="", now=NOW)

    assert [(lock, args) for lock, args in session.execute(queued)] == [("search.index", {})]
    app.extensions[EXTENSION], kept = engine, app.extensions[EXTENSION]
    try:
        jobs.registered["search.follow_names"].function()
    finally:
        app.extensions[EXTENSION] = kept
    found = [hit.id for hit in engine.search(parse(MultiDict({"q": "永嘉师专"}))).hits]
    assert (found, other.id in found) == ([listing.id], False)
    assert service.reconcile(engine) == indexing.Repair(listings=2, outdated=0, superfluous=0, remaining=0)


def test_other_particulars_bring_no_work_to_the_index(session: Session) -> None:
    house = make_institution(session, rd_fte=Decimal(200))
    bureau = make_person(session, make_organisation(session, OrganisationKind.BUREAU), Role.SUPERVISOR)
    stated = statements.state_own(session, actor_of(house.officer), staff("300"), now=NOW)

    statements.decide(session, actor_of(bureau), stated.id, confirms=True, reason="", now=NOW)

    assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'search.follow_names'")) == 0


class DownEngine(EmbeddedEngine):
    """The embedded engine with its disk gone."""

    def fill(self, target: str, blocks: Iterable[Sequence[Change]]) -> None:
        raise EngineUnavailable("no disk")


class FullEngine(EmbeddedEngine):
    """The embedded engine whose disk is full once the first listings are stored."""

    def fill(self, target: str, blocks: Iterable[Sequence[Change]]) -> None:
        super().fill(target, islice(blocks, 1))
        raise EngineUnavailable("disk full")


@pytest.mark.parametrize("broken", [DownEngine, FullEngine])
def test_a_failed_rebuild_leaves_the_present_index(
    session: Session, engine: EmbeddedEngine, tmp_path: Path, broken: type[EmbeddedEngine]
) -> None:
    listing = make_public_listing(session, "激光")
    service.reconcile(engine)
    make_public_listing(session, "密封")
    with pytest.raises(EngineUnavailable):
        indexing.rebuild(broken(tmp_path / "search"), DatabaseSource())
    assert [hit.id for hit in engine.search(EVERYTHING).hits] == [listing.id]
    assert not (tmp_path / "search" / "building").exists()


def test_what_changes_while_an_index_is_filled_is_not_lost(session: Session, engine: EmbeddedEngine) -> None:
    listings = [make_public_listing(session, title) for title in ("密封", "激光", "石墨烯")]
    service.reconcile(engine)
    source = DatabaseSource()

    class Changing(DatabaseSource):
        """While a block is read, one of its listings changes, one leaves and one comes, and their jobs are done."""

        def documents(self, ids: Sequence[int]) -> list[ListingDocument]:
            read = super().documents(ids)
            if len(listings) == 3:
                listings.append(make_public_listing(session, "电机"))
                listings[0].title = "波纹管密封"
                listings[1].state = ListingState.WITHDRAWN.value
                session.flush()
                for one in listings:
                    engine.write([source.change(one.id)])  # nobody waits for the filling
                assert len(engine.search(EVERYTHING).hits) == 3
            return read

    assert indexing.rebuild(engine, Changing()) == 3
    assert sorted(hit.id for hit in engine.search(EVERYTHING).hits) == sorted(
        one.id for one in listings if one is not listings[1]
    )
    assert [hit.id for hit in engine.search(from_text("波纹管")).hits] == [listings[0].id]
    assert indexing.difference(engine, source)[0].count == 0


def test_changes_reach_an_index_again_that_is_filled(session: Session, engine: EmbeddedEngine) -> None:
    first, second = (make_public_listing(session, title) for title in ("密封", "激光"))
    source = DatabaseSource()
    target = engine.begin_rebuild()
    engine.write(source.documents([first.id]), target)  # it was written before the filling, which leaves it alone
    engine.fill(target, [source.documents([first.id, second.id])])
    engine.finish_rebuild(engine.begin_rebuild())
    target = engine.begin_rebuild()
    engine.fill(target, [source.documents([first.id])])
    assert engine.write(source.documents([second.id])) == WriteOutcome(written=1, stale=0)
    engine.finish_rebuild(target)
    assert sorted(hit.id for hit in engine.search(EVERYTHING).hits) == [first.id, second.id]


def test_a_filling_that_broke_off_keeps_nobody_from_writing_or_building(
    session: Session, engine: EmbeddedEngine
) -> None:
    listing = make_public_listing(session, "密封")
    service.reconcile(engine)

    def unreadable() -> Iterator[list[ListingDocument]]:
        yield DatabaseSource().documents([listing.id])
        raise ValueError("cannot be read")

    target = engine.begin_rebuild()
    with pytest.raises(ValueError, match="cannot be read"):
        engine.fill(target, unreadable())
    assert engine.write([Removal(listing.id, 99)]) == WriteOutcome(written=1, stale=0)
    assert indexing.rebuild(engine, DatabaseSource()) == 1
    assert [hit.id for hit in engine.search(EVERYTHING).hits] == [listing.id]


def _index_job(app: Flask, title: str) -> int:
    with app.app_context(), transaction() as session:
        listing = make_public_listing(session, title)
        jobs.defer(session, "search.index_listing", lock="search.index", listing_id=listing.id)
        return listing.id


def _worker(environment: dict[str, str], *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "worker", "run", *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_a_worker_killed_while_indexing_leaves_nothing_out(
    committed_app: Flask, worker_environment: dict[str, str]
) -> None:
    ids = [_index_job(committed_app, f"成果{one}") for one in range(40)]
    engine = committed_app.extensions["kezhuan_search"]
    killed = _worker(worker_environment)
    deadline = time.monotonic() + 60
    while not engine.is_current() and killed.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert killed.poll() is None
    killed.kill()
    killed.wait()
    time.sleep(11)  # the dead worker's heartbeat must have stopped for STALLED_AFTER_SECONDS
    assert _worker(worker_environment, "--until-idle").wait(timeout=90) == 0
    with committed_app.app_context():
        found, listings = indexing.difference(engine, DatabaseSource())
        assert (found.count, listings) == (0, len(ids))
        with transaction() as session:
            assert session.query(Listing).count() == len(ids)
