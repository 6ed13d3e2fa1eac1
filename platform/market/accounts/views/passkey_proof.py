"""Questions to devices, kept in the browser's signed session, and the proof that their answers give."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from market.accounts.models import Person
from market.accounts.security import attempts, passkeys, sessions
from market.accounts.security.attempts import Visit
from market.accounts.security.digests import keyed_digest
from market.accounts.security.passkey_protocol import Answer, new_challenge
from market.accounts.security.passkey_rules import (
    CHALLENGE_FOR,
    PasskeyRefused,
    Purpose,
    RelyingParty,
    relying_party,
)
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import NotFound

CHALLENGE_KEY = "passkey_challenge"
PASSKEY = "passkey"
"""The way to sign in; the record names it."""


@dataclass(frozen=True)
class Question:
    """A challenge that this browser was given, and under which handle a new key is to be filed."""

    challenge: str
    handle: bytes = b""


def own_party() -> RelyingParty | None:
    """Who we are to devices, by PUBLIC_URL and never by what a request says; None where passkeys cannot work."""
    return relying_party(current_app.extensions["kezhuan_settings"].public_url)


def required_party() -> RelyingParty:
    """The same; raises NotFound where passkeys cannot work."""
    party = own_party()
    if party is None:
        raise NotFound
    return party


def ask(purpose: Purpose, person_id: int = 0, handle: bytes = b"") -> str:
    """A new challenge, bound to this browser, a purpose and a person; the one before it is void."""
    challenge = new_challenge()
    session[CHALLENGE_KEY] = {
        "challenge": challenge,
        "purpose": purpose.value,
        "person": person_id,
        "at": current_time().timestamp(),
        "handle": bytes_to_base64url(handle),
    }
    return challenge


def fresh_question(purpose: Purpose, person_id: int = 0) -> Question | None:
    """The challenge that this browser was given for this, spent now whatever the answer is.

    None for one for something or somebody else, an old one, one that was answered before, or none.
    """
    given = session.pop(CHALLENGE_KEY, None)
    if not given or (given["purpose"], given["person"]) != (purpose.value, person_id):
        return None
    if current_time().timestamp() - given["at"] > CHALLENGE_FOR.total_seconds():
        return None
    with transaction() as database:
        is_fresh = passkeys.spend(database, given["challenge"], current_time())
    return Question(given["challenge"], base64url_to_bytes(given["handle"])) if is_fresh else None


def proven(text: str, purpose: Purpose, visit: Visit, person: Person | None = None) -> Person:
    """The person whose passkey answers; `person` when given, nobody else. Counted and written down like a password.

    Raises TooManyAttempts, PasskeyRefused, NotFound where passkeys cannot work.
    """
    party, now = required_party(), current_time()
    question = fresh_question(purpose, person.id if person else 0)
    person_id = person.id if person else None
    with transaction() as database:
        address = person.email if person else passkeys.owner_address(database, text)
        name = f"passkey {address or keyed_digest('passkey', text)}"
        attempt = attempts.begin(database, name, visit, now, owner=address)
    answer = Answer(party, text, question.challenge if question else "")
    try:
        with transaction() as database:
            found = passkeys.check(database, answer, person_id, now=now)
            attempts.succeed(database, attempt)
    except PasskeyRefused as refusal:
        with transaction() as database:
            sessions.record_refused(database, address or name, visit, now, method=PASSKEY, reason=refusal.reason)
        raise
    return found
