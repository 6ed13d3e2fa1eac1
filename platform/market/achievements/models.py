"""Tables of the register: achievements, their rights, imports row by row, stored files."""

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
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from market.accounts.models import Organisation
from market.achievements.vocabulary import (
    AchievementKind,
    ImportState,
    LegalStatus,
    MaturityStage,
    OwnershipStatus,
    RowOutcome,
    TechnicalField,
)
from market.kernel.orm import Base, document, identity, one_of


class Achievement(Base):
    """A result of an institution (职务科技成果). It may carry several rights, or none (know-how).

    `ownership_status` pending = 权属待确认: cannot be listed until a person records why it is the institution's.
    """

    __tablename__ = "achievement"
    __table_args__ = (
        one_of("kind", AchievementKind),
        one_of("ownership_status", OwnershipStatus),
        one_of("technical_field", TechnicalField),
        one_of("maturity_stage", MaturityStage),
        CheckConstraint(
            "ownership_status <> 'confirmed_by_person' OR ownership_reason IS NOT NULL", name="ownership_reasoned"
        ),
        Index("ix_achievement_organisation_id_id", "organisation_id", "id"),
    )

    id: Mapped[identity]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(500))
    abstract: Mapped[str] = mapped_column(Text, default="", server_default="")
    completers: Mapped[str] = mapped_column(Text, default="", server_default="")
    technical_field: Mapped[str | None] = mapped_column(String(20))
    industry: Mapped[str | None] = mapped_column(String(8))
    maturity_stage: Mapped[str | None] = mapped_column(String(16))
    is_fiscally_funded: Mapped[bool | None] = mapped_column(Boolean)
    ownership_status: Mapped[str] = mapped_column(String(24))
    ownership_reason: Mapped[str | None] = mapped_column(Text)
    ownership_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ownership_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    organisation: Mapped[Organisation] = relationship()
    rights: Mapped[list[IPRight]] = relationship(back_populates="achievement", order_by="IPRight.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declarative form


class IPRight(Base):
    """One right with its own number. `number` is normalised (rules.md 8.1) and belongs to one institution only.

    `expires_on` is presumed from kind and filing date (专利法 art. 42); `legal_status` is what a person or a source
    confirmed and stays unknown otherwise.
    """

    __tablename__ = "ip_right"
    __table_args__ = (
        one_of("kind", AchievementKind),
        one_of("legal_status", LegalStatus),
        Index("ix_ip_right_expires_on", "expires_on"),
    )

    id: Mapped[identity]
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    number_as_given: Mapped[str] = mapped_column(String(80))
    has_check_digit: Mapped[bool] = mapped_column(Boolean)
    title: Mapped[str] = mapped_column(String(500))
    applicants: Mapped[str] = mapped_column(Text)
    inventors: Mapped[str] = mapped_column(Text, default="", server_default="")
    filing_date: Mapped[date | None] = mapped_column(Date)
    publication_number: Mapped[str | None] = mapped_column(String(40))
    main_class: Mapped[str] = mapped_column(String(40), default="", server_default="")
    abstract: Mapped[str] = mapped_column(Text, default="", server_default="")
    expires_on: Mapped[date | None] = mapped_column(Date)
    legal_status: Mapped[str] = mapped_column(String(16))
    legal_status_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    legal_status_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    content_digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    achievement: Mapped[Achievement] = relationship(back_populates="rights")


class StoredFile(Base):
    """An uploaded file as it came, kept with the business row that it belongs to."""

    __tablename__ = "stored_file"
    __table_args__ = (CheckConstraint("byte_size >= 0", name="byte_size_positive"),)

    id: Mapped[identity]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    byte_size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ImportRun(Base):
    """One import of an office file into one institution's register; the counts are the sum of its rows."""

    __tablename__ = "import_run"
    __table_args__ = (one_of("state", ImportState), Index("ix_import_run_organisation_id_id", "organisation_id", "id"))

    id: Mapped[identity]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    stored_file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(16))
    sheet_name: Mapped[str] = mapped_column(String(100), default="", server_default="")
    header_row: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    column_mapping: Mapped[document]
    row_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    done_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    new_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    changed_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    same_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    refused_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    failure_code: Mapped[str | None] = mapped_column(String(60))
    failure_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ImportRow(Base):
    """What became of one row of the file, and why. `row_number` counts as the office program shows it (from 1)."""

    __tablename__ = "import_row"
    __table_args__ = (one_of("outcome", RowOutcome),)

    import_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    row_number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(String(10))
    number: Mapped[str] = mapped_column(String(80), default="", server_default="")
    title: Mapped[str] = mapped_column(String(500), default="", server_default="")
    reason_code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievement.id"))
