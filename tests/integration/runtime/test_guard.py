"""A guarded command ends with its owner, by force if it must, and takes its own children along."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from market.kernel.runtime.guarded_process import GuardedProcess
from tests.integration.runtime.support import SOURCE_ROOT, wait_until_empty


def shell(folder: Path, script: str, grace_seconds: float = 5) -> GuardedProcess:
    process = GuardedProcess(["/bin/sh", "-c", script], folder=folder, grace_seconds=grace_seconds)
    deadline = time.monotonic() + 5
    while not (folder / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return process


@pytest.mark.parametrize(("script", "status"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 128 + 9)])
def test_the_guard_ends_as_its_command_ended(script: str, status: int) -> None:
    assert GuardedProcess(["/bin/sh", "-c", script]).stop_when_done() == status


def test_a_stop_lets_the_command_clean_up(tmp_path: Path) -> None:
    process = shell(tmp_path, "trap 'echo tidy > tidy; exit 0' TERM; touch ready; while :; do sleep 0.05; done")

    assert process.stop() == 0
    assert (tmp_path / "tidy").read_text() == "tidy\n"


def test_a_command_that_ignores_the_stop_is_killed_after_its_grace(tmp_path: Path) -> None:
    process = shell(tmp_path, "trap '' TERM; touch ready; while :; do sleep 0.05; done", grace_seconds=0.3)

    assert process.stop() == 128 + signal.SIGKILL


def test_an_orphaned_command_that_ignores_the_stop_is_killed_soon(tmp_path: Path) -> None:
    owner = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; from market.kernel.runtime.guarded_process import GuardedProcess\n"
        "script = \"trap '' TERM; touch ready; while :; do sleep 0.05; done\"\n"
        "kept = GuardedProcess(['/bin/sh', '-c', script], folder=Path(sys.argv[2]),"
        " grace_seconds=600, orphan_grace_seconds=0.3)\n"
        "import time\n"
        "while not Path(sys.argv[2], 'ready').exists(): time.sleep(0.01)\n"
        "os._exit(0)\n"
    )

    subprocess.run([sys.executable, "-c", owner, str(SOURCE_ROOT), str(tmp_path)], check=True)

    assert wait_until_empty(tmp_path, 5) == []


def test_children_of_the_command_do_not_stay(tmp_path: Path) -> None:
    process = shell(tmp_path, "sleep 300 & touch ready; wait")

    process.stop()

    assert wait_until_empty(tmp_path, 2) == []


def test_a_killed_guard_takes_its_command_along(tmp_path: Path) -> None:
    process = shell(tmp_path, "touch ready; exec sleep 300")

    psutil.Process(process.pid).kill()

    assert process.wait(5) == -signal.SIGKILL
    assert wait_until_empty(tmp_path, 5) == []
    process.stop()


def test_output_is_read_whole(tmp_path: Path) -> None:
    process = GuardedProcess([sys.executable, "-c", "print('科' * 100_000)"], output=subprocess.PIPE)

    assert process.read_output() == "科" * 100_000 + "\n"
    assert process.stop_when_done() == 0


def test_folders_named_for_removal_are_gone_afterwards(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    GuardedProcess(["/bin/true"], remove=[scratch]).stop_when_done()

    assert not scratch.exists()
