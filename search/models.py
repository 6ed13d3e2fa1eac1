"""What search keeps in the database beside the listings themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base


class SearchEntry(Base):
    """What the index holds of a listing and no other row says.

    `revision` rises when something outside the listing and its achievements changes what the index holds: an auction,
    somebody who watches it, its vector. `vector` are 384 floats of 32 bits, little endian, of length one; `vector_model`
    names what computed it, `vector_digest` is the SHA-256 of the text that it was computed from, and `embedded_at` the moment
    of the last change of what that text was read from: another moment asks for another look.
    """

    __tablename__ = "search_entry"

    listing_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    revision: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    vector_model: Mapped[str | None] = mapped_column(String(40))
    vector_digest: Mapped[str | None] = mapped_column(String(64))
    embedded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
