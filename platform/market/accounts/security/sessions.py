"""Sessions: begun, listed, ended; what is recorded of every sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Numeric, and_, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from market.accounts.models import Membership, MembershipRole, Person
from market.accounts.security.attempts import Visit
from market.accounts.security.digests import SHORT, keyed_digest, new_token, token_hash
from market.accounts.security.models import SecondFactor, SignInDevice, SignInSession
from market.accounts.security.rules import RECENT_MINUTES, STRONG_METHODS, second_factor_key
from market.kernel.clock import local_date
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_name, lock_row
from market.kernel.parameters import Parameter, parameter

SHOWN_DAYS = 30
PASSWORD = "password"  # noqa: S105 - the name of a way, no secret
"""The way to sign in; the record names it."""


@dataclass(frozen=True)
class Opened:
    """A new session: the token for the cookie, and one for the device cookie if the browser was not known."""

    session_id: int
    token: str
    device_token: str


@dataclass(frozen=True)
class SessionRow:
    """One line of a person's sessions."""

    id: int
    device: str
    network: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


def open_session(session: Session, person: Person, visit: Visit, *, method: str, now: datetime) -> Opened:
    """Begin a session after every step was passed; the browser is a known device from now on."""
    lock_row(session, Person, person.id)
    token, device_token = new_token(), visit.device_token or new_token()
    row = SignInSession(
        person_id=person.id,
        token_hash=token_hash(token),
        version=person.session_version,
        device=visit.device,
        network=visit.network,
        method=method,
        created_at=now,
        last_seen_at=now,
        authenticated_at=now,
    )
    session.add(row)
    session.flush()
    known = insert(SignInDevice).values(person_id=person.id, token_hash=token_hash(device_token), created_at=now)
    session.execute(known.on_conflict_do_nothing())
    record_about(session, person.id, "person.signed_in", now, payload={"method": method, **_seen(visit)})
    return Opened(row.id, token, device_token)


def second_factor_is_needed(person_id: int | InstrumentedAttribute[int], today: date) -> ColumnElement[bool]:
    """Whether one of a person's roles needs a second factor today (parameter)."""
    value = (
        select(Parameter.value)
        .where(Parameter.key == func.concat(second_factor_key(""), MembershipRole.role), Parameter.valid_from <= today)
        .order_by(Parameter.valid_from.desc())
        .limit(1)
        .correlate(MembershipRole)
        .scalar_subquery()
    )
    return (
        select(MembershipRole.role)
        .join(Membership, Membership.id == MembershipRole.membership_id)
        .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
        .where(cast(value, Numeric) != 0)
        .exists()
    )


def second_factor_is_missing(today: date) -> ColumnElement[bool]:
    """Of a row of `sign_in_session`: one of the person's roles needs a second factor today (parameter), and neither the
    sign-in itself was one nor is an authenticator in force.
    """
    factor = select(SecondFactor.person_id).where(
        SecondFactor.person_id == SignInSession.person_id, SecondFactor.confirmed_at.is_not(None)
    )
    needed = second_factor_is_needed(SignInSession.person_id, today)
    return and_(SignInSession.method.not_in(STRONG_METHODS), needed, ~factor.exists())


def with_passkey(method: str) -> str:
    """The name of a way to sign in that a passkey completed."""
    return method if method in STRONG_METHODS else f"{method}+passkey"


def add_passkey_to(session: Session, session_id: int) -> None:
    """From now on the session counts as begun with two factors: its person used a passkey in it."""
    row = session.get_one(SignInSession, session_id)
    row.method = with_passkey(row.method)
    session.flush()


def record_refused(session: Session, email: str, visit: Visit, now: datetime, **more: str) -> None:
    """Write down a refused sign-in: at the person, or, for an unknown address, under digests alone.

    `more`: what else the record may hold, no personal data (the way, the refusal's code).
    """
    account = email.strip().casefold()
    person_id = session.scalar(select(Person.id).where(func.lower(Person.email) == account))
    payload = {"account": keyed_digest("account", account)[:SHORT], **_seen(visit), **more}
    if person_id is not None:
        record_about(session, person_id, "person.sign_in_refused", now, is_own_act=False, payload=payload)
        return
    lock_name(session, "sign_in:0")
    record(session, EventDraft("sign_in", 0, "sign_in.refused", now, payload=payload))


def record_about(
    session: Session,
    person_id: int,
    action: str,
    now: datetime,
    *,
    is_own_act: bool = True,
    payload: dict[str, Any] | None = None,
) -> None:
    """Append to the person's stream; without personal data."""
    lock_row(session, Person, person_id)
    actor = person_id if is_own_act else None
    record(session, EventDraft("person", person_id, action, now, actor_person_id=actor, payload=payload or {}))


def _seen(visit: Visit) -> dict[str, str]:
    return {"network": keyed_digest("network", visit.network)[:SHORT]}


def sessions_of(person_id: int, current_id: int, now: datetime) -> list[SessionRow]:
    """Where the person is signed in, this browser first, then by last use."""
    statement = (
        select(SignInSession)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
            SignInSession.version == Person.session_version,
            SignInSession.last_seen_at > now - timedelta(days=SHOWN_DAYS),
        )
        .order_by((SignInSession.id == current_id).desc(), SignInSession.last_seen_at.desc())
    )
    return [
        SessionRow(row.id, row.device, row.network, row.created_at, row.last_seen_at, row.id == current_id)
        for row in current_session().scalars(statement)
    ]


def end_session(session: Session, person_id: int, session_id: int, now: datetime) -> None:
    """End one of her sessions; raises NotFound for somebody else's."""
    lock_row(session, Person, person_id)
    statement = (
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.person_id == person_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    if session.execute(statement.returning(SignInSession.id)).scalar() is None:
        raise NotFound
    record_about(session, person_id, "person.session_ended", now, payload={"session_id": session_id})


def end_other_sessions(session: Session, person_id: int, current_id: int | None, now: datetime) -> int:
    """End all of her sessions but the current one; says how many ended."""
    lock_row(session, Person, person_id)
    conditions = [SignInSession.person_id == person_id, SignInSession.ended_at.is_(None)]
    if current_id is not None:
        conditions.append(SignInSession.id != current_id)
    ended = session.scalars(
        update(SignInSession).where(*conditions).values(ended_at=now).returning(SignInSession.id)
    ).all()
    record_about(session, person_id, "person.other_sessions_ended", now, payload={"number": len(ended)})
    return len(ended)


def authenticated_again(session: Session, person_id: int, session_id: int, now: datetime) -> None:
    """She proved once more who she is."""
    lock_row(session, Person, person_id)
    session.execute(update(SignInSession).where(SignInSession.id == session_id).values(authenticated_at=now))
    record_about(session, person_id, "person.authenticated_again", now, payload={"session_id": session_id})


def recent_for(session: Session, now: datetime) -> timedelta:
    """How long a proof holds for signatures and money (parameter)."""
    return timedelta(minutes=int(parameter(session, RECENT_MINUTES, local_date(now))))


def forget_old_sessions(session: Session, before: datetime) -> None:
    """Sessions that ended, or were not used, before then are deleted; the record of the sign-ins stays."""
    old = or_(SignInSession.ended_at < before, SignInSession.last_seen_at < before)
    for row in session.scalars(select(SignInSession).where(old)):
        session.delete(row)
