"""An empty database upgraded is what the models say, and the way back exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect, text

from market.kernel.db import db, transaction
from market.kernel.orm import Base

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ROOT / "migrations" / "versions"


def script() -> ScriptDirectory:
    config = current_app.extensions["migrate"].migrate.get_config(str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config)


def tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_there_is_one_head_and_it_is_the_pinned_one(worker_app: Flask) -> None:
    with worker_app.app_context():
        heads = script().get_heads()

    assert heads == [(ROOT / "migrations" / ".current-head").read_text("ascii").strip()]


def test_files_are_numbered_in_a_line(worker_app: Flask) -> None:
    names = sorted(path.name for path in VERSIONS.glob("*.py"))
    with worker_app.app_context():
        revisions = [revision.revision for revision in script().walk_revisions()]

    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in names)
    assert revisions == [name[:4] for name in reversed(names)]


def test_an_empty_database_upgraded_equals_the_models(committed_app: Flask) -> None:
    with committed_app.app_context():
        check(directory=str(ROOT / "migrations"))  # exits when a difference is found
        assert tables() >= set(Base.metadata.tables)


def test_the_check_finds_a_difference(committed_app: Flask) -> None:
    with committed_app.app_context():
        with transaction() as session:
            session.execute(text("ALTER TABLE notice DROP COLUMN read_at"))
        with pytest.raises(SystemExit):
            check(directory=str(ROOT / "migrations"))


def test_down_to_nothing_and_up_again_works(committed_app: Flask) -> None:
    with committed_app.app_context():
        before = tables()
        downgrade(directory=str(ROOT / "migrations"), revision="base")
        assert tables() == {"alembic_version"}

        upgrade(directory=str(ROOT / "migrations"))

        assert tables() == before
        check(directory=str(ROOT / "migrations"))


def test_a_second_upgrade_changes_nothing(committed_app: Flask) -> None:
    with committed_app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        with transaction() as session:
            assert session.scalar(text("SELECT count(*) FROM alembic_version")) == 1
            parameters = session.execute(text("SELECT key, valid_from FROM parameter")).all()
        assert len(parameters) == len(set(parameters)) > 0
