"""The search page against the bare engine call and an empty Flask view, in one run and one process.

`measure(app)` works on whatever listings the application's database holds; the runner prints what it returns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask
from sqlalchemy import select

from market.kernel.db import current_session, db
from market.listings.models import Listing
from market.listings.vocabulary import PUBLIC_STATES
from search.engines.base import SearchEngine
from search.query import from_text
from search.service import reconcile

WARM_UP = 20


@dataclass(frozen=True)
class Timing:
    """One way of answering the same questions. Times in milliseconds."""

    name: str
    p50_ms: float
    p95_ms: float
    per_second: float


@dataclass(frozen=True)
class SearchPageTimings:
    """The three ways, and how many listings were searched."""

    listings: int
    page: Timing
    engine_call: Timing
    empty_view: Timing

    @property
    def page_to_engine(self) -> float:
        """How many times the bare engine call the whole page takes (median)."""
        return self.page.p50_ms / self.engine_call.p50_ms

    @property
    def page_to_empty_view(self) -> float:
        """How many times an empty view the whole page takes (median)."""
        return self.page.p50_ms / self.empty_view.p50_ms

    def lines(self) -> list[str]:
        """What the runner prints."""
        header = f"search page over {self.listings} listings"
        rows = [
            f"  {one.name:<12} p50 {one.p50_ms:8.2f} ms  p95 {one.p95_ms:8.2f} ms  {one.per_second:8.0f}/s"
            for one in (self.page, self.engine_call, self.empty_view)
        ]
        ratio = f"  page / engine call {self.page_to_engine:.1f}   page / empty view {self.page_to_empty_view:.1f}"
        return [header, *rows, ratio]


def measure(app: Flask, *, rounds: int = 300) -> SearchPageTimings:
    """Ask for the titles of public listings, one after another, in each of the three ways."""
    engine: SearchEngine = app.extensions["kezhuan_search"]
    with app.app_context():
        reconcile(engine)
        statement = select(Listing.title).where(Listing.state.in_(PUBLIC_STATES)).order_by(Listing.id)
        titles = list(current_session().scalars(statement))
        db.session.remove()
    assert titles, "the bench needs public listings: flask demo load"
    client, empty_client = app.test_client(), _empty_app().test_client()

    def page(title: str) -> None:
        assert client.get(f"/listings?q={quote(title)}").status_code == 200

    def empty(title: str) -> None:
        assert empty_client.get(f"/empty?q={quote(title)}").status_code == 200

    def engine_call(title: str) -> None:
        engine.search(from_text(title))

    return SearchPageTimings(
        len(titles),
        _timed("page", page, titles, rounds),
        _timed("engine call", engine_call, titles, rounds),
        _timed("empty view", empty, titles, rounds),
    )


def _empty_app() -> Flask:
    app = Flask("empty")
    app.add_url_rule("/empty", "empty", lambda: "")
    return app


def _timed(name: str, ask: Callable[[str], None], titles: Sequence[str], rounds: int) -> Timing:
    for index in range(WARM_UP):
        ask(titles[index % len(titles)])
    spent = []
    for index in range(rounds):
        begin = time.perf_counter()
        ask(titles[index % len(titles)])
        spent.append(time.perf_counter() - begin)
    ordered = sorted(spent)
    return Timing(name, statistics.median(spent) * 1e3, ordered[int(rounds * 0.95)] * 1e3, rounds / sum(spent))
