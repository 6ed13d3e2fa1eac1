"""What institutions taught the import about their files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.orm import Base, document, identity


class RememberedColumns(Base):
    """What the columns of files with these headings mean to an institution, as it confirmed them last.

    `headings_key` is a digest of the headings whatever their order; `meanings["columns"]` has pairs of heading and
    meaning in the order of the file from which they were learnt.
    """

    __tablename__ = "remembered_columns"
    __table_args__ = (UniqueConstraint("organisation_id", "headings_key"),)

    id: Mapped[identity]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    headings_key: Mapped[str] = mapped_column(String(64))
    meanings: Mapped[document]
    file_name: Mapped[str] = mapped_column(String(255))
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
