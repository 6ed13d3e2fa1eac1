"""`python app.py` in a process of its own, on a free port, until the end of a block."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from market.kernel.runtime.embedded_postgres import running_url

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240  # a quarter of it on two idle cores, when the demo world is loaded
STOP_SECONDS = 60
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
DUE_JOBS = """
SELECT count(*) FROM procrastinate_jobs
WHERE status IN ('todo', 'doing') AND coalesce(scheduled_at, now()) <= now()
"""


@dataclass(frozen=True)
class StartedPlatform:
    """Where it listens, its database as libpq names it, and its process."""

    address: str
    database: str
    process: subprocess.Popen[bytes]

    def wait_for_worker(self) -> None:
        """Wait until no job is due: notices are told, facts derived, the index built."""
        deadline = time.monotonic() + START_SECONDS
        with psycopg.connect(self.database, autocommit=True) as connection:
            while connection.execute(DUE_JOBS).fetchone() != (0,):
                assert time.monotonic() < deadline, "the worker does not finish"
                time.sleep(0.2)  # asking another process


@contextmanager
def started_platform(
    instance_path: Path, database_url: str | None = None, **variables: str
) -> Iterator[StartedPlatform]:
    """Start on a folder, and on a database or else the embedded one of the folder; stopped at the end of the block."""
    port = free_port()
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment |= {"INSTANCE_PATH": str(instance_path), "PORT": str(port), "KEZHUAN_ENV": "development"}
    environment |= {"MEANING": "off", **variables}  # half a minute of computing; the tests of meaning turn it on
    if database_url:
        environment["DATABASE_URL"] = database_url
    instance_path.mkdir(parents=True, exist_ok=True)
    said = instance_path.with_suffix(".txt")
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(address, process, said)
        database = database_url or running_url(instance_path)
        assert database is not None
        yield StartedPlatform(address, database.replace("+psycopg", ""), process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], said: Path) -> None:
    """Until /readyz answers 200; fails with what the process said."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, said.read_text("utf-8", "replace")
        try:
            if httpx.get(address + "/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)  # asking a starting process, not waiting for a time to pass
    raise AssertionError(said.read_text("utf-8", "replace"))
