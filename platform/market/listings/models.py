"""Tables of listings and their offers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
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
from market.achievements.models import Achievement
from market.achievements.vocabulary import Industry, MaturityStage, TechnicalField
from market.kernel.orm import Base, currency_code, document, identity, one_of
from market.listings.vocabulary import ENDED_STATES, ListingState, PriceBasis, Pricing, TransferWay

_ENDED = ", ".join(f"'{state.value}'" for state in sorted(ENDED_STATES))


class Listing(Base):
    """An achievement on the market. `version` rises with every change: optimistic lock and version of the index."""

    __tablename__ = "listing"
    __table_args__ = (
        one_of("state", ListingState),
        one_of("technical_field", TechnicalField),
        one_of("industry", Industry),
        one_of("maturity_stage", MaturityStage),
        Index(
            "uq_listing_achievement_open",
            "achievement_id",
            unique=True,
            postgresql_where=text(f"state NOT IN ({_ENDED})"),
        ),
        Index("ix_listing_organisation_id_state", "organisation_id", "state"),
        Index("ix_listing_state_published_at", "state", "published_at"),
    )

    id: Mapped[identity]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))
    state: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(2000))
    problem: Mapped[str] = mapped_column(Text, default="", server_default="")
    advantage: Mapped[str] = mapped_column(Text, default="", server_default="")
    technical_field: Mapped[str] = mapped_column(String(20))
    industry: Mapped[str] = mapped_column(String(8))
    maturity_stage: Mapped[str] = mapped_column(String(16))
    county_code: Mapped[str] = mapped_column(String(6))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    institution_reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    platform_reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_on: Mapped[date | None] = mapped_column(Date)
    review_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    organisation: Mapped[Organisation] = relationship()
    achievement: Mapped[Achievement] = relationship()
    offers: Mapped[list[Offer]] = relationship(
        back_populates="listing", order_by="Offer.position", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declarative form


class Offer(Base):
    """One way of transfer on offer, with its own price, basis, terms and preconditions."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("listing_id", "transfer_way"),
        one_of("transfer_way", TransferWay),
        one_of("pricing", Pricing),
        one_of("price_basis", PriceBasis),
        CheckConstraint("price_fen > 0", name="price_positive"),
        CheckConstraint("(pricing IN ('fixed', 'starting')) = (price_fen IS NOT NULL)", name="price_when_priced"),
        CheckConstraint("pricing NOT IN ('fixed', 'starting') OR price_basis IS NOT NULL", name="basis_when_priced"),
    )

    id: Mapped[identity]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    position: Mapped[int] = mapped_column(Integer)
    transfer_way: Mapped[str] = mapped_column(String(24))
    pricing: Mapped[str] = mapped_column(String(12))
    price_fen: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[currency_code]
    price_basis: Mapped[str | None] = mapped_column(String(12))
    price_note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    terms: Mapped[document]

    listing: Mapped[Listing] = relationship(back_populates="offers")
    preconditions: Mapped[list[OfferPrecondition]] = relationship(
        back_populates="offer", order_by="OfferPrecondition.kind", cascade="all, delete-orphan"
    )


class OfferPrecondition(Base):
    """A legal precondition of one offer, with the article that asks for it and who confirmed it."""

    __tablename__ = "offer_precondition"
    __table_args__ = (UniqueConstraint("offer_id", "kind"),)

    id: Mapped[identity]
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    kind: Mapped[str] = mapped_column(String(40))
    article: Mapped[str] = mapped_column(String(200))
    evidence: Mapped[str] = mapped_column(String(500), default="", server_default="")
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    offer: Mapped[Offer] = relationship(back_populates="preconditions")
