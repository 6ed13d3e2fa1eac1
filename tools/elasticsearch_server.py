"""Fetch and run the real Elasticsearch for a developer and for tests.

`make elasticsearch` (or `python -m tools.elasticsearch_server [--directory D] [--port N]`) fetches the official server
from Maven Central into .cache/elasticsearch, starts one node without security on 127.0.0.1 and prints the line to
export; Ctrl-C stops it. Tests use `with ElasticsearchServer(directory) as server: server.url`.

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
from pathlib import Path
from types import TracebackType

from market.kernel.runtime.accounts import Account, account_for
from market.kernel.runtime.errors import StartRefused
from market.kernel.runtime.guarded_process import GuardedProcess

VERSION = "8.19.21"
COORDINATES = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
ARCHIVE = f"elasticsearch-{VERSION}.zip"
CACHE = Path(__file__).resolve().parent.parent / ".cache" / "elasticsearch"
APT_LINE = "apt-get install openjdk-17-jre-headless maven"
START_SECONDS = 120.0
DEFAULT_PORT = 9200


class ElasticsearchServer:
    """One node with its own data below `directory`. A context manager; `url` is its address while it runs."""

    def __init__(
        self, directory: Path, port: int | None = None, transport_port: int | None = None, *, heap: str = "1g"
    ) -> None:
        """`port` and `transport_port`: None takes a free one. `heap`: as in -Xmx. `directory`: archive and, for an
        ordinary user, the unpacked server with its data; root's server lives in a temporary folder instead.
        """
        self.url = ""
        self._directory = directory.resolve()
        self._port = port
        self._transport_port = transport_port
        self._heap = heap
        self._server: GuardedProcess | None = None
        self._log = self._directory / "elasticsearch.log"

    def __enter__(self) -> ElasticsearchServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Fetch if needed, start, wait until healthy; return the address. Raises StartRefused with the reason."""
        java_home = find_java()
        self._directory.mkdir(parents=True, exist_ok=True)
        archive = fetch(CACHE)
        account = account_for(self._directory)
        port, transport_port = self._port or _free_port(), self._transport_port or _free_port()
        home, temporary = self._unpack(archive, account)
        node = Path(tempfile.mkdtemp(prefix="node-", dir=home.parent))
        _configure(home, node, port, transport_port)
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
        self._wait_until_healthy(port)
        self.url = f"http://127.0.0.1:{port}"
        return self.url

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

    def _wait_until_healthy(self, port: int) -> None:
        assert self._server is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            if is_healthy(port):
                return
            time.sleep(0.25)
        self.stop()
        last = "\n".join(self._log.read_text("utf-8", "replace").splitlines()[-5:])
        raise StartRefused(
            f"Elasticsearch 没有启动，详见 {self._log}。 Elasticsearch did not start; its last words:\n{last}"
        )


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


def is_healthy(port: int) -> bool:
    """Whether a node answers there and its cluster is not red."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_cluster/health")
        answer = connection.getresponse()
        return answer.status == http.HTTPStatus.OK and json.load(answer)["status"] in ("green", "yellow")
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return False
    finally:
        connection.close()


def _configure(home: Path, node: Path, port: int, transport_port: int) -> None:
    shutil.copytree(home / "config", node / "config")
    (node / "tmp").mkdir()
    settings = {
        "cluster.name": f"kezhuan-{port}",
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": port,
        "transport.port": transport_port,
        "path.data": node / "data",
        "path.logs": node / "logs",
        "xpack.security.enabled": "false",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }
    text = "".join(f"{name}: {value}\n" for name, value in settings.items())
    (node / "config" / "elasticsearch.yml").write_text(text, "utf-8")


def _hand_over(folder: Path, account: Account | None) -> None:
    if account is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
