"""Facets and orders: the counts are what clicking gives, in each engine and in PostgreSQL's reduced answer alike."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.kernel.clock import local_date
from search import documents
from search.documents import FACETS, ListingDocument
from search.engines.base import AnswersQueries, SearchEngine, counted_facets
from search.engines.database import DatabaseEngine
from search.engines.lots import bounds_of
from search.indexing import rebuild
from search.meaning.fusion import DEPTH
from search.meaning.hybrid import HybridEngine
from search.query import SearchQuery, Sort, parse
from search.source import load_documents
from tests.conftest import NOW
from tests.factories.search_documents import START, ListSource, listing
from tests.factories.varied_listings import make_varied_listings

WANTED = 45
BLOCK = 7
PATIENT_SECONDS = 60.0
"""What is counted is tested here, not how fast: a loaded machine must not cut an answer short."""
QUESTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"q": "激光"},
    {"way": ["assignment", "ordinary_licence"]},
    {"auction": "open"},
    {"auction": ["open", "upcoming"], "county": "330302"},
    {"ipc_section": "A", "ipc_class": ["A61", "F16"]},
    {"ipc_subclass": ["A61F", "F16J"], "legal_status": ["alive", "expired"]},
    {"price_band": ["to_10", "negotiable"], "trl": ["6", "9"]},
    {"q": "激光 设备", "stage": ["pilot", "laboratory"], "kind": "invention"},
    {"open_licence": "yes"},
    {"free_trial": "yes", "industry": ["BF", "DQ", "XY"]},
    {"q": "激光", "auction": "upcoming", "field": "materials"},
    {"county": "no-such-county"},
    {"auction": "no-such-state"},
    {"ipc_class": ["A61", "Z99", "' OR 1=1"]},
)


def ask(**arguments: Any) -> SearchQuery:
    return parse(MultiDict(arguments)).asked(NOW)


@pytest.fixture
def market(session: Session) -> list[ListingDocument]:
    ids = [one.id for one in make_varied_listings(session, WANTED, NOW)]
    return load_documents(session, ids, local_date(NOW))


@pytest.fixture
def both(session: Session, market: list[ListingDocument], engine: SearchEngine) -> Sequence[AnswersQueries]:
    """The engine, and PostgreSQL that answers when it is down."""
    rebuild(engine, ListSource(market))
    return engine, DatabaseEngine(session, statement_seconds=PATIENT_SECONDS)


def has(document: ListingDocument, facet: str, value: str) -> bool:
    if facet != documents.AUCTION:
        return value in documents.facet_values(document)[facet]
    numbers = documents.numeric_values(document)
    bounds = bounds_of(value, ask().asked_at)
    return bool(bounds) and all(
        field in numbers and (low is None or low <= numbers[field]) and (high is None or numbers[field] <= high)
        for field, low, high in bounds
    )


def fulfils(document: ListingDocument, query: SearchQuery, without: str | None = None) -> bool:
    chosen = [(facet, values) for facet, values in query.filters if facet != without]
    return all(any(has(document, facet, value) for value in values) for facet, values in chosen)


def test_the_market_of_these_tests_has_something_in_every_facet(market: list[ListingDocument]) -> None:
    held = {
        facet: {value for one in market for value in documents.facet_values(one)[facet]}
        for facet in FACETS
        if facet != "auction"
    }
    few = {facet for facet, values in held.items() if len(values) < 2}
    assert few == {"open_licence", "free_trial"}
    assert held["open_licence"] == held["free_trial"] == {"yes"}
    assert all(any(has(one, "auction", value) for one in market) for value in ("open", "upcoming"))
    assert any(one.lot_closes_at is not None and one.lot_closes_at < NOW for one in market)


def test_hits_and_counts_are_those_of_the_rows(both: Sequence[AnswersQueries], market: list[ListingDocument]) -> None:
    for engine in both:
        for question in QUESTIONS:
            query = replace(ask(**question), page_size=WANTED)
            answer = engine.search(query)
            held = {hit.id for hit in engine.search(replace(query, filters=())).hits}
            matched = [one for one in market if one.id in held]
            expected = {one.id for one in matched if fulfils(one, query)}
            assert ({hit.id for hit in answer.hits}, answer.total) == (expected, len(expected)), (engine.name, question)
            for facet in FACETS:
                among = [one for one in matched if fulfils(one, query, without=facet)]
                is_seen = facet in counted_facets(query)
                counted = Counter(value for one in among for value in _values(one, facet) if is_seen)
                found = {one.value: one.count for one in answer.facets[facet]}
                assert found == counted, (engine.name, question, facet)


def _values(document: ListingDocument, facet: str) -> Sequence[str]:
    if facet == documents.AUCTION:
        return [value for value in ("open", "upcoming") if has(document, facet, value)]
    return documents.facet_values(document)[facet]


def test_a_count_is_what_clicking_the_value_gives(both: Sequence[AnswersQueries]) -> None:
    """Multi-select: choosing one more value of a facet adds its listings, and takes none of the others away."""
    questions = (ask(way="assignment", county="330302"), ask(ipc_section="F", ipc_class="F16"))
    for engine, begun in product(both, questions):
        answer = engine.search(begun)
        assert answer.total
        for facet in FACETS:
            for one in answer.facets[facet][:4]:
                clicked = engine.search(replace(begun.with_filter(facet, (one.value,)), counts_facets=False))
                assert clicked.total == one.count, (engine.name, facet, one.value)


def test_a_lot_opens_and_closes_without_any_change_of_the_index(
    both: Sequence[AnswersQueries], market: list[ListingDocument]
) -> None:
    one = next(one for one in market if has(one, "auction", "open"))
    assert one.lot_opens_at is not None and one.lot_closes_at is not None
    for engine in both:
        for moment, value, is_there in (
            (one.lot_opens_at - timedelta(seconds=1), "upcoming", True),
            (one.lot_opens_at - timedelta(seconds=1), "open", False),
            (one.lot_opens_at, "open", True),
            (one.lot_opens_at, "upcoming", False),
            (one.lot_closes_at - timedelta(seconds=1), "open", True),
            (one.lot_closes_at, "open", False),
        ):
            query = replace(parse(MultiDict({"auction": value})).asked(moment), page_size=WANTED)
            assert (one.id in {hit.id for hit in engine.search(query).hits}) is is_there, (engine.name, moment, value)


def expected_order(market: list[ListingDocument], sort: Sort) -> list[int]:
    newest = sorted(market, key=lambda one: (-one.published_at.timestamp(), -one.id))
    by_id = sorted(market, key=lambda one: -one.id)
    if sort is Sort.CLOSING:
        running = [one for one in by_id if has(one, "auction", "open")]
        first = sorted(running, key=lambda one: documents.numeric_values(one)["closes"])
        return [one.id for one in (*first, *(one for one in newest if one not in running))]
    if sort is Sort.WATCHED:
        return [one.id for one in sorted(by_id, key=lambda one: -one.watchers)]
    if sort is Sort.CHEAPEST:
        return [one.id for one in sorted(by_id, key=lambda one: (one.price_fen is None, one.price_fen or 0))]
    if sort is Sort.DEAREST:
        return [one.id for one in sorted(by_id, key=lambda one: (one.price_fen is None, -(one.price_fen or 0)))]
    return [one.id for one in newest]


def test_pages_of_every_order_give_each_listing_once(
    both: Sequence[AnswersQueries], market: list[ListingDocument]
) -> None:
    for engine in both:
        for sort in Sort:
            query = replace(ask(sort=sort.value), page_size=BLOCK, counts_facets=False)
            pages = [engine.search(query.at_page(page)) for page in range(1, WANTED // BLOCK + 3)]
            assert [hit.id for page in pages for hit in page.hits] == expected_order(market, sort), (engine.name, sort)
            assert {page.total for page in pages} == {WANTED}


def test_a_walk_gives_what_the_pages_give(both: Sequence[AnswersQueries]) -> None:
    walked: tuple[dict[str, Any], ...] = (
        {},
        {"q": "激光"},
        {"q": "激光", "way": "assignment"},
        {"auction": "open"},
        {"q": "，，"},
    )
    for engine in both:
        for question, sort in product(walked, Sort):
            query = ask(**question, sort=sort.value)
            whole = [hit.id for hit in engine.search(replace(query, page_size=WANTED)).hits]
            blocks = [*engine.walk(query.at_page(3), BLOCK)]
            assert [hit.id for block in blocks for hit in block] == whole, (engine.name, question, sort)
            assert all(blocks)


def test_words_narrow_an_order_and_a_filter_does(both: Sequence[AnswersQueries], market: list[ListingDocument]) -> None:
    query = replace(ask(q="激光", sort="price", way="assignment"), page_size=WANTED)
    for engine in both:
        found = {hit.id for hit in engine.search(replace(query, filters=(), sort=Sort.RELEVANCE)).hits}
        wanted = {one.id for one in market if one.id in found and "assignment" in one.ways}
        assert wanted
        order = [one for one in expected_order(market, Sort.CHEAPEST) if one in wanted]
        assert [hit.id for hit in engine.search(query).hits] == order, engine.name


def test_a_walk_passes_the_window_of_the_server(engine: SearchEngine) -> None:
    """Elasticsearch shows the first 10,000 hits by page number; a list is longer."""
    many = 10_200
    rows = [listing(one, "激光设备", published_at=START + timedelta(seconds=one % 90)) for one in range(1, many + 1)]
    rebuild(engine, ListSource(rows))
    for question in ({}, {"q": "激光"}):
        walked = [hit.id for block in engine.walk(ask(**question), 2_000) for hit in block]
        assert walked == sorted(range(1, many + 1), key=lambda one: (-(one % 90), -one))


def test_a_removed_listing_is_in_no_count_and_in_no_order(engine: SearchEngine) -> None:
    source = ListSource([listing(one, "泵", watchers=one, price_fen=one) for one in range(1, 6)])
    rebuild(engine, source)
    assert [one.count for one in engine.search(ask()).facets["way"]] == [5]
    del source.rows[5]
    rebuild(engine, source)
    for sort in Sort:
        answer = engine.search(ask(sort=sort.value))
        assert 5 not in {hit.id for hit in answer.hits}
        assert [one.count for one in answer.facets["way"]] == [4]


class Leaning:
    """An embedder whose every text leans to one axis."""

    def question(self, text: str) -> bytes:
        return struct.pack("<384f", 1.0, *([0.0] * 383))

    def passages(self, texts: Sequence[str]) -> list[bytes]:
        return [self.question(text) for text in texts]


def test_a_walk_of_words_and_meaning_gives_what_the_pages_give(engine: SearchEngine) -> None:
    near = Leaning().question("")
    rows = [listing(one, "激光设备", vector=near if one % 30 == 0 else b"") for one in range(1, DEPTH + 41)]
    rows += [listing(DEPTH + one, "光学加工", vector=near) for one in range(50, 55)]
    rebuild(engine, ListSource(rows))
    hybrid = HybridEngine(engine, Leaning())
    query = ask(q="激光设备")
    pages = [hybrid.search(query.at_page(page)) for page in range(1, 15)]
    walked = [hit.id for block in hybrid.walk(query, 17) for hit in block]
    assert walked == [hit.id for page in pages for hit in page.hits]
    assert sorted(walked) == [one.id for one in rows]
    newest = replace(query, sort=Sort.NEWEST)
    assert [hit.id for block in hybrid.walk(newest, 17) for hit in block] == [*range(DEPTH + 40, 0, -1)]
