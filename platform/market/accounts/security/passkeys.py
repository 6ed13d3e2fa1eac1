"""Passkeys of a person: added, named, removed, and the proof that one of them gives."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts import mails
from market.accounts.models import Person
from market.accounts.security import passkey_protocol as protocol
from market.accounts.security.digests import token_hash
from market.accounts.security.passkey_models import Passkey, SpentChallenge
from market.accounts.security.passkey_protocol import Answer, Holder, KnownKey
from market.accounts.security.passkey_rules import (
    CHALLENGE_FOR,
    MOST_PASSKEYS,
    NameMissing,
    PasskeyKnown,
    PasskeyRefused,
    RelyingParty,
    TooManyPasskeys,
    is_counted_on,
)
from market.accounts.security.sessions import record_about
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.kernel.locks import lock_row

HANDLE_BYTES = 32
SECURITY_PAGE = "/console/security"


@dataclass(frozen=True)
class PasskeyRow:
    """One line of a person's passkeys."""

    id: int
    name: str
    is_backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


def passkeys_of(person_id: int) -> list[PasskeyRow]:
    """Her passkeys, the oldest first."""
    statement = select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)
    return [
        PasskeyRow(row.id, row.name, row.is_backed_up, row.created_at, row.last_used_at)
        for row in current_session().scalars(statement)
    ]


def has_any(person_id: int) -> bool:
    """Whether she has a passkey."""
    return current_session().scalar(select(Passkey.id).where(Passkey.person_id == person_id).limit(1)) is not None


def handle_of(person_id: int) -> bytes:
    """Under which random bytes her devices file her passkeys: new ones for the first, then the same."""
    statement = select(Passkey.user_handle).where(Passkey.person_id == person_id).order_by(Passkey.id).limit(1)
    return current_session().scalar(statement) or secrets.token_bytes(HANDLE_BYTES)


def creation_options(party: RelyingParty, person: Person, challenge: str, handle: bytes) -> dict[str, Any]:
    """The question for her device to make a passkey; keys that she has here are not made twice."""
    holder = Holder(handle, person.email, person.display_name)
    return protocol.creation_options(party, holder, _known(person.id), challenge)


def request_options(party: RelyingParty, person_id: int | None, challenge: str) -> dict[str, Any]:
    """The question for a device to sign: with one of her passkeys, or, for nobody yet, with any that it has for us."""
    return protocol.request_options(party, _known(person_id) if person_id else [], challenge)


def add(session: Session, person_id: int, name: str, answer: Answer, *, now: datetime) -> Passkey:
    """Keep the key that her device made. Raises PasskeyNotAdded, PasskeyKnown, TooManyPasskeys."""
    person = lock_row(session, Person, person_id)
    made = protocol.check_new(answer)
    if len(_known(person_id)) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    values = {
        "person_id": person_id,
        "credential_id": made.credential_id,
        "user_handle": answer.handle,
        "public_key": made.public_key,
        "sign_count": made.sign_count,
        "name": name,
        "transports": made.transports,
        "is_backed_up": made.is_backed_up,
        "created_at": now,
    }
    statement = insert(Passkey).values(values).on_conflict_do_nothing(index_elements=[Passkey.credential_id])
    passkey = session.scalars(statement.returning(Passkey)).one_or_none()
    if passkey is None:
        raise PasskeyKnown
    record_about(session, person_id, "person.passkey_added", now, payload={"passkey_id": passkey.id})
    _tell(session, person, "passkey_added", passkey, now)
    return passkey


def rename(session: Session, person_id: int, passkey_id: int, name: str | None, *, now: datetime) -> None:
    """Another name for one of her passkeys; raises NotFound for somebody else's, NameMissing for none."""
    passkey = _own(session, person_id, passkey_id)
    if not name:
        raise NameMissing
    if passkey.name == name:
        return
    passkey.name = name
    record_about(session, person_id, "person.passkey_renamed", now, payload={"passkey_id": passkey_id})


def remove(session: Session, person_id: int, passkey_id: int, *, now: datetime) -> None:
    """The passkey opens nothing any more; raises NotFound for somebody else's."""
    person = lock_row(session, Person, person_id)
    passkey = _own(session, person_id, passkey_id)
    record_about(session, person_id, "person.passkey_removed", now, payload={"passkey_id": passkey_id})
    _tell(session, person, "passkey_removed", passkey, now)
    session.delete(passkey)
    session.flush()


def spend(session: Session, challenge: str, now: datetime) -> bool:
    """Take a challenge out of use; False when it was answered before, by whatever process."""
    statement = insert(SpentChallenge).values(challenge_hash=token_hash(challenge), spent_at=now)
    taken = session.scalar(statement.on_conflict_do_nothing().returning(SpentChallenge.challenge_hash))
    return taken is not None


def forget_challenges(session: Session, now: datetime) -> None:
    """Delete those that are too old to be answered anyway."""
    session.execute(delete(SpentChallenge).where(SpentChallenge.spent_at < now - 2 * CHALLENGE_FOR))


def owner_address(session: Session, text: str) -> str | None:
    """The address of whoever has the passkey that an answer names, checked or not; None for an unknown one."""
    try:
        credential = protocol.read_answer(text)
    except PasskeyRefused:
        return None
    statement = select(Person.email).join(Passkey, Passkey.person_id == Person.id)
    return session.scalar(statement.where(Passkey.credential_id == credential.raw_id))


def check(session: Session, answer: Answer, person_id: int | None, *, now: datetime) -> Person:
    """The person whose passkey signed the challenge; of `person_id` alone when it is given.

    Raises PasskeyRefused: no challenge, unknown or removed, somebody else's, of a person who is switched off, a wrong signature, page
    or domain, a device that did not look at who uses it, a count that fell back.
    """
    if not answer.challenge:
        raise PasskeyRefused("challenge")
    credential = protocol.read_answer(answer.text)
    statement = select(Passkey.id, Passkey.person_id).where(Passkey.credential_id == credential.raw_id)
    found = session.execute(statement).one_or_none()
    if found is None or person_id not in (None, found.person_id):
        raise PasskeyRefused("unknown")
    person = lock_row(session, Person, found.person_id)
    passkey = session.get(Passkey, found.id, populate_existing=True)
    if passkey is None or not person.is_enabled:
        raise PasskeyRefused("unknown" if passkey is None else "disabled")
    if credential.response.user_handle not in (None, passkey.user_handle):
        raise PasskeyRefused("handle")
    use = protocol.check_use(answer, credential, passkey.public_key)
    if not is_counted_on(use.sign_count, passkey.sign_count):
        raise PasskeyRefused("count")
    passkey.sign_count, passkey.is_backed_up, passkey.last_used_at = use.sign_count, use.is_backed_up, now
    session.flush()
    return person


def _own(session: Session, person_id: int, passkey_id: int) -> Passkey:
    lock_row(session, Person, person_id)
    passkey = session.get(Passkey, passkey_id, populate_existing=True)
    if passkey is None or passkey.person_id != person_id:
        raise NotFound
    return passkey


def _known(person_id: int) -> list[KnownKey]:
    statement = select(Passkey.credential_id, Passkey.transports).where(Passkey.person_id == person_id)
    return [KnownKey(row.credential_id, row.transports) for row in current_session().execute(statement)]


def _tell(session: Session, person: Person, template: str, passkey: Passkey, now: datetime) -> None:
    mails.send(
        session,
        template,
        to=person.email,
        language=person.language,
        path=SECURITY_PAGE,
        key=f"{template}:{passkey.id}",
        now=now,
        passkey=passkey.name,
    )
