"""Table of notices in the inbox of an organisation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base, document, identity


class Notice(Base):
    """One message for one organisation; `deduplication_key` makes it one per event whatever the retries.

    `message` is a gettext id, filled from `params` when shown, so each reader sees it in their language.
    """

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_organisation_id_id", "organisation_id", "id"),)

    id: Mapped[identity]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    deduplication_key: Mapped[str] = mapped_column(String(120), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    params: Mapped[document]
    path: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
