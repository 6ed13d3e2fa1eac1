"""The loader of a notice."""

from __future__ import annotations

from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.kernel.errors import NotFound
from market.notifications.models import Notice
from market.notifications.queries import is_told


def notice_for(session: Session, actor: Actor, notice_id: int) -> Notice:
    """The notice, if it was sent to the actor's organisation and she is told of it. Raises NotFound otherwise."""
    notice = session.get(Notice, notice_id)
    if notice is None or notice.organisation_id != actor.organisation_id:
        raise NotFound
    if not is_told(notice, actor.person_id):
        raise NotFound
    return notice
