"""Table of notices in the inbox of an organisation."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import Boolean, CheckConstraint, Date, DateTime, ForeignKey, Index, String, Text, Time
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base, document, identity, one_of
from market.notifications.vocabulary import NoticeKind


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
    due_on: Mapped[date | None] = mapped_column(Date)


class NotificationPreference(Base):
    """When a person wants mail; without a row: at once. Quiet hours in local time, both or none."""

    __tablename__ = "notification_preference"
    __table_args__ = (CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_whole"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    is_digest: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    quiet_from: Mapped[time | None] = mapped_column(Time)
    quiet_until: Mapped[time | None] = mapped_column(Time)


class MutedKind(Base):
    """A kind of notice that a person does not want by mail; in the inbox it is in any case."""

    __tablename__ = "muted_notice_kind"
    __table_args__ = (one_of("kind", NoticeKind),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)


class NoticeDelivery(Base):
    """A notice that is still to go to a person by mail; the row goes when the mail lies in the outbox."""

    __tablename__ = "notice_delivery"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
