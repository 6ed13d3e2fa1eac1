"""Passwords and sessions: who is signed in."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_login import LoginManager, UserMixin

from market.accounts.models import Person
from market.kernel.db import current_session

login_manager = LoginManager()
login_manager.session_protection = "basic"


class SessionUser(UserMixin):
    """What Flask-Login keeps: the person's id and the session version that ends with a sign-out everywhere."""

    def __init__(self, person_id: int, session_version: int, language: str) -> None:
        self.person_id = person_id
        self.session_version = session_version
        self.language = language

    def get_id(self) -> str:
        return f"{self.person_id}.{self.session_version}"


def load_session_user(identifier: str) -> SessionUser | None:
    """The signed-in person, or None when the session is stale or the person was disabled."""
    person_id, _, version = identifier.partition(".")
    if not (person_id.isdigit() and version.isdigit()):
        return None
    person = current_session().get(Person, int(person_id))
    if person is None or not person.is_enabled or person.session_version != int(version):
        return None
    return SessionUser(person.id, person.session_version, person.language)


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
