"""Check the whole record: every stream's chain, every anchor, and that what was anchored is still there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from market.audit.models import AuditAnchor, AuditAnchorHead
from market.audit.rules import GENESIS_ROOT, Head, anchor_root, digest_of_ids
from market.kernel.errors import N_
from market.kernel.events import GENESIS, Event, faults_of

BATCH = 2_000
REASONS = {
    "sequence": N_("序号不连续"),
    "previous_hash": N_("与前一条记录接不上"),
    "content": N_("内容与哈希不符"),
    "stream": N_("记录链名称与对象不符"),
    "anchored_hash": N_("与当日锚定值不符"),
    "anchored_ids": N_("记录编号与当日锚定值不符"),
    "missing": N_("已锚定的记录不见了"),
    "root": N_("锚定根值与各链末端不符"),
    "previous_root": N_("与前一日锚定根值接不上"),
    "counts": N_("锚定的条数不符"),
}


@dataclass(frozen=True)
class Fault:
    """One place where the record is not as it was written. `place`: `lot:12 #3` or `anchor 2026-11-21`."""

    place: str
    reason: str


@dataclass
class Verdict:
    """What the check saw."""

    streams: int = 0
    events: int = 0
    anchors: int = 0
    faults: list[Fault] = field(default_factory=list)


def verify(session: Session) -> Verdict:
    """Recompute everything, row by row, in bounded memory of events."""
    verdict = Verdict()
    checkpoints = _checkpoints(session)
    rows = session.execute(events_in_order().execution_options(yield_per=BATCH))
    for stream, events in groupby(rows, key=lambda row: row.stream):
        verdict.streams += 1
        verdict.events += _verify_stream(stream, events, checkpoints.pop(stream, []), verdict.faults)
    for stream, missing in sorted(checkpoints.items()):
        verdict.faults += [Fault(f"{stream} #{head.sequence}", "missing") for head in missing]
    _verify_anchors(session, verdict)
    return verdict


def events_in_order() -> Select[Any]:
    """All columns of all events, by stream (in byte order) and sequence."""
    return select(*Event.__table__.columns).order_by(Event.stream.collate("C"), Event.sequence)


def _checkpoints(session: Session) -> dict[str, list[Head]]:
    """What the anchors say of each stream, oldest first."""
    found: dict[str, list[Head]] = {}
    for row in session.scalars(select(AuditAnchorHead).order_by(AuditAnchorHead.anchor_id)):
        found.setdefault(row.stream, []).append(Head(row.sequence, row.hash, row.ids_digest))
    return found


def _verify_stream(stream: str, events: Iterator[Row[Any]], checkpoints: list[Head], faults: list[Fault]) -> int:
    previous_hash, expected, count = GENESIS, 1, 0
    ids: list[int] = []
    waiting = list(checkpoints)
    for event in events:
        count += 1
        ids.append(event.id)
        place = f"{stream} #{event.sequence}"
        faults += [Fault(place, reason) for reason in faults_of(event, expected, previous_hash)]
        if waiting and event.sequence == waiting[0].sequence:
            head = waiting.pop(0)
            if event.hash != head.hash:
                faults.append(Fault(place, "anchored_hash"))
            if digest_of_ids(ids) != head.ids_digest:
                faults.append(Fault(place, "anchored_ids"))
            ids = []
        previous_hash, expected = event.hash, event.sequence + 1
    faults += [Fault(f"{stream} #{head.sequence}", "missing") for head in waiting]
    return count


def _verify_anchors(session: Session, verdict: Verdict) -> None:
    grown: dict[int, dict[str, Head]] = {}
    for row in session.scalars(select(AuditAnchorHead)):
        grown.setdefault(row.anchor_id, {})[row.stream] = Head(row.sequence, row.hash, row.ids_digest)
    heads: dict[str, Head] = {}
    previous_root = GENESIS_ROOT
    for anchor in session.scalars(select(AuditAnchor).order_by(AuditAnchor.day)):
        verdict.anchors += 1
        heads |= grown.get(anchor.id, {})
        place = f"anchor {anchor.day.isoformat()}"
        counts = (len(heads), sum(head.sequence for head in heads.values()))
        if (anchor.stream_count, anchor.event_count) != counts:
            verdict.faults.append(Fault(place, "counts"))
        if anchor.previous_root != previous_root:
            verdict.faults.append(Fault(place, "previous_root"))
        if anchor.root != anchor_root(anchor.day, anchor.made_at, anchor.previous_root, heads):
            verdict.faults.append(Fault(place, "root"))
        previous_root = anchor.root
