"""Two administrators at the same moment, on two connections: one of them remains."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from market.accounts import members
from market.accounts.models import Membership
from market.accounts.rules import Actor, Role
from market.kernel.db import transaction
from market.kernel.errors import Refusal
from market.kernel.mail import MailMessage
from tests.factories.world import actor_of, make_organisation, make_person

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
Pair = tuple[Actor, Actor]


@pytest.fixture
def pair(committed_app: Flask) -> Pair:
    """Both administer the same organisation, and both pages are already open."""
    with committed_app.app_context(), transaction() as session:
        organisation = make_organisation(session)
        people = [make_person(session, organisation) for _ in range(2)]
        for membership in session.scalars(select(Membership).where(Membership.organisation_id == organisation.id)):
            membership.is_administrator = True
        session.flush()
        return actor_of(people[0]), actor_of(people[1])


def both_at_once(app: Flask, pair: Pair) -> list[str]:
    """Each ends the other's membership; the codes of the refusals."""
    barrier, codes = threading.Barrier(2), []

    def remove(actor: Actor, other: Actor) -> None:
        with app.app_context():
            try:
                with transaction() as session:
                    barrier.wait(timeout=20)
                    members.end_membership(session, actor, other.membership_id, now=AT)
            except Refusal as refusal:
                codes.append(refusal.code)

    threads = [threading.Thread(target=remove, args=sides) for sides in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return codes


def test_of_two_administrators_who_remove_each_other_one_remains(committed_app: Flask, pair: Pair) -> None:
    codes = both_at_once(committed_app, pair)

    assert codes == ["membership.not_administrator"]
    with committed_app.app_context(), transaction() as session:
        active = select(func.count(Membership.id)).where(
            Membership.organisation_id == pair[0].organisation_id,
            Membership.ended_at.is_(None),
            Membership.is_administrator.is_(True),
        )
        assert session.scalar(active) == 1


def test_an_invitation_accepted_twice_at_once_makes_one_member(committed_app: Flask, pair: Pair) -> None:

    with committed_app.app_context(), transaction() as session:
        members.invite(session, pair[0], "new@example.test", Role.COMPLETER, now=AT)
        body = session.scalars(select(MailMessage.body)).one()
    token = body.split("/invitations/")[1].split()[0]
    barrier, codes = threading.Barrier(2), []

    def accept() -> None:
        with committed_app.app_context():
            try:
                with transaction() as session:
                    barrier.wait(timeout=20)
                    password = "Teapot-Lantern-Quarry-41"
                    members.accept_as_new_person(session, token, display_name="新来的", password=password, now=AT)
            except Refusal as refusal:
                codes.append(refusal.code)

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert codes == ["link.refused"]
    with committed_app.app_context(), transaction() as session:
        everybody = select(func.count(Membership.id)).where(Membership.organisation_id == pair[0].organisation_id)
        assert session.scalar(everybody) == 3
