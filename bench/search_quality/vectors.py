"""Vectors for the bench: computed once per text, kept in a folder, so that repeated runs are quick."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from search.meaning.embedder import MODEL, Embedder, LocalEmbedder

VECTOR_BYTES = 384 * 4


class KeptEmbedder:
    """Implements Embedder before another one. In `folder` lies one file per kind of text: rows of digest and vector.

    Without a folder vectors live as long as the object.
    """

    def __init__(self, folder: Path | None, embedder: Embedder | None = None) -> None:
        self._embedder = embedder or LocalEmbedder(is_waited_for=True)
        self._folder = folder
        self._known: dict[bytes, bytes] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._read(self._path)

    @property
    def _path(self) -> Path:
        assert self._folder is not None
        return self._folder / f"{MODEL.replace('/', '-')}.bin"

    def question(self, text: str) -> bytes:
        key = _key("question", text)
        if key not in self._known:
            self._keep([(key, self._embedder.question(text))])
        return self._known[key]

    def passages(self, texts: Sequence[str]) -> list[bytes]:
        missing = [text for text in dict.fromkeys(texts) if _key("passage", text) not in self._known]
        for start in range(0, len(missing), 32):
            block = missing[start : start + 32]
            vectors = self._embedder.passages(block)
            self._keep([(_key("passage", text), vector) for text, vector in zip(block, vectors, strict=True)])
        return [self._known[_key("passage", text)] for text in texts]

    def _keep(self, rows: list[tuple[bytes, bytes]]) -> None:
        self._known.update(rows)
        if self._folder is not None:
            with self._path.open("ab") as handle:
                handle.write(b"".join(key + vector for key, vector in rows))

    def _read(self, path: Path) -> None:
        """Whole rows only: what a killed run tore is computed anew, and what follows it is lost with it."""
        size = hashlib.sha256().digest_size + VECTOR_BYTES
        content = path.read_bytes() if path.is_file() else b""
        whole = len(content) - len(content) % size
        if whole != len(content):
            path.write_bytes(content[:whole])
        for start in range(0, whole, size):
            row = content[start : start + size]
            self._known[row[:-VECTOR_BYTES]] = row[-VECTOR_BYTES:]


def _key(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\n{text}".encode("utf-8", "replace")).digest()
