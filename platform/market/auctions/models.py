"""Tables of the auctions. Bids and refusals are append-only; the database refuses UPDATE and DELETE on them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Organisation
from market.auctions.vocabulary import BiddingMode, LotState, SaleKind, SuspensionCause, SuspensionOutcome
from market.kernel.orm import Base, currency_code, identity, one_of
from market.listings.models import Offer


class Lot(Base):
    """A lot with its own rules, fixed when it was announced.

    Times: bidding runs from `opens_at` to `closes_at`; `closes_at` moves with accepted bids inside the last
    `soft_close_seconds`, `announced_closes_at` does not. A bid at or after `closes_at` is refused, whatever `state`.
    """

    __tablename__ = "lot"
    __table_args__ = (
        one_of("mode", BiddingMode),
        one_of("state", LotState),
        one_of("sale_kind", SaleKind),
        CheckConstraint("start_price_fen > 0", name="start_price_positive"),
        CheckConstraint("step_fen > 0", name="step_positive"),
        CheckConstraint("deposit_fen >= 0", name="deposit_not_negative"),
        CheckConstraint("soft_close_seconds >= 0", name="soft_close_not_negative"),
        CheckConstraint("opens_at < announced_closes_at AND announced_closes_at <= closes_at", name="times_ordered"),
        CheckConstraint("(bid_count = 0) = (high_fen IS NULL)", name="high_with_bids"),
        CheckConstraint("(state = 'sold') = (winner_registration_id IS NOT NULL)", name="winner_when_sold"),
        CheckConstraint("(state = 'sold') = (sale_kind IS NOT NULL)", name="sale_kind_when_sold"),
        Index("ix_lot_state_closes_at", "state", "closes_at"),
    )

    id: Mapped[identity]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    seller_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    mode: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    start_price_fen: Mapped[int] = mapped_column(BigInteger)
    step_fen: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[currency_code]
    deposit_fen: Mapped[int] = mapped_column(BigInteger)
    notice_days: Mapped[int] = mapped_column(Integer)
    minimum_hours: Mapped[int] = mapped_column(Integer)
    soft_close_seconds: Mapped[int] = mapped_column(Integer)
    announced_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    opens_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    announced_closes_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closes_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    bid_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    high_fen: Mapped[int | None] = mapped_column(BigInteger)
    leading_registration_id: Mapped[int | None] = mapped_column(ForeignKey("lot_registration.id", use_alter=True))
    winner_registration_id: Mapped[int | None] = mapped_column(ForeignKey("lot_registration.id", use_alter=True))
    sale_kind: Mapped[str | None] = mapped_column(String(12))
    independent_bidder_count: Mapped[int | None] = mapped_column(Integer)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    seller: Mapped[Organisation] = relationship()
    items: Mapped[list[LotItem]] = relationship(back_populates="lot", order_by="LotItem.position")


class LotItem(Base):
    """What is sold: one or more offers of way 网络竞价."""

    __tablename__ = "lot_item"
    __table_args__ = (UniqueConstraint("lot_id", "position"),)

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(Integer)

    lot: Mapped[Lot] = relationship(back_populates="items")
    offer: Mapped[Offer] = relationship()


class LotRegistration(Base):
    """An enterprise that may bid, under the code by which everybody else knows it.

    `is_abroad`: it declared that whoever acquires or uses what is sold is outside the mainland.
    """

    __tablename__ = "lot_registration"
    __table_args__ = (
        UniqueConstraint("lot_id", "organisation_id"),
        UniqueConstraint("lot_id", "bidder_code"),
    )

    id: Mapped[identity]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    bidder_code: Mapped[str] = mapped_column(String(8))
    registered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    is_independent: Mapped[bool] = mapped_column(Boolean)
    is_abroad: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    qualified_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    organisation: Mapped[Organisation] = relationship()


class Bid(Base):
    """An accepted bid. `sequence` is 1…n without gaps; its order is the order of `placed_at` (database clock)."""

    __tablename__ = "bid"
    __table_args__ = (
        UniqueConstraint("lot_id", "sequence"),
        UniqueConstraint("lot_id", "registration_id", "form_token"),
        CheckConstraint("price_fen > 0", name="price_positive"),
        CheckConstraint("sequence > 0", name="sequence_positive"),
    )

    id: Mapped[identity]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    sequence: Mapped[int] = mapped_column(Integer)
    registration_id: Mapped[int] = mapped_column(ForeignKey("lot_registration.id"))
    price_fen: Mapped[int] = mapped_column(BigInteger)
    placed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    placed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    closes_at_after: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    form_token: Mapped[str] = mapped_column(String(64))


class BidRefusal(Base):
    """A bid that was not accepted, and why; kept apart from the accepted ones."""

    __tablename__ = "bid_refusal"

    id: Mapped[identity]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    amount_as_typed: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(60))
    message: Mapped[str] = mapped_column(Text)
    refused_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class LotSuspension(Base):
    """中止: from when on and why a lot took no bids, who asked for its end, how the suspension ended and on what paper.

    `suspended_by_id` is None where the register's change did it by itself. One of a lot is open at a time.
    """

    __tablename__ = "lot_suspension"
    __table_args__ = (
        one_of("cause", SuspensionCause),
        one_of("outcome", SuspensionOutcome),
        CheckConstraint("reason <> ''", name="reason_given"),
        CheckConstraint("(end_asked_at IS NULL) = (end_asked_by_id IS NULL)", name="end_asked_whole"),
        CheckConstraint("(end_asked_at IS NULL) = (end_reason IS NULL)", name="end_asked_with_reason"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended_whole"),
        Index("uq_lot_suspension_open", "lot_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_lot_suspension_lot_id_ended_at", "lot_id", "ended_at"),
    )

    id: Mapped[identity]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    cause: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text)
    suspended_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    suspended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    end_asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    end_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    end_reason: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str | None] = mapped_column(String(12))
    paper: Mapped[str] = mapped_column(String(300), default="", server_default="")
