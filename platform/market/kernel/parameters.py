"""Numbers that a regulation sets: one versioned table with unit, source and valid-from (rules.md section 10)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sqlalchemy import Date, String, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel.orm import Base, identity


class Parameter(Base):
    """One value of a parameter from a day on; a later row replaces it, nothing is overwritten."""

    __tablename__ = "parameter"
    __table_args__ = (UniqueConstraint("key", "valid_from"),)

    id: Mapped[identity]
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[date] = mapped_column(Date)


def parameter(session: Session, key: str, on: date) -> Decimal:
    """The value in force on a day, in the parameter's own unit. Raises LookupError for an unknown key."""
    statement = (
        select(Parameter.value)
        .where(Parameter.key == key, Parameter.valid_from <= on)
        .order_by(Parameter.valid_from.desc())
        .limit(1)
    )
    value = session.scalar(statement)
    if value is None:
        raise LookupError(f"parameter {key} has no value on {on}")
    return Decimal(value)


def parameters(session: Session, keys: Collection[str], on: date) -> dict[str, Decimal]:
    """Several values in force on a day, in one statement. Raises LookupError for an unknown key."""
    statement = (
        select(Parameter.key, Parameter.value)
        .where(Parameter.key.in_(keys), Parameter.valid_from <= on)
        .ext(distinct_on(Parameter.key))
        .order_by(Parameter.key, Parameter.valid_from.desc())
    )
    found = {key: Decimal(value) for key, value in session.execute(statement)}
    if missing := set(keys) - found.keys():
        raise LookupError(f"parameters {sorted(missing)} have no value on {on}")
    return found
