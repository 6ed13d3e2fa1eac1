"""Tables of sign-in: sessions, known devices, attempts, second factors."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base, identity, moment


class SignInSession(Base):
    """One browser in which a person is signed in. The cookie holds the token, the table its SHA-256.

    `version` = the person's `session_version` when it began; `authenticated_at` = when she last proved who she is.
    """

    __tablename__ = "sign_in_session"
    __table_args__ = (Index("ix_sign_in_session_person_id", "person_id"),)

    id: Mapped[identity]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(Integer)
    device: Mapped[str] = mapped_column(String(80))
    network: Mapped[str] = mapped_column(String(50))
    method: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    last_seen_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    authenticated_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SignInDevice(Base):
    """A browser from which the person signed in before: strangers' wrong passwords do not hold it up."""

    __tablename__ = "sign_in_device"
    __table_args__ = (UniqueConstraint("person_id", "token_hash"),)

    id: Mapped[identity]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[moment] = mapped_column(DateTime(timezone=True))


class SignInCounter(Base):
    """Attempts without success under one key (a keyed digest); no further one before `blocked_until`."""

    __tablename__ = "sign_in_counter"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[moment] = mapped_column(DateTime(timezone=True), index=True)
    blocked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SecondFactor(Base):
    """A person's authenticator app; in force once `confirmed_at` is set. The secret is encrypted with SECRET_KEY."""

    __tablename__ = "second_factor"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(String(255))
    last_step: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    created_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RecoveryCode(Base):
    """One code that replaces the authenticator once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)

    id: Mapped[identity]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
