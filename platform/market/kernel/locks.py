"""Row locks, in one place and one order.

Order when several are needed: organisation, achievement, listing, lot, application, deal; within a table by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.kernel.errors import NotFound
from market.kernel.orm import Base

Row = TypeVar("Row", bound=Base)


def lock_row(session: Session, model: type[Row], row_id: int) -> Row:
    """The row as it is now, locked until the transaction ends; raises NotFound."""
    rows = lock_rows(session, model, [row_id])
    if not rows:
        raise NotFound
    return rows[0]


def lock_rows(session: Session, model: type[Row], row_ids: Iterable[int]) -> Sequence[Row]:
    """The rows that exist, freshly read and locked in the order of their ids."""
    key = model.__table__.c.id
    statement = (
        select(model)
        .where(key.in_(sorted(set(row_ids))))
        .order_by(key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).all()


def lock_name(session: Session, name: str) -> None:
    """Serialise on a name where no row stands for it yet; released at the end of the transaction."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
