"""The pages that people wait for, against an empty Flask view and, for the search page, against the bare engine call.

Everything in one process on one embedded PostgreSQL (fsync on), through the test client: the difference is ours, not a
network's. `BENCH_LISTINGS` says over how many listings (2,000).
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade

from app import create_app
from bench import many, search_page
from config import load_settings
from market.kernel.db import db, transaction
from market.kernel.runtime.embedded_postgres import EmbeddedPostgres
from tests.factories import world

LISTINGS = int(os.environ.get("BENCH_LISTINGS", "2000"))
ROUNDS = 300
WARM_UP = 20


def measure(context: object | None = None) -> list[dict[str, Any]]:  # noqa: ARG001
    """Rows for the runner: medians in milliseconds and ratios."""
    directory = Path(tempfile.mkdtemp(prefix="kezhuan-bench-"))
    try:
        with EmbeddedPostgres(directory / "instance") as server:
            settings = load_settings({"DATABASE_URL": server.url, "INSTANCE_PATH": str(directory / "instance")})
            app = create_app(settings)
            app.config["WTF_CSRF_ENABLED"] = False
            numbers, officer = _fill(app)
            rows = _pages(app, numbers, officer)
            with app.app_context():
                db.engine.dispose()
        return rows
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _fill(app: Flask) -> tuple[list[str], str]:
    with app.app_context():
        upgrade()
        with transaction() as session:
            return many.fill(session, LISTINGS)


def _pages(app: Flask, numbers: list[str], officer: str) -> list[dict[str, Any]]:
    visitor, signed_in, empty = app.test_client(), app.test_client(), _empty_app().test_client()
    assert signed_in.post("/sign-in", data={"email": officer, "password": world.PASSWORD}).status_code == 302
    found = search_page.measure(app, rounds=ROUNDS)
    addresses = cycle(numbers)
    bare = _median(lambda: empty.get("/").status_code)
    listing = _median(lambda: visitor.get(f"/listings/{next(addresses)}").status_code)
    register = _median(lambda: signed_in.get("/console/register").status_code)
    return [
        {"name": "listings on the market", "value": LISTINGS, "unit": ""},
        {"name": "empty Flask view, median", "value": bare, "unit": "ms"},
        {"name": "listing page, median", "value": listing, "unit": "ms"},
        {"name": "register page, median", "value": register, "unit": "ms"},
        {"name": "search page, median", "value": found.page.p50_ms, "unit": "ms"},
        {"name": "search page, p95", "value": found.page.p95_ms, "unit": "ms"},
        {"name": "bare engine call, median", "value": found.engine_call.p50_ms, "unit": "ms"},
        {"name": "listing page / empty view", "value": listing / bare, "unit": "ratio"},
        {"name": "register page / empty view", "value": register / bare, "unit": "ratio"},
        {"name": "search page / empty view", "value": found.page_to_empty_view, "unit": "ratio"},
        {"name": "search page / bare engine call", "value": found.page_to_engine, "unit": "ratio"},
    ]


def _empty_app() -> Flask:
    app = Flask("empty")
    app.add_url_rule("/", "empty", lambda: "")
    return app


def _median(ask: Callable[[], int]) -> float:
    spent = []
    for turn in range(WARM_UP + ROUNDS):
        begin = time.perf_counter()
        assert ask() == 200
        if turn >= WARM_UP:
            spent.append(time.perf_counter() - begin)
    return statistics.median(spent) * 1000
