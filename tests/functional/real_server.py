"""The whole platform as its user starts it: `python app.py` in a process of its own, reached over a real socket."""

from __future__ import annotations

import http.client
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.factories.demo_copies import demo_copy
from tests.factories.started_platform import started_platform

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
    """Start on a copy of the demo world; stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="kezhuan-run-") as folder:
        instance_path = Path(folder, "instance")
        with (
            demo_copy(instance_path) as database_url,
            started_platform(instance_path, database_url, WEB_PROCESSES="1") as started,
        ):
            yield RunningPlatform(started.address, started.process)


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
