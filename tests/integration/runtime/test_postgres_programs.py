"""PostgreSQL's programs run for the server's user wherever the virtual environment lies."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from market.kernel.runtime import postgres_programs
from market.kernel.runtime.accounts import account_for
from market.kernel.runtime.errors import StartRefused
from tests.integration.runtime.support import modes_above


def test_programs_run_from_a_home_that_the_servers_user_cannot_enter(
    barred: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = postgres_programs._installed_folder()
    shutil.copytree(original, barred / original.name, ignore=shutil.ignore_patterns("include"))
    monkeypatch.setattr(postgres_programs, "_installed_folder", lambda: barred / original.name)
    account = account_for(Path("/"))
    before = modes_above(barred)

    programs = postgres_programs.find_programs(account)
    said = subprocess.run(
        [programs.postgres, "--version"],
        user=None if account is None else account.uid,
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    programs.forget()

    assert said.startswith("postgres (PostgreSQL) 18")
    assert modes_above(barred) == before
    assert [path for path in programs.copies if path.exists()] == []
    assert (len(programs.copies) == 1) == (account is not None)


def test_a_missing_wheel_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_programs, "PACKAGE", "no_such_package_anywhere")

    with pytest.raises(StartRefused, match="未安装内置的 PostgreSQL"):
        postgres_programs.find_programs(None)
