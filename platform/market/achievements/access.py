"""Rows for pages, through the actor: another institution's looks like none."""

from __future__ import annotations

from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.achievements.importing.queries import ImportView, import_view
from market.achievements.models import Achievement, AchievementDocument, Encumbrance, Implementation, IPRight
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


def right_for(session: Session, actor: Actor, achievement_id: int, right_id: int) -> IPRight:
    """A right of an achievement of the actor's institution. Raises NotFound."""
    achievement = achievement_for(session, actor, achievement_id)
    right = session.get(IPRight, right_id)
    if right is None or right.achievement_id != achievement.id:
        raise NotFound
    return right


def document_for(session: Session, actor: Actor, achievement_id: int, document_id: int) -> AchievementDocument:
    """A paper of an achievement of the actor's institution. Raises NotFound."""
    achievement = achievement_for(session, actor, achievement_id)
    document = session.get(AchievementDocument, document_id)
    if document is None or document.achievement_id != achievement.id:
        raise NotFound
    return document


def encumbrance_for(session: Session, actor: Actor, achievement_id: int, encumbrance_id: int) -> Encumbrance:
    """An encumbrance of a right of the actor's institution's achievement. Raises NotFound."""
    encumbrance = session.get(Encumbrance, encumbrance_id)
    if encumbrance is None:
        raise NotFound
    right_for(session, actor, achievement_id, encumbrance.right_id)
    return encumbrance


def implementation_for(session: Session, actor: Actor, achievement_id: int, implementation_id: int) -> Implementation:
    """A record of use of the actor's institution's achievement. Raises NotFound."""
    achievement = achievement_for(session, actor, achievement_id)
    implementation = session.get(Implementation, implementation_id)
    if implementation is None or implementation.achievement_id != achievement.id:
        raise NotFound
    return implementation
