"""The whole platform as its user starts it: `python app.py` in a process of its own, reached over a real socket."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
DEMO_PASSWORD = "kezhuan-demo-2026"


@dataclass(frozen=True)
class RunningPlatform:
    """Where it listens, and its process."""

    address: str
    process: subprocess.Popen[bytes]

    @property
    def host_and_port(self) -> tuple[str, int]:
        host, _, port = self.address.removeprefix("http://").partition(":")
        return host, int(port)

    def memory_bytes(self) -> int:
        """Resident memory of the web server's processes together."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        web = [child for child in children if "gunicorn" in " ".join(child.cmdline())]
        assert web
        return sum(child.memory_info().rss for child in web)


@contextmanager
def running_platform() -> Iterator[RunningPlatform]:
    """Start on a free port and an empty folder, with the demo world; stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="kezhuan-run-") as folder:
        port = free_port()
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("ELASTICSEARCH", "KEZHUAN"))
        }
        environment |= {"PORT": str(port), "INSTANCE_PATH": folder + "/instance", "WEB_PROCESSES": "1"}
        environment.pop("DATABASE_URL", None)
        log = Path(folder, "log").open("wb")  # noqa: SIM115 - the child writes to it as long as it lives
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_ready(address, process, Path(folder, "log"))
            yield RunningPlatform(address, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            log.close()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until /readyz answers 200; fails with what the process said."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(address + "/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)  # asking a starting process, not waiting for a time to pass
    raise AssertionError(log.read_text())


class Visitor:
    """A browser without JavaScript over a real connection, with forms' tokens."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=60)
        host, _, port = address.removeprefix("http://").partition(":")
        self.host_and_port = host, int(port)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.http.close()

    def token(self, path: str) -> str:
        """The token of a page's first form."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.http.get(path).text)
        assert found is not None, path
        return found[1]

    def status_of(self, path: str) -> int:
        """The status of an address that is too long for a client library's own checks."""
        connection = http.client.HTTPConnection(*self.host_and_port, timeout=60)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def sign_in(self, email: str, password: str = DEMO_PASSWORD) -> Visitor:
        """Sign in through the form."""
        data = {"email": email, "password": password, "csrf_token": self.token("/sign-in")}
        answer = self.http.post("/sign-in", data=data)
        assert answer.status_code == 302, answer.text
        return self

    def post(self, path: str, page: str, **data: str) -> httpx.Response:
        """Post a form whose token stands on `page`."""
        return self.http.post(path, data={**data, "csrf_token": self.token(page)})
