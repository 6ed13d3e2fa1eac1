"""Owners of servers in processes of their own, to be killed, and a look at what they leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

SITE_PACKAGES = Path(psutil.__file__).parents[1]
SOURCE_ROOT = Path(__file__).resolve().parents[3] / "platform"
OWNER = """
import json, sys, time
sys.path[:0] = [sys.argv[1], sys.argv[3]]
from pathlib import Path
from market.kernel.runtime.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[2]), durable=False)
print(json.dumps({"url": server.start()}), flush=True)
time.sleep(600)
"""


class Owner:
    """A Python process that started an embedded server and sleeps."""

    def __init__(self, instance_path: Path, uid: int | None = None) -> None:
        self.process = subprocess.Popen(
            [interpreter_for(uid), "-c", OWNER, str(SOURCE_ROOT), str(instance_path), str(SITE_PACKAGES)],
            stdout=subprocess.PIPE,
            text=True,
            user=uid,
            extra_groups=None if uid is None else [],
            cwd="/",
        )
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["url"].replace("+psycopg", "")

    def kill(self) -> None:
        """kill -9, at once."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def interpreter_for(uid: int | None) -> str:
    """Ours, or the system's when the user cannot reach ours (a Python kept in root's home)."""
    probe = f"import sys; sys.path.insert(0, {str(SITE_PACKAGES)!r}); import psycopg"
    for interpreter in (sys.executable, "/usr/bin/python3"):
        try:
            subprocess.run([interpreter, "-c", probe], user=uid, cwd="/", check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return interpreter
    raise AssertionError(f"uid {uid} can run no Python that imports psycopg")


def processes_in(folder: Path) -> list[str]:
    """The command lines of all processes that work in the folder or below, or were told of it by word or variable."""
    found = []
    for process in psutil.process_iter():
        try:
            inside = Path(process.cwd()).is_relative_to(folder)
            words = process.cmdline()
            told = process.environ().get("INSTANCE_PATH") == str(folder)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if process.pid != os.getpid() and (inside or told or any(str(folder) in word for word in words)):
            found.append(" ".join(words) or process.name())
    return found


def wait_until_empty(folder: Path, seconds: float = 10) -> list[str]:
    """Wait for the folder's processes to end; return those that are left then."""
    deadline = time.monotonic() + seconds
    while (left := processes_in(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def modes_above(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode, owner and group of every folder above."""
    return {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in folder.parents}
