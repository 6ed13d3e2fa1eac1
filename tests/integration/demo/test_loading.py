"""The demonstration as it stands after loading: loaded by the service, then again by the shell, and only read here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from market.accounts.models import Organisation, OrganisationRelation, Person
from market.accounts.rules import OrganisationKind
from market.achievements.models import Achievement, ImportRow, ImportRun, IPRight
from market.achievements.patent_numbers import read_number
from market.achievements.vocabulary import (
    PATENT_KINDS,
    AchievementKind,
    ImportState,
    Industry,
    OwnershipStatus,
    TechnicalField,
)
from market.auctions.models import Bid, Lot
from market.deals.models import Application, Deal
from market.demo.loading import load
from market.demo.story import Story
from market.demo.world import BidEntry, ListingEntry, LotEntry, World, load_world
from market.kernel.clock import local_date
from market.kernel.db import current_session, db
from market.kernel.events import Event, verify_stream
from market.listings.models import Listing, ListingMember, Offer
from market.listings.vocabulary import TransferWay

pytestmark = pytest.mark.timeout(600)
"""Some three hundred listings are loaded through the services, on a machine where other tests run beside."""

STATEMENTS_A_LISTING = 100
"""From the entry in the register to the publication; some three hundred listings take twenty seconds on two idle cores."""
STATEMENTS_BESIDE = 4_500


@dataclass(frozen=True)
class LoadedWorld:
    """What `load` answered, how many statements it took, what it told, and the moment that it took for now.

    `said` and `told_again`: of the second loading, by `flask demo load` at the same moment.
    """

    counts: dict[str, int]
    statements: int
    told: dict[str, list[Any]]
    said: str
    told_again: dict[str, list[Any]]
    now: datetime


@pytest.fixture(scope="module")
def demo_session(worker_app: Flask) -> Iterator[Session]:
    """A session on a connection whose transaction is rolled back after this module."""
    with worker_app.app_context():
        engine = db.engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            db.engines[None] = connection
            try:
                yield current_session()
                db.session.remove()
            finally:
                db.engines[None] = engine
                outer.rollback()


@pytest.fixture(scope="module")
def loaded(demo_session: Session, worker_app: Flask) -> LoadedWorld:
    statements = Counter[str]()

    def count(*_: object) -> None:
        statements["all"] += 1

    now: datetime = worker_app.extensions["kezhuan_clock"].now()
    first = demo_session.begin_nested()
    connection = demo_session.connection()
    event.listen(connection, "before_cursor_execute", count)
    counts = load(demo_session, now).counts
    event.remove(connection, "before_cursor_execute", count)
    told = _told(demo_session)
    first.rollback()
    demo_session.expire_all()
    result = worker_app.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 0, result.output
    return LoadedWorld(counts, statements["all"], told, result.output, _told(demo_session), now)


def _told(session: Session) -> dict[str, list[Any]]:
    """What the world says in the order in which it was written, without the ids that the database gave."""
    place = func.dense_rank().over(partition_by=Event.subject_kind, order_by=Event.subject_id)
    columns = {
        "rights": (IPRight.number, IPRight.title, IPRight.legal_status, IPRight.expires_on),
        "listings": (Listing.title, Listing.summary, Listing.state, Listing.published_at),
        "bids": (Bid.price_fen, Bid.placed_at),
        "events": (Event.subject_kind, place, Event.sequence, Event.action, Event.occurred_at, Event.reason),
    }
    keys = {"rights": IPRight.id, "listings": Listing.id, "bids": Bid.id, "events": Event.id}
    return {name: [*session.execute(select(*columns[name]).order_by(keys[name]))] for name in columns}


@pytest.fixture
def session(demo_session: Session, loaded: LoadedWorld) -> Session:
    return demo_session


def test_takes_few_enough_statements_to_be_quick(loaded: LoadedWorld) -> None:
    assert 0 < loaded.statements < STATEMENTS_BESIDE + STATEMENTS_A_LISTING * loaded.counts["listings"]


def test_the_same_moment_gives_the_same_world_in_the_same_order(loaded: LoadedWorld) -> None:
    assert loaded.told["events"]
    for name, rows in loaded.told.items():
        assert loaded.told_again[name] == rows, name


def test_the_shell_says_what_it_loaded_prints_the_accounts_and_refuses_a_second_time(
    session: Session, loaded: LoadedWorld, worker_app: Flask
) -> None:
    runner = worker_app.test_cli_runner()

    accounts = runner.invoke(args=["demo", "accounts"])
    everybody = runner.invoke(args=["demo", "accounts", "--all"])
    second = runner.invoke(args=["demo", "load"])

    assert (accounts.exit_code, everybody.exit_code, second.exit_code) == (0, 0, 1)
    world = load_world()
    identities = sum(len(roles) for entry in world.people for roles in entry.of.values())
    assert f"机构 {len(world.organisations)}，" in loaded.said
    assert "演示数据，与所列单位无关" in loaded.said
    assert "kezhuan-demo-2026" in accounts.output
    assert "officer@wzu.demo" in accounts.output
    assert "officer@wmu.demo" not in accounts.output
    assert everybody.output.count("@") == identities
    assert "空的数据库" in second.output
    assert session.scalar(select(func.count(Organisation.id))) == len(world.organisations)


def test_counts_are_those_of_the_content(loaded: LoadedWorld) -> None:
    world = load_world()

    assert loaded.counts == {
        "organisations": len(world.organisations),
        "people": len(world.people),
        "achievements": len(world.achievements),
        "listings": len(_listed(world)),
        "lots": len(world.lots),
        "bids": sum(_is_past(lot, bid, loaded.now) for lot in world.lots for bid in lot.bids),
        "applications": len(world.applications),
        "deals": loaded.counts["deals"],
    }


def _listed(world: World) -> list[ListingEntry]:
    return [entry.listing for entry in world.achievements if entry.listing is not None]


def _is_past(lot: LotEntry, bid: BidEntry, now: datetime) -> bool:
    return Story(now).moment(lot.opens) + timedelta(hours=bid.hours) <= now


def test_forty_enterprises_stand_in_all_twelve_counties_and_two_wait_for_verification(session: Session) -> None:
    enterprises = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.ENTERPRISE)).all()

    assert len(enterprises) == 40
    assert len({row.county_code for row in enterprises}) == 12
    assert len([row for row in enterprises if row.verified_at is None]) == 2
    assert all("（演示）" in row.name for row in enterprises)


def test_every_organisation_is_marked_as_demonstration_and_has_a_right_credit_code(session: Session) -> None:
    organisations = session.scalars(select(Organisation)).all()

    assert all(row.is_demo for row in organisations)
    assert [row.code for row in organisations if not uscc.is_valid(row.credit_code or "")] == []


def test_every_institution_has_a_peer_group_and_research_staff(session: Session) -> None:
    institutions = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.INSTITUTION)).all()

    assert Counter(row.peer_group for row in institutions) == {"G1": 4, "G2": 6, "G3": 5}
    assert all(row.rd_fte for row in institutions)


def test_every_patent_number_passes_its_check_digit(session: Session, loaded: LoadedWorld) -> None:
    kinds = [kind.value for kind in PATENT_KINDS]
    rights = session.scalars(select(IPRight).where(IPRight.kind.in_(kinds))).all()

    assert len(rights) > 90
    for right in rights:
        number = read_number(right.number, local_date(loaded.now))
        assert (number.normal, number.has_check_digit, number.kind.value) == (right.number, True, right.kind)


def test_registers_came_by_office_files_without_a_refused_row(session: Session) -> None:
    runs = session.scalars(select(ImportRun)).all()

    assert {run.state for run in runs} == {ImportState.DONE.value}
    assert sum(run.new_count for run in runs) == session.scalar(select(func.count()).select_from(ImportRow))


def test_foreign_applicants_wait_for_a_reason_and_one_was_given(session: Session) -> None:
    statement = select(Achievement.ownership_status, func.count()).group_by(Achievement.ownership_status)

    counted = dict(session.execute(statement).all())

    assert counted[OwnershipStatus.PENDING] == 2
    assert counted[OwnershipStatus.CONFIRMED_BY_PERSON] == 1


def test_listings_stand_in_every_state_that_the_platform_has_today(session: Session) -> None:
    statement = select(Listing.state, func.count()).group_by(Listing.state)

    states = dict(session.execute(statement).all())

    assert states.keys() == {
        "draft",
        "institution_review",
        "platform_review",
        "published",
        "negotiating",
        "publicity",
        "bidding",
        "paused",
        "sold",
        "rejected",
        "withdrawn",
    }
    assert states["published"] * 3 > sum(states.values()) * 2


def test_four_bundles_are_on_the_market(session: Session) -> None:
    bundled = select(ListingMember.listing_id).where(ListingMember.position > 0, ListingMember.is_open)

    listings = session.scalars(select(Listing.state).where(Listing.id.in_(bundled))).all()

    assert listings == ["published"] * 4


def test_publications_spread_over_fourteen_months(session: Session, loaded: LoadedWorld) -> None:
    moments = session.scalars(select(Listing.published_at).where(Listing.published_at.is_not(None))).all()
    months = {moment.strftime("%Y-%m") for moment in moments if moment}

    assert len(months) >= 11
    assert min(moment for moment in moments if moment) < loaded.now - timedelta(days=395)
    assert max(moment for moment in moments if moment) < loaded.now


def test_all_ways_of_transfer_are_on_offer(session: Session) -> None:
    assert set(session.scalars(select(Offer.transfer_way).distinct())) == set(TransferWay)


def test_all_kinds_industries_and_fields_are_on_the_market(session: Session) -> None:
    kinds = session.scalars(select(Achievement.kind).join(Listing, Listing.achievement_id == Achievement.id).distinct())

    assert set(kinds) == set(AchievementKind)
    assert set(session.scalars(select(Listing.industry).distinct())) == set(Industry)
    assert set(session.scalars(select(Listing.technical_field).distinct())) == set(TechnicalField)


def test_lots_run_are_announced_were_sold_in_competition_and_to_a_single_bidder(
    session: Session, loaded: LoadedWorld
) -> None:
    lots = session.scalars(select(Lot).order_by(Lot.announced_at)).all()

    stands = Counter((lot.state, lot.sale_kind) for lot in lots)
    assert stands["sold", "competitive"]
    assert stands["sold", "listed"]
    announced = [lot for lot in lots if lot.state == "announced"]
    running = [lot for lot in announced if lot.opens_at < loaded.now]
    assert running
    assert len(running) < len(announced)
    assert all(lot.bid_count and loaded.now < lot.closes_at < loaded.now + timedelta(days=4) for lot in running)


def test_the_competition_was_extended_by_its_last_bids(session: Session) -> None:
    lot = session.scalars(select(Lot).order_by(Lot.announced_at)).first()

    assert lot is not None
    assert lot.closes_at > lot.announced_closes_at
    assert lot.high_fen == 94_000_000


def test_applications_stand_in_all_states_and_accepted_ones_and_sold_lots_are_deals(session: Session) -> None:
    statement = select(Application.state, func.count()).group_by(Application.state)

    states = dict(session.execute(statement).all())
    assert states.keys() == {"submitted", "accepted", "declined", "withdrawn"}
    sold = session.scalar(select(func.count(Lot.id)).where(Lot.state == "sold"))
    assert session.scalar(select(func.count(Deal.id)).where(Deal.application_id.is_not(None))) == states["accepted"]
    assert session.scalar(select(func.count(Deal.id)).where(Deal.lot_id.is_not(None))) == sold


def test_nobody_approved_what_they_submitted(session: Session) -> None:
    reviewed = session.scalars(select(Listing).where(Listing.institution_reviewed_by_id.is_not(None))).all()

    assert reviewed
    for listing in reviewed:
        people = {listing.submitted_by_id, listing.institution_reviewed_by_id, listing.platform_reviewed_by_id}
        assert len(people) == 3, listing.title


def test_one_person_belongs_to_two_organisations_and_one_enterprise_is_related_to_a_university(
    session: Session,
) -> None:
    people = session.scalars(select(Person)).all()

    assert [person.email for person in people if len(person.memberships) == 2] == ["professor@wzu.demo"]
    assert session.scalar(select(func.count(OrganisationRelation.id))) == 1


def test_events_are_told_in_the_order_in_which_they_happened_and_their_chains_hold(
    session: Session, loaded: LoadedWorld
) -> None:
    events = session.execute(select(Event.stream, Event.occurred_at).order_by(Event.stream, Event.sequence)).all()

    for (stream, at), (next_stream, next_at) in pairwise(events):
        assert stream != next_stream or at <= next_at
    assert max(at for _, at in events) <= loaded.now
    assert [link for stream in {stream for stream, _ in events} for link in verify_stream(session, stream)] == []
