"""Tables of saved searches: the question, its keys in an inverted table, its hits, and what was compared last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base, identity, moment, one_of
from search.saved.vocabulary import Rhythm

UNKNOWN_VERSION = -1


class SavedSearch(Base):
    """A person's question. `question` is the query string of its address; `digest` tells equal questions.

    `derivation` names the analysis that its keys were made by; `seen_through` is the last hit that she has looked at.
    """

    __tablename__ = "saved_search"
    __table_args__ = (
        UniqueConstraint("person_id", "digest"),
        UniqueConstraint("person_id", "name"),
        one_of("rhythm", Rhythm),
        Index("ix_saved_search_derivation", "derivation"),
    )

    id: Mapped[identity]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    rhythm: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[moment]
    derivation: Mapped[str] = mapped_column(String(40))
    seen_through: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class SavedSearchKey(Base):
    """One entry of the inverted table: a listing that has keys of the weight `needs` in all may be a hit.

    `key` is the hash of a telling term, a number, a name or a chosen facet value (search.saved.telling).
    """

    __tablename__ = "saved_search_key"
    __table_args__ = (
        CheckConstraint("weight > 0 AND needs > 0", name="positive"),
        Index("ix_saved_search_key_saved_search_id", "saved_search_id"),
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    saved_search_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    weight: Mapped[int] = mapped_column(SmallInteger)
    needs: Mapped[int] = mapped_column(SmallInteger)


class SavedSearchHit(Base):
    """A listing that a saved search has found once; there is never a second row, so it is told once.

    `is_new` False: she knew it already, it is never told. `told_at` None: not told yet.
    """

    __tablename__ = "saved_search_hit"
    __table_args__ = (
        UniqueConstraint("saved_search_id", "listing_id"),
        Index("ix_saved_search_hit_listing_id", "listing_id"),
        Index(
            "ix_saved_search_hit_untold",
            "saved_search_id",
            postgresql_where=text("is_new AND told_at IS NULL"),
        ),
    )

    id: Mapped[identity]
    saved_search_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("saved_search.id", ondelete="CASCADE"))
    listing_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("listing.id", ondelete="CASCADE"))
    is_new: Mapped[bool] = mapped_column(Boolean)
    found_at: Mapped[moment]
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ComparedListing(Base):
    """A listing as it was when the saved searches were last asked of it.

    `version` is that of `search.source.VERSION`, UNKNOWN_VERSION for one that was public before saved searches were
    kept. `content` is what `search.saved.snapshots` keeps, NULL while the listing is not public; `layout` the version of
    its fields. `turns_at`: when it begins to mean something else by itself, because its lot opens or closes.
    """

    __tablename__ = "compared_listing"
    __table_args__ = (
        Index("ix_compared_listing_turns_at", "turns_at", postgresql_where=text("turns_at IS NOT NULL")),
        Index("ix_compared_listing_layout", "layout"),
    )

    listing_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    layout: Mapped[int] = mapped_column(SmallInteger)
    compared_at: Mapped[moment]
    turns_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
