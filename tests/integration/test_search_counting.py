"""How often the embedded engine goes over the hits to count facets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from search.engines import embedded_counting
from search.engines.base import FacetCount
from search.engines.embedded import EmbeddedEngine
from search.indexing import rebuild
from search.query import SearchQuery, parse
from tests.conftest import NOW
from tests.factories.search_documents import ListSource, listing


@dataclass
class Passes:
    """The searcher, and the fields of each aggregation that it was asked for."""

    searcher: Any
    asked: list[set[str]]

    def aggregate(self, query: Any, wanted: dict[str, Any]) -> Any:
        self.asked.append(set(wanted))
        return self.searcher.aggregate(query, wanted)


@pytest.fixture
def engine(tmp_path: Path) -> EmbeddedEngine:
    fresh = EmbeddedEngine(tmp_path / "search")
    rows = [listing(one, "激光", ipc_symbols=("A61F 9/00", "F16K 1/00")[: one % 2 + 1]) for one in range(1, 6)]
    rebuild(fresh, ListSource(rows))
    return fresh


def ask(**arguments: Any) -> SearchQuery:
    return parse(MultiDict(arguments)).asked(NOW)


def passes(engine: EmbeddedEngine, *queries: SearchQuery) -> list[set[str]]:
    """What the questions count, one after the other on one commit."""
    kept: embedded_counting.Kept = {}
    watched = Passes(engine._open_current().searcher, [])
    for query in queries:
        embedded_counting.count(watched, query, kept)  # type: ignore[arg-type] # stands in for the searcher
    return watched.asked


def test_words_are_counted_in_one_pass_and_each_choice_adds_one(engine: EmbeddedEngine) -> None:
    assert len(passes(engine, ask(q="激光"))) == 1
    chosen = passes(engine, ask(q="激光", way="transfer", county="330304"))
    assert [one for one in chosen if len(one) == 1] == [{"way"}, {"county"}]
    assert len(chosen) == 3


def test_without_words_a_second_visitor_costs_only_the_count_of_lots(engine: EmbeddedEngine) -> None:
    query = ask(way="transfer")
    first = passes(engine, query)
    both = passes(engine, query, ask(way="transfer", page="2", sort="price"))
    assert both[len(first) :] == [{"auction"}]


def test_open_lots_and_words_are_never_kept(engine: EmbeddedEngine) -> None:
    for query in (ask(auction="open"), ask(q="激光")):
        once = passes(engine, query)
        assert passes(engine, query, query) == once + once


def test_what_is_kept_ends_with_the_commit(engine: EmbeddedEngine) -> None:
    assert engine.search(ask()).facets["way"] == (FacetCount("transfer", 5),)
    assert engine.search(ask()).facets["way"] == (FacetCount("transfer", 5),)
    engine.write([listing(9, "激光")])
    assert engine.search(ask()).facets["way"] == (FacetCount("transfer", 6),)


def test_finer_classes_are_counted_only_below_a_chosen_one(engine: EmbeddedEngine) -> None:
    counted = engine.search(ask()).facets
    assert {one.value for one in counted["ipc_section"]} == {"A", "F"}
    assert (counted["ipc_class"], counted["ipc_subclass"]) == ((), ())
    counted = engine.search(ask(ipc_section="A")).facets
    assert (counted["ipc_class"][0].value, counted["ipc_subclass"]) == ("A61", ())
    assert engine.search(ask(ipc_class="A61")).facets["ipc_subclass"] != ()
