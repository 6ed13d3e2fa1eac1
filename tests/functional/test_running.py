"""`python app.py` is the whole platform: it says where it is, keeps itself running and leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psutil
import psycopg
import pytest

from market.kernel.runtime.embedded_postgres import running_url
from tests.integration.runtime.support import processes_in, wait_until_empty

ROOT = Path(__file__).resolve().parents[2]
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
FIRST_START_SECONDS = 150  # about forty on an idle machine: the demo world's listings go through all their services
SECOND_START_SECONDS = 10  # promised are five on an idle machine; here other tests run beside


class Running:
    """A started platform with its own data folder and port."""

    def __init__(self, instance_path: Path, port: int, output: Path, command: list[str], standard_input: str) -> None:
        self.instance_path = instance_path
        self.port = port
        self._output = output
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment |= {"INSTANCE_PATH": str(instance_path), "PORT": str(port), "KEZHUAN_ENV": "development"}
        with output.open("wb") as stream:
            self.process: subprocess.Popen[bytes] = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=stream, stderr=subprocess.STDOUT
            )
        standing: IO[bytes] | None = self.process.stdin
        assert standing is not None
        standing.write(standard_input.encode())
        standing.close()

    @property
    def said(self) -> str:
        return self._output.read_text("utf-8")

    def wait_for(self, text: str, seconds: float) -> float:
        """Wait until the text is printed; return the seconds that it took."""
        started = time.monotonic()
        while text not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() - started < seconds, self.said
            time.sleep(0.05)
        return time.monotonic() - started

    def wait_until_ready(self, seconds: float) -> float:
        return self.wait_for(f"http://127.0.0.1:{self.port}", seconds)

    def healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def organisations(self) -> int:
        url = running_url(self.instance_path)
        assert url is not None
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            row = connection.execute("SELECT count(*) FROM organisation").fetchone()
        assert row is not None
        return int(row[0])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start_platform(
        port: int | None = None, command: tuple[str, ...] = (sys.executable, "app.py"), standard_input: str = ""
    ) -> Running:
        output = tmp_path / f"output-{len(started)}.txt"
        started.append(Running(tmp_path / "copy", port or free_port(), output, list(command), standard_input))
        return started[-1]

    yield start_platform
    for platform in started:
        if platform.process.poll() is None:
            platform.process.kill()
        platform.process.wait()
    wait_until_empty(tmp_path / "copy")


def children(platform: Running, word: str) -> list[psutil.Process]:
    """The platform's processes with this word on their command line, guards left out."""
    found = psutil.Process(platform.process.pid).children(recursive=True)
    return [process for process in found if word in process.cmdline() and "-I" not in process.cmdline()]


def test_a_busy_port_gets_a_sentence_and_starts_nothing(start: Callable[..., Running], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        platform = start(port)
        status = platform.process.wait(20)

    assert status == 1
    assert f"端口 127.0.0.1:{port} 不可用" in platform.said
    assert "Traceback" not in platform.said
    assert not (tmp_path / "copy").exists()


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_runs_and_after_a_stop_leaves_no_process_and_starts_quickly_with_its_data(
    start: Callable[..., Running], stop: signal.Signals
) -> None:
    first = start()
    first.wait_until_ready(FIRST_START_SECONDS)
    assert first.healthy()
    first.wait_for("@", 10)  # the demo accounts
    organisations = first.organisations()

    first.process.send_signal(stop)

    assert first.process.wait(30) == 0
    assert wait_until_empty(first.instance_path) == []
    assert "Traceback" not in first.said
    second = start()
    assert second.wait_until_ready(SECOND_START_SECONDS) < SECOND_START_SECONDS
    assert second.organisations() == organisations > 0


@pytest.mark.slow
def test_killed_with_9_it_leaves_no_process(start: Callable[..., Running]) -> None:
    platform = start()
    platform.wait_until_ready(FIRST_START_SECONDS)
    assert len(processes_in(platform.instance_path)) > 5  # the look itself works

    platform.process.kill()
    platform.process.wait()

    assert wait_until_empty(platform.instance_path, 20) == []


@pytest.mark.slow
def test_a_killed_make_takes_the_platform_along(start: Callable[..., Running]) -> None:
    platform = start(command=("make", "-f", "-"), standard_input=f"run:\n\t@{sys.executable} app.py\n")
    platform.wait_until_ready(FIRST_START_SECONDS)

    platform.process.kill()
    platform.process.wait()

    assert wait_until_empty(platform.instance_path, 20) == []


@pytest.mark.slow
def test_a_killed_worker_and_a_killed_web_server_are_started_again(start: Callable[..., Running]) -> None:
    platform = start()
    platform.wait_until_ready(FIRST_START_SECONDS)

    for word, name in (("worker", "worker"), ("gunicorn", "web")):
        for process in children(platform, word):
            process.kill()
        platform.wait_for(f"进程 {name} 意外退出", 10)

    deadline = time.monotonic() + 20
    while not platform.healthy() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert platform.healthy()
    assert len(children(platform, "worker")) == 1
