"""Particulars of an organisation that is merged away: related parties and papers go over, what waits ends.

Its numbers of R&D staff stay with it and count no more: the target's own number holds until another one is confirmed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, OrganisationRelation, OrganisationStatement
from market.accounts.rules import Actor
from market.accounts.statement_rules import StatementKind, StatementState
from market.accounts.statements import record_step

ENDED = "organisation.particular_ended"


def others_concerned(session: Session, source_id: int) -> set[int]:
    """The organisations of whom something is said together with the source; the caller locks them with it."""
    relation, statement = OrganisationRelation, OrganisationStatement
    pairs = [
        *session.execute(select(relation.first_id, relation.second_id).where(_related(source_id))),
        *session.execute(select(statement.organisation_id, statement.other_id).where(_about(source_id))),
    ]
    return {one for pair in pairs for one in pair if one is not None} - {source_id}


def move(
    session: Session, actor: Actor, source: Organisation, target: Organisation, *, reason: str, now: datetime
) -> list[int]:
    """Make the particulars the target's; the ids of the organisations that are now its related parties by this."""
    _end_waiting(session, actor, source, reason, now)
    moved = _move_relations(session, source, target, now)
    _move_papers(session, source, target)
    return moved


def _related(organisation_id: int) -> ColumnElement[bool]:
    relation = OrganisationRelation
    named = or_(relation.first_id == organisation_id, relation.second_id == organisation_id)
    return named & relation.ended_at.is_(None)


def _about(organisation_id: int) -> ColumnElement[bool]:
    return or_(
        OrganisationStatement.organisation_id == organisation_id, OrganisationStatement.other_id == organisation_id
    )


def _end_waiting(session: Session, actor: Actor, source: Organisation, reason: str, now: datetime) -> None:
    """Nobody decides them any more; the merging is no second person's decision, so none is written down."""
    waiting = OrganisationStatement.state == StatementState.PROPOSED.value
    for statement in session.scalars(select(OrganisationStatement).where(_about(source.id), waiting)).all():
        statement.state, statement.decided_at = StatementState.REJECTED.value, now
        statement.decision_reason = reason.strip()
        session.flush()
        record_step(session, actor, statement, ENDED, now)


def _move_relations(session: Session, source: Organisation, target: Organisation, now: datetime) -> list[int]:
    """A relation that the target has already stays one; the two of themselves are one organisation now."""
    moved = []
    for relation in session.scalars(select(OrganisationRelation).where(_related(source.id))).all():
        other_id = relation.second_id if relation.first_id == source.id else relation.first_id
        low, high = sorted((target.id, other_id))
        known = session.scalar(
            select(OrganisationRelation).where(
                OrganisationRelation.first_id == low,
                OrganisationRelation.second_id == high,
                OrganisationRelation.reason == relation.reason,
            )
        )
        if other_id == target.id:
            relation.ended_at = now
            continue
        moved.append(other_id)
        if known is None:
            relation.first_id, relation.second_id = low, high
        else:
            relation.ended_at = now
            if known.ended_at is not None:
                known.ended_at, known.source, known.source_date = None, relation.source, relation.source_date
        session.flush()
    return sorted(set(moved))


def _move_papers(session: Session, source: Organisation, target: Organisation) -> None:
    """The confirmed statements behind names and relations stand with them; numbers of staff stay where they are."""
    statement = OrganisationStatement
    paper = statement.kind != StatementKind.STAFF.value
    moves = (paper, statement.state == StatementState.CONFIRMED.value)
    for one, other in (
        (statement.organisation_id, statement.other_id),
        (statement.other_id, statement.organisation_id),
    ):
        is_of_another = or_(other.is_(None), other != target.id)
        session.execute(update(statement).where(*moves, one == source.id, is_of_another).values({one.key: target.id}))
    said_by = update(statement).where(paper, statement.proposed_for_id == source.id)
    session.execute(said_by.values(proposed_for_id=target.id))
