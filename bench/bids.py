"""Accepted bids a second over HTTP on one hot lot, beside pgbench doing the same writes on the same database.

Both sides: eight clients, fsync on, each transaction locks one row, reads the clock, inserts a bid and an event, updates
the row. The HTTP side is the whole platform: gunicorn, session, CSRF, rules, hash chain. `measure()` starts its own
embedded PostgreSQL and gunicorn and leaves nothing behind. Run alone: `python -m bench.bids`.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from flask import Flask  # noqa: E402
from flask_migrate import upgrade  # noqa: E402
from sqlalchemy import text  # noqa: E402

from app import create_app  # noqa: E402
from config import child_environment, load_settings  # noqa: E402
from market.auctions.models import Lot  # noqa: E402
from market.kernel.db import db, transaction  # noqa: E402
from market.kernel.runtime.embedded_postgres import EmbeddedPostgres  # noqa: E402
from market.kernel.runtime.guarded_process import GuardedProcess  # noqa: E402
from market.kernel.runtime.postgres_programs import find_programs  # noqa: E402
from tests.factories import auctions as factory  # noqa: E402
from tests.factories import world  # noqa: E402

CLIENTS = 8
SECONDS = 10
SECRET = "bench-secret-bench-secret-bench-secret"
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"|name="csrf_token"[^>]*value="([^"]+)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

PREPARE = """
CREATE TABLE bench_lot (LIKE lot INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING IDENTITY);
CREATE TABLE bench_bid (LIKE bid INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING IDENTITY);
CREATE TABLE bench_event (LIKE event INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING IDENTITY);
INSERT INTO bench_lot OVERRIDING SYSTEM VALUE SELECT * FROM lot LIMIT 1;
"""
SCRIPT = """
BEGIN;
SELECT id AS lot_id, bid_count + 1 AS place FROM bench_lot FOR UPDATE \\gset
SELECT clock_timestamp() AS at \\gset
INSERT INTO bench_bid (lot_id, sequence, registration_id, price_fen, placed_at, placed_by_id, closes_at_after, form_token)
 VALUES (:lot_id, :place, 1, :place, ':at', 1, ':at', md5(random()::text));
UPDATE bench_lot SET bid_count = :place, high_fen = :place, closes_at = ':at' WHERE id = :lot_id;
SELECT sequence, hash FROM bench_event WHERE stream = 'lot:1' ORDER BY sequence DESC LIMIT 1;
INSERT INTO bench_event (stream, sequence, subject_kind, subject_id, action, occurred_at, payload, previous_hash, hash)
 VALUES ('lot:1', :place, 'lot', 1, 'lot.bid_accepted', ':at', '{"sequence": 1, "registration_id": 1}',
  md5('a') || md5('b'), md5('c') || md5('d'));
COMMIT;
"""


@dataclass
class Score:
    """What the clients saw."""

    answers: Counter[int] = field(default_factory=Counter)
    spent: list[float] = field(default_factory=list)


def measure(context: object | None = None, *, seconds: float = SECONDS) -> list[dict[str, Any]]:  # noqa: ARG001
    """Rows for the runner: name, value, unit, and what it is compared with."""
    directory = Path(tempfile.mkdtemp(prefix="kezhuan-bench-"))
    try:
        with EmbeddedPostgres(directory / "instance") as server:
            app, number, people = _prepare(server.url, directory)
            bare = _pgbench(server.url, directory, seconds)
            with _web_server(server.url, directory) as port:
                score, elapsed = _bid_for(port, number, people, seconds)
            accepted, sequence_is_whole = _check(app, number)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    assert sequence_is_whole, "the sequence of accepted bids has gaps"
    assert score.answers[302] == accepted, (score.answers, accepted)
    assert set(score.answers) <= {302, 422}, score.answers
    rate = accepted / elapsed
    spent = sorted(score.spent)
    return [
        {"name": "bids accepted over HTTP, one hot lot", "value": rate, "unit": "bids/s", "clients": CLIENTS},
        {
            "name": "bids refused beside them (outbid in flight)",
            "value": score.answers[422] / elapsed,
            "unit": "bids/s",
        },
        {"name": "median answer to a bid", "value": spent[len(spent) // 2] * 1000, "unit": "ms"},
        {"name": "pgbench, same writes and row lock", "value": bare, "unit": "transactions/s", "clients": CLIENTS},
        {"name": "pgbench / accepted bids", "value": bare / rate, "unit": "ratio"},
    ]


def _prepare(url: str, directory: Path) -> tuple[Flask, str, list[str]]:
    """A migrated database with a running lot and the addresses of registered bidders."""
    settings = load_settings({"DATABASE_URL": url, "INSTANCE_PATH": str(directory / "instance"), "SECRET_KEY": SECRET})
    app = create_app(settings)
    with app.app_context():
        upgrade()
        with transaction() as session:
            lot = factory.make_running_lot(session)
            lot.step_fen = 100
            number, people = lot.number, []
            for _ in range(CLIENTS):
                _, person = factory.make_buyer(session)
                factory.service.register_bidder(
                    session, world.actor_of(person), lot.id, factory.service.bid_time(session)
                )
                people.append(person.email)
        db.session.execute(text(PREPARE))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return app, number, people


def _pgbench(url: str, directory: Path, seconds: float) -> float:
    script = directory / "bid.sql"
    script.write_text(SCRIPT, encoding="utf-8")
    program = find_programs(None).folder / "bin" / "pgbench"
    address = url.replace("postgresql+psycopg://", "postgresql://", 1)
    options = ["-n", "-f", script, "-c", CLIENTS, "-j", 2, "-T", round(seconds), address]
    done = subprocess.run([program, *map(str, options)], capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+) \(without initial connection time\)", done.stdout)
    assert found, done.stdout
    return float(found[1])


@contextlib.contextmanager
def _web_server(url: str, directory: Path) -> Iterator[int]:
    """gunicorn as `make run` starts it, on a free port; it waits for clients that sign in one after the other."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = child_environment(
        DATABASE_URL=url,
        INSTANCE_PATH=str(directory / "instance"),
        SECRET_KEY=SECRET,
        KEZHUAN_ENV="development",
        PYTHONPATH=f"{ROOT}:{ROOT / 'platform'}",
    )
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    command += [
        "--workers",
        "2",
        "--worker-class",
        "gthread",
        "--threads",
        "8",
        "--log-level",
        "warning",
        "--keep-alive",
        "60",
    ]
    process = GuardedProcess([*command, "app:create_app()"], environment=environment, folder=ROOT)
    try:
        _wait_for(port)
        yield port
    finally:
        process.stop()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/lots")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            assert time.monotonic() < deadline, "the web server did not start"
            time.sleep(0.2)


class Bidder:
    """One signed-in browser that keeps its connection."""

    def __init__(self, port: int, number: str, email: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._number = number
        token = self._token("/sign-in")
        status, _ = self._post("/sign-in", {"csrf_token": token, "email": email, "password": world.PASSWORD})
        assert status == http.HTTPStatus.FOUND, status
        self._csrf = self._token(f"/lots/{number}")

    def bid(self, yuan: int) -> int:
        """The status of the answer: 302 accepted, 422 refused."""
        form = {"csrf_token": self._csrf, "amount": str(yuan), "form_token": secrets.token_urlsafe(18)}
        return self._post(f"/lots/{self._number}/bids", form)[0]

    def _token(self, path: str) -> str:
        self._connection.request("GET", path, headers=self._cookie_header())
        _, page = self._read()
        found = CSRF.search(page)
        assert found, page[:500]
        return found[1] or found[2]

    def _post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        self._connection.request("POST", path, body=urlencode(form), headers=FORM | self._cookie_header())
        return self._read()

    def _cookie_header(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}

    def _read(self) -> tuple[int, str]:
        answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):  # the session's and the device's
            name, _, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read().decode()


def _bid_for(port: int, number: str, people: list[str], seconds: float) -> tuple[Score, float]:
    """All clients bid ever higher amounts; whoever is overtaken on the way is refused, as in life."""
    bidders = [Bidder(port, number, email) for email in people]
    amounts, score = count(factory.START_FEN // 100), Score()
    begin = time.perf_counter()

    def run(bidder: Bidder) -> None:
        while (sent := time.perf_counter()) < begin + seconds:
            status = bidder.bid(next(amounts))
            score.answers[status] += 1
            score.spent.append(time.perf_counter() - sent)

    threads = [threading.Thread(target=run, args=(bidder,)) for bidder in bidders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return score, time.perf_counter() - begin


def _check(app: Flask, number: str) -> tuple[int, bool]:
    """Bids in the row, and whether their numbers are 1…n."""
    with app.app_context():
        lot = db.session.query(Lot).filter_by(number=number).one()
        statement = text("SELECT count(*), max(sequence), count(DISTINCT sequence) FROM bid WHERE lot_id = :id")
        found, highest, distinct = db.session.execute(statement, {"id": lot.id}).one()
        accepted = lot.bid_count
        db.session.remove()
        db.engine.dispose()
    return accepted, found == highest == distinct == accepted


if __name__ == "__main__":
    for row in measure():
        print(f"{row['name']:<46}{row['value']:>10.1f} {row['unit']}")
