"""`python app.py`: the whole platform on one machine, until Ctrl-C, TERM or the end of this process.

Order of start: port free? → PostgreSQL → migrations → demo world → worker and web → address and accounts. The end goes
the other way. Every child sits behind a guard (guard.py), so that none outlives this process, however it dies.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from market.kernel.runtime.embedded_postgres import EmbeddedPostgres
from market.kernel.runtime.errors import StartRefused
from market.kernel.runtime.guard import signal_on_parent_death
from market.kernel.runtime.guarded_process import GuardedProcess

if TYPE_CHECKING:
    from config import Settings

READY_SECONDS = 60.0
RESTARTS_ALLOWED = 5
RESTART_WINDOW_SECONDS = 60.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


class Stopped(BaseException):
    """Somebody asked the platform to stop; not an error."""


@dataclass
class Child:
    """A process that is to run as long as the platform does."""

    name: str
    start: Callable[[], GuardedProcess]
    process: GuardedProcess
    restarted_at: list[float] = field(default_factory=list)


def run(settings: Settings) -> int:
    """Run everything; return the exit status: 0 after a stop that was asked for, 1 when it could not go on."""
    _stop_on_signals()
    _follow_make()
    try:
        with contextlib.ExitStack() as at_the_end:
            Platform(settings, at_the_end).run()
    except StartRefused as refusal:
        sys.stderr.write(f"科转 / kezhuan: {refusal}\n")
        return 1
    except Stopped:
        _say("已停止。 Stopped.")
    return 0


class Platform:
    """The running whole. What it starts is stopped by `at_the_end`."""

    def __init__(self, settings: Settings, at_the_end: contextlib.ExitStack) -> None:
        self._settings = settings
        self._at_the_end = at_the_end
        self._ended: queue.SimpleQueue[Child | EmbeddedPostgres] = queue.SimpleQueue()
        self._server: EmbeddedPostgres | None = None
        self._url = ""

    def run(self) -> NoReturn:
        """Start everything and keep it running. Raises StartRefused, or Stopped out of the signal handler."""
        settings = self._settings
        refuse_busy_port(settings.host, settings.port)
        self._url = settings.database_url or self._start_database()
        self._migrate()
        self._load_demo()
        children: list[Child] = []
        self._at_the_end.callback(_stop_all, children)
        children.append(self._child("worker", self._start_worker))
        children.append(self._child("web", self._start_web))
        accounts = None if settings.is_production else self._flask("demo", "accounts", output=subprocess.PIPE)
        self._wait_until_ready(children[1])
        _say(f"科转已启动 Running: {address_of(settings)}  （Ctrl-C 停止 to stop）")
        if accounts is not None:
            text = accounts.read_output()
            if accounts.stop_when_done() == 0:
                _say(text.rstrip())
        self._keep_running()

    def _start_database(self) -> str:
        self._server = EmbeddedPostgres(self._settings.instance_path)
        self._at_the_end.callback(self._server.stop)
        url = self._server.start()
        self._watch(self._server)
        return url

    def _migrate(self) -> None:
        from config import ROOT

        head = (ROOT / "migrations" / ".current-head").read_text("ascii").strip()
        if self._ask("SELECT version_num FROM alembic_version", table="alembic_version") != head:
            _say("准备数据库… Migrating the database")
            self._run_to_the_end("db", "upgrade")

    def _load_demo(self) -> None:
        if self._settings.is_production or self._ask("SELECT id FROM organisation LIMIT 1", table="organisation"):
            return
        _say("装入演示数据… Loading the demo world")
        self._run_to_the_end("demo", "load")

    def _ask(self, query: str, *, table: str) -> object:
        """The first value of the answer; None without a row or without the table."""
        import psycopg

        try:
            with psycopg.connect(self._url.replace("+psycopg", "", 1), connect_timeout=10) as connection:
                known = connection.execute("SELECT to_regclass(%s)", [table]).fetchone()
                row = connection.execute(query.encode()).fetchone() if known and known[0] else None
        except psycopg.OperationalError as error:
            reason = str(error).splitlines()[0]
            raise StartRefused(f"连不上数据库。 Cannot reach the database: {reason}") from error
        return row[0] if row else None

    def _run_to_the_end(self, *arguments: str) -> None:
        status = self._flask(*arguments).stop_when_done()
        if status != 0:
            command = " ".join(arguments)
            raise StartRefused(f"命令 flask {command} 失败（{status}）。 `flask {command}` ended with status {status}.")

    def _flask(self, *arguments: str, output: int | None = None) -> GuardedProcess:
        return self._python("-m", "flask", "--app", "app", *arguments, output=output)

    def _python(
        self, *arguments: str, grace_seconds: float = 10, output: int | None = None, **variables: str
    ) -> GuardedProcess:
        from config import ROOT, child_environment

        settings = self._settings
        environment = child_environment(DATABASE_URL=self._url, INSTANCE_PATH=str(settings.instance_path), **variables)
        command = [sys.executable, *arguments]
        return GuardedProcess(command, environment=environment, folder=ROOT, grace_seconds=grace_seconds, output=output)

    def _start_worker(self) -> GuardedProcess:
        return self._flask("worker", "run")

    def _start_web(self) -> GuardedProcess:
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options = {
            "--bind": f"{host}:{settings.port}",
            "--workers": settings.web_processes,
            "--worker-class": "gthread",
            "--threads": settings.web_threads,
            "--limit-request-line": 0,  # a Chinese question is nine bytes a character in an address
            "--graceful-timeout": 5,
            "--log-level": "debug" if settings.log_level == "DEBUG" else "warning",
        }
        flags = [str(part) for option in options.items() for part in option]
        shared_memory = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat files, made safely by it
        if os.access(shared_memory, os.W_OK):
            flags += ["--worker-tmp-dir", str(shared_memory)]
        command = ("-m", "gunicorn", "--no-control-socket", *flags, "app:create_app()")
        return self._python(*command, grace_seconds=8, PROMETHEUS_MULTIPROC_DIR=str(self._empty_metrics_folder()))

    def _empty_metrics_folder(self) -> Path:
        """Where the web processes count together; the numbers begin anew with the server."""
        folder = self._settings.instance_path / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def _child(self, name: str, start: Callable[[], GuardedProcess]) -> Child:
        child = Child(name, start, start())
        self._watch(child)
        return child

    def _watch(self, watched: Child | EmbeddedPostgres) -> None:
        process = watched.process if isinstance(watched, Child) else watched

        def report_end() -> None:
            process.wait()
            self._ended.put(watched)

        threading.Thread(target=report_end, daemon=True).start()

    def _wait_until_ready(self, web: Child) -> None:
        host = "127.0.0.1" if self._settings.host in EVERYWHERE else self._settings.host
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if web.process.poll() is not None:
                raise StartRefused(f"网页服务没有启动（{web.process.poll()}）。 The web server did not start.")
            if _answers(host, self._settings.port):
                return
            time.sleep(0.1)
        raise StartRefused(f"网页服务 {READY_SECONDS:.0f} 秒内没有应答。 The web server does not answer.")

    def _keep_running(self) -> NoReturn:
        """Start again what ends by itself. Raises StartRefused when that happens too often."""
        while True:
            ended = self._ended.get()
            if isinstance(ended, EmbeddedPostgres):
                self._restart_database(ended)
                continue
            now = time.monotonic()
            ended.restarted_at = [at for at in ended.restarted_at if now - at < RESTART_WINDOW_SECONDS] + [now]
            if len(ended.restarted_at) > RESTARTS_ALLOWED:
                raise StartRefused(f"进程 {ended.name} 反复退出，已停止。 {ended.name} keeps ending.")
            _say(f"进程 {ended.name} 意外退出，重新启动。 {ended.name} ended unexpectedly; starting it again.")
            time.sleep(0.2 * len(ended.restarted_at))
            ended.process.stop()
            ended.process = ended.start()
            self._watch(ended)

    def _restart_database(self, server: EmbeddedPostgres) -> None:
        _say("数据库意外退出，重新启动。 PostgreSQL ended unexpectedly; starting it again.")
        server.forget()
        if server.start() != self._url:
            raise StartRefused("数据库的端口已被占用，请重新启动。 PostgreSQL's port was taken meanwhile; start again.")
        self._watch(server)


def refuse_busy_port(host: str, port: int) -> None:
    """Raise StartRefused when nothing can listen there, before anything is started."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise StartRefused(
            f"端口 {host}:{port} 不可用（{error.strerror}），可用 PORT=8001 make run 换一个端口。"
            f" Port {port} on {host} cannot be used ({error.strerror}); choose another, e.g. PORT=8001 make run."
        ) from error


def address_of(settings: Settings) -> str:
    """The address to type into a browser on this machine."""
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop_all(children: list[Child]) -> None:
    for child in children:
        child.process.request_stop()
    for child in children:
        child.process.stop()


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        for other in STOP_SIGNALS:
            signal.signal(other, signal.SIG_IGN)  # a second Ctrl-C does not disturb the shutdown
        raise Stopped

    for number in STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, stop)


def _follow_make() -> None:
    """Under `make run`, stop also when make itself was killed with -9."""
    parent = Path(f"/proc/{os.getppid()}/comm")
    with contextlib.suppress(OSError):
        if parent.read_text("utf-8").strip() in ("make", "gmake"):
            signal_on_parent_death(signal.SIGTERM)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
