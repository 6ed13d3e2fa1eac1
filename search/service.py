"""The use cases: answer a question whatever the engine does, and make index and database agree."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from sqlalchemy.orm import Session

from market.kernel.clock import current_time
from search import indexing
from search.engines.base import AnswersQueries, Change, EngineUnavailable, Removal, SearchAnswer, SearchEngine
from search.engines.database import DatabaseEngine
from search.query import SearchQuery
from search.source import DatabaseSource
from search.synonyms.current import expanded
from search.widening import answered

logger = logging.getLogger(__name__)
ROUNDS = 5
WALK_BLOCK = 1_000
PROBE = SearchQuery(page_size=1, counts_facets=False)


@dataclass(frozen=True)
class Answer:
    """What was found; `is_reduced` = the engine is down and PostgreSQL answered, which the page says.

    `asked` is the question with other words for what it asks.
    """

    found: SearchAnswer
    is_reduced: bool
    asked: SearchQuery

    @property
    def is_widened(self) -> bool:
        """Nothing holds the words together: the hits hold one of them at least."""
        return self.asked.any_word


def answer(session: Session, engine: SearchEngine, query: SearchQuery, *, is_strict: bool = False) -> Answer:
    """Ask the engine, and PostgreSQL when it cannot answer.

    A short question whose words nothing holds together is asked for any of them, unless `is_strict`.
    """
    asked = expanded(session, query.asked(current_time()))
    try:
        return _answer(engine, asked, is_strict=is_strict, is_reduced=False)
    except EngineUnavailable as reason:
        logger.warning("PostgreSQL answers a search: %s", reason)
        return _answer(DatabaseEngine(session), asked, is_strict=is_strict, is_reduced=True)


def _answer(engine: AnswersQueries, asked: SearchQuery, *, is_strict: bool, is_reduced: bool) -> Answer:
    found, asked = (engine.search(asked), asked) if is_strict else answered(engine, asked)
    return Answer(found, is_reduced, asked)


@dataclass(frozen=True)
class Walked:
    """The first of all hits in the order of the pages, and how many there are altogether.

    `is_reduced` and `is_widened` as the page says of an `Answer`: PostgreSQL answered; nothing holds all the words.
    """

    ids: tuple[int, ...]
    total: int
    is_reduced: bool
    is_widened: bool


def walk(session: Session, engine: SearchEngine, query: SearchQuery, most: int) -> Walked:
    """The whole answer, as far as `most` hits; PostgreSQL answers when the engine cannot.

    They are collected before any is used: an engine that fails on the way leaves no half answer.
    """
    query = replace(expanded(session, query.asked(current_time())), counts_facets=False)
    try:
        return _walked(engine, query, most, is_reduced=False)
    except EngineUnavailable as reason:
        logger.warning("PostgreSQL answers for a whole list: %s", reason)
        return _walked(DatabaseEngine(session), query, most, is_reduced=True)


def _walked(engine: AnswersQueries, query: SearchQuery, most: int, *, is_reduced: bool) -> Walked:
    first = _answer(engine, query.at_page(1, 1), is_strict=False, is_reduced=is_reduced)
    ids = tuple(hit.id for hit in islice(chain.from_iterable(engine.walk(first.asked, WALK_BLOCK)), most))
    total = len(ids) if len(ids) < most else first.found.total
    return Walked(ids, total, is_reduced, first.is_widened)


def is_ready(engine: SearchEngine) -> bool:
    """Whether the engine answers from an index of this version; PostgreSQL answers otherwise.

    It is asked a question: a server whose index is red knows its mapping all the same. First, for a question waits
    for nobody while the engine is left in peace.
    """
    try:
        engine.search(PROBE)
        return engine.is_current()
    except EngineUnavailable:
        return False


def index_listing(engine: SearchEngine, listing_id: int) -> None:
    """Bring the index to what the database says of one listing now.

    Returns only when, after the write, the database still says what was written. Raises EngineUnavailable (the job
    is tried again) and IndexDiffers when the listing changes faster than it is written.
    """
    source = DatabaseSource()
    if not engine.is_current():
        indexing.rebuild(engine, source)
    change = source.change(listing_id)
    if _holds(engine, change):
        return  # an earlier job of the same listing, or the build of the index, has already brought it there
    for _ in range(ROUNDS):
        engine.write([change])
        written, change = change, source.change(listing_id)
        if change == written:
            return
    raise indexing.IndexDiffers(f"listing {listing_id} keeps changing")


def index_listings(engine: SearchEngine, listing_ids: Sequence[int]) -> None:
    """The same for a block of listings, in one write: one that changed meanwhile is brought to its new state alone."""
    source = DatabaseSource()
    if not engine.is_current():
        indexing.rebuild(engine, source)
    written = source.documents(listing_ids)
    engine.write(written)
    agreeing = {one.id for one in written} - {one.id for one in set(written) ^ set(source.documents(listing_ids))}
    for listing_id in listing_ids:
        if listing_id not in agreeing:
            index_listing(engine, listing_id)


def _holds(engine: SearchEngine, change: Change) -> bool:
    """Whether the index already says what the database says: one cheap read instead of a write."""
    held = dict(engine.versions(change.id - 1, 1)).get(change.id)
    return held is None if isinstance(change, Removal) else held == change.version


def reconcile(engine: SearchEngine) -> indexing.Repair | None:
    """Repair what outages left behind; build the index where there is none of this version, or none is left (then None)."""
    source = DatabaseSource()
    if engine.is_current():
        try:
            return indexing.verify(engine, source)
        except EngineUnavailable:
            if not engine.is_lost():
                raise
            logger.warning("the search index is lost and is built anew")
    indexing.rebuild(engine, source)
    return None


def rebuild(engine: SearchEngine) -> None:
    """Build a new index from the database and swap it in; the old one answers until then."""
    indexing.rebuild(engine, DatabaseSource())


@dataclass(frozen=True)
class IndexState:
    """What the operator sees of the index; `documents` None when the engine does not answer.

    `without_vector`: public listings that have no vector of their meaning yet; None where meaning is off.
    """

    engine: str
    is_current: bool
    documents: int | None
    without_vector: int | None = None


def index_state(engine: SearchEngine, without_vector: int | None = None) -> IndexState:
    """Which engine answers, whether its index is of this version, and how many listings it holds."""
    name = engine.name
    try:
        if not engine.is_current():
            return IndexState(name, is_current=False, documents=None, without_vector=without_vector)
        held = engine.search(SearchQuery(counts_facets=False)).total
        return IndexState(name, is_current=True, documents=held, without_vector=without_vector)
    except EngineUnavailable:
        return IndexState(name, is_current=False, documents=None, without_vector=without_vector)
