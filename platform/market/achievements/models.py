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
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from market.accounts.models import Organisation
from market.achievements.vocabulary import (
    AchievementKind,
    DocumentPurpose,
    EncumbranceKind,
    FundingLevel,
    ImplementationKind,
    ImportState,
    LegalStatus,
    MaturityStage,
    OpenListDecision,
    OwnershipForm,
    OwnershipStatus,
    RowOutcome,
    ShareHolder,
    TechnicalField,
)
from market.kernel.orm import Base, document, identity, one_of


class Achievement(Base):
    """A result of an institution (职务科技成果). It may carry several rights, or none (know-how).

    `ownership_status` pending = 权属待确认: cannot be listed until a person records why it is the institution's.
    `register_number` is the institution's own number in its 单列管理 register. `completers` is the text that files name;
    where `completer` rows exist they are what counts. `trl` is 1–9, `maturity_stage` follows from it unless given.
    """

    __tablename__ = "achievement"
    __table_args__ = (
        one_of("kind", AchievementKind),
        one_of("ownership_status", OwnershipStatus),
        one_of("technical_field", TechnicalField),
        one_of("maturity_stage", MaturityStage),
        one_of("ownership_form", OwnershipForm),
        CheckConstraint("trl BETWEEN 1 AND 9", name="trl_between"),
        CheckConstraint("long_term_use_years >= 10", name="long_term_use_long"),
        CheckConstraint("(long_term_use_from IS NULL) = (long_term_use_years IS NULL)", name="long_term_use_whole"),
        Index(
            "uq_achievement_register_number",
            "organisation_id",
            "register_number",
            unique=True,
            postgresql_where=text("register_number IS NOT NULL"),
        ),
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
    register_number: Mapped[str | None] = mapped_column(String(40))
    completed_on: Mapped[date | None] = mapped_column(Date)
    county_code: Mapped[str | None] = mapped_column(String(6))
    applied_industries: Mapped[list[str]] = mapped_column(ARRAY(String(5)), default=list, server_default="{}")
    trl: Mapped[int | None] = mapped_column(Integer)
    trl_evidence: Mapped[str] = mapped_column(Text, default="", server_default="")
    ownership_form: Mapped[str | None] = mapped_column(String(16))
    long_term_use_from: Mapped[date | None] = mapped_column(Date)
    long_term_use_years: Mapped[int | None] = mapped_column(Integer)
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


_OF_THE_REGISTER = ["kind", "filing_date", "grant_date", "expires_on", "legal_status", "annual_fee_paid_until"]
"""What the register's head and its order look at: held in an index, since the rows with their abstracts are wide."""


class IPRight(Base):
    """One right with its own number. `number` is normalised (rules.md 8.1) and belongs to one institution only.

    `expires_on` is presumed from kind and filing date (专利法 art. 42); `legal_status` is what a person or a source
    confirmed and stays unknown otherwise; `legal_status_on` is the day for which the source says it. `main_class` is
    the first IPC symbol, or the Locarno class of a design. `annual_fee_paid_until` is the last day that the fees paid
    so far cover; `fee_reminded_for` and `expiry_reminded_for` are the days of which the institution has been told.
    `priority_numbers` are the applications whose priority is claimed: rights that share one are of one family.
    `claims` is the text of the 权利要求书, often some thousand characters: a statement that needs it asks for it (`undefer`);
    who may read it, `claims.py` says.
    """

    __tablename__ = "ip_right"
    __table_args__ = (
        one_of("kind", AchievementKind),
        one_of("legal_status", LegalStatus),
        Index("ix_ip_right_expires_on", "expires_on"),
        Index(
            "ix_ip_right_annual_fee_paid_until",
            "annual_fee_paid_until",
            postgresql_where=text("annual_fee_paid_until IS NOT NULL"),
        ),
        Index("ix_ip_right_achievement_id_id", "achievement_id", "id", postgresql_include=_OF_THE_REGISTER),
    )

    id: Mapped[identity]
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))
    kind: Mapped[str] = mapped_column(String(24))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    number_as_given: Mapped[str] = mapped_column(String(80))
    has_check_digit: Mapped[bool] = mapped_column(Boolean)
    title: Mapped[str] = mapped_column(String(500))
    applicants: Mapped[str] = mapped_column(Text)
    inventors: Mapped[str] = mapped_column(Text, default="", server_default="")
    filing_date: Mapped[date | None] = mapped_column(Date)
    publication_number: Mapped[str | None] = mapped_column(String(40))
    publication_date: Mapped[date | None] = mapped_column(Date)
    grant_date: Mapped[date | None] = mapped_column(Date)
    main_class: Mapped[str] = mapped_column(String(40), default="", server_default="")
    further_classes: Mapped[list[str]] = mapped_column(ARRAY(String(40)), default=list, server_default="{}")
    cpc_classes: Mapped[list[str]] = mapped_column(ARRAY(String(40)), default=list, server_default="{}")
    priority_numbers: Mapped[list[str]] = mapped_column(ARRAY(String(40)), default=list, server_default="{}")
    abstract: Mapped[str] = mapped_column(Text, default="", server_default="")
    claims: Mapped[str] = mapped_column(Text, default="", server_default="", deferred=True)
    expires_on: Mapped[date | None] = mapped_column(Date)
    legal_status: Mapped[str] = mapped_column(String(16))
    legal_status_on: Mapped[date | None] = mapped_column(Date)
    legal_status_source: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    legal_status_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    legal_status_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    annual_fee_paid_until: Mapped[date | None] = mapped_column(Date)
    fee_reminded_for: Mapped[date | None] = mapped_column(Date)
    expiry_reminded_for: Mapped[date | None] = mapped_column(Date)
    evaluation_report_on: Mapped[date | None] = mapped_column(Date)
    evaluation_report_number: Mapped[str] = mapped_column(String(60), default="", server_default="")
    content_digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    achievement: Mapped[Achievement] = relationship(back_populates="rights")


class Completer(Base):
    """完成人: one person behind an achievement, in the order of the certificate.

    `reward_share` counts hundredths of a percent of the reward (浙江省条例 art. 37); no more than 10,000 together.
    """

    __tablename__ = "completer"
    __table_args__ = (
        UniqueConstraint("achievement_id", "position"),
        CheckConstraint("reward_share BETWEEN 0 AND 10000", name="reward_share_between"),
    )

    id: Mapped[identity]
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(200), default="", server_default="")
    reward_share: Mapped[int | None] = mapped_column(Integer)
    is_main: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")


class OwnershipShare(Base):
    """份额: who owns which part, in hundredths of a percent, and whether and when a co-owner consented.

    The consent is to transfer and exclusive or sole licences (专利法 art. 14); `consent_document_id` is the paper.
    """

    __tablename__ = "ownership_share"
    __table_args__ = (
        one_of("holder_kind", ShareHolder),
        UniqueConstraint("achievement_id", "position"),
        CheckConstraint("share BETWEEN 1 AND 10000", name="share_between"),
        CheckConstraint("(consented_on IS NULL) = (consented_by IS NULL)", name="consent_whole"),
    )

    id: Mapped[identity]
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))
    position: Mapped[int] = mapped_column(Integer)
    holder_kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    share: Mapped[int] = mapped_column(Integer)
    consented_on: Mapped[date | None] = mapped_column(Date)
    consented_by: Mapped[str | None] = mapped_column(String(100))
    consent_document_id: Mapped[int | None] = mapped_column(ForeignKey("achievement_document.id"))


class FundingProject(Base):
    """财政资金项目: the project that paid for an achievement (科学技术进步法 arts. 32, 34). `amount_fen` is what it paid."""

    __tablename__ = "funding_project"
    __table_args__ = (
        one_of("level", FundingLevel),
        UniqueConstraint("achievement_id", "position"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    id: Mapped[identity]
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))
    position: Mapped[int] = mapped_column(Integer)
    level: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(300), default="", server_default="")
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)


class Encumbrance(Base):
    """权利负担: a pledge, an exclusive or sole licence, a preservation; it counts from `from_on` until it ended."""

    __tablename__ = "encumbrance"
    __table_args__ = (
        one_of("kind", EncumbranceKind),
        CheckConstraint("until_on >= from_on", name="until_after_from"),
        CheckConstraint("ended_on >= from_on", name="ended_after_from"),
    )

    id: Mapped[identity]
    right_id: Mapped[int] = mapped_column(ForeignKey("ip_right.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    holder: Mapped[str] = mapped_column(String(200))
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Implementation(Base):
    """实施: that an achievement is used or was disposed of outside the platform, since when and by whom."""

    __tablename__ = "implementation"
    __table_args__ = (one_of("kind", ImplementationKind),)

    id: Mapped[identity]
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    since: Mapped[date] = mapped_column(Date)
    partner: Mapped[str] = mapped_column(String(200), default="", server_default="")
    note: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class OpenListEntry(Base):
    """公开实施清单: the way and the fee that the owner sets, or the good reason why it is not on the list."""

    __tablename__ = "open_list_entry"
    __table_args__ = (
        one_of("decision", OpenListDecision),
        CheckConstraint("decision <> 'excused' OR reason <> ''", name="excused_with_reason"),
        CheckConstraint("decision <> 'offered' OR terms <> ''", name="offered_with_terms"),
    )

    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    decision: Mapped[str] = mapped_column(String(12))
    terms: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AchievementDocument(Base):
    """A document kept with an achievement: proof of maturity, of ownership, a consent."""

    __tablename__ = "achievement_document"
    __table_args__ = (one_of("purpose", DocumentPurpose),)

    id: Mapped[identity]
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)
    stored_file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    purpose: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    stored_file: Mapped[StoredFile] = relationship()


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
    """One import of an office file into one institution's register; the counts are the sum of its rows.

    `done_count` says how far the present step is (checking, then writing); `moved_count` how many rows came out
    otherwise than in the check before, because the register had changed meanwhile.
    """

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
    moved_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    checked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failure_code: Mapped[str | None] = mapped_column(String(60))
    failure_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ImportRow(Base):
    """What became of one row of the file, and why. `row_number` counts as the office program shows it (from 1).

    `changes` has the fields that a changed row changes, before and after; `basis` is a digest of what the register
    held when the row was checked; `ownership_status` is what a new or changed row will be.
    """

    __tablename__ = "import_row"
    __table_args__ = (one_of("outcome", RowOutcome),)

    import_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    row_number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(String(10))
    number: Mapped[str] = mapped_column(String(80), default="", server_default="")
    title: Mapped[str] = mapped_column(String(500), default="", server_default="")
    reason_code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[document]
    basis: Mapped[str | None] = mapped_column(String(64))
    ownership_status: Mapped[str | None] = mapped_column(String(24))
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievement.id"))
