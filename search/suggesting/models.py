"""The terms that the box suggests, which listing gives which, and as of which version of the listing."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy import text as written
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base

TYPED_FORMS = ("key", "pinyin", "initials")


class SuggestionTerm(Base):
    """A term of the public listings. `uses` = how many of them give it; a term that none gives has no row.

    `key` is what typed characters are compared with, `syllables` its readings parted by blanks, one for each character,
    `pinyin` the same without blanks, `initials` their first letters; empty for numbers and Latin words. `mirror` is the key
    from its end to its beginning.
    """

    __tablename__ = "suggestion_term"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(60))
    mirror: Mapped[str] = mapped_column(String(60))
    syllables: Mapped[str] = mapped_column(String(500))
    pinyin: Mapped[str] = mapped_column(String(440))
    initials: Mapped[str] = mapped_column(String(60))
    uses: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("kind", "key"),
        CheckConstraint("uses > 0", name="used"),
        *(
            Index(f"ix_suggestion_term_{name}_begins", "kind", name, postgresql_ops={name: "text_pattern_ops"})
            for name in (*TYPED_FORMS, "mirror")
        ),
        *(
            Index(
                f"ix_suggestion_term_{name}_short",
                "kind",
                written(f'"left"({name}, 2)'),
                written("uses DESC"),
                written("id DESC"),
            )
            for name in TYPED_FORMS
        ),
    )


class SuggestionUse(Base):
    """The listing gives the term."""

    __tablename__ = "suggestion_use"

    term_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("suggestion_term.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    listing_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class SuggestionListing(Base):
    """A listing whose terms are kept: as of `version` of its content, taken by `rules` of this version."""

    __tablename__ = "suggestion_listing"

    listing_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version: Mapped[int] = mapped_column(BigInteger)
    rules: Mapped[int] = mapped_column(Integer)
