"""The whole record as JSON lines, for tools/verify_record.py and for whoever wants to keep a copy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.audit.models import AuditAnchor, AuditAnchorHead
from market.audit.verifying import BATCH, events_in_order

FORMAT = "kezhuan-record-1"


def record_lines(session: Session, *, now: datetime) -> Iterator[str]:
    """First what this is, then events by stream, anchors by day each followed by its heads, last the totals."""
    yield _line("header", {"format": FORMAT, "exported_at": now})
    events = anchors = 0
    for event in session.execute(events_in_order().execution_options(yield_per=BATCH)):
        events += 1
        yield _line("event", dict(event._mapping))
    for anchor in session.scalars(select(AuditAnchor).order_by(AuditAnchor.day)):
        anchors += 1
        yield _line("anchor", _columns(anchor))
        heads = select(AuditAnchorHead).where(AuditAnchorHead.anchor_id == anchor.id)
        for head in session.scalars(heads.order_by(AuditAnchorHead.stream.collate("C"))):
            yield _line("head", _columns(head))
    yield _line("end", {"events": events, "anchors": anchors})


def _columns(row: AuditAnchor | AuditAnchorHead) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def _line(kind: str, values: dict[str, Any]) -> str:
    return json.dumps({"kind": kind} | values, ensure_ascii=False, default=plain)


def plain(value: Any) -> str:
    """A moment as UTC with microseconds, a day as ISO 8601."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the record")
