"""What alerts cost: a hundred thousand saved searches asked of one changed listing and of a hundred, against the naive way.

Naive is to ask every saved search of the same small index; that is measured on a sample, which must find the same, and
writes nothing, while ours writes its hits. One process on one embedded PostgreSQL. `BENCH_SAVED_SEARCHES` says how many
searches (100,000), kept for people with fifty each.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask_migrate import upgrade
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from app import create_app
from bench.words import Generator
from config import load_settings
from market.accounts.models import Person
from market.accounts.rules import OrganisationKind
from market.achievements.vocabulary import TechnicalField
from market.kernel.clock import local_date
from market.kernel.db import db, transaction
from market.kernel.runtime.embedded_postgres import EmbeddedPostgres
from search.saved import comparing, deriving, matching
from search.saved.models import SavedSearch, SavedSearchHit
from search.saved.question import in_force
from search.saved.telling import derivation
from search.source import load_documents
from search.synonyms.current import current_dictionary
from tests.factories import world
from tests.factories.public_listings import make_public_listing

SEARCHES = int(os.environ.get("BENCH_SAVED_SEARCHES", "100000"))
OF_EACH_PERSON = 50
BLOCK = 5_000
SAMPLE = 2_000
BATCHES = (1, 100)
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
Row = dict[str, Any]


def measure(context: object | None = None) -> list[Row]:  # noqa: ARG001
    """Rows for the runner; beside them the load of the machine, which the seconds depend on."""
    directory = Path(tempfile.mkdtemp(prefix="kezhuan-bench-"))
    try:
        with EmbeddedPostgres(directory / "instance") as server:
            app = create_app(
                load_settings(
                    {"DATABASE_URL": server.url, "INSTANCE_PATH": str(directory / "instance"), "MEANING": "off"}
                )
            )
            with app.app_context():
                upgrade()
                rows = [_row("load of the machine before", os.getloadavg()[0], ""), *_filled()]
                rows += [row for size in BATCHES for row in _of_batch(size)]
                rows.append(_row("load of the machine after", os.getloadavg()[0], ""))
                db.engine.dispose()
        return rows
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _row(name: str, value: float, unit: str) -> Row:
    return {"name": name, "value": value, "unit": unit}


def _filled() -> list[Row]:
    with transaction() as session:
        organisation = world.make_organisation(session, OrganisationKind.ENTERPRISE)
        people = _people(session, -(-SEARCHES // OF_EACH_PERSON))
        organisation_id = organisation.id
    begin, keys = time.perf_counter(), 0
    questions = _questions()
    for start in range(0, SEARCHES, BLOCK):
        with transaction() as session:
            numbers = range(start, min(SEARCHES, start + BLOCK))
            deriving.write_keys(
                session, _save(session, people, organisation_id, [(one, next(questions)) for one in numbers])
            )
    spent = time.perf_counter() - begin
    with transaction() as session:
        keys = session.scalar(text("SELECT count(*) FROM saved_search_key")) or 0
        size = session.scalar(text("SELECT pg_total_relation_size('saved_search_key')")) or 0
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE saved_search, saved_search_key"))
    return [
        _row("saved searches", SEARCHES, ""),
        _row("keys of a search", keys / SEARCHES, ""),
        _row("inverted table, bytes of a search", size / SEARCHES, "B"),
        _row("saving", SEARCHES / spent, "/s"),
    ]


def _people(session: Session, number: int) -> list[int]:
    rows = [
        {"email": f"reader{one}@example.test", "display_name": "读者", "password_hash": "!", "created_at": NOW}
        for one in range(number)
    ]
    return list(session.scalars(insert(Person).returning(Person.id), rows))


def _save(
    session: Session, people: list[int], organisation_id: int, asked: list[tuple[int, str]]
) -> list[tuple[int, str]]:
    now_derived = derivation(current_dictionary(session))
    rows = [
        {
            "person_id": people[number // OF_EACH_PERSON],
            "organisation_id": organisation_id,
            "name": f"检索{number}",
            "question": question,
            "digest": str(number),
            "rhythm": "off",
            "created_at": NOW,
            "derivation": now_derived,
        }
        for number, question in asked
    ]
    written = session.execute(insert(SavedSearch).returning(SavedSearch.id, SavedSearch.question), rows)
    return [(row.id, row.question) for row in written]


def _questions() -> Iterator[str]:
    """Of ten: four times two or three words of a field, two frequent words, a phrase, words with a facet twice, a title,
    facets alone.
    """
    drawn, generator = random.Random(3), Generator(seed=3)
    fields = [field.value for field in TechnicalField]
    while True:
        for count in (2, 2, 2, 3):
            yield urlencode({"q": generator.any_words(count)})
        yield urlencode({"q": generator.few_words(2)})
        yield urlencode({"q": f'"{generator.few_words(1)}" {generator.any_words(1)}'})
        yield urlencode({"q": generator.any_words(2), "field": drawn.choice(fields)})
        yield urlencode({"q": generator.few_words(1), "way": "assignment"})
        yield urlencode({"q": generator.texts().title})
        yield urlencode({"field": drawn.choice(fields), "institution": f"T{drawn.randint(1, 200):05d}"})


def _of_batch(size: int) -> list[Row]:
    """New listings of one comparison."""
    generator, drawn = Generator(seed=100 + size), random.Random(size)
    fields = [field.value for field in TechnicalField]
    with transaction() as session:
        made = []
        for _ in range(size):
            texts = generator.texts()
            columns = {"summary": texts.summary, "technical_field": drawn.choice(fields)}
            listing = make_public_listing(
                session, texts.title, abstract=texts.abstract, main_class=texts.main_class, **columns
            )
            made.append(listing.id)
    before = _hits()
    begin, begin_cpu = time.perf_counter(), time.process_time()
    with transaction() as session:
        outcome = comparing.compare(session, made, now=NOW)
    spent, spent_cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    naive, naive_cpu = _naive(made)
    head = f"{size} changed:"
    return [
        _row(f"{head} questions asked", outcome.asked, ""),
        _row(f"{head} share of all", 100 * outcome.asked / SEARCHES, "%"),
        _row(f"{head} hits", _hits() - before, ""),
        _row(f"{head} seconds", spent, "s"),
        _row(f"{head} seconds of the naive way", naive, "s"),
        _row(f"{head} own processor time", spent_cpu, "s"),
        _row(f"{head} own processor time of the naive way", naive_cpu, "s"),
        _row(f"{head} naive / ours, processor time", naive_cpu / spent_cpu, "ratio"),
    ]


def _hits() -> int:
    with transaction() as session:
        return session.scalar(select(func.count(SavedSearchHit.id))) or 0


def _naive(made: list[int]) -> tuple[float, float]:
    """Seconds, and of them the processor's, to ask every saved search of the same listings; nothing is written.

    From a sample, which must find what ours found.
    """
    with transaction() as session:
        documents = dict(enumerate(load_documents(session, made, local_date(NOW)), start=1))
        sample = session.execute(
            select(SavedSearch.id, SavedSearch.question).order_by(func.md5(SavedSearch.digest)).limit(SAMPLE)
        ).all()
        ours = select(SavedSearchHit.saved_search_id, SavedSearchHit.listing_id).where(
            SavedSearchHit.saved_search_id.in_([row.id for row in sample]), SavedSearchHit.listing_id.in_(made)
        )
        known = {tuple(row) for row in session.execute(ours)}
    found = set()
    begin, begin_cpu = time.perf_counter(), time.process_time()
    with transaction() as session:
        dictionary = current_dictionary(session)
    with matching.small_index(documents, NOW) as index:
        for saved_id, question in sample:
            found |= {
                (saved_id, documents[number].id)
                for number in index.hits(in_force(question, dictionary), list(documents))
            }
    spent, spent_cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    assert found == known, f"{len(found - known)} hits were not found by way of the keys"
    return spent * SEARCHES / len(sample), spent_cpu * SEARCHES / len(sample)
