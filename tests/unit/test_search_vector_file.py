"""The vectors beside the embedded index: what is nearest, what was replaced, what a killed writer leaves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from search.documents import ListingDocument
from search.engines import vector_file
from search.engines.base import Change, Removal
from search.engines.vector_file import NAME, ROW, VectorFile

CHANCE = np.random.default_rng(5)


def unit(values: Sequence[float] | np.ndarray) -> bytes:
    vector = np.zeros(384, dtype="<f4")
    vector[: len(values)] = values
    return (vector / np.linalg.norm(vector)).astype("<f4").tobytes()


def listing(listing_id: int, vector: bytes, version: int = 1) -> ListingDocument:
    return ListingDocument(listing_id, version, "", "", vector=vector)


EAST, NORTH, NORTH_EAST = unit([1, 0]), unit([0, 1]), unit([1, 1])


def ids(rows: VectorFile, vector: bytes, least: float = 0.1, limit: int = 10) -> list[int]:
    return [one.id for one in rows.nearest(vector, limit, least)]


@pytest.fixture
def rows(tmp_path: Path) -> VectorFile:
    found = VectorFile(tmp_path)
    found.append([listing(1, EAST), listing(2, NORTH), listing(3, NORTH_EAST)])
    return found


def test_the_nearest_stand_first_and_what_is_not_near_is_left_out(rows: VectorFile) -> None:
    assert ids(rows, EAST) == [1, 3]
    assert ids(rows, EAST, limit=1) == [1]
    assert ids(rows, EAST, least=0.8) == [1]
    assert rows.nearest(EAST, 2, 0.1)[1].cosine == pytest.approx(0.7071, abs=0.01)


def test_without_rows_nothing_is_near(tmp_path: Path) -> None:
    assert VectorFile(tmp_path).nearest(EAST, 10, -1.0) == []


def test_the_last_row_of_a_listing_counts(rows: VectorFile) -> None:
    rows.append([listing(1, NORTH, 2)])
    assert ids(rows, EAST) == [3]
    assert ids(rows, NORTH, least=0.9) == [2, 1]


@pytest.mark.parametrize("change", [Removal(1, 2), listing(1, b"", 2)])
def test_a_listing_without_vector_is_not_near_any_more(rows: VectorFile, change: Change) -> None:
    rows.append([change])
    assert ids(rows, EAST) == [3]


def test_what_never_had_a_vector_leaves_no_row(tmp_path: Path) -> None:
    rows = VectorFile(tmp_path)
    rows.append([Removal(1, 2), listing(2, b"")])
    assert not (tmp_path / NAME).exists()


def test_a_reader_in_another_process_follows_the_writer(rows: VectorFile, tmp_path: Path) -> None:
    reader = VectorFile(tmp_path)
    assert ids(reader, EAST) == [1, 3]
    rows.append([listing(4, unit([5, 1])), Removal(3, 2)])
    assert ids(reader, EAST) == [1, 4]


def test_a_torn_row_is_not_read_and_goes_with_the_next_write(rows: VectorFile, tmp_path: Path) -> None:
    with (tmp_path / NAME).open("ab") as handle:
        handle.write(b"\x07" * (ROW.itemsize - 1))
    assert ids(VectorFile(tmp_path), EAST) == [1, 3]
    VectorFile(tmp_path).append([listing(4, unit([5, 1]))])
    assert (tmp_path / NAME).stat().st_size == 4 * ROW.itemsize
    assert ids(rows, EAST) == [1, 4, 3]


def test_replaced_rows_are_dropped_once_they_are_the_larger_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_file, "COMPACTED_FROM", 6)
    writer, reader = VectorFile(tmp_path), VectorFile(tmp_path)
    for version in range(1, 4):
        writer.append([listing(1, EAST, version), listing(2, NORTH, version)])
        assert ids(reader, EAST) == [1]
    assert (tmp_path / NAME).stat().st_size == 2 * ROW.itemsize
    assert ids(reader, EAST) == [1]
    writer.append([listing(1, NORTH, 4)])
    assert ids(reader, EAST) == []


def test_eight_bits_find_what_the_whole_numbers_find(tmp_path: Path) -> None:
    vectors = CHANCE.normal(size=(3_000, 384)).astype("<f4")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = VectorFile(tmp_path)
    rows.append([listing(one, vector.tobytes()) for one, vector in enumerate(vectors)])
    asked = vectors[7] + vectors[8]
    asked /= np.linalg.norm(asked)
    cosines = vectors @ asked

    found = rows.nearest(asked.astype("<f4").tobytes(), 50, -1.0)

    assert {one.id for one in found[:2]} == {7, 8}
    assert len({one.id for one in found} & set(np.argsort(-cosines)[:50].tolist())) >= 47
    assert max(abs(one.cosine - cosines[one.id]) for one in found) < 0.003


def _around(topics: np.ndarray, count: int) -> np.ndarray:
    chosen = topics[CHANCE.integers(len(topics), size=count)]
    found = chosen + CHANCE.normal(size=chosen.shape) / np.sqrt(384) * 1.2
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype("<f4")


def test_of_many_rows_the_nearest_are_found_by_their_signs_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_file, "PACKED_TOGETHER", 700)
    topics = CHANCE.normal(size=(40, 384)) / np.sqrt(384)
    vectors, questions = _around(topics, 4_000), _around(topics, 40)
    whole, coarse = VectorFile(tmp_path), VectorFile(tmp_path)
    whole.append([listing(place, one.tobytes()) for place, one in enumerate(vectors[:3_000], 1)])
    wanted = [ids(whole, one.tobytes(), least=0.2) for one in questions]
    monkeypatch.setattr(vector_file, "COARSE_FROM", 2_000)
    assert [ids(coarse, one.tobytes(), least=0.2) for one in questions] == wanted
    coarse.append([listing(place, one.tobytes()) for place, one in enumerate(vectors[3_000:], 3_001)])
    again = [ids(coarse, one.tobytes(), least=0.2) for one in questions]
    assert again != wanted
    monkeypatch.setattr(vector_file, "COARSE_FROM", 10_000)
    assert [ids(VectorFile(tmp_path), one.tobytes(), least=0.2) for one in questions] == again


def test_what_was_replaced_among_many_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_file, "COARSE_FROM", 2)
    monkeypatch.setattr(vector_file, "PACKED_TOGETHER", 2)
    rows = VectorFile(tmp_path)
    rows.append([listing(1, EAST), listing(2, NORTH), listing(3, NORTH_EAST), listing(4, EAST)])
    rows.append([Removal(4, 2), listing(1, NORTH, 2)])
    assert ids(rows, EAST, limit=1) == [3]
    assert ids(VectorFile(tmp_path), EAST, limit=1) == [3]
