"""A listing as it was when the saved searches were last asked of it, in few bytes."""

from __future__ import annotations

import json
import zlib
from datetime import datetime, timedelta
from typing import Any

from search.documents import ListingDocument

_NOT_KEPT = frozenset({"id", "version", "vector"})
"""Who it is stands beside it; meaning does not decide about alerts."""
_MOMENTS = frozenset({"published_at", "lot_opens_at", "lot_closes_at"})


def pack(document: ListingDocument) -> bytes:
    """Everything that a question can ask of a listing; equal bytes for equal listings, whatever their version."""
    kept = {name: _plain(value) for name, value in document._asdict().items() if name not in _NOT_KEPT}
    written = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return zlib.compress(written.encode("utf-8", "surrogatepass"))


def unpack(content: bytes) -> ListingDocument:
    """The listing again, with id and version 0. What an older layout did not know is empty, what it knew more is left out."""
    known = set(ListingDocument._fields)
    read: dict[str, Any] = json.loads(zlib.decompress(content).decode("utf-8", "surrogatepass"))
    values: dict[str, Any] = {"id": 0, "version": 0, "number": "", "title": ""}
    values |= {name: _value(name, value) for name, value in read.items() if name in known}
    return ListingDocument(**values)


def moved(document: ListingDocument, by: timedelta) -> ListingDocument:
    """The listing as a question asked now sees it in the state in which its lot stood `by` earlier."""
    opens, closes = document.lot_opens_at, document.lot_closes_at
    return document._replace(lot_opens_at=opens and opens + by, lot_closes_at=closes and closes + by)


def turns_at(document: ListingDocument, now: datetime) -> datetime | None:
    """When it begins to mean something else by itself; None when it does not."""
    later = [one for one in (document.lot_opens_at, document.lot_closes_at) if one is not None and one > now]
    return min(later, default=None)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _value(name: str, value: Any) -> Any:
    if name in _MOMENTS:
        return None if value is None else datetime.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
