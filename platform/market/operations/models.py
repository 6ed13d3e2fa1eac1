"""Table of changes to parameters that one person proposed and another decides."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base, identity, one_of
from market.operations.vocabulary import ProposalState


class ParameterProposal(Base):
    """A new value of a parameter from a day on; in force only after a second person approved it."""

    __tablename__ = "parameter_proposal"
    __table_args__ = (
        one_of("state", ProposalState),
        CheckConstraint("decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_when_closed"),
        Index("uq_parameter_proposal_open", "key", unique=True, postgresql_where=text("state = 'proposed'")),
    )

    id: Mapped[identity]
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(1000))
    state: Mapped[str] = mapped_column(String(10), default="proposed", server_default="proposed")
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_for_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    proposed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision_reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")
