"""The fact table follows the event rows: rebuilt, derived twice, late or out of order, it holds the same rows."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.rules import OrganisationKind
from market.evaluation import jobs, service
from market.evaluation.models import Fact
from market.kernel.db import current_session, transaction
from market.kernel.events import Event, EventDraft, record
from market.kernel.jobs import registered
from market.kernel.worker import run_worker
from tests.conftest import NOW
from tests.factories.market_events import a_lot_sale, a_snapshot, an_announcement, an_application
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation

DAY = timedelta(days=1)


class Story:
    """Real organisations, achievements and listings, and the events that their subjects would write."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seller = make_organisation(session, county_code="330304")
        self.buyer = make_organisation(session, OrganisationKind.ENTERPRISE, county_code="330324")
        self.listing = make_public_listing(session, "低温固化的眼科粘合剂", organisation=self.seller)

    def happen(self, kind, number, action, at, payload=None, state=None) -> Event:
        draft = EventDraft(kind, number, action, at, state_after=state, payload=payload or {})
        return record(self.session, draft)

    def publish(self, at, listing=None, **changed) -> Event:
        listing = listing or self.listing
        snapshot = a_snapshot(
            listing_id=listing.id, number=listing.number, title=listing.title, achievement_id=listing.achievement_id,
            organisation_id=self.seller.id, **changed,
        )  # fmt: skip
        return self.happen("listing", listing.id, "listing.platform_approve", at, snapshot, "published")

    def move(self, action, at, state) -> Event:
        return self.happen("listing", self.listing.id, f"listing.{action}", at, {}, state)

    def parties(self):
        offers = [{"offer_id": 1, "listing_id": self.listing.id, "achievement_id": self.listing.achievement_id}]
        return {"seller_organisation_id": self.seller.id, "buyer_organisation_id": self.buyer.id, "offers": offers}

    def whole_year(self) -> list[Event]:
        """Every source of facts once, with a pause that is made good and a lot that is sold."""
        offered = {key: value for key, value in self.parties().items() if key != "buyer_organisation_id"}
        applied = an_application(listing_id=self.listing.id, achievement_id=self.listing.achievement_id)
        applied |= {key: value for key, value in self.parties().items() if key != "offers"}
        return [
            self.publish(NOW - 100 * DAY),
            self.move("pause", NOW - 90 * DAY, "paused"),
            self.move("resume", NOW - 80 * DAY, "published"),
            self.happen("lot", 12, "lot.announced", NOW - 20 * DAY, an_announcement(**offered)),
            self.happen("lot", 12, "lot.sold", NOW - 2 * DAY, a_lot_sale(**self.parties())),
            self.happen("application", 15, "application.accepted", NOW - DAY, applied),
        ]


@pytest.fixture
def story(session: Session) -> Story:
    return Story(session)


def rows(session: Session) -> list[tuple]:
    session.flush()
    statement = select(*Fact.__table__.columns).order_by(Fact.event_id, Fact.kind)
    return [tuple(row) for row in session.execute(statement)]


def kinds(session: Session) -> list[str]:
    return sorted(row.kind for row in session.execute(select(Fact.kind)))


EVERY_KIND = ["application_accepted", "listing_published", "listing_valid", "lot_offered", "lot_sold"]


def test_each_event_becomes_its_fact(session, story):
    for event in story.whole_year():
        service.derive_from_event(session, event.id, now=NOW)
    assert kinds(session) == EVERY_KIND
    sold = session.scalar(select(Fact).where(Fact.kind == "lot_sold"))
    assert (sold.institution_id, sold.buyer_id) == (story.seller.id, story.buyer.id)
    assert (sold.institution_county, sold.buyer_county) == ("330304", "330324")
    assert (sold.bidder_count, sold.amount_fen, sold.transfer_way) == (2, 123_000_000, "auction")
    valid = session.scalar(select(Fact).where(Fact.kind == "listing_valid"))
    assert valid.occurred_on == date(2026, 9, 23)  # 14 August, thirty days, and ten of pause


def test_a_rebuild_gives_identical_rows(session, story):
    for event in story.whole_year():
        service.derive_from_event(session, event.id, now=NOW)
    before = rows(session)
    assert service.rebuild(session, now=NOW) == 5
    assert rows(session) == before


def test_a_rebuild_after_a_rebuild_changes_nothing(session, story):
    story.whole_year()
    service.rebuild(session, now=NOW)
    before = rows(session)
    service.rebuild(session, now=NOW)
    assert rows(session) == before
    assert len(before) == 5


@pytest.mark.parametrize("seed", range(5))
def test_doubled_jobs_in_any_order_end_in_the_rows_of_a_rebuild(session, story, seed):
    events = story.whole_year()
    arriving = [event.id for event in events] * 2
    random.Random(seed).shuffle(arriving)
    for event_id in arriving:
        service.derive_from_event(session, event_id, now=NOW)
    arrived = rows(session)
    service.rebuild(session, now=NOW)
    assert arrived == rows(session)
    assert len(arrived) == 5


def test_a_late_worker_derives_everything_in_one_sweep(session, story):
    story.whole_year()
    assert service.sweep(session, now=NOW) == 5
    swept = rows(session)
    assert service.sweep(session, now=NOW) == 0
    service.rebuild(session, now=NOW)
    assert rows(session) == swept


def test_the_sweep_counts_a_listing_when_its_thirtieth_day_has_come(session, story):
    event = story.publish(NOW - 29 * DAY)
    service.derive_from_event(session, event.id, now=NOW)
    assert service.sweep(session, now=NOW) == 0
    assert kinds(session) == ["listing_published"]
    assert service.sweep(session, now=NOW + DAY) == 1
    assert kinds(session) == ["listing_published", "listing_valid"]


def test_an_event_that_arrives_late_takes_a_valid_listing_back(session, story):
    service.derive_from_event(session, story.publish(NOW - 40 * DAY).id, now=NOW)
    assert "listing_valid" in kinds(session)
    late = story.move("withdraw", NOW - 20 * DAY, "withdrawn")
    service.derive_from_event(session, late.id, now=NOW)
    assert kinds(session) == ["listing_published"]


def test_a_right_recorded_as_lapsed_in_time_takes_a_valid_listing_back(session, story):
    service.derive_from_event(session, story.publish(NOW - 40 * DAY).id, now=NOW)
    lapsed = story.happen(
        "achievement", story.listing.achievement_id, "achievement.status_confirmed", NOW - 30 * DAY,
        {"number": "201710601862.3"}, "lapsed",
    )  # fmt: skip
    service.derive_from_event(session, lapsed.id, now=NOW)
    assert kinds(session) == ["listing_published"]


def test_an_overdue_question_keeps_a_listing_from_being_valid_until_it_is_answered(session, story):
    story.publish(NOW - 40 * DAY)
    due_on = (NOW - 25 * DAY).date().isoformat()
    about = {"listing_id": story.listing.id, "achievement_id": story.listing.achievement_id, "due_on": due_on}
    story.happen("question", 1, "question.asked", NOW - 28 * DAY, about, "waiting")
    service.rebuild(session, now=NOW)
    assert [fact.kind for fact in session.scalars(select(Fact))] == ["listing_published"]

    answered = story.happen("question", 1, "question.answered", NOW - 5 * DAY, about, "answered")
    service.derive_from_event(session, answered.id, now=NOW)

    valid = session.scalars(select(Fact).where(Fact.kind == "listing_valid")).one()
    assert valid.occurred_on == (NOW - 5 * DAY).date()


def test_two_listings_of_one_achievement_count_once_a_year(session, story):
    first = story.publish(NOW - 100 * DAY)
    story.move("withdraw", NOW - 60 * DAY, "withdrawn")
    story.listing.state = "withdrawn"
    session.flush()
    second = make_public_listing(session, "同一成果再次挂牌", organisation=story.seller)
    story.publish(NOW - 50 * DAY, listing=second, **{"technical_field": "materials"})
    again = story.happen(
        "listing", second.id, "listing.platform_approve", NOW - 45 * DAY,
        a_snapshot(listing_id=second.id, achievement_id=story.listing.achievement_id, organisation_id=story.seller.id),
        "published",
    )  # fmt: skip
    service.rebuild(session, now=NOW)
    valid = session.scalars(select(Fact.event_id).where(Fact.kind == "listing_valid")).all()
    assert first.id in valid
    assert again.id not in valid


def test_an_unreadable_event_row_is_left_out_and_the_others_are_counted(session, story, caplog):
    story.happen("lot", 99, "lot.sold", NOW, {"seller_organisation_id": story.seller.id})
    story.publish(NOW - DAY)
    assert service.rebuild(session, now=NOW) == 1
    assert kinds(session) == ["listing_published"]
    assert "cannot be counted" in caplog.text


def test_an_unknown_event_changes_nothing(session, story):
    service.derive_from_event(session, 10**12, now=NOW)
    assert rows(session) == []


def test_the_job_runs_from_the_event_itself(committed_app: Flask):
    with committed_app.app_context(), transaction() as session:
        Story(session).publish(datetime.now(UTC) - DAY)  # the worker has the real clock
    run_worker(committed_app, committed_app.config["SQLALCHEMY_DATABASE_URI"], wait=False)
    with committed_app.app_context():
        assert kinds(current_session()) == ["listing_published"]


def test_the_command_rebuilds_and_says_how_many(committed_app: Flask):
    with committed_app.app_context(), transaction() as session:
        Story(session).whole_year()
    result = committed_app.test_cli_runner().invoke(args=["facts", "rebuild"])
    assert (result.exit_code, result.output) == (0, "已从事件记录重新推导 5 条事实。\n")
    with committed_app.app_context():
        before = rows(current_session())
        current_session().rollback()
    jobs_again = committed_app.test_cli_runner().invoke(args=["facts", "rebuild"])
    with committed_app.app_context():
        assert jobs_again.exit_code == 0
        assert rows(current_session()) == before


def test_a_rebuild_that_fails_leaves_the_old_rows(committed_app: Flask):
    with committed_app.app_context(), transaction() as session:
        Story(session).whole_year()
        service.rebuild(session, now=NOW)
    with committed_app.app_context():
        with pytest.raises(RuntimeError), transaction() as session:
            service.rebuild(session, now=NOW - 99 * DAY)
            assert "listing_valid" not in kinds(session)
            raise RuntimeError
        assert kinds(current_session()) == EVERY_KIND


def test_two_writers_stand_in_one_queue(committed_app: Flask):
    with committed_app.app_context(), transaction() as session:
        Story(session).whole_year()
        service.sweep(session, now=NOW)
        held = session.execute(
            text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()")
        )
        assert held.scalar_one() == 1
    assert registered["evaluation.sweep_facts"].cron == jobs.SWEEP_CRON == "*/5 * * * *"
