"""Make the day's anchor: one root over every stream's head, chained to the root before."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.audit.models import AuditAnchor, AuditAnchorHead
from market.audit.rules import GENESIS_ROOT, Head, anchor_root, digest_of_ids
from market.kernel.clock import local_date
from market.kernel.locks import lock_name

_GROWN = text(
    """
    WITH anchored AS (
      SELECT DISTINCT ON (stream) stream, sequence FROM audit_anchor_head ORDER BY stream, anchor_id DESC
    )
    SELECT event.stream, max(event.sequence),
           (array_agg(event.hash ORDER BY event.sequence DESC))[1],
           array_agg(event.id ORDER BY event.sequence)
    FROM event LEFT JOIN anchored ON anchored.stream = event.stream
    WHERE event.sequence > coalesce(anchored.sequence, 0)
    GROUP BY event.stream
    """
)
"""One statement, one snapshot: a row that commits while it runs belongs to the next anchor."""


def due_day(now: datetime) -> date:
    """The last day that is over in Wenzhou."""
    return local_date(now) - timedelta(days=1)


def make_anchor(session: Session, *, now: datetime) -> AuditAnchor | None:
    """Anchor everything recorded so far under the last day that is over; None when that day has its anchor."""
    lock_name(session, "audit.anchor")
    last = session.scalar(select(AuditAnchor).order_by(AuditAnchor.day.desc()).limit(1))
    day = due_day(now)
    if last is not None and last.day >= day:
        return None
    grown = _grown_heads(session)
    heads = anchored_heads(session) | grown
    previous_root = last.root if last is not None else GENESIS_ROOT
    anchor = AuditAnchor(
        day=day,
        made_at=now,
        stream_count=len(heads),
        event_count=sum(head.sequence for head in heads.values()),
        previous_root=previous_root,
        root=anchor_root(day, now, previous_root, heads),
    )
    session.add(anchor)
    session.flush()
    session.add_all(
        AuditAnchorHead(anchor_id=anchor.id, stream=stream, **vars(head)) for stream, head in sorted(grown.items())
    )
    session.flush()
    return anchor


def anchored_heads(session: Session) -> dict[str, Head]:
    """Every stream's head as the newest anchor knows it."""
    rows = session.scalars(select(AuditAnchorHead).order_by(AuditAnchorHead.anchor_id))
    return {row.stream: Head(row.sequence, row.hash, row.ids_digest) for row in rows}


def _grown_heads(session: Session) -> dict[str, Head]:
    session.flush()
    return {
        stream: Head(sequence, digest, digest_of_ids(ids)) for stream, sequence, digest, ids in session.execute(_GROWN)
    }
