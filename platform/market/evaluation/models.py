"""Tables of the evaluation: facts (rebuildable from events) and versioned schemes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, DateTime, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.evaluation.vocabulary import FactKind
from market.kernel.orm import Base, currency_code, document, identity, one_of


class Fact(Base):
    """One countable thing, derived from one event row; `flask facts rebuild` gives identical rows."""

    __tablename__ = "fact"
    __table_args__ = (
        one_of("kind", FactKind),
        Index("ix_fact_kind_occurred_on", "kind", "occurred_on"),
        Index("ix_fact_institution_id_kind", "institution_id", "kind"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    occurred_on: Mapped[date] = mapped_column(Date)
    institution_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    institution_county: Mapped[str | None] = mapped_column(String(6))
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    buyer_county: Mapped[str | None] = mapped_column(String(6))
    transfer_way: Mapped[str | None] = mapped_column(String(24))
    bidder_count: Mapped[int | None] = mapped_column(Integer)
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[currency_code]
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievement.id"))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    details: Mapped[document]


class Scheme(Base):
    """A versioned evaluation scheme: weights and bounds published before the year (rules.md 7.2)."""

    __tablename__ = "scheme"
    __table_args__ = (UniqueConstraint("year", "version"),)

    id: Mapped[identity]
    year: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    indicators: Mapped[document]
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
