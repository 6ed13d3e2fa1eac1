"""Accounts at the identity provider: whose they are, by the verified address alone; ended and restored by their owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from market.accounts import mails
from market.accounts.models import Person
from market.accounts.security.oidc_models import ProviderIdentity
from market.accounts.security.oidc_rules import (
    EmailUnverified,
    LinkEnded,
    OtherAccount,
    OtherPerson,
    PersonUnknown,
    ProviderClaims,
)
from market.accounts.security.sessions import record_about
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.kernel.locks import lock_name, lock_row


@dataclass(frozen=True)
class IdentityState:
    """What the person's security page says of her account at the provider."""

    created_at: datetime
    last_used_at: datetime
    is_ended: bool


def state_of(person_id: int, issuer: str) -> IdentityState | None:
    """Her account at the provider; None while she has not come from there."""
    row = current_session().scalar(_hers(person_id, issuer))
    return IdentityState(row.created_at, row.last_used_at, row.ended_at is not None) if row else None


def is_usable(person_id: int, issuer: str) -> bool:
    """Whether her account at the provider signs her in."""
    state = state_of(person_id, issuer)
    return state is not None and not state.is_ended


def person_for(session: Session, claims: ProviderClaims, now: datetime) -> Person:
    """The person whose account this is; on the first sign-in the one whose address the provider has verified.

    Raises EmailUnverified, PersonUnknown, OtherAccount, LinkEnded.
    """
    lock_name(session, f"provider identity {claims.issuer} {claims.subject}")
    known = session.scalar(
        select(ProviderIdentity).where(
            ProviderIdentity.issuer == claims.issuer, ProviderIdentity.subject == claims.subject
        )
    )
    person = session.get(Person, known.person_id) if known else _by_address(session, claims)
    if person is None or not person.is_enabled:
        raise PersonUnknown
    identity = known or _link(session, person, claims, now)
    if identity.ended_at is not None:
        raise LinkEnded
    identity.last_used_at = now
    return person


def prove(session: Session, person_id: int, claims: ProviderClaims, now: datetime) -> None:
    """Her own account proved itself anew; nothing is linked by that. Raises OtherPerson, LinkEnded."""
    identity = session.scalar(_hers(person_id, claims.issuer).where(ProviderIdentity.subject == claims.subject))
    if identity is None:
        raise OtherPerson
    if identity.ended_at is not None:
        raise LinkEnded
    identity.last_used_at = now


def end(session: Session, person_id: int, issuer: str, now: datetime) -> None:
    """The account signs her in no longer; twice changes nothing. Raises NotFound without one."""
    identity = _locked(session, person_id, issuer)
    if identity.ended_at is None:
        identity.ended_at = now
        record_about(session, person_id, "person.provider_ended", now, payload={"issuer": issuer})


def restore(session: Session, person_id: int, issuer: str, now: datetime) -> None:
    """The account signs her in again; twice changes nothing. Raises NotFound without one."""
    identity = _locked(session, person_id, issuer)
    if identity.ended_at is not None:
        identity.ended_at = None
        record_about(session, person_id, "person.provider_linked", now, payload={"issuer": issuer})


def _hers(person_id: int, issuer: str) -> Select[ProviderIdentity]:
    return select(ProviderIdentity).where(ProviderIdentity.person_id == person_id, ProviderIdentity.issuer == issuer)


def _locked(session: Session, person_id: int, issuer: str) -> ProviderIdentity:
    lock_row(session, Person, person_id)
    identity = session.scalar(_hers(person_id, issuer).execution_options(populate_existing=True))
    if identity is None:
        raise NotFound
    return identity


def _by_address(session: Session, claims: ProviderClaims) -> Person | None:
    if claims.email is None:
        raise EmailUnverified
    return session.scalar(select(Person).where(func.lower(Person.email) == claims.email.strip().lower()))


def _link(session: Session, person: Person, claims: ProviderClaims, now: datetime) -> ProviderIdentity:
    """A new account of hers, told by mail; one of each provider."""
    lock_row(session, Person, person.id)
    other = session.scalar(_hers(person.id, claims.issuer))
    if other is not None:
        raise LinkEnded if other.ended_at is not None else OtherAccount
    identity = ProviderIdentity(
        person_id=person.id, issuer=claims.issuer, subject=claims.subject, created_at=now, last_used_at=now
    )
    session.add(identity)
    session.flush()
    record_about(session, person.id, "person.provider_linked", now, payload={"issuer": claims.issuer})
    mails.send(
        session,
        "provider_linked",
        to=person.email,
        language=person.language,
        path="/console/security",
        key=f"provider:{identity.id}",
        now=now,
    )
    return identity
