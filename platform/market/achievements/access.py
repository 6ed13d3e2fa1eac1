"""Rows for pages, through the actor: another institution's looks like none."""

from __future__ import annotations

from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.achievements.importing.queries import ImportView, import_view
from market.achievements.models import Achievement
from market.kernel.errors import NotFound


def achievement_for(session: Session, actor: Actor, achievement_id: int) -> Achievement:
    """The achievement of the actor's institution. Raises NotFound."""
    achievement = session.get(Achievement, achievement_id)
    if achievement is None or achievement.organisation_id != actor.organisation_id:
        raise NotFound
    return achievement


def import_for(actor: Actor, run_id: int) -> ImportView:
    """The import of the actor's institution. Raises NotFound."""
    view = import_view(run_id)
    if view is None or view.organisation_id != actor.organisation_id:
        raise NotFound
    return view
