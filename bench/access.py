"""What knowing who asks costs: a signed-in page against an empty Flask view, and the policy check by itself.

One process, one embedded PostgreSQL (fsync on), test client, as in `bench.pages`. The check is measured on four views with
the same empty body in the real application: what a view may do before its own work is then the only difference.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade

from app import create_app
from config import load_settings
from market.accounts.access import allowed, optional_actor
from market.accounts.policy import POLICY, Act
from market.accounts.rules import Role
from market.kernel.db import db, transaction
from market.kernel.runtime.embedded_postgres import EmbeddedPostgres
from tests.factories import world
from tests.factories.whole_world import make_side

ROUNDS = 400
WARM_UP = 40
DECISIONS = 100_000
Asks = dict[str, Callable[[], int]]


def measure(context: object | None = None) -> list[dict[str, Any]]:  # noqa: ARG001
    """Rows for the runner: medians in milliseconds, ratios, and the decision in microseconds."""
    directory = Path(tempfile.mkdtemp(prefix="kezhuan-bench-"))
    try:
        with EmbeddedPostgres(directory / "instance") as server:
            settings = load_settings({"DATABASE_URL": server.url, "INSTANCE_PATH": str(directory / "instance")})
            app = create_app(settings)
            app.config["WTF_CSRF_ENABLED"] = False
            _add_empty_views(app)
            rows = _rows(app, _fill(app))
            with app.app_context():
                db.engine.dispose()
        return rows
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _add_empty_views(app: Flask) -> None:
    def empty() -> str:
        return ""

    def knows() -> str:
        optional_actor()
        return ""

    app.add_url_rule("/bench/undeclared", "bench_undeclared", empty)
    app.add_url_rule("/bench/knows", "bench_knows", knows)
    app.add_url_rule("/bench/public", "bench_public", allowed(Act.READ_PUBLIC)(empty))
    app.add_url_rule("/bench/declared", "bench_declared", allowed(Act.READ_REGISTER)(empty))


def _fill(app: Flask) -> str:
    with app.app_context():
        upgrade()
        with transaction() as session:
            return make_side(session, "330304").institution.officer.email


def _rows(app: Flask, email: str) -> list[dict[str, Any]]:
    browser, bare = app.test_client(), Flask("empty")
    bare.add_url_rule("/", "empty", lambda: "")
    outside = bare.test_client()
    assert browser.post("/sign-in", data={"email": email, "password": world.PASSWORD}).status_code == 302
    asks: Asks = {"empty Flask view": lambda: outside.get("/").status_code}
    for name, address in (
        ("empty view here, nothing declared", "/bench/undeclared"),
        ("empty view here that asks who acts", "/bench/knows"),
        ("empty view here, declared public", "/bench/public"),
        ("empty view here, declared for roles", "/bench/declared"),
        ("console page of a signed-in officer", "/console"),
    ):
        asks[name] = lambda address=address: browser.get(address).status_code  # type: ignore[misc]
    found = _medians(asks)
    bare_ms, undeclared, knows, public, declared, console = found.values()
    rows = [{"name": f"{name}, median", "value": value, "unit": "ms"} for name, value in found.items()]
    return [
        *rows,
        {"name": "console page / empty Flask view", "value": console / bare_ms, "unit": "ratio"},
        {"name": "declared for roles / nothing declared", "value": declared / undeclared, "unit": "ratio"},
        {"name": "who acts: session and membership read", "value": (knows - undeclared) * 1000, "unit": "µs"},
        {"name": "declaration on top of who acts", "value": (declared - knows) * 1000, "unit": "µs"},
        {"name": "public declaration on top of nothing", "value": (public - undeclared) * 1000, "unit": "µs"},
        {"name": "the decision in the policy table alone", "value": _decision_us(app, email), "unit": "µs"},
    ]


def _medians(asks: Asks) -> dict[str, float]:
    """Milliseconds; the requests take turns, so that a busy moment of the machine meets all of them."""
    spent: dict[str, list[float]] = {name: [] for name in asks}
    for turn in range(WARM_UP + ROUNDS):
        for name, ask in asks.items():
            begin = time.perf_counter()
            assert ask() == 200, name
            if turn >= WARM_UP:
                spent[name].append(time.perf_counter() - begin)
    return {name: statistics.median(times) * 1000 for name, times in spent.items()}


def _decision_us(app: Flask, email: str) -> float:
    from sqlalchemy import select

    from market.accounts.models import Person

    with app.app_context():
        actor = world.actor_of(db.session.scalars(select(Person).where(Person.email == email)).one())
        db.session.remove()
    assert actor.has(Role.TRANSFER_OFFICER)
    grant = POLICY[Act.READ_REGISTER]
    begin = time.perf_counter()
    for _ in range(DECISIONS):
        grant.admits(actor, is_signed_in=True)
    return (time.perf_counter() - begin) / DECISIONS * 1_000_000
