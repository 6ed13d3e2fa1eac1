"""When a comparison of index and database is content, over an index in a folder and rows that move or cannot be read."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search import indexing
from search.documents import ListingDocument
from search.engines.base import Removal
from search.engines.embedded import EmbeddedEngine
from search.indexing import PATIENCE, Difference, IndexDiffers, Repair, rebuild, verify
from search.query import SearchQuery


class Rows:
    """Listings in memory; those in `moving` get a new version at every look, those in `unreadable` have no document."""

    def __init__(self, ids: Sequence[int], *, moving: Sequence[int] = (), unreadable: Sequence[int] = ()) -> None:
        self.versions_now = dict.fromkeys(ids, 1)
        self._moving, self._unreadable = moving, unreadable

    def versions(self, after_id: int, limit: int) -> list[tuple[int, int]]:
        for one in self._moving:
            self.versions_now[one] += 1
        return [(one, version) for one, version in sorted(self.versions_now.items()) if one > after_id][:limit]

    def documents(self, ids: Sequence[int]) -> list[ListingDocument]:
        return [self._document(one) for one in ids if one not in self._unreadable]

    def _document(self, listing_id: int) -> ListingDocument:
        return ListingDocument(
            id=listing_id,
            version=self.versions_now[listing_id],
            number=f"WZ{listing_id}",
            title="高温密封件",
            institution_code="WZU",
            institution_name="温州大学",
            county_code="330304",
            tech_field="materials",
            ways=("assignment",),
            published_at=datetime(2026, 11, 1, tzinfo=UTC),
        )


@pytest.fixture
def engine(tmp_path: Path) -> EmbeddedEngine:
    return EmbeddedEngine(tmp_path / "search")


def test_a_listing_that_changes_at_every_look_does_not_stop_a_rebuild(engine: EmbeddedEngine) -> None:
    assert rebuild(engine, Rows([1, 2, 3], moving=[2])) == 3
    assert engine.search(SearchQuery()).total == 3


def test_a_listing_that_cannot_be_brought_in_stops_a_rebuild_and_the_old_index_stays(engine: EmbeddedEngine) -> None:
    rebuild(engine, Rows([1]))
    with pytest.raises(IndexDiffers):
        rebuild(engine, Rows([1, 2, 3], moving=[2], unreadable=[3]))
    assert [hit.id for hit in engine.search(SearchQuery()).hits] == [1]


def test_a_verification_counts_what_it_could_not_repair_and_not_what_moved(engine: EmbeddedEngine) -> None:
    rebuild(engine, Rows([1]))
    outcome = verify(engine, Rows([1, 2, 3], moving=[2], unreadable=[3]))
    assert outcome == Repair(listings=3, outdated=2, superfluous=0, remaining=1)


def test_the_same_listing_in_a_newer_version_is_not_what_was_there_before() -> None:
    earlier = Difference((1, 2), (Removal(7, 1), Removal(8, 1)), (5, 5))
    later = replace(earlier, wanted=(5, 6), superfluous=(Removal(8, 1),))
    assert later.since(earlier) == 2
    assert Difference((), ()).since(earlier) == 0


def test_the_collector_is_as_it_was_when_a_repair_has_failed(engine: EmbeddedEngine) -> None:
    usual = gc.get_threshold()
    seen: list[int] = []

    class Unreadable(Rows):
        def documents(self, ids: Sequence[int]) -> list[ListingDocument]:
            seen.append(gc.get_threshold()[0])
            raise ValueError("cannot be read")

    with pytest.raises(ValueError, match="cannot be read"):
        rebuild(engine, Unreadable([1]))
    assert seen == [PATIENCE]
    assert gc.get_threshold() == usual


def test_blocks_follow_each_other_into_the_index(engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "FILL_BLOCK", 3)
    monkeypatch.setattr(indexing, "BLOCK", 3)
    assert rebuild(engine, Rows(range(1, 12))) == 11
    assert engine.versions(0, 30) == [(one, 1) for one in range(1, 12)]
    verify(engine, Rows(range(1, 24)))
    assert engine.versions(0, 30) == [(one, 1) for one in range(1, 24)]
