"""Fetch and run the real Elasticsearch for a developer and for tests.

`make elasticsearch` (or `python -m tools.elasticsearch_server [--directory D] [--port N]`) fetches the official server
from Maven Central into .cache/elasticsearch, starts one node without security on 127.0.0.1 and prints the line to
export; Ctrl-C stops it. Tests use `with ElasticsearchServer(directory) as server: server.url`; with `security` it
speaks TLS and asks for a password; elasticsearch_cluster.py joins several nodes.

The server refuses to run as root: then it runs as an existing unprivileged user, from a temporary folder which that
user can reach. It ends when this process ends, also by kill -9.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from market.kernel.runtime.accounts import Account, account_for
from market.kernel.runtime.errors import StartRefused
from market.kernel.runtime.guarded_process import GuardedProcess
from tools.elasticsearch_security import AUTHORITY_FILE, Security, trust

VERSION = "8.19.21"
COORDINATES = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
ARCHIVE = f"elasticsearch-{VERSION}.zip"
CACHE = Path(__file__).resolve().parent.parent / ".cache" / "elasticsearch"
APT_LINE = "apt-get install openjdk-17-jre-headless maven"
START_SECONDS = 180.0
DEFAULT_PORT = 9200


class ElasticsearchServer:
    """One node with its own data below `directory`. A context manager; `url` is its address while it runs."""

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        transport_port: int | None = None,
        *,
        heap: str = "1g",
        security: Security | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        """`port` and `transport_port`: None takes a free one. `heap`: as in -Xmx. `directory`: archive and, for an
        ordinary user, the unpacked server with its data; root's server lives in a temporary folder instead.
        `security`: None switches it off. `settings`: further lines of elasticsearch.yml, which win.
        """
        self.url = ""
        self.security = security
        self._directory = directory.resolve()
        self._port = port
        self._transport_port = transport_port
        self._heap = heap
        self._settings = dict(settings or {})
        self._server: GuardedProcess | None = None
        self._log = self._directory / "elasticsearch.log"

    @property
    def is_running(self) -> bool:
        """It was started and neither stopped nor killed by us."""
        return self._server is not None and self._server.poll() is None

    @property
    def authority(self) -> Path:
        """The certificate that a client trusts; a copy that everybody may read."""
        assert self.security is not None, "without security"
        return self._directory / AUTHORITY_FILE

    def __enter__(self) -> ElasticsearchServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Fetch if needed, start, wait until healthy; return the address. Raises StartRefused with the reason."""
        self.launch()
        self.wait_until_healthy()
        return self.url

    def launch(self, settings: Mapping[str, object] | None = None) -> None:
        """Start without waiting, with other lines of elasticsearch.yml from now on.

        Raises StartRefused when something is missing.
        """
        self._settings |= settings or {}
        java_home = find_java()
        self._directory.mkdir(parents=True, exist_ok=True)
        archive = fetch(CACHE)
        account = account_for(self._directory)
        if self._port is None or self._transport_port is None:
            free = free_ports(2)
            self._port, self._transport_port = self._port or free[0], self._transport_port or free[1]
        home, temporary = self._unpack(archive, account)
        node = Path(tempfile.mkdtemp(prefix="node-", dir=home.parent))
        self._configure(home, node)
        _hand_over(home.parent, account)
        environment = {
            "PATH": os.defpath,
            "ES_JAVA_HOME": str(java_home),
            "ES_PATH_CONF": str(node / "config"),
            "ES_JAVA_OPTS": f"-Xms{self._heap} -Xmx{self._heap}",
            "ES_TMPDIR": str(node / "tmp"),
        }
        with self._log.open("wb") as log:
            self._server = GuardedProcess(
                [home / "bin" / "elasticsearch"],
                environment=environment,
                folder=Path("/"),
                account=account,
                output=log,
                grace_seconds=15,
                remove=[temporary or node],
            )
        self.url = f"{'https' if self.security else 'http'}://127.0.0.1:{self._port}"

    def wait_until_healthy(self, nodes: int = 1, *colours: str) -> None:
        """Until the cluster has so many nodes and a colour, by itself any but red.

        Raises StartRefused with the server's last words.
        """
        assert self._server is not None, "not started"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            health = self.health()
            if health.get("status") in (colours or ("green", "yellow")) and health["number_of_nodes"] == nodes:
                return
            time.sleep(0.25)
        self.stop()
        last = "\n".join(self._log.read_text("utf-8", "replace").splitlines()[-5:])
        raise StartRefused(
            f"Elasticsearch 没有启动，详见 {self._log}。 Elasticsearch did not start; its last words:\n{last}"
        )

    def health(self) -> dict[str, Any]:
        """What the node says of its cluster; empty when it does not answer."""
        return self.ask("/_cluster/health?timeout=1s")

    def ask(self, path: str) -> dict[str, Any]:
        """What the node answers to a GET of its administrator; empty when it does not answer with an object."""
        assert self._port is not None, "not started"
        connection: http.client.HTTPConnection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        headers = {}
        if self.security is not None:
            context = trust(self.authority)
            connection = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=5, context=context)
            headers["Authorization"] = self.security.authorization()
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            found = json.load(answer) if answer.status == http.HTTPStatus.OK else {}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            connection.close()
        return found if isinstance(found, dict) else {}

    def kill(self) -> None:
        """End the node as kill -9 and a power failure do, without a farewell."""
        server, self._server = self._server, None
        assert server is not None, "not started"
        for process in psutil.Process(server.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        server.stop()

    def stop(self) -> None:
        """Stop the node; nothing happens when it does not run."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def wait(self) -> int:
        """Wait for the node to end by itself; return its exit status."""
        assert self._server is not None, "not started"
        return self._server.wait()

    def _unpack(self, archive: Path, account: Account | None) -> tuple[Path, Path | None]:
        """The unpacked server, and the temporary folder that holds it, if it is one."""
        name = f"elasticsearch-{VERSION}"
        temporary = None if account is None else Path(tempfile.mkdtemp(prefix="kezhuan-elasticsearch-"))
        folder = temporary or self._directory
        if not (folder / name / ".complete").exists():
            shutil.rmtree(folder / name, ignore_errors=True)
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(folder)
            for program in (*(folder / name / "bin").iterdir(), *(folder / name / "lib").rglob("*.so")):
                program.chmod(0o755)
            (folder / name / ".complete").touch()
        return folder / name, temporary

    def _configure(self, home: Path, node: Path) -> None:
        shutil.copytree(home / "config", node / "config")
        (node / "tmp").mkdir()
        settings: dict[str, object] = {
            "cluster.name": f"kezhuan-{self._port}",
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": self._port,
            "transport.port": self._transport_port,
            "path.data": node / "data",
            "path.logs": node / "logs",
            "xpack.security.enabled": "false",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        if self.security is not None:
            settings |= self.security.write(node / "config")
            shutil.copy(node / "config" / AUTHORITY_FILE, self.authority)
        text = "".join(f"{name}: {value}\n" for name, value in (settings | self._settings).items())
        (node / "config" / "elasticsearch.yml").write_text(text, "utf-8")


def find_java() -> Path:
    """The folder of the Java that is on the PATH. Raises StartRefused with the line that installs it."""
    java = shutil.which("java")
    if java is None:
        raise StartRefused(f"缺少 Java。 Java is missing; on Debian: {APT_LINE}")
    return Path(java).resolve().parent.parent


def fetch(directory: Path) -> Path:
    """The server's archive in `directory`, fetched through maven at the first time.

    Raises StartRefused when maven is missing or fails.
    """
    archive = directory / ARCHIVE
    if archive.exists():
        return archive
    maven = shutil.which("mvn")
    if maven is None:
        raise StartRefused(f"缺少 maven。 Maven is missing; on Debian: {APT_LINE}")
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory) as unfinished:
        command = [maven, "-B", "-q", "dependency:copy", f"-Dartifact={COORDINATES}", f"-DoutputDirectory={unfinished}"]
        done = subprocess.run(
            command, cwd=unfinished, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        fetched = Path(unfinished) / ARCHIVE
        if done.returncode != 0 or not fetched.exists():
            raise StartRefused(f"下载 Elasticsearch 失败。 Fetching Elasticsearch failed:\n{done.stdout[-2000:]}")
        fetched.replace(archive)
    return archive


def _hand_over(folder: Path, account: Account | None) -> None:
    if account is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def free_ports(number: int) -> list[int]:
    """So many ports of 127.0.0.1 that nobody listens on now."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [int(probe.getsockname()[1]) for probe in probes]


def main(arguments: list[str]) -> int:
    """Run one node until Ctrl-C or TERM."""
    parser = argparse.ArgumentParser(prog="python -m tools.elasticsearch_server")
    parser.add_argument("--directory", type=Path, default=CACHE)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--fetch-only", action="store_true", help="fetch the archive, start nothing")
    options = parser.parse_args(arguments)

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    try:
        if options.fetch_only:
            sys.stdout.write(f"{fetch(CACHE)}\n")
            return 0
        with ElasticsearchServer(options.directory, options.port) as server:
            sys.stdout.write(
                f"Elasticsearch {VERSION}，Ctrl-C 停止 to stop:\n  export ELASTICSEARCH_URL={server.url}\n"
            )
            sys.stdout.flush()
            return server.wait()
    except StartRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main(sys.argv[1:]))
