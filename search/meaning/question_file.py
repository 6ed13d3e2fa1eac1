"""Vectors of questions that were asked lately, in one file that all processes of a machine share.

Who narrows an answer or turns its page asks the same words again, and mostly another process: computing a vector takes as
long as all the rest of a page. The file has a fixed number of places; a question's digest says which is its, and the last
one that came keeps it. It holds digests and vectors, no words. A place that two processes write at once, or that a kill
tore, does not agree with its checksum and counts as empty; a lost file costs nothing but time.
"""

from __future__ import annotations

import hashlib
import logging
import os
import struct
import threading
import zlib
from pathlib import Path

logger = logging.getLogger(__name__)
PLACES = 8_192
VECTOR_BYTES = 384 * 4
_KEY_BYTES = 16
_HEAD = struct.Struct(f"<{_KEY_BYTES}sI")
_PLACE_BYTES = _HEAD.size + VECTOR_BYTES


class QuestionFile:
    """The file, opened at first use. Threads and processes may share it; a disk that fails is no failure."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: int | None = None
        self._lock = threading.Lock()

    def get(self, text: str) -> bytes | None:
        """The vector of the question, or None when it was not asked lately."""
        key, start = _place(text)
        try:
            place = os.pread(self._file(), _PLACE_BYTES, start)
        except OSError as reason:
            logger.warning("the kept vectors of questions cannot be read: %s", reason)
            return None
        if len(place) < _PLACE_BYTES:
            return None
        kept, checksum = _HEAD.unpack_from(place)
        vector = place[_HEAD.size :]
        return vector if kept == key and checksum == _checksum(key, vector) else None

    def put(self, text: str, vector: bytes) -> None:
        """Keep the vector in its place."""
        key, start = _place(text)
        try:
            os.pwrite(self._file(), _HEAD.pack(key, _checksum(key, vector)) + vector, start)
        except OSError as reason:
            logger.warning("the vector of a question cannot be kept: %s", reason)

    def _file(self) -> int:
        with self._lock:
            if self._opened is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._opened = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            return self._opened


def _place(text: str) -> tuple[bytes, int]:
    key = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_KEY_BYTES).digest()
    return key, int.from_bytes(key[:8], "little") % PLACES * _PLACE_BYTES


def _checksum(key: bytes, vector: bytes) -> int:
    return zlib.crc32(vector, zlib.crc32(key))
