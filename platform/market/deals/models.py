"""Tables of applications and deals. Kind and state of a deal are data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Organisation
from market.auctions.models import Lot
from market.deals.vocabulary import ApplicationState, DealKind, DealState
from market.kernel.orm import Base, currency_code, identity, one_of
from market.listings.models import Offer


class Application(Base):
    """An enterprise's application on one offer: a short plan and, where it applies, a price.

    `is_abroad`: the applicant declared that whoever acquires or uses the result is outside the mainland.
    """

    __tablename__ = "application"
    __table_args__ = (
        one_of("state", ApplicationState),
        CheckConstraint("proposed_price_fen > 0", name="price_positive"),
        CheckConstraint("state <> 'declined' OR decision_reason IS NOT NULL", name="declined_with_reason"),
        Index(
            "uq_application_open",
            "offer_id",
            "applicant_organisation_id",
            unique=True,
            postgresql_where=text("state = 'submitted'"),
        ),
        Index("ix_application_applicant_organisation_id", "applicant_organisation_id", "id"),
    )

    id: Mapped[identity]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    seller_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    applicant_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    applied_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    plan: Mapped[str] = mapped_column(Text)
    proposed_price_fen: Mapped[int | None] = mapped_column(BigInteger)
    is_abroad: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    currency: Mapped[currency_code]
    state: Mapped[str] = mapped_column(String(12))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    offer: Mapped[Offer] = relationship()
    applicant: Mapped[Organisation] = relationship(foreign_keys=[applicant_organisation_id])


class Deal(Base):
    """A deal between seller and buyer on one offer; it comes from an accepted application or a sold lot."""

    __tablename__ = "deal"
    __table_args__ = (
        one_of("kind", DealKind),
        one_of("state", DealState),
        CheckConstraint("price_fen > 0", name="price_positive"),
        CheckConstraint("num_nonnulls(application_id, lot_id) = 1", name="one_origin"),
    )

    id: Mapped[identity]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), unique=True)
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"), unique=True)
    seller_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    buyer_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    price_fen: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[currency_code]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    offer: Mapped[Offer] = relationship()
    seller: Mapped[Organisation] = relationship(foreign_keys=[seller_organisation_id])
    buyer: Mapped[Organisation] = relationship(foreign_keys=[buyer_organisation_id])
    lot: Mapped[Lot | None] = relationship()
