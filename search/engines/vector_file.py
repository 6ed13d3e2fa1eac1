"""Vectors of the embedded index: a file of equal rows beside it, appended to by one writer, read by many processes.

A row is (listing, version, scale, 384 numbers of 8 bits, traits); the last row of a listing counts, one of scale 0 says that it has
no vector any more. Rows are appended under the index's write lock before its commit: what a killed process leaves is a row
too many, which the next write of the listing replaces, or a torn last row, which nobody reads. A question looks at every
row: 100,000 of them in about two milliseconds.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import simsimd
from numpy.typing import NDArray

from search import traits
from search.documents import ListingDocument
from search.engines.base import Change
from search.ranking import Neighbour

NAME = "vectors.bin"
DIMENSIONS = 384
LEVELS = 127
ROW = np.dtype([("id", "<i8"), ("version", "<i8"), ("scale", "<f4"), ("vector", "i1", DIMENSIONS), ("traits", "<u4")])
COARSE_FROM = 20_000
"""From so many rows on, bits are compared first."""
COARSE_SHARE, COARSE_LEAST = 20, 40
"""One row of twenty is looked at whole, at least forty for each that is wanted. A twentieth of 7,384 patents holds 99.2 of
100 of the thousandth part that is nearest, which is what a question wants of 100,000.
"""
PACKED_TOGETHER = 10_000
COMPACTED_FROM = 1_000
"""Rows of a file that is written anew without the replaced ones, once these are the larger half."""


class VectorFile:
    """The rows of one index folder as this process sees them. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._lock = threading.Lock()
        self._stamp = (0, 0)
        self._rows: NDArray[Any] = np.zeros(0, dtype=ROW)
        self._place: dict[int, int] = {}
        self._replaced: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._signs: NDArray[np.uint8] = np.zeros((0, DIMENSIONS // 8), dtype=np.uint8)

    def nearest(self, vector: bytes, limit: int, least: float) -> list[Neighbour]:
        """The listings of the nearest rows whose cosine is at least `least`, nearest first."""
        rows, replaced, signs = self._present()
        if not len(rows) or limit < 1:
            return []
        asked, scale = _quantised(np.frombuffer(vector, dtype="<f4"))
        if len(rows) >= COARSE_FROM:
            wanted = max(COARSE_LEAST * limit, len(rows) // COARSE_SHARE)
            places = _least_different(signs, replaced, asked, wanted)
            rows, replaced = _at(rows, places), replaced[places]
        products = np.asarray(simsimd.cdist(asked[None, :], rows["vector"], metric="inner"), dtype=np.float32).ravel()
        cosines = products * rows["scale"] * np.float32(scale)
        cosines[replaced] = -1.0
        found = np.flatnonzero(cosines >= least)
        if len(found) > limit:
            found = found[np.argpartition(-cosines[found], limit - 1)[:limit]]
        ids = rows["id"][found]
        order = np.lexsort((-ids, -cosines[found]))
        known = rows["traits"][found]
        return [Neighbour(int(ids[one]), float(cosines[found[one]]), int(known[one])) for one in order]

    def append(self, changes: Sequence[Change]) -> None:
        """Take the vectors of the changes; the caller holds the index's write lock. OSError becomes the caller's."""
        given = _packed(changes)
        self._present()
        wanted = [place for place, one in enumerate(given) if one["scale"] or int(one["id"]) in self._place]
        if not wanted:
            return
        with self._path.open("ab") as handle:
            whole = handle.tell() - handle.tell() % ROW.itemsize
            handle.truncate(whole)
            handle.write(given[wanted].tobytes())
        present, replaced, _ = self._present()
        if len(present) >= COMPACTED_FROM and replaced.sum() * 2 > len(present):
            fresh = self._path.with_suffix(".new")
            fresh.write_bytes(present[~replaced].tobytes())
            fresh.replace(self._path)

    def _present(self) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.uint8]]:
        """All whole rows, which of them a later one replaced or say there is none, and of many rows their signs."""
        with self._lock:
            try:
                status = self._path.stat()
            except FileNotFoundError:
                return self._rows[:0], self._replaced[:0], self._signs[:0]
            stamp = (status.st_ino, status.st_size // ROW.itemsize)
            if stamp != self._stamp:
                self._read(stamp)
            return self._rows, self._replaced, self._signs

    def _read(self, stamp: tuple[int, int]) -> None:
        """Map the file again; of a file that has only grown just the new rows are looked at."""
        inode, count = stamp
        before = len(self._rows) if inode == self._stamp[0] and count >= self._stamp[1] else 0
        if not before:
            self._place = {}
        replaced = np.zeros(count, dtype=bool)
        replaced[:before] = self._replaced[:before]
        rows = np.memmap(self._path, dtype=ROW, mode="r", shape=(count,)) if count else np.zeros(0, dtype=ROW)
        new = zip(rows["id"][before:].tolist(), rows["scale"][before:].tolist(), strict=True)
        for place, (listing, scale) in enumerate(new, before):
            earlier = self._place.pop(listing, None)
            if earlier is not None:
                replaced[earlier] = True
            if scale:
                self._place[listing] = place
            else:
                replaced[place] = True
        if count >= COARSE_FROM:
            known = self._signs[:before]
            self._signs = np.empty((count, DIMENSIONS // 8), dtype=np.uint8)
            self._signs[: len(known)] = known
            for start in range(len(known), count, PACKED_TOGETHER):
                block = rows["vector"][start : start + PACKED_TOGETHER]
                self._signs[start : start + len(block)] = np.packbits(block > 0, axis=1)
        else:
            self._signs = self._signs[:0]
        self._rows, self._replaced, self._stamp = rows, replaced, stamp


def _least_different(
    signs: NDArray[np.uint8], replaced: NDArray[np.bool_], asked: NDArray[np.int8], wanted: int
) -> NDArray[np.intp]:
    """Places of the rows whose signs differ from the question's in the fewest numbers."""
    differing = np.asarray(
        simsimd.cdist(np.packbits(asked > 0)[None, :], signs, metric="hamming", dtype="bin8"), dtype=np.float32
    ).ravel()
    differing[replaced] = DIMENSIONS + 1
    return np.argpartition(differing, wanted)[:wanted] if wanted < len(differing) else np.arange(len(differing))


def _at(rows: NDArray[Any], places: NDArray[np.intp]) -> NDArray[Any]:
    """`rows[places]`, copied as bytes: field by field it takes five times as long."""
    return rows.view(np.uint8).reshape(len(rows), ROW.itemsize).take(places, axis=0).view(ROW).reshape(len(places))


def _quantised(vector: NDArray[np.float32]) -> tuple[NDArray[np.int8], float]:
    """The vector in whole numbers of 8 bits and what one of them is worth."""
    scale = float(np.abs(vector).max()) / LEVELS
    if not scale:
        return np.zeros(len(vector), dtype=np.int8), 0.0
    return np.clip(np.rint(vector / scale), -LEVELS, LEVELS).astype(np.int8), scale


def _packed(changes: Sequence[Change]) -> NDArray[Any]:
    """A row of each change; one without vector has scale 0."""
    packed = np.zeros(len(changes), dtype=ROW)
    for place, change in enumerate(changes):
        packed[place]["id"], packed[place]["version"] = change.id, change.version
        if isinstance(change, ListingDocument) and change.vector:
            packed[place]["vector"], packed[place]["scale"] = _quantised(np.frombuffer(change.vector, dtype="<f4"))
            packed[place]["traits"] = traits.packed(change)
    return packed
