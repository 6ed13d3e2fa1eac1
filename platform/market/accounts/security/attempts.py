"""Attempts to sign in, counted in the database before the password is looked at: many processes, one count.

An attempt counts against the account as seen from one network, and against that network. A device from which the
person signed in before has a count of its own instead, so that nobody's wrong passwords lock her out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.security.digests import keyed_digest, token_hash
from market.accounts.security.models import SignInCounter, SignInDevice
from market.accounts.security.rules import (
    ACCOUNT_FROM_NETWORK,
    FORGOTTEN_AFTER,
    KNOWN_DEVICE,
    NETWORK,
    Patience,
    TooManyAttempts,
)


@dataclass(frozen=True)
class Visit:
    """Where somebody knocks from. `device_token` = what her browser's device cookie holds, if anything."""

    network: str
    device: str
    device_token: str | None = None


@dataclass(frozen=True)
class Attempt:
    """Keys under which an attempt was counted; those of `own` are forgotten after a success."""

    own: tuple[str, ...]
    shared: tuple[str, ...] = ()


def begin(session: Session, account: str, visit: Visit, now: datetime, *, owner: str | None = None) -> Attempt:
    """Count an attempt on an account (an address, known or not). Raises TooManyAttempts; then nothing was counted.

    `owner` = the address whose devices are known here, when the account is called otherwise.

    The caller commits before the password is looked at: an attempt that never ends still counts.
    """
    account = account.strip().casefold()
    if visit.device_token and _is_known(session, (owner or account).casefold(), visit.device_token):
        key = keyed_digest("device", account, visit.device_token)
        _count(session, key, KNOWN_DEVICE, now)
        return Attempt((key,))
    pair, network = keyed_digest("account", account, visit.network), keyed_digest("network", visit.network)
    _count(session, pair, ACCOUNT_FROM_NETWORK, now)
    _count(session, network, NETWORK, now)
    return Attempt((pair,), (network,))


def begin_without_account(session: Session, visit: Visit, now: datetime) -> Attempt:
    """Count an attempt that names no account, on its network alone. Raises TooManyAttempts; then nothing was counted."""
    network = keyed_digest("network", visit.network)
    _count(session, network, NETWORK, now)
    return Attempt((), (network,))


def succeed(session: Session, attempt: Attempt) -> None:
    """The attempt was right: its own counts begin anew, the shared ones take it back."""
    session.execute(delete(SignInCounter).where(SignInCounter.key.in_(attempt.own)))
    session.execute(
        update(SignInCounter)
        .where(SignInCounter.key.in_(attempt.shared))
        .values(attempts=func.greatest(SignInCounter.attempts - 1, 0), blocked_until=None)
    )


def forget_old(session: Session, now: datetime) -> None:
    """Delete the counts that no longer count."""
    session.execute(delete(SignInCounter).where(SignInCounter.last_at < now - FORGOTTEN_AFTER))


def _is_known(session: Session, account: str, device_token: str) -> bool:
    statement = (
        select(SignInDevice.id)
        .join(Person, Person.id == SignInDevice.person_id)
        .where(func.lower(Person.email) == account, SignInDevice.token_hash == token_hash(device_token))
    )
    return session.scalar(statement) is not None


def _count(session: Session, key: str, patience: Patience, now: datetime) -> None:
    """One statement decides and counts, so that no two processes are let in for one."""
    first = insert(SignInCounter).values(key=key, attempts=1, last_at=now)
    is_old = SignInCounter.last_at < now - FORGOTTEN_AFTER
    statement = first.on_conflict_do_update(
        index_elements=[SignInCounter.key],
        set_={"attempts": case((is_old, 1), else_=SignInCounter.attempts + 1), "last_at": now},
        where=or_(SignInCounter.blocked_until.is_(None), SignInCounter.blocked_until <= now),
    ).returning(SignInCounter.attempts)
    attempts = session.scalar(statement)
    if attempts is None:
        raise TooManyAttempts(_seconds_left(session, [key], now))
    delay = patience.delay(attempts)
    if delay:
        session.execute(update(SignInCounter).where(SignInCounter.key == key).values(blocked_until=now + delay))


def _seconds_left(session: Session, keys: Iterable[str], now: datetime) -> int:
    until = session.scalar(select(func.max(SignInCounter.blocked_until)).where(SignInCounter.key.in_(list(keys))))
    return max(1, math.ceil((until - now).total_seconds())) if until else 1
