"""The index follows the database: compare, repair, rebuild beside and swap.

The database is the truth; an index is disposable. A comparison walks both sides by id, in blocks of a bounded size.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from typing import Protocol, TypeVar

from search.documents import ListingDocument
from search.engines.base import Removal, SearchEngine

BLOCK = 5_000
"""A commit of the embedded engine costs as much as a thousand listings, and each is merged with others later."""
FILL_BLOCK = 1_000
"""While one is stored the next one is made ready; the sooner the first is, the better."""
PATIENCE = 100_000
"""New objects until Python's collector looks at them."""
WALK_BLOCK = 5_000
ROUNDS = 5


class Source(Protocol):
    """The database as indexing sees it: the public listings as they are now."""

    def versions(self, after_id: int, limit: int) -> list[tuple[int, int]]:
        """(id, version) of the next public listings by id."""
        ...

    def documents(self, ids: Sequence[int]) -> list[ListingDocument]:
        """Documents of those of the listings that are public."""
        ...


@dataclass(frozen=True)
class Difference:
    """Listings that the index lacks or has in an older version, and rows of the index that are not public.

    `wanted` are the versions that the database has of the outdated ones, in their order.
    """

    outdated: tuple[int, ...]
    superfluous: tuple[Removal, ...]
    wanted: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        return len(self.outdated) + len(self.superfluous)

    def since(self, earlier: Difference) -> int:
        """How much of it is the same as before a repair; a listing that changed meanwhile is not, its job follows."""
        same = set(zip(self.outdated, self.wanted, strict=True)) & set(
            zip(earlier.outdated, earlier.wanted, strict=True)
        )
        return len(same) + len(set(self.superfluous) & set(earlier.superfluous))


@dataclass(frozen=True)
class Repair:
    """What a verification found, and what of it the repair could not bring to agree.

    Listings that change while it compares do not count: each change has its own job, which writes to every index.
    """

    listings: int
    outdated: int
    superfluous: int
    remaining: int


class IndexDiffers(Exception):  # noqa: N818 - a state, told to whoever asked for agreement
    """Index and database do not agree after all repairs; the job is tried again, the command says so."""


def difference(engine: SearchEngine, source: Source, target: str | None = None) -> tuple[Difference, int]:
    """Compare every row; also gives the number of public listings."""
    in_database = dict(_walk(source.versions))
    engine.refresh(target)
    in_index = dict(_walk(lambda after, limit: engine.versions(after, limit, target)))
    outdated = {one: version for one, version in in_database.items() if in_index.get(one) != version}
    superfluous = tuple(Removal(one, version) for one, version in in_index.items() if one not in in_database)
    return Difference(tuple(outdated), superfluous, tuple(outdated.values())), len(in_database)


class _VersionsAfter(Protocol):
    def __call__(self, after_id: int, limit: int, /) -> list[tuple[int, int]]: ...


def _walk(versions: _VersionsAfter) -> Iterator[tuple[int, int]]:
    after = 0
    while block := versions(after, WALK_BLOCK):
        yield from block
        after = block[-1][0]


def fill(engine: SearchEngine, source: Source, target: str) -> None:
    """Bring everything that is public into an index that was just begun."""
    ids = [one for one, _ in _walk(source.versions)]
    with _patient_collector():
        engine.fill(target, _read_ahead(source, ids))


def _read_ahead(source: Source, ids: Sequence[int]) -> Iterator[list[ListingDocument]]:
    """Documents of all, block by block; the next one is read while this one is used."""
    with ThreadPoolExecutor(1, thread_name_prefix="index") as other:
        ahead: deque[Future[list[ListingDocument]]] = deque()
        for block in _blocks(ids, FILL_BLOCK):
            ahead.append(other.submit(copy_context().run, source.documents, block))
            if len(ahead) > 1:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def repair(engine: SearchEngine, source: Source, found: Difference, target: str | None = None) -> None:
    """Write what is missing or older, remove what is not public."""
    with _patient_collector():
        for ids in _blocks(found.outdated):
            engine.write(source.documents(ids), target)
    for removals in _blocks(found.superfluous):
        engine.write(removals, target)


@contextmanager
def _patient_collector() -> Iterator[None]:
    """Python's collector looks for rings among new objects less often: documents make none, and there are millions."""
    usual = gc.get_threshold()
    gc.set_threshold(PATIENCE, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


Item = TypeVar("Item")


def _blocks(values: Sequence[Item], size: int = BLOCK) -> Iterator[Sequence[Item]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def verify(engine: SearchEngine, source: Source, target: str | None = None) -> Repair:
    """Compare every row with the index and repair; `remaining` above 0 asks for a rebuild."""
    first, listings = difference(engine, source, target)
    found, remaining = first, 0
    for _ in range(ROUNDS):
        if not found.count:
            break
        repair(engine, source, found, target)
        repaired, (found, listings) = found, difference(engine, source, target)
        remaining = found.since(repaired)
    return Repair(listings, len(first.outdated), len(first.superfluous), remaining)


def rebuild(engine: SearchEngine, source: Source) -> int:
    """Build a new index beside the present one while changes go on, and swap when it agrees with the database.

    Returns the number of listings. The present index answers until the swap, and stays if anything fails.
    Raises EngineUnavailable, or IndexDiffers when the new index does not come to agree.
    """
    target = engine.begin_rebuild()
    finished = False
    try:
        fill(engine, source, target)
        outcome = verify(engine, source, target)
        if outcome.remaining:
            raise IndexDiffers(f"{outcome.remaining} of {outcome.listings} listings differ")
        engine.finish_rebuild(target)
        finished = True
    finally:
        if not finished:
            engine.abandon_rebuild(target)
    return outcome.listings
