"""Reads of notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, true

from market.kernel.db import current_session
from market.kernel.lists import Order, Orders
from market.notifications.models import Notice

NOT_FOR = "not_for"
"""Key of a notice's params: the person who may not do what the notice asks for, and is not told."""
ONLY_FOR = "only_for"
"""Key of a notice's params: the people of its organisation who are told, where it is not everybody."""


def told_to(person_id: int | None) -> ColumnElement[bool]:
    """Whether the notice is for this person of its organisation; for anybody without one."""
    if person_id is None:
        return true()
    excluded = Notice.params[NOT_FOR].as_integer()
    is_meant = or_(not_(Notice.params.has_key(ONLY_FOR)), Notice.params[ONLY_FOR].contains([person_id]))
    return and_(excluded.is_distinct_from(person_id), is_meant)


def is_told(notice: Notice, person_id: int) -> bool:
    """The same for a notice at hand."""
    return notice.params.get(NOT_FOR) != person_id and person_id in notice.params.get(ONLY_FOR, (person_id,))


@dataclass(frozen=True)
class NoticeRow:
    """One notice as the inbox shows it; `title` and `message` are gettext ids."""

    id: int
    title: str
    message: str
    params: dict[str, Any]
    created_at: datetime
    read_at: datetime | None
    due_on: date | None


def unread_count(organisation_id: int, person_id: int | None = None) -> int:
    """How many notices of the organisation nobody has read; of those that the person is told."""
    return count_notices(organisation_id, person_id, only_unread=True)


def count_notices(organisation_id: int, person_id: int | None = None, *, only_unread: bool) -> int:
    """How many notices the organisation has; of those that the person is told."""
    statement = select(func.count(Notice.id)).where(*_conditions(organisation_id, person_id, only_unread=only_unread))
    return current_session().scalar(statement) or 0


ORDERS = Orders(
    {"created": Notice.created_at, "due": Notice.due_on, "title": Notice.title},
    default=(Notice.read_at.is_not(None), Notice.created_at.desc(), Notice.id.desc()),
    last=Notice.id,
)


def list_notices(
    organisation_id: int,
    person_id: int | None = None,
    *,
    only_unread: bool,
    limit: int | None = None,
    offset: int = 0,
    order: Order | None = None,
) -> list[NoticeRow]:
    """A page of notices in the order; by itself the unread ones first, each part with the newest on top."""
    statement = (
        select(Notice)
        .where(*_conditions(organisation_id, person_id, only_unread=only_unread))
        .order_by(*(order or ORDERS.default).columns)
        .limit(limit)
        .offset(offset)
    )
    return [
        NoticeRow(row.id, row.title, row.message, row.params, row.created_at, row.read_at, row.due_on)
        for row in current_session().scalars(statement)
    ]


def _conditions(organisation_id: int, person_id: int | None, *, only_unread: bool) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Notice.organisation_id == organisation_id, told_to(person_id)]
    return [*conditions, Notice.read_at.is_(None)] if only_unread else conditions
