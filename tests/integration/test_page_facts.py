"""Facts that nearly every page asks: one statement of a request, and never older than the request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from market.kernel import db as kernel_db
from market.kernel.db import ask_idle_connections, db
from market.kernel.facts import fact
from market.web.layout import IS_DEMO
from search import queries
from search.queries import institution_names
from search.synonyms.current import LAST_CHANGE
from tests.conftest import admin_execute
from tests.factories.world import make_organisation


def _make_demo(session: Session) -> None:
    make_organisation(session).is_demo = True
    session.flush()


@pytest.fixture
def asked(session: Session) -> Iterator[list[str]]:
    """The statements that the database was sent."""
    statements: list[str] = []
    connection = session.connection()

    def note(*told: object) -> None:
        statements.append(str(told[2]))

    sa.event.listen(connection, "before_cursor_execute", note)
    yield statements
    sa.event.remove(connection, "before_cursor_execute", note)


def test_a_request_asks_for_all_facts_at_once_and_once(app: Flask, session: Session, asked: list[str]) -> None:
    with app.test_request_context():
        assert fact(session, IS_DEMO) is False
        _make_demo(session)
        asked.clear()
        assert (fact(session, IS_DEMO), fact(session, LAST_CHANGE)) == (False, None)
        assert asked == []
    with app.test_request_context():
        asked.clear()
        assert (fact(session, IS_DEMO), fact(session, LAST_CHANGE)) == (True, None)
        assert len(asked) == 1


def test_outside_a_request_a_fact_is_asked_for_each_time(session: Session, asked: list[str]) -> None:
    assert fact(session, IS_DEMO) is False
    _make_demo(session)
    asked.clear()
    assert fact(session, IS_DEMO) is True
    assert len(asked) == 1
    assert "synonym_change" not in asked[0]


def test_names_of_institutions_are_read_once_and_again_after_some_seconds(
    session: Session, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_organisation(session, code="WZX", name="温州某学院")
    assert institution_names(session, ["WZX", "NONE"]) == {"WZX": "温州某学院"}
    house.name = "温州某大学"
    session.flush()
    asked.clear()
    assert institution_names(session, ["WZX"]) == {"WZX": "温州某学院"}
    assert [one for one in asked if "organisation.name" in one] == []
    now = queries.monotonic()
    monkeypatch.setattr(queries, "monotonic", lambda: now + queries.KEPT_SECONDS + 1)
    assert institution_names(session, ["WZX"]) == {"WZX": "温州某大学"}


def test_an_institution_that_is_new_is_named_at_once(session: Session) -> None:
    make_organisation(session, code="WZX", name="温州某学院")
    assert institution_names(session, ["WZX"]) == {"WZX": "温州某学院"}
    make_organisation(session, code="WZY", name="瓯海某学院")
    assert institution_names(session, ["WZX", "WZY"]) == {"WZX": "温州某学院", "WZY": "瓯海某学院"}


@pytest.fixture
def engine(committed_app: Flask) -> Iterator[sa.Engine]:
    """An engine over the test's own database, with one connection that has been used."""
    with committed_app.app_context():
        address = db.engine.url
    engine = sa.create_engine(address, pool_size=1)
    ask_idle_connections(engine)
    yield engine
    engine.dispose()


def _cut(engine: sa.Engine) -> None:
    """The server ends the connection that lies in the pool."""
    with engine.connect() as connection:
        number = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    admin_execute(f"SELECT pg_terminate_backend({number}, 5000)")


def test_a_connection_that_lay_idle_is_replaced_when_its_server_is_gone(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_db, "FRESH_SECONDS", 0.0)
    _cut(engine)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


def test_a_connection_used_a_moment_ago_is_not_asked_and_fails_once(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_db, "FRESH_SECONDS", 60.0)
    _cut(engine)
    with pytest.raises(OperationalError), engine.connect() as connection:
        connection.scalar(sa.text("SELECT 1"))
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
