"""Files in the database: kept with their hash, read piece by piece, so that memory stays flat."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.achievements.models import StoredFile
from market.kernel.errors import NotFound

CHUNK_BYTES = 1 << 20
_IN_MEMORY_BYTES = 2 * 1024 * 1024


def keep(
    session: Session, organisation_id: int, name: str, media_type: str, content: bytes, *, now: datetime
) -> StoredFile:
    """Write a file of the organisation."""
    stored = StoredFile(
        organisation_id=organisation_id,
        name=name[-255:],
        media_type=media_type,
        byte_size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        created_at=now,
    )
    session.add(stored)
    session.flush()
    return stored


def chunks_of(session: Session, stored_file_id: int) -> Iterator[bytes]:
    """The content in pieces of CHUNK_BYTES. Raises NotFound."""
    size = session.scalar(select(StoredFile.byte_size).where(StoredFile.id == stored_file_id))
    if size is None:
        raise NotFound
    for offset in range(0, size, CHUNK_BYTES):
        piece = func.substring(StoredFile.content, offset + 1, CHUNK_BYTES)
        yield bytes(session.scalar(select(piece).where(StoredFile.id == stored_file_id)) or b"")


def spooled(session: Session, stored_file_id: int) -> IO[bytes]:
    """The content as a file at its beginning, on disk when it is large; the caller closes it. Raises NotFound."""
    target: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - handed on
    for chunk in chunks_of(session, stored_file_id):
        target.write(chunk)
    target.seek(0)
    return target
