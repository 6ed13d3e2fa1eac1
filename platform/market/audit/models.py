"""Tables of anchors and of break-glass requests. Anchors and their heads are append-only."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from market.audit.rules import Request
from market.kernel.orm import Base, identity


class AuditAnchor(Base):
    """One value that commits to the whole record as it stood when the day was over."""

    __tablename__ = "audit_anchor"
    __table_args__ = (
        CheckConstraint("event_count >= 0 AND stream_count >= 0", name="counts_not_negative"),
        CheckConstraint("root ~ '^[0-9a-f]{64}$'", name="root_format"),
    )

    id: Mapped[identity]
    day: Mapped[date] = mapped_column(Date, unique=True)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    stream_count: Mapped[int] = mapped_column(Integer)
    event_count: Mapped[int] = mapped_column(Integer)
    previous_root: Mapped[str] = mapped_column(String(64))
    root: Mapped[str] = mapped_column(String(64))


class AuditAnchorHead(Base):
    """A stream's head at an anchor; only streams that grew since the anchor before have a row."""

    __tablename__ = "audit_anchor_head"

    anchor_id: Mapped[int] = mapped_column(ForeignKey("audit_anchor.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(String(80), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(String(64))
    ids_digest: Mapped[str] = mapped_column(String(64))


class BreakGlassRequest(Base):
    """One operator asks to see who bids on a running lot; a second one decides; it opens once."""

    __tablename__ = "break_glass_request"
    __table_args__ = (
        CheckConstraint("decided_by_id <> requested_by_id", name="two_persons"),
        CheckConstraint(
            "(is_approved IS NULL) = (decided_at IS NULL) AND (is_approved IS NULL) = (decided_by_id IS NULL)",
            name="decided_whole",
        ),
        CheckConstraint("used_at IS NULL OR is_approved", name="used_after_approval"),
        Index("ix_break_glass_request_lot_id", "lot_id"),
    )

    id: Mapped[identity]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    reason: Mapped[str] = mapped_column(Text)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_approved: Mapped[bool | None] = mapped_column(Boolean)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def as_rules_see_it(self) -> Request:
        return Request(self.requested_by_id, self.decided_by_id, self.is_approved, self.decided_at, self.used_at)
