"""Table of changes to groups of synonyms that one person proposed and another decides."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, DateTime, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base, identity, one_of
from search.synonyms.vocabulary import SynonymState


class SynonymChange(Base):
    """How a group is to read; the latest approved row of a code is in force, nothing is overwritten.

    `words` and `narrower` are parted by "|"; a change that `removes` the group has none.
    """

    __tablename__ = "synonym_change"
    __table_args__ = (
        one_of("state", SynonymState),
        CheckConstraint("decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_when_closed"),
        CheckConstraint("removes = (words = '')", name="words_unless_removed"),
        Index("uq_synonym_change_open", "code", unique=True, postgresql_where=text("state = 'proposed'")),
        Index("ix_synonym_change_in_force", "code", "id", postgresql_where=text("state = 'approved'")),
    )

    id: Mapped[identity]
    code: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(String(400), default="", server_default="")
    narrower: Mapped[str] = mapped_column(String(400), default="", server_default="")
    removes: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(1000))
    state: Mapped[str] = mapped_column(String(10), default="proposed", server_default="proposed")
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_for_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    proposed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision_reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")
