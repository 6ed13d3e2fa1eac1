"""Numbers that a regulation sets: one versioned table with unit, source and valid-from (rules.md section 10)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
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


_REMEMBERED = "kezhuan_parameters"


@contextmanager
def remembered_parameters(session: Session) -> Iterator[None]:
    """For long work in one transaction, within which nobody sets a parameter: the table is read once."""
    statement = select(Parameter.key, Parameter.valid_from, Parameter.value)
    session.info[_REMEMBERED] = session.execute(statement.order_by(Parameter.key, Parameter.valid_from)).all()
    try:
        yield
    finally:
        del session.info[_REMEMBERED]


def parameter(session: Session, key: str, on: date) -> Decimal:
    """The value in force on a day, in the parameter's own unit. Raises LookupError for an unknown key."""
    return parameters(session, [key], on)[key]


def parameters(session: Session, keys: Collection[str], on: date) -> dict[str, Decimal]:
    """Several values in force on a day, in one statement. Raises LookupError for an unknown key."""
    remembered = session.info.get(_REMEMBERED)
    if remembered is None:
        statement = (
            select(Parameter.key, Parameter.valid_from, Parameter.value)
            .where(Parameter.key.in_(keys), Parameter.valid_from <= on)
            .ext(distinct_on(Parameter.key))
            .order_by(Parameter.key, Parameter.valid_from.desc())
        )
        rows = session.execute(statement).all()
    else:
        rows = [row for row in remembered if row.key in keys and row.valid_from <= on]
    found = {row.key: Decimal(row.value) for row in rows}  # of remembered rows the last one of a key stays
    if missing := set(keys) - found.keys():
        raise LookupError(f"parameters {sorted(missing)} have no value on {on}")
    return found
