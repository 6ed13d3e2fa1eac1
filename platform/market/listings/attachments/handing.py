"""The file as the reader gets it: from the database piece by piece, a secret PDF with her name on every page."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from flask import current_app
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.kernel.clock import SHANGHAI
from market.kernel.errors import NotFound
from market.listings.attachments.access import Opened
from market.listings.attachments.storing import spooled
from market.listings.attachments.watermark import slot, watermark

FOLDER = "marked"
KEPT_HOURS = 2
MAXIMUM_CACHE_BYTES = 1024 * 1024 * 1024


def handed_out(session: Session, opened: Opened, actor: Actor | None, *, now: datetime) -> IO[bytes]:
    """The file at its beginning; the caller closes it. Raises NotFound, WatermarkBusy."""
    stored_file_id = opened.attachment.stored_file_id
    if stored_file_id is None:
        raise NotFound
    if not opened.is_marked:
        return spooled(session, stored_file_id)
    assert actor is not None  # nobody promises, or reviews, for no organisation
    person, organisation = actor.person_name, actor.organisation_name
    hour = now.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)
    path = cache_folder() / _cache_name(opened, actor, hour)
    with contextlib.suppress(FileNotFoundError):
        return path.open("rb")
    return _marked(session, stored_file_id, mark_line(person, organisation, now), path)


def mark_line(person: str, organisation: str, now: datetime) -> str:
    """What stands on every page."""
    return f"{organisation} {person} {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M} 下载 · 保密"


def cache_folder() -> Path:
    """Where marked files wait for the same reader to come again within the hour."""
    folder = Path(current_app.instance_path) / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _cache_name(opened: Opened, actor: Actor, hour: datetime) -> str:
    ids = (opened.attachment.id, actor.person_id, actor.organisation_id)
    parts = (*map(str, ids), opened.attachment.sha256, actor.person_name, actor.organisation_name, str(hour))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() + ".pdf"


def _marked(session: Session, stored_file_id: int, line: str, path: Path) -> IO[bytes]:
    with slot(), spooled(session, stored_file_id) as source:
        descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(descriptor, "w+b") as target:
                watermark(source, line, target)
            written = Path(name)
            opened = written.open("rb")
            written.replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    return opened


def clear_cache(now: datetime) -> int:
    """Remove marked files older than KEPT_HOURS, and the oldest ones beyond MAXIMUM_CACHE_BYTES; how many went."""
    found = []
    for path in cache_folder().iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append((path.stat().st_mtime, path.stat().st_size, path))
    oldest = (now - timedelta(hours=KEPT_HOURS)).timestamp()
    held, removed = 0, 0
    for changed, size, path in sorted(found, reverse=True):
        held += size
        if changed < oldest or held > MAXIMUM_CACHE_BYTES:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
