"""Views that only read: their transaction ends by COMMIT, so that the statements that psycopg prepared are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.kernel.db import db, end_reading, only_reads, plain_rows
from tests.factories.world import make_organisation


@pytest.fixture
def ended(app: Flask, session: Session) -> Iterator[list[str]]:
    """How the transactions of the session ended."""
    ends: list[str] = []
    listeners: list[tuple[str, Any]] = [
        ("after_commit", lambda _: ends.append("commit")),
        ("after_rollback", lambda _: ends.append("rollback")),
    ]
    for name, listener in listeners:
        event.listen(session, name, listener)
    yield ends
    for name, listener in listeners:
        event.remove(session, name, listener)


def test_a_view_that_only_reads_commits_once_it_is_done(app: Flask, session: Session, ended: list[str]) -> None:
    session.rollback()
    ended.clear()

    @only_reads
    def view() -> str:
        db.session.execute(text("SELECT 1"))
        return "read"

    assert view() == "read"
    assert ended == []
    end_reading(None)
    assert ended == ["commit"]
    end_reading(None)  # a second request of the same context did not say so
    assert ended == ["commit"]


def test_a_view_that_failed_is_rolled_back(app: Flask, session: Session, ended: list[str]) -> None:
    session.rollback()
    ended.clear()
    only_reads(lambda: None)()
    end_reading(ValueError("while it was read"))
    assert ended == []  # the session is closed next, which rolls back


def test_a_transaction_that_failed_leaves_the_connection_usable(committed_app: Flask) -> None:
    @only_reads
    def view() -> None:
        with pytest.raises(ProgrammingError, match="no_such_table"):
            db.session.execute(text("SELECT * FROM no_such_table"))

    with committed_app.app_context():
        view()
    with committed_app.app_context():
        assert db.session.scalar(text("SELECT 1")) == 1


def test_the_statements_of_a_result_page_stay_prepared(committed_app: Flask) -> None:
    client = committed_app.test_client()
    for _ in range(8):
        assert client.get("/listings?q=密封").status_code == 200
    with committed_app.app_context():
        kept = db.session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
        assert any("synonym_change" in one for one in kept)
        db.session.rollback()
        assert db.session.scalars(text("SELECT statement FROM pg_prepared_statements")).all() == []


def test_plain_rows_see_what_the_session_has_not_written_yet(session: Session) -> None:
    made = make_organisation(session)
    made.name = "改名后的学院"
    names = plain_rows(session, select(Organisation.name).where(Organisation.id == made.id)).scalars().all()
    assert names == ["改名后的学院"]
