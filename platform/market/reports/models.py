"""Tables of reports and what was handed in with them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from market.kernel.orm import Base, identity, one_of
from market.reports.vocabulary import ReportKind, ReportState


class WrongReport(Base):
    """举报. About a listing, an institution, or neither.

    Nobody is asked who she is: `reporter_name` and `email` stand there when she gave them, for the bureau alone, and
    go when she is erased. `code_hash`: of the code with which its state is asked for; `network_digest`: keyed, of the
    network that it came from, to count.
    """

    __tablename__ = "wrong_report"
    __table_args__ = (
        one_of("state", ReportState),
        one_of("kind", ReportKind),
        CheckConstraint("(state = 'received') = (decided_at IS NULL)", name="decided_when_over"),
        CheckConstraint("state = 'received' OR decision IS NOT NULL", name="decided_with_reason"),
        Index("ix_wrong_report_network_digest_received_at", "network_digest", "received_at"),
        Index("ix_wrong_report_state_due_on", "state", "due_on"),
    )

    id: Mapped[identity]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    network_digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id"))
    reported_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    text: Mapped[str] = mapped_column(Text)
    text_digest: Mapped[str] = mapped_column(String(64))
    reporter_name: Mapped[str | None] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(12))
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_on: Mapped[date] = mapped_column(Date)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision: Mapped[str | None] = mapped_column(Text)


class ReportEvidence(Base):
    """A file that was handed in with a report, as it was looked at."""

    __tablename__ = "report_evidence"
    __table_args__ = (CheckConstraint("byte_size > 0", name="not_empty"),)

    report_id: Mapped[int] = mapped_column(ForeignKey("wrong_report.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    byte_size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
