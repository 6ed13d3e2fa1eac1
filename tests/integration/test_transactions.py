"""Jobs and the record stand or fall with the business transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from market.kernel import jobs
from market.kernel.db import transaction
from market.kernel.events import COPY_FROM, GENESIS, Event, EventDraft, record, record_many, verify_stream
from tests.conftest import NOW


def waiting(session: Session) -> int:
    return session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) or 0


def test_a_rolled_back_transaction_leaves_no_job(committed_app):
    with committed_app.app_context():
        with pytest.raises(RuntimeError), transaction() as session:
            jobs.defer(session, "nobody.knows", listing_id=1)
            raise RuntimeError
        with transaction() as session:
            assert waiting(session) == 0


def test_a_transaction_that_only_defers_leaves_its_job(committed_app):
    with committed_app.app_context(), transaction() as session:
        jobs.defer(session, "nobody.knows", listing_id=1)
    with committed_app.app_context(), transaction() as session:
        assert waiting(session) == 1


def draft(action: str = "thing.made", number: int = 7) -> EventDraft:
    return EventDraft("thing", number, action, NOW, payload={"名": "值"})


def test_events_of_a_stream_are_numbered_and_chained(session):
    first, second = record(session, draft()), record(session, draft("thing.changed"))
    assert (first.sequence, first.previous_hash) == (1, GENESIS)
    assert (second.sequence, second.previous_hash) == (2, first.hash)
    assert verify_stream(session, "thing:7") == []


@pytest.mark.parametrize("statement", ["UPDATE event SET reason = 'x'", "DELETE FROM event", "TRUNCATE event CASCADE"])
def test_the_database_refuses_to_change_events(session, statement):
    record(session, draft())
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(statement))


def test_a_changed_row_is_found_and_located(session):
    record(session, draft())
    event = record(session, draft("thing.changed"))
    session.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
    session.execute(text("UPDATE event SET reason = 'other' WHERE id = :id"), {"id": event.id})
    session.expire_all()
    broken = verify_stream(session, "thing:7")
    assert [(link.sequence, link.reason) for link in broken] == [(2, "content")]
    assert session.get(Event, event.id).sequence == 2


def test_many_events_at_once_are_chained_like_single_ones(session):
    record(session, draft(number=1))
    many = record_many(session, [draft("thing.changed", number=number % 40) for number in range(COPY_FROM + 70)])
    assert [event.sequence for event in many[:3]] == [1, 2, 1]
    assert [verify_stream(session, f"thing:{number}") for number in range(40)] == [[]] * 40
    stored = session.get(Event, many[5].id)
    assert (stored.hash, stored.payload) == (many[5].hash, {"名": "值"})
