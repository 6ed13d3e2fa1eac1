"""Tables of passkeys: the public keys, and the challenges that were answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base, identity, moment


class Passkey(Base):
    """A public key whose private half lies in a person's device or password manager.

    `user_handle` = random bytes, the same in all passkeys of a person, under which her devices file them.
    `sign_count` = what the device counted at its last signature; 0 for those that do not count.
    `is_backed_up` = the private half is synchronised to other devices. `transports` = words separated by blanks.
    """

    __tablename__ = "passkey"
    __table_args__ = (
        CheckConstraint("sign_count >= 0", name="sign_count_not_negative"),
        Index("ix_passkey_person_id", "person_id"),
    )

    id: Mapped[identity]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_handle: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    transports: Mapped[str] = mapped_column(String(100), default="", server_default="")
    is_backed_up: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SpentChallenge(Base):
    """A challenge that was answered, rightly or wrongly: the same one is not taken again, by any process."""

    __tablename__ = "spent_challenge"

    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    spent_at: Mapped[moment] = mapped_column(DateTime(timezone=True), index=True)
