"""Tables of people, organisations and who belongs where in which role."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

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
    Numeric,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from market.accounts.rules import LinkPurpose, OrganisationKind, PeerGroup, ReviewState, Role, SizeClass
from market.accounts.statement_rules import StatementKind, StatementState
from market.kernel.orm import Base, identity, moment, one_of


class Person(Base):
    """Somebody who can sign in. `session_version` rises to end all sessions at once."""

    __tablename__ = "person"

    id: Mapped[identity]
    email: Mapped[str] = mapped_column(String(254))
    display_name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(8), default="zh", server_default="zh")
    is_enabled: Mapped[bool] = mapped_column(Boolean, default=True, server_default="true")
    session_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    email_verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    memberships: Mapped[list[Membership]] = relationship(back_populates="person")

    __table_args__ = (Index("uq_person_email_lower", func.lower(email), unique=True),)


class Organisation(Base):
    """An organisation that acts on the platform. `rd_fte` = R&D staff in full-time equivalents."""

    __tablename__ = "organisation"
    __table_args__ = (
        one_of("kind", OrganisationKind),
        one_of("size_class", SizeClass),
        one_of("peer_group", PeerGroup),
        CheckConstraint("rd_fte > 0", name="rd_fte_positive"),
        CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code_format"),
    )

    id: Mapped[identity]
    code: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)
    county_code: Mapped[str | None] = mapped_column(String(6))
    size_class: Mapped[str | None] = mapped_column(String(10))
    industry: Mapped[str | None] = mapped_column(String(8))
    peer_group: Mapped[str | None] = mapped_column(String(2))
    rd_fte: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    introduction: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    merged_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    former_names: Mapped[list[OrganisationName]] = relationship(back_populates="organisation")


class OrganisationName(Base):
    """A former or other name under which the organisation appears in office files."""

    __tablename__ = "organisation_name"
    __table_args__ = (UniqueConstraint("organisation_id", "normalised"),)

    id: Mapped[identity]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    normalised: Mapped[str] = mapped_column(String(200), index=True)

    organisation: Mapped[Organisation] = relationship(back_populates="former_names")


class Membership(Base):
    """A person belongs to an organisation; ended, never deleted."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id"),)

    id: Mapped[identity]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    is_administrator: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    person: Mapped[Person] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship()
    role_rows: Mapped[list[MembershipRole]] = relationship(back_populates="membership")


class MembershipRole(Base):
    """One role that a membership carries."""

    __tablename__ = "membership_role"
    __table_args__ = (one_of("role", Role),)

    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)

    membership: Mapped[Membership] = relationship(back_populates="role_rows")


class OrganisationRelation(Base):
    """Two organisations are related parties (rules.md 7.6) until `ended_at`; the smaller id stands first."""

    __tablename__ = "organisation_relation"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id", "reason"),
        CheckConstraint("first_id < second_id", name="ordered"),
    )

    id: Mapped[identity]
    first_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(200))
    source_date: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class OrganisationStatement(Base):
    """What was stated of an organisation by one person and confirmed, or not, by another one.

    The confirmed statements of staff are its history: the number in force on a day is the one with the last
    `valid_from` before it; before the first one `Organisation.rd_fte` holds.
    """

    __tablename__ = "organisation_statement"
    __table_args__ = (
        one_of("kind", StatementKind),
        one_of("state", StatementState),
        CheckConstraint("decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_when_closed"),
        CheckConstraint("(kind = 'staff') = (rd_fte IS NOT NULL)", name="staff_number"),
        CheckConstraint("(kind = 'staff') = (valid_from IS NOT NULL)", name="staff_day"),
        CheckConstraint("rd_fte > 0", name="rd_fte_positive"),
        CheckConstraint("(kind = 'former_name') = (name <> '')", name="name_given"),
        CheckConstraint("(kind IN ('related', 'unrelated')) = (other_id IS NOT NULL)", name="other_given"),
        CheckConstraint("other_id <> organisation_id", name="other_is_another"),
        Index("ix_organisation_statement_state_kind", "state", "kind"),
    )

    id: Mapped[identity]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    other_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10))
    rd_fte: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    valid_from: Mapped[date | None] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    source: Mapped[str] = mapped_column(String(200))
    source_date: Mapped[date] = mapped_column(Date)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_for_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    proposed_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")


class AccountLink(Base):
    """A link in a mail that opens one door once: sign-up or a new password. Only the token's hash is kept."""

    __tablename__ = "account_link"
    __table_args__ = (one_of("purpose", LinkPurpose), Index("ix_account_link_email_lower", text("lower(email)")))

    id: Mapped[identity]
    purpose: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Invitation(Base):
    """An administrator asks somebody by mail to join the organisation in one role."""

    __tablename__ = "invitation"
    __table_args__ = (one_of("role", Role),)

    id: Mapped[identity]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class OrganisationReview(Base):
    """One application of an organisation to be verified, and what the operator answered."""

    __tablename__ = "organisation_review"
    __table_args__ = (
        one_of("state", ReviewState),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_or_waiting"),
    )

    id: Mapped[identity]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[str] = mapped_column(String(20))
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")


class OrganisationEvidence(Base):
    """A file that shows who the organisation is: business licence, certificate; read by the operator only."""

    __tablename__ = "organisation_evidence"
    __table_args__ = (CheckConstraint("byte_size > 0", name="byte_size_positive"),)

    id: Mapped[identity]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    byte_size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
