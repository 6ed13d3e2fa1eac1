"""Debian's PostgreSQL 15 runs for one command and leaves nothing behind; the tests know on which server they run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.kernel.runtime.errors import StartRefused
from tests.integration.runtime.support import SITE_PACKAGES, SOURCE_ROOT
from tools import postgresql_server
from tools.postgresql_server import APT_LINE, PROGRAMS, PostgresqlServer, main

pytestmark = pytest.mark.skipif(not PROGRAMS.exists(), reason=APT_LINE)

EMBEDDED = "18"
OWNER = """
import sys, time
sys.path[:0] = [sys.argv[1], sys.argv[2], sys.argv[3]]
from tools.postgresql_server import PostgresqlServer
server = PostgresqlServer()
print(server.start(), server.folder, flush=True)
time.sleep(600)
"""
SAY_VERSION = """
import os, psycopg
with psycopg.connect(os.environ["TEST_DATABASE_URL"].replace("+psycopg", "")) as connection:
    print(connection.info.server_version // 10000)
"""


def is_answering(url: str) -> bool:
    try:
        psycopg.connect(url.replace("+psycopg", ""), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_command_finds_postgresql_15_in_its_environment(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--", sys.executable, "-c", SAY_VERSION]) == 0
    assert capfd.readouterr().out == "15\n"


def test_the_command_s_exit_status_is_passed_on() -> None:
    assert main(["--", sys.executable, "-c", "raise SystemExit(3)"]) == 3


def test_without_a_command_nothing_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--"]) == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_a_stopped_server_leaves_no_data() -> None:
    with PostgresqlServer() as server:
        assert is_answering(server.url)
        assert server.folder.stat().st_mode & 0o777 == 0o700
    assert not is_answering(server.url)
    assert not server.folder.exists()


def test_the_server_dies_with_a_killed_owner() -> None:
    command = [sys.executable, "-c", OWNER, str(SOURCE_ROOT), str(SOURCE_ROOT.parent), str(SITE_PACKAGES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/") as owner:
        assert owner.stdout is not None
        url, folder = owner.stdout.readline().split()
        assert is_answering(url)
        owner.kill()

    deadline = time.monotonic() + 20
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(folder).exists()
    assert not is_answering(url)


def test_a_machine_without_it_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_server, "PROGRAMS", tmp_path)
    with pytest.raises(StartRefused, match="apt-get install postgresql-15"):
        PostgresqlServer().start()


def test_the_tests_run_on_the_server_that_was_asked_for(session: Session) -> None:
    asked = os.environ.get("TEST_POSTGRESQL_VERSION") or ("" if os.environ.get("TEST_DATABASE_URL") else EMBEDDED)
    number = session.execute(sa.text("SHOW server_version_num")).scalar_one()
    assert str(int(number) // 10000) == (asked or str(int(number) // 10000))
