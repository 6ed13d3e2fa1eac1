"""What the nightly job forgets, and what it keeps."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from market.accounts.security.attempts import Visit
from market.accounts.security.jobs import SESSIONS_KEPT, forget_sign_ins
from market.accounts.security.models import SignInSession
from market.accounts.security.sessions import PASSWORD, open_session
from market.kernel.events import Event
from tests.conftest import NOW
from tests.factories.world import make_person


def test_unused_sessions_are_forgotten_and_the_record_of_them_stays(session):
    person = make_person(session)
    for seen_at in (NOW, NOW - SESSIONS_KEPT - timedelta(days=1)):
        open_session(session, person, Visit("203.0.113.0/24", "Firefox"), method=PASSWORD, now=seen_at)
    session.commit()

    for _ in range(2):
        forget_sign_ins()

    assert session.scalars(select(SignInSession.created_at)).all() == [NOW]
    actions = session.scalars(select(Event.action).where(Event.stream == f"person:{person.id}")).all()
    assert actions == ["person.signed_in"] * 2
