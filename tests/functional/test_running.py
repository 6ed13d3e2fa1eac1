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
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
import psycopg
import pytest

from market.kernel.runtime.embedded_postgres import running_url
from tests.factories.started_platform import INHERITED, ROOT, free_port
from tests.integration.runtime.support import processes_in, wait_until_empty

pytestmark = pytest.mark.timeout(600)  # each wait has its own limit
FIRST_START_SECONDS = 240  # about forty on an idle machine: the demo world's listings go through all their services
NEXT_START_SECONDS = 60  # on a folder that the demo world is in already
SECOND_START_SECONDS = 40  # promised are five on an idle machine; here other tests run beside


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


@dataclass(frozen=True)
class FirstStart:
    """What was seen of the platform's first start on an empty folder, until Ctrl-C; `folder` is as it left it."""

    folder: Path
    was_healthy: bool
    organisations: int
    exit_status: int
    remaining: list[psutil.Process]
    said: str


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> FirstStart:
    """The one start here that loads the demo world by itself; the other tests go on from a copy of its folder."""
    folder = tmp_path_factory.mktemp("first")
    platform = Running(folder / "copy", free_port(), folder / "output.txt", [sys.executable, "app.py"], "")
    try:
        platform.wait_until_ready(FIRST_START_SECONDS)
        healthy = platform.healthy()
        platform.wait_for("officer@wzu.demo", 10)  # the demo accounts
        organisations = platform.organisations()
        platform.process.send_signal(signal.SIGINT)
        status = platform.process.wait(30)
        remaining = wait_until_empty(folder / "copy")
    finally:
        platform.process.kill()
        platform.process.wait()
    return FirstStart(folder / "copy", healthy, organisations, status, remaining, platform.said)


@pytest.fixture
def loaded_folder(first_start: FirstStart, tmp_path: Path) -> None:
    """The folder that `start` uses holds what the first start left: demo world, database, search index."""
    # keeps the owner: started by root, the database belongs to another user
    subprocess.run(["cp", "-a", str(first_start.folder), str(tmp_path / "copy")], check=True)


@pytest.mark.slow
def test_the_first_start_loads_the_demo_world_says_who_can_sign_in_and_leaves_no_process(
    first_start: FirstStart,
) -> None:
    assert first_start.was_healthy
    assert first_start.organisations > 0
    assert first_start.exit_status == 0
    assert first_start.remaining == []
    assert "Traceback" not in first_start.said


@pytest.mark.slow
@pytest.mark.usefixtures("loaded_folder")
def test_the_next_start_is_quick_with_the_same_data_and_its_stop_leaves_no_process(
    start: Callable[..., Running], first_start: FirstStart
) -> None:
    second = start()
    assert second.wait_until_ready(SECOND_START_SECONDS) < SECOND_START_SECONDS
    assert second.organisations() == first_start.organisations

    second.process.send_signal(signal.SIGTERM)

    assert second.process.wait(30) == 0
    assert wait_until_empty(second.instance_path) == []
    assert "Traceback" not in second.said


@pytest.mark.slow
@pytest.mark.usefixtures("loaded_folder")
def test_killed_with_9_it_leaves_no_process(start: Callable[..., Running]) -> None:
    platform = start()
    platform.wait_until_ready(NEXT_START_SECONDS)
    assert len(processes_in(platform.instance_path)) > 5  # the look itself works

    platform.process.kill()
    platform.process.wait()

    assert wait_until_empty(platform.instance_path, 20) == []


@pytest.mark.slow
@pytest.mark.usefixtures("loaded_folder")
def test_a_killed_make_takes_the_platform_along(start: Callable[..., Running]) -> None:
    platform = start(command=("make", "-f", "-"), standard_input=f"run:\n\t@{sys.executable} app.py\n")
    platform.wait_until_ready(NEXT_START_SECONDS)

    platform.process.kill()
    platform.process.wait()

    assert wait_until_empty(platform.instance_path, 20) == []


@pytest.mark.slow
@pytest.mark.usefixtures("loaded_folder")
def test_a_killed_worker_and_a_killed_web_server_are_started_again(start: Callable[..., Running]) -> None:
    platform = start()
    platform.wait_until_ready(NEXT_START_SECONDS)

    for word, name in (("worker", "worker"), ("gunicorn", "web")):
        for process in children(platform, word):
            process.kill()
        platform.wait_for(f"进程 {name} 意外退出", 10)

    deadline = time.monotonic() + 20
    while not platform.healthy() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert platform.healthy()
    assert len(children(platform, "worker")) == 1
