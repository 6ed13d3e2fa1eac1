"""Reads of notices."""

from __future__ import annotations

from sqlalchemy import func, select

from market.kernel.db import current_session
from market.notifications.models import Notice


def unread_count(organisation_id: int) -> int:
    """How many notices of the organisation nobody has read."""
    statement = select(func.count(Notice.id)).where(Notice.organisation_id == organisation_id, Notice.read_at.is_(None))
    return current_session().scalar(statement) or 0
