"""Tables of publicities and objections."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from market.deals.publicity.vocabulary import ObjectionState, PublicityState
from market.kernel.orm import Base, currency_code, identity, one_of


class Publicity(Base):
    """公示: name, summary, way and intended price of one deal, and whether the buyer is related (条例 art. 17).

    What it shows is kept as it was shown. `days`: the natural days asked for when it started; `ends_on`: its last day,
    later by `paused_days` for the days on which an objection was open; `paused_on`: since when one is.
    `price_basis`: the institution's own decision; `unit_notice`: where it is made known inside the institution.
    """

    __tablename__ = "publicity"
    __table_args__ = (
        one_of("state", PublicityState),
        CheckConstraint("price_fen > 0", name="price_positive"),
        CheckConstraint("num_nulls(started_by_id, started_at, days, ends_on) IN (0, 4)", name="start_whole"),
        CheckConstraint("state NOT IN ('running', 'completed') OR ends_on IS NOT NULL", name="runs_after_start"),
        CheckConstraint("state <> 'voided' OR void_reason IS NOT NULL", name="voided_with_reason"),
        CheckConstraint("NOT is_related OR related_note <> ''", name="related_with_note"),
        CheckConstraint("confirmed_by_id <> started_by_id", name="two_persons"),
        Index("uq_publicity_open", "deal_id", unique=True, postgresql_where=text("state IN ('confirmed', 'running')")),
        Index("ix_publicity_listing_id", "listing_id"),
        Index("ix_publicity_state_started_at", "state", "started_at"),
    )

    id: Mapped[identity]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    seller_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    abstract: Mapped[str] = mapped_column(Text)
    transfer_way: Mapped[str] = mapped_column(String(24))
    price_fen: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[currency_code]
    is_related: Mapped[bool]
    related_note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    price_basis: Mapped[str] = mapped_column(String(500))
    unit_notice: Mapped[str] = mapped_column(String(300))
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    days: Mapped[int | None] = mapped_column(Integer)
    ends_on: Mapped[date | None] = mapped_column(Date)
    paused_on: Mapped[date | None] = mapped_column(Date)
    paused_days: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    void_reason: Mapped[str | None] = mapped_column(Text)


class PublicityObjection(Base):
    """异议: what somebody holds against a publicity; who it is only the institution that decides learns."""

    __tablename__ = "publicity_objection"
    __table_args__ = (
        one_of("state", ObjectionState),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_when_not_open"),
        CheckConstraint("state = 'open' OR decision_reason IS NOT NULL", name="decided_with_reason"),
        Index("uq_publicity_objection_same", "publicity_id", "raised_by_id", "text_digest", unique=True),
    )

    id: Mapped[identity]
    publicity_id: Mapped[int] = mapped_column(ForeignKey("publicity.id"))
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    raised_by_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    text_digest: Mapped[str] = mapped_column(String(64))
    raised_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_on: Mapped[date] = mapped_column(Date)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision_reason: Mapped[str | None] = mapped_column(Text)
