"""Table of accounts at an identity provider."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base, identity, moment


class ProviderIdentity(Base):
    """An account at an OpenID Connect provider (issuer and subject) that signs a person in.

    `ended_at` = the person undid the link: the account signs nobody in, and no other one of the issuer takes its place
    by itself.
    """

    __tablename__ = "provider_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("person_id", "issuer"))

    id: Mapped[identity]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
