"""How fast the hall answers and how fast its index is built, over markets of several sizes, beside the bare engine.

`python -m bench search_speed --sizes 10000,100000,1000000 --engine embedded --json`. The texts are drawn from the term
statistics of real patents; the questions are what people type: two words, a title, a patent number, a chosen facet.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text
from werkzeug.datastructures import MultiDict

from app import create_app
from bench import many
from bench.bare_bulk import bare_rate
from bench.many_vectors import fill_vectors
from bench.words import Generator
from config import load_settings
from market.achievements.models import IPRight
from market.achievements.vocabulary import TechnicalField
from market.kernel.db import db, transaction
from market.kernel.runtime.embedded_postgres import EmbeddedPostgres
from search import indexing
from search.engines.base import SearchEngine
from search.engines.elasticsearch import connect
from search.meaning.embedder import MEANING
from search.query import parse
from search.source import DatabaseSource
from tools.elasticsearch_server import ElasticsearchServer

SIZES = (10_000, 100_000)
QUESTIONS = 400
WARM_UP = 40
SERVER_WARM_UP = 600
"""Other questions that a server of its own is asked before anything is measured: Java compiles what it has seen often."""
PROCESSES = 2
BARE_DOCUMENTS = {"embedded": 200_000, "elasticsearch": 20_000}
"""Documents that the bare engine takes, at most: they lie ready in memory, 20 kB each. The more, the more it has to merge."""
TIMEOUT_SECONDS = "30"
MERGE_SECONDS = 60.0
ENGINES = ("embedded", "elasticsearch")
Question = list[tuple[str, str]]
Row = dict[str, Any]


@dataclass(frozen=True)
class Market:
    """A filled database with the settings that every process opens it by."""

    environment: Mapping[str, str]
    app: Flask
    engine: SearchEngine


def measure() -> list[Row]:
    """Rows for the runner: the default sizes on the embedded engine."""
    return [row for size in SIZES for row in of_size(size, "embedded")]


def main(arguments: list[str]) -> int:
    """The same with options; exit status 2 for an unknown one."""
    parser = argparse.ArgumentParser(prog="python -m bench search_speed", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of listings, with commas")
    parser.add_argument("--engine", choices=ENGINES, default="embedded")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    options = parser.parse_args(arguments)
    rows = [row for size in options.sizes.split(",") for row in of_size(int(size), options.engine)]
    if options.json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            print(f"  {row['name']:<52} {row['value']:>12,.2f} {row['unit']}")
    return 0


def of_size(listings: int, engine: str) -> list[Row]:
    """What is measured over one market, which is thrown away afterwards."""
    with _market(listings, engine) as market:
        with market.app.app_context():
            begin = time.perf_counter()
            built = indexing.rebuild(market.engine, DatabaseSource())
            build = built / (time.perf_counter() - begin)
            merging = _until_merged(market.environment.get("ELASTICSEARCH_URL"))
            bare_build = bare_rate(
                DatabaseSource(), BARE_DOCUMENTS[engine], market.environment.get("ELASTICSEARCH_URL")
            )
            questions = _questions(7, QUESTIONS)
            others = _questions(11, SERVER_WARM_UP) if engine == "elasticsearch" else []
            db.session.remove()

        def bare_call(asked: Question) -> None:
            market.engine.search(parse(MultiDict(asked)))

        _timed(bare_call, others)
        call = _timed(bare_call, questions)
        client = _forgetful(market.environment).test_client()
        page = _timed(lambda asked: _ask(client, asked), questions)
        _forgetful(market.environment)
        new, known, per_second = _in_processes(market.environment, questions)
    head = f"{engine}, {listings:,}:"
    return [
        *_percentiles(f"{head} bare engine call", call),
        *_percentiles(f"{head} page", page),
        {"name": f"{head} page / bare engine call", "value": _at(page, 0.5) / _at(call, 0.5), "unit": "ratio"},
        *_percentiles(f"{head} page, {PROCESSES} processes, new questions", new),
        *_percentiles(f"{head} page, {PROCESSES} processes, asked before", known),
        {"name": f"{head} pages, {PROCESSES} processes", "value": per_second, "unit": "/s"},
        {"name": f"{head} index build", "value": build, "unit": "listings/s"},
        {"name": f"{head} merging after the build", "value": merging, "unit": "s"},
        {"name": f"{head} bare bulk", "value": bare_build, "unit": "listings/s"},
        {"name": f"{head} build / bare bulk", "value": build / bare_build, "unit": "ratio"},
    ]


def _until_merged(elasticsearch_url: str | None) -> float:
    """Seconds that the server goes on merging the new index, which answers meanwhile; the embedded engine has done it."""
    if elasticsearch_url is None:
        return 0.0
    begin = time.perf_counter()
    with connect(elasticsearch_url, timeout_seconds=MERGE_SECONDS) as client:
        while client.tasks.list(actions="indices:admin/forcemerge*")["nodes"]:
            time.sleep(0.5)
    return time.perf_counter() - begin


@contextmanager
def _market(listings: int, engine: str) -> Iterator[Market]:
    directory = Path(tempfile.mkdtemp(prefix="kezhuan-bench-"))
    server = ElasticsearchServer(directory / "elasticsearch", heap="1g") if engine == "elasticsearch" else None
    try:
        with EmbeddedPostgres(directory / "instance") as postgres:
            environment = {"DATABASE_URL": postgres.url, "INSTANCE_PATH": str(directory / "instance")}
            if server is not None:
                environment |= {"ELASTICSEARCH_URL": server.start(), "ELASTICSEARCH_TIMEOUT_SECONDS": TIMEOUT_SECONDS}
            app = create_app(load_settings(environment))
            with app.app_context():
                upgrade()
                with transaction() as session:
                    many.fill(session, listings)
                    fill_vectors(session)
                with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM ANALYZE"))
            yield Market(environment, app, app.extensions["kezhuan_search"])
            with app.app_context():
                db.engine.dispose()
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _questions(seed: int, count: int) -> list[Question]:
    """Of ten: five of two or three words, two whole titles, two with a facet chosen, one patent number."""
    drawn, generator = random.Random(seed), Generator(seed=seed)
    with transaction() as session:
        numbers = session.scalars(select(IPRight.number).order_by(IPRight.id).limit(count)).all()
    fields = [field.value for field in TechnicalField]
    asked: list[Question] = []
    for turn in range(count):
        words = generator.few_words(2 + turn % 2)
        kinds: tuple[Question, ...] = (
            [("q", words)],
            [("q", generator.texts().title)],
            [("q", words), ("field", drawn.choice(fields))],
            [("q", numbers[turn % len(numbers)])],
        )
        asked.append(kinds[(0, 0, 0, 0, 0, 1, 1, 2, 2, 3)[turn % 10]])
    return asked


def _forgetful(environment: Mapping[str, str]) -> Flask:
    """An application over the same market to which all questions are new: their vectors are computed again."""
    shutil.rmtree(Path(environment["INSTANCE_PATH"]) / MEANING, ignore_errors=True)
    return create_app(load_settings(environment))


def _ask(client: Any, asked: Question) -> None:
    assert client.get(f"/listings?{urlencode(asked)}").status_code == 200


def _timed(ask: Callable[[Question], object], questions: Sequence[Question]) -> list[float]:
    """Seconds of each question, after some others to warm up."""
    generator = Generator(seed=13)
    for turn in range(WARM_UP):
        ask([("q", generator.few_words(2 + turn % 2))])
    spent = []
    for asked in questions:
        begin = time.perf_counter()
        ask(asked)
        spent.append(time.perf_counter() - begin)
    return spent


def _in_processes(
    environment: Mapping[str, str], questions: Sequence[Question]
) -> tuple[list[float], list[float], float]:
    """Every process asks all questions at the same time as the others, each beginning elsewhere.

    Gives the seconds of pages whose question is new to all of them, those of pages whose question another process was
    asked before, as it is by who narrows an answer or turns its page, and the pages a second of all together.
    """
    share = -(-len(questions) // PROCESSES)
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES) as pool:
        orders = [list(questions[turn:]) + list(questions[:turn]) for turn in range(0, len(questions), share)]
        found = pool.starmap(_of_one_process, [(dict(environment), order) for order in orders], chunksize=1)
    new = [one for seconds in found for one in seconds[:share]]
    known = [one for seconds in found for one in seconds[share:]]
    return new, known, sum(len(seconds) / sum(seconds) for seconds in found)


def _of_one_process(environment: dict[str, str], questions: list[Question]) -> list[float]:
    client = create_app(load_settings(environment)).test_client()
    return _timed(lambda asked: _ask(client, asked), questions)


def _percentiles(name: str, seconds: list[float]) -> list[Row]:
    return [
        {"name": f"{name}, p{round(share * 100)}", "value": _at(seconds, share) * 1e3, "unit": "ms"}
        for share in (0.5, 0.95, 0.99)
    ]


def _at(seconds: list[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
