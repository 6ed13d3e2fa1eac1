"""Real PostgreSQL for every test: one server a run, one migrated database a worker, one rolled-back transaction a test."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app import create_app
from config import Settings, load_settings
from market.kernel.clock import FixedClock
from market.kernel.db import current_session, db
from market.kernel.runtime.embedded_postgres import EmbeddedPostgres

SERVER_VARIABLE = "KEZHUAN_TEST_SERVER"
FOLDER_VARIABLE = "KEZHUAN_TEST_FOLDER"
TEMPLATE = "kezhuan_template"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""Ten in the morning in Wenzhou."""

_owned: dict[str, Any] = {}


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the server and migrates the template; workers find both through the environment."""
    if hasattr(config, "workerinput") or os.environ.get(SERVER_VARIABLE) or config.option.collectonly:
        return
    directory = Path(tempfile.mkdtemp(prefix="kezhuan-test-"))
    os.environ[FOLDER_VARIABLE] = str(directory)
    _owned.update(directory=directory)
    given = os.environ.get("TEST_DATABASE_URL")
    if given is None:
        server = EmbeddedPostgres(directory / "server", durable=False)
        server.start()
        _owned.update(server=server)
        given = server.url
    os.environ[SERVER_VARIABLE] = load_settings({"DATABASE_URL": given}).database_url or ""
    _make_template()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that this process started, and remove what the run kept."""
    if not _owned:
        return
    if "server" in _owned:
        _owned["server"].stop()
    shutil.rmtree(_owned["directory"], ignore_errors=True)
    _owned.clear()
    os.environ.pop(SERVER_VARIABLE, None)
    os.environ.pop(FOLDER_VARIABLE, None)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """On CI a skip is a failure: whatever a test needs must be installed there."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped on CI: {report.longrepr}"


def run_folder() -> Path:
    """A folder that all processes of this test run share; it goes with the run."""
    return Path(os.environ[FOLDER_VARIABLE])


def admin_execute(*statements: str) -> None:
    """Run statements on the run's server outside any transaction."""
    engine = sa.create_engine(os.environ[SERVER_VARIABLE], isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def url_of(name: str) -> str:
    """The address of one of the databases on the run's server."""
    return make_url(os.environ[SERVER_VARIABLE]).set(database=name).render_as_string(hide_password=False)


def _make_template() -> None:
    admin_execute(f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}")
    directory = tempfile.mkdtemp(prefix="kezhuan-template-")
    app = create_app(settings_for(url_of(TEMPLATE), Path(directory)))
    from flask_migrate import upgrade

    with app.app_context():
        upgrade()
        db.engine.dispose()
    shutil.rmtree(directory)


def settings_for(database_url: str, instance_path: Path, **variables: str) -> Settings:
    """Settings of a test's application."""
    return load_settings(
        {
            "KEZHUAN_ENV": "testing",
            "DATABASE_URL": database_url,
            "INSTANCE_PATH": str(instance_path),
            "SECRET_KEY": "test-secret-test-secret-test-secret-test",
            **variables,
        }
    )


@pytest.fixture(scope="session")
def worker_database() -> Iterator[str]:
    """The address of this worker's own migrated database."""
    name = f"kezhuan_{uuid.uuid4().hex[:12]}"
    admin_execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield url_of(name)
    admin_execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def worker_app(worker_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One wired application a worker."""
    app = create_app(settings_for(worker_database, tmp_path_factory.mktemp("instance")), clock=FixedClock(NOW))
    prepare(app)
    yield app
    with app.app_context():
        db.engine.dispose()


class IsolatedClient(FlaskClient):
    """Each request gets its own application context, also while a test holds one."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


def prepare(app: Flask) -> None:
    """Forms without CSRF tokens (tests/functional/test_forgery.py switches them on), requests isolated."""
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = IsolatedClient


@pytest.fixture
def clock(worker_app: Flask) -> Iterator[FixedClock]:
    """The application's clock; a test moves it by setting `clock.at`."""
    fixed: FixedClock = worker_app.extensions["kezhuan_clock"]
    fixed.at = NOW
    yield fixed
    fixed.at = NOW


@pytest.fixture
def app(worker_app: Flask, clock: FixedClock) -> Iterator[Flask]:
    """The application on a connection whose transaction is rolled back at the end, even past commits."""
    with worker_app.app_context():
        engines = db.engines
        engine = engines[None]
    with engine.connect() as connection:
        outer = connection.begin()
        engines[None] = connection
        try:
            yield worker_app
        finally:
            engines[None] = engine
            outer.rollback()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The session inside an application context; what it writes is seen by `client` after a flush."""
    with app.app_context():
        yield current_session()
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor's browser without JavaScript."""
    return app.test_client()


@pytest.fixture
def committed_app(tmp_path: Path) -> Iterator[Flask]:
    """An application on a database of its own, where commits are real: for races, workers and kills."""
    name = f"kezhuan_{uuid.uuid4().hex[:12]}"
    admin_execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    from market.kernel.clock import SystemClock

    app = create_app(settings_for(url_of(name), tmp_path / "instance"), clock=SystemClock())
    prepare(app)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    admin_execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def worker_environment(committed_app: Flask) -> dict[str, str]:
    """Environment of a child process that works on `committed_app`'s database (a worker to be killed, say)."""
    settings: Settings = committed_app.extensions["kezhuan_settings"]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("ELASTICSEARCH")},
        "KEZHUAN_ENV": "testing",
        "DATABASE_URL": committed_app.config["SQLALCHEMY_DATABASE_URI"],
        "INSTANCE_PATH": str(settings.instance_path),
        "SECRET_KEY": settings.secret_key,
        "FLASK_APP": "app",
        "MEANING": "off",  # who tries the vectors turns it on
    }
