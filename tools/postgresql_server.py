"""Start Debian's PostgreSQL 15 for as long as a command runs: the oldest server that the platform promises to work on.

`python -m tools.postgresql_server -- COMMAND` makes a database server with data of its own in a temporary folder,
listening on 127.0.0.1 on a free port, runs COMMAND with its address in TEST_DATABASE_URL (and 15 in
TEST_POSTGRESQL_VERSION, which a test compares with the server that it meets) and leaves nothing behind;
`make test-postgresql-15` does that with pytest. Tests use `with PostgresqlServer() as server: server.url`.

The server refuses to run as root: then it runs as an existing unprivileged user. It ends when this process ends, also by
kill -9. Nothing outlives it, so it never waits for the disk.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psycopg

from market.kernel.runtime.accounts import Account, account_for
from market.kernel.runtime.errors import StartRefused
from market.kernel.runtime.guarded_process import GuardedProcess

VERSION = 15
PROGRAMS = Path(f"/usr/lib/postgresql/{VERSION}/bin")
APT_LINE = f"apt-get install postgresql-{VERSION}"
USER = "kezhuan"
START_SECONDS = 60.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "timezone": "UTC",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class PostgresqlServer:
    """One empty server. A context manager; `url` is its address and `folder` holds its data while it runs."""

    def __init__(self) -> None:
        self.url = ""
        self.folder = Path()
        self._server: GuardedProcess | None = None

    def __enter__(self) -> PostgresqlServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Start, wait until it answers; return the address. Raises StartRefused with the reason."""
        if not (PROGRAMS / "postgres").exists():
            raise StartRefused(f"缺少 PostgreSQL {VERSION}。 PostgreSQL {VERSION} is missing; on Debian: {APT_LINE}")
        self.folder = folder = Path(tempfile.mkdtemp(prefix=f"kezhuan-postgresql-{VERSION}-"))
        account = account_for(folder)
        password = secrets.token_urlsafe(24)
        try:
            _initialise(folder, account, password)
        except StartRefused:
            shutil.rmtree(folder)
            raise
        port = _free_port()
        log = folder / "server.log"
        self._server = _launch(folder, account, port, log)
        self._wait_until_ready(f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres", log)
        self.url = f"postgresql+psycopg://{USER}:{password}@127.0.0.1:{port}/postgres"
        return self.url

    def stop(self) -> None:
        """Stop the server and delete its data; nothing happens when it does not run."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def _wait_until_ready(self, address: str, log: Path) -> None:
        assert self._server is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                psycopg.connect(address, connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        last = log.read_text("utf-8", "replace")[-500:] if log.exists() else ""
        self.stop()
        raise StartRefused(
            f"PostgreSQL {VERSION} 没有启动。 PostgreSQL {VERSION} did not start; its last words:\n{last}"
        )


def _initialise(folder: Path, account: Account | None, password: str) -> None:
    """Make the empty data. The folder becomes the account's own: nobody else reads the password in it."""
    password_file = folder / "password"
    password_file.write_text(password, "ascii")
    for path in (folder, password_file):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if account is not None:
            os.chown(path, account.uid, account.gid)
    command: list[str | Path] = [
        *(PROGRAMS / "initdb", "-D", folder / "data", "-U", USER, f"--pwfile={password_file}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions", "--no-sync"),
    ]
    process = GuardedProcess(command, account=account, folder=Path("/"), output=subprocess.PIPE)
    said = process.read_output()
    if process.stop_when_done() != 0:
        raise StartRefused(f"PostgreSQL {VERSION} 初始化失败。 Its initdb failed:\n{said}")


def _launch(folder: Path, account: Account | None, port: int, log: Path) -> GuardedProcess:
    command: list[str | Path] = [PROGRAMS / "postgres", "-D", folder / "data", "-p", str(port)]
    for name, value in SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    with log.open("wb") as output:
        return GuardedProcess(
            command,
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown
            grace_seconds=20,
            orphan_grace_seconds=20,
            account=account,
            folder=Path("/"),
            output=output,
            remove=[folder],
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: list[str]) -> int:
    """Run a command beside a server; return the command's exit status."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        sys.stderr.write("usage: python -m tools.postgresql_server -- COMMAND\n")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    try:
        with PostgresqlServer() as server:
            told = [f"TEST_DATABASE_URL={server.url}", f"TEST_POSTGRESQL_VERSION={VERSION}"]
            return subprocess.run(["/usr/bin/env", *told, *command], check=False).returncode
    except StartRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
