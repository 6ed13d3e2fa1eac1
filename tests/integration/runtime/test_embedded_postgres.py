"""The embedded PostgreSQL starts anywhere, changes nothing around itself and never outlives its owner."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from market.kernel.runtime.embedded_postgres import EmbeddedPostgres, running_url
from market.kernel.runtime.errors import StartRefused
from tests.integration.runtime.support import Owner, modes_above, processes_in, wait_until_empty


def ask(url: str, query: str) -> object:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def run(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())


def test_serves_utf8_from_a_folder_that_no_other_user_can_reach(barred: Path) -> None:
    with EmbeddedPostgres(barred, durable=False) as server:
        assert ask(server.url, "SHOW server_encoding") == "UTF8"
        assert ask(server.url, "SELECT lower('ÀÉ科')") == "àé科"


def test_changes_no_mode_or_owner_above_its_folder(barred: Path) -> None:
    before = modes_above(barred)

    with EmbeddedPostgres(barred, durable=False):
        during = modes_above(barred)

    assert during == before
    assert modes_above(barred) == before


def test_keeps_data_and_address_over_a_restart(barred: Path) -> None:
    with EmbeddedPostgres(barred, durable=False) as server:
        first = server.url
        run(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")

    with EmbeddedPostgres(barred, durable=False) as server:
        assert server.url == first
        assert ask(server.url, "SELECT answer FROM kept") == 42


def test_is_durable_unless_told_otherwise(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "copy") as server:
        assert ask(server.url, "SHOW fsync") == "on"


def test_data_survive_an_owner_killed_with_9_and_no_process_is_left(
    barred: Path, start_owner: Callable[..., Owner]
) -> None:
    owner = start_owner(barred)
    run(owner.url, "CREATE TABLE kept AS SELECT 7 AS answer")
    assert len(processes_in(barred)) > 3  # owner, postmaster and its helpers: the look itself works

    owner.kill()

    assert wait_until_empty(barred) == []
    with EmbeddedPostgres(barred, durable=False) as server:
        assert ask(server.url, "SELECT answer FROM kept") == 7


def test_starts_again_at_once_after_its_owner_was_killed(barred: Path, start_owner: Callable[..., Owner]) -> None:
    start_owner(barred).kill()

    with EmbeddedPostgres(barred, durable=False) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_starts_over_a_stale_pid_file_whose_number_is_somebody_elses_now(barred: Path) -> None:
    with EmbeddedPostgres(barred, durable=False):
        lines = (barred / "postgres" / "postmaster.pid").read_text().splitlines()
    stale = barred / "postgres" / "postmaster.pid"
    stale.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    with EmbeddedPostgres(barred, durable=False) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_starts_after_a_first_start_that_was_interrupted(barred: Path) -> None:
    half = barred / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")

    with EmbeddedPostgres(barred, durable=False) as server:
        assert ask(server.url, "SELECT 1") == 1
    assert not half.exists()


def test_a_second_start_on_the_same_folder_is_refused_with_the_pid(
    barred: Path, start_owner: Callable[..., Owner]
) -> None:
    owner = start_owner(barred)

    with pytest.raises(StartRefused, match=rf"Already running on this data folder, pid {owner.process.pid};"):
        EmbeddedPostgres(barred, durable=False).start()

    assert ask(owner.url, "SELECT 1") == 1
    assert running_url(barred) is not None


def test_two_copies_run_side_by_side(tmp_path: Path) -> None:
    with (
        EmbeddedPostgres(tmp_path / "one", durable=False) as one,
        EmbeddedPostgres(tmp_path / "two", durable=False) as two,
    ):
        run(one.url, "CREATE TABLE only_here ()")
        assert ask(one.url, "SELECT to_regclass('only_here')::text") == "only_here"
        assert ask(two.url, "SELECT to_regclass('only_here')::text") is None


def test_another_local_user_without_the_password_is_turned_away(barred: Path) -> None:
    with EmbeddedPostgres(barred, durable=False) as server:
        address = server.url.replace("+psycopg", "")
        password = address.split(":")[2].split("@")[0]
        for guess in ("", "kezhuan"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(address.replace(password, guess))
        for name in ("postgres-password", "database-url"):
            assert stat.S_IMODE((barred / name).stat().st_mode) == 0o600


def test_other_commands_find_the_running_server_and_only_a_running_one(barred: Path) -> None:
    assert running_url(barred) is None
    with EmbeddedPostgres(barred, durable=False) as server:
        assert running_url(barred) == server.url
    assert running_url(barred) is None


def test_the_address_left_by_a_killed_owner_is_not_taken_for_a_running_server(
    barred: Path, start_owner: Callable[..., Owner]
) -> None:
    start_owner(barred).kill()
    assert wait_until_empty(barred) == []

    assert (barred / "database-url").exists()
    deadline = time.monotonic() + 10  # its guard holds the lock until it has gone, too
    while running_url(barred) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running_url(barred) is None


def test_works_for_an_ordinary_user(
    tmp_path: Path, ordinary_user: int | None, start_owner: Callable[..., Owner]
) -> None:
    folder = Path("/var/tmp") / f"kezhuan-test-{tmp_path.name}-{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        if ordinary_user is not None:
            os.chown(folder, ordinary_user, -1)
        owner = start_owner(folder / "copy", ordinary_user)

        assert ask(owner.url, "SELECT 1") == 1
        expected = os.geteuid() if ordinary_user is None else ordinary_user
        assert (folder / "copy" / "postgres").stat().st_uid == expected

        owner.kill()
        assert wait_until_empty(folder) == []
    finally:
        shutil.rmtree(folder)
