"""Passwords and sessions: who is signed in."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_login import LoginManager, UserMixin
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.security.digests import token_hash
from market.accounts.security.models import SignInSession
from market.accounts.security.rules import SEEN_AGAIN_AFTER
from market.accounts.security.sessions import second_factor_is_missing
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, db

login_manager = LoginManager()
login_manager.session_protection = "basic"


class SessionUser(UserMixin):
    """What Flask-Login keeps: the person's id and the token of a row in the table of sessions.

    `authenticated_at` = when she last proved who she is; `needs_second_factor` = one of her roles asks, today, for one to be set up.
    """

    def __init__(self, person: Person, row: SignInSession, token: str, *, needs_second_factor: bool = False) -> None:
        self.person_id = person.id
        self.session_id = row.id
        self.email = person.email
        self.language = person.language
        self.authenticated_at = row.authenticated_at
        self.needs_second_factor = needs_second_factor
        self.token = token

    def get_id(self) -> str:
        return f"{self.person_id}.{self.token}"


def load_session_user(identifier: str) -> SessionUser | None:
    """The signed-in person, or None when the session was ended or the person was disabled."""
    person_id, _, token = identifier.partition(".")
    if not (person_id.isdigit() and token):
        return None
    now = current_time()
    statement = (
        select(Person, SignInSession, second_factor_is_missing(local_date(now)))
        .join(SignInSession, SignInSession.person_id == Person.id)
        .where(
            SignInSession.token_hash == token_hash(token),
            Person.id == int(person_id),
            Person.is_enabled,
            SignInSession.ended_at.is_(None),
            SignInSession.version == Person.session_version,
        )
    )
    found = current_session().execute(statement).one_or_none()
    if found is None:
        return None
    person, row, needs_second_factor = found
    if now - row.last_seen_at > SEEN_AGAIN_AFTER:
        _note_seen(row.id, now)
    return SessionUser(person, row, token, needs_second_factor=needs_second_factor)


def _note_seen(session_id: int, now: datetime) -> None:
    """In a transaction of its own: the request may be one that only reads."""
    with Session(db.engine, join_transaction_mode="create_savepoint") as apart:
        apart.execute(update(SignInSession).where(SignInSession.id == session_id).values(last_seen_at=now))
        apart.commit()


login_manager.user_loader(load_session_user)


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the library's current recommendation


@lru_cache(maxsize=1)
def _decoy_hash() -> str:
    return _hasher().hash("somebody who does not exist")


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher().hash(password)


def password_matches(stored_hash: str | None, password: str) -> bool:
    """Whether the password fits; takes as long for an unknown account (None) as for a known one."""
    try:
        return _hasher().verify(stored_hash or _decoy_hash(), password) and stored_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored_hash: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher().check_needs_rehash(stored_hash)
