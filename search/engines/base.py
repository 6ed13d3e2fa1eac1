"""The interface of an engine: what it is asked, what it answers, what it is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from search.documents import CLASSES, FACETS, ListingDocument
from search.query import SearchQuery
from search.ranking import Hit, Neighbour

FACET_SIZE = 200


class EngineUnavailable(Exception):  # noqa: N818 - a state of the outside world
    """The engine cannot answer or take a change now: down, slow, read-only, or it has no index yet."""


@dataclass(frozen=True)
class FacetCount:
    """How many hits have a value; filters of the same facet are left aside."""

    value: str
    count: int


@dataclass(frozen=True)
class SearchAnswer:
    """One page of hits, best first, the number of all, and the counts per facet.

    `is_cut`: it would have taken too long, so that titles alone were looked through, or nothing. `by_words`: how many of
    the hits hold the words, at least, where meaning found some as well; None = every one.
    """

    engine: str
    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    is_cut: bool = False
    by_words: int | None = None


@dataclass(frozen=True)
class Removal:
    """The listing is not public any more, as of `version`."""

    id: int
    version: int


Change = ListingDocument | Removal


@dataclass(frozen=True)
class WriteOutcome:
    """How many changes were taken, and how many were older than what the index had."""

    written: int
    stale: int


class AnswersQueries(Protocol):
    """Reading: the part that the reduced PostgreSQL answer has as well."""

    name: str

    def search(self, query: SearchQuery) -> SearchAnswer:
        """One page of hits; raises EngineUnavailable."""
        ...

    def walk(self, query: SearchQuery, block: int) -> Iterator[tuple[Hit, ...]]:
        """All hits of the question in its order, `block` at a time, whatever their number and whatever page it names.

        No facets. Each listing comes once, also when the index changes meanwhile. Raises EngineUnavailable.
        """
        ...


class SearchEngine(AnswersQueries, Protocol):
    """A disposable index: rebuildable beside itself at any time, while changes go on.

    Every method raises EngineUnavailable; without an index all do but `is_current` and `begin_rebuild`. `target` None
    means the index that answers; a rebuild's target is named by what `begin_rebuild` returned. Changes written
    without a target reach a rebuild under way too, once it is filled.
    """

    def nearest(self, vector: bytes, limit: int, least: float) -> list[Neighbour]:
        """The listings whose vectors are nearest, nearest first, none below the cosine `least`; nobody's filter acts."""
        ...

    def is_current(self) -> bool:
        """There is an index, and it was built by this version of fields and analysis."""
        ...

    def is_lost(self) -> bool:
        """The engine works, but of its index no whole copy is left: only building it anew helps."""
        ...

    def write(self, changes: Sequence[Change], target: str | None = None) -> WriteOutcome:
        """Take changes; one that is older than the index's version of the listing is left aside."""
        ...

    def fill(self, target: str, blocks: Iterable[Sequence[Change]]) -> None:
        """Take the whole market, a block after the other, into an index that was just begun.

        Until it is done, changes may pass it by, which a comparison finds afterwards.
        """
        ...

    def refresh(self, target: str | None = None) -> None:
        """Everything written so far is found from now on."""
        ...

    def versions(self, after_id: int, limit: int, target: str | None = None) -> list[tuple[int, int]]:
        """(id, version) of the next `limit` listings by id, for the comparison with the database."""
        ...

    def begin_rebuild(self) -> str:
        """Open an empty index beside the present one; an unfinished one is thrown away."""
        ...

    def finish_rebuild(self, target: str) -> None:
        """Let the new index answer, in one step, and drop the old one."""
        ...

    def abandon_rebuild(self, target: str) -> None:
        """Throw the unfinished index away."""
        ...


def nothing_found(engine: str) -> SearchAnswer:
    """The answer to a question that has nothing to look for."""
    return SearchAnswer(engine, 0, (), nothing_counted())


def nothing_counted() -> dict[str, tuple[FacetCount, ...]]:
    """Every facet without a count."""
    return dict.fromkeys(FACETS, ())


def counted_facets(query: SearchQuery) -> tuple[str, ...]:
    """The facets that are counted: finer classes only once a class above them, or one of them, is chosen.

    Nobody sees them before, and they are the dearest of all.
    """
    chosen = {facet for facet, values in query.filters if values}
    unseen = {finer for above, finer in pairwise(CLASSES) if not chosen & {above, finer}}
    return tuple(facet for facet in FACETS if facet not in unseen)


def in_facet_order(counts: Mapping[str, int]) -> tuple[FacetCount, ...]:
    """Largest first, equal counts by value; empty ones left out."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetCount(value, count) for value, count in ordered if count)
