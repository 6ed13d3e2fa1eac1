"""Tables of people, organisations and who belongs where in which role."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.rules import OrganisationKind, PeerGroup, Role, SizeClass
from market.kernel.orm import Base, identity, one_of


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
    """Two organisations are related parties (rules.md 7.6); the smaller id stands first."""

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
