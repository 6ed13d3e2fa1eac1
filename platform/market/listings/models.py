"""Tables of listings and their offers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
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
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Organisation
from market.achievements.models import Achievement
from market.achievements.vocabulary import Industry, MaturityStage, TechnicalField
from market.kernel.orm import Base, currency_code, document, identity, one_of
from market.listings.vocabulary import (
    ENDED_STATES,
    OPEN_CHANGES,
    ChangeState,
    ListingState,
    PriceBasis,
    Pricing,
    TechnicalLevel,
    TransferWay,
    WithdrawalKind,
)

_ENDED = ", ".join(f"'{state.value}'" for state in sorted(ENDED_STATES))


class Listing(Base):
    """An achievement on the market. `version` rises with every change: optimistic lock and version of the index.

    `summary` says in one sentence what it is; `abstract` is the 内容摘要 that a publicity shows. The contact is told to
    the buyer whose application was accepted, and to nobody before. `no_secret_…` says who confirmed that nothing in it
    is a state secret. `fingerprint` are the bands of likeness.py, empty until they are computed.

    `shown_version` is the number of the `ListingVersion` that the public page shows, since `shown_since`;
    `expiry_told_for` is the last day of which the institution has been told that it comes near.

    The achievement leads; those that are bundled with it (打包) are the `bundled` rows of `ListingMember`.
    `departed_versions` sums the versions of achievements that left the bundle, so that the index's version only rises.
    """

    __tablename__ = "listing"
    __table_args__ = (
        one_of("state", ListingState),
        one_of("technical_field", TechnicalField),
        one_of("industry", Industry),
        one_of("maturity_stage", MaturityStage),
        one_of("technical_level", TechnicalLevel),
        CheckConstraint("technical_level IS NULL OR technical_level_report <> ''", name="technical_level_reported"),
        CheckConstraint("(no_secret_by_id IS NULL) = (no_secret_at IS NULL)", name="no_secret_whole"),
        Index("ix_listing_fingerprint", "fingerprint", postgresql_using="gin"),
        one_of("withdrawal_kind", WithdrawalKind),
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
    application: Mapped[str] = mapped_column(Text, default="", server_default="")
    abstract: Mapped[str] = mapped_column(Text, default="", server_default="")
    technical_level: Mapped[str | None] = mapped_column(String(24))
    technical_level_report: Mapped[str] = mapped_column(String(200), default="", server_default="")
    applied_industries: Mapped[list[str]] = mapped_column(ARRAY(String(5)), default=list, server_default="{}")
    technical_field: Mapped[str] = mapped_column(String(20))
    industry: Mapped[str] = mapped_column(String(8))
    maturity_stage: Mapped[str] = mapped_column(String(16))
    county_code: Mapped[str] = mapped_column(String(6))
    contact_name: Mapped[str] = mapped_column(String(60), default="", server_default="")
    contact_role: Mapped[str] = mapped_column(String(100), default="", server_default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="", server_default="")
    no_secret_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    no_secret_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    fingerprint: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list, server_default="{}")
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    institution_reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    platform_reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_on: Mapped[date | None] = mapped_column(Date)
    review_reason: Mapped[str | None] = mapped_column(Text)
    shown_version: Mapped[int | None] = mapped_column(Integer)
    shown_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawal_kind: Mapped[str | None] = mapped_column(String(12))
    expiry_told_for: Mapped[date | None] = mapped_column(Date)
    departed_versions: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    organisation: Mapped[Organisation] = relationship()
    achievement: Mapped[Achievement] = relationship()
    offers: Mapped[list[Offer]] = relationship(
        back_populates="listing", order_by="Offer.position", cascade="all, delete-orphan"
    )
    bundled: Mapped[list[ListingMember]] = relationship(
        primaryjoin="and_(Listing.id == ListingMember.listing_id, ListingMember.position > 0)",
        order_by="ListingMember.position",
        cascade="all, delete-orphan",
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declarative form

    @property
    def confirms_no_secret(self) -> bool:
        """Whether somebody confirmed that it holds no state secret."""
        return self.no_secret_by_id is not None

    @property
    def members(self) -> tuple[int, ...]:
        """The achievements that are bundled with the leading one, in their order."""
        return tuple(row.achievement_id for row in self.bundled)

    @property
    def achievement_ids(self) -> tuple[int, ...]:
        """Everything that it offers, the leading one first."""
        return (self.achievement_id, *self.members)


class ListingMember(Base):
    """An achievement that a listing offers: the leading one at position 0, those bundled with it after it.

    The database writes the leading row and `is_open` (triggers of 0019): whether the listing has not ended. So one
    achievement is in one open listing at most, leading or not, whoever writes.
    """

    __tablename__ = "listing_member"
    __table_args__ = (
        Index("uq_listing_member_open", "achievement_id", unique=True, postgresql_where=text("is_open")),
        Index("ix_listing_member_achievement_id", "achievement_id"),
    )

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    is_open: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))

    achievement: Mapped[Achievement] = relationship()


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


_CLOSED_CHANGES = ", ".join(f"'{state.value}'" for state in sorted(set(ChangeState) - OPEN_CHANGES))


class ListingVersion(Base):
    """版本: what a listing said when it was submitted or published; append-only, the database refuses changes.

    `content` holds texts, terms and the rights' numbers; `digest` is the SHA-256 of its canonical JSON. A version is
    written when the content differs from the last one; when it was submitted and published is in the record.
    """

    __tablename__ = "listing_version"
    __table_args__ = (UniqueConstraint("listing_id", "number"),)

    id: Mapped[identity]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    number: Mapped[int] = mapped_column(Integer)
    content: Mapped[document]
    digest: Mapped[str] = mapped_column(String(64))
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ListingChange(Base):
    """待审修改: a change of a published listing, written beside the text that everybody sees until it is published.

    `content` is the whole draft, in the form of `canonical.draft_json`.
    """

    __tablename__ = "listing_change"
    __table_args__ = (
        one_of("state", ChangeState),
        Index(
            "uq_listing_change_open",
            "listing_id",
            unique=True,
            postgresql_where=text(f"state NOT IN ({_CLOSED_CHANGES})"),
        ),
    )

    id: Mapped[identity]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    state: Mapped[str] = mapped_column(String(24))
    content: Mapped[document]
    review_reason: Mapped[str | None] = mapped_column(Text)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    institution_reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declarative form


class ListingComment(Base):
    """批注: what a reviewer wrote at one field; resolved when the listing is submitted again, never deleted."""

    __tablename__ = "listing_comment"
    __table_args__ = (
        Index("ix_listing_comment_listing_id_id", "listing_id", "id"),
        CheckConstraint("text <> ''", name="text_given"),
    )

    id: Mapped[identity]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    field: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    written_by_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    written_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class UnsavedListing(Base):
    """What a person has typed into the editor and not saved: the fields of the form as sent, by name.

    One row for a person and an achievement, whether its listing exists yet or not. `base_version` is the version of the
    listing that was shown to her, 0 for a new one. Nobody else sees it, and nothing follows from it.
    """

    __tablename__ = "unsaved_listing"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    base_version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    content: Mapped[document]
    typed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
