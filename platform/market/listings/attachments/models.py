"""Tables of attachments, promises of secrecy and readings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
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
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base, identity, one_of
from market.listings.attachments.vocabulary import Level, ScanState


class Attachment(Base):
    """附件: a file or picture of a listing. Name, type, size and hash stay when the file itself is gone.

    `stored_file_id` is the file as it is served (a picture: written anew); it and `thumbnail_file_id` are given up some
    time after the removal. `scan_finding` is what the scanner called it, or why it could not say.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        one_of("level", Level),
        one_of("scan_state", ScanState),
        Index("ix_attachment_listing_id_position", "listing_id", "position"),
        Index("uq_attachment_cover", "listing_id", unique=True, postgresql_where=text("is_cover")),
        CheckConstraint("stored_file_id IS NOT NULL OR removed_at IS NOT NULL", name="file_until_removed"),
        CheckConstraint("NOT is_cover OR (level = 'public' AND removed_at IS NULL)", name="cover_public"),
    )

    id: Mapped[identity]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    stored_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    thumbnail_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(12))
    is_cover: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    file_name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    byte_size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    scan_state: Mapped[str] = mapped_column(String(12))
    scan_finding: Mapped[str | None] = mapped_column(String(200))
    scanned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    removal_reason: Mapped[str | None] = mapped_column(Text)

    @property
    def is_image(self) -> bool:
        """Whether it is a picture."""
        return self.media_type.startswith("image/")


class NdaConsent(Base):
    """保密承诺: what a person promised for her organisation about one listing, word for word; append-only."""

    __tablename__ = "nda_consent"
    __table_args__ = (UniqueConstraint("listing_id", "person_id", "organisation_id", "text_version"),)

    id: Mapped[identity]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    text_version: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[str] = mapped_column(String(64))
    accepted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AttachmentReading(Base):
    """下载记录: who was handed an attachment that is not public, and when; append-only."""

    __tablename__ = "attachment_reading"
    __table_args__ = (Index("ix_attachment_reading_attachment_id_id", "attachment_id", "id"),)

    id: Mapped[identity]
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    nda_consent_id: Mapped[int | None] = mapped_column(ForeignKey("nda_consent.id"))
    has_watermark: Mapped[bool] = mapped_column(Boolean)
    read_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
