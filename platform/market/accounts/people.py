"""What an operator does about a person's account: switch it off and on, help her who lost every second factor.

Each act has a reason, stands in the person's stream and is told her by mail; nobody does it to herself.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from market.accounts import mails
from market.accounts.models import Membership, MembershipRole, Person
from market.accounts.policy import Act, require, require_other_person
from market.accounts.rules import ERASED_DOMAIN, Actor, Role
from market.accounts.security.models import RecoveryCode, SecondFactor, SignInSession
from market.accounts.security.passkey_models import Passkey
from market.kernel.errors import N_, NotFound, Refusal
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_name, lock_row


class PersonRefused(Refusal):
    """The act lacks its reason, changes nothing, or would leave the platform without an operator."""

    status = 422


def switch_off(session: Session, actor: Actor, person_id: int, reason: str, *, now: datetime) -> None:
    """She can no longer sign in, and every session of hers ends with its next request.

    Raises NotFound, NotAllowed for oneself, PersonRefused.
    """
    lock_name(session, "operators")  # of two operators who switch each other off, one stays
    person = _other_person(session, actor, person_id, reason)
    if not person.is_enabled:
        raise PersonRefused("person.is_off", N_("这个账号已经停用。"))
    if _is_operator(session, person_id) and not _other_operators(session, person_id):
        raise PersonRefused("person.last_operator", N_("这是平台最后一名可用的运营人员，不能停用。"))
    person.is_enabled = False
    _end_sessions(session, person, now)
    _record(session, actor, person, "person.switched_off", reason, now)
    _tell(session, person, "account_off", reason, now)


def switch_on(session: Session, actor: Actor, person_id: int, reason: str, *, now: datetime) -> None:
    """She can sign in again, in the roles that she still has. Raises as `switch_off` does."""
    person = _other_person(session, actor, person_id, reason)
    if person.is_enabled or person.email.endswith(ERASED_DOMAIN):
        raise PersonRefused("person.is_on", N_("这个账号没有停用，或者已经注销。"))
    person.is_enabled = True
    _record(session, actor, person, "person.switched_on", reason, now)
    _tell(session, person, "account_on", reason, now)


def reset_factors(session: Session, actor: Actor, person_id: int, reason: str, *, now: datetime) -> None:
    """Authenticator, recovery codes and passkeys open nothing any more; her password stays, her sessions end.

    For who lost all of them while a role of hers needs one. Raises as `switch_off` does.
    """
    person = _other_person(session, actor, person_id, reason)
    tables = (SecondFactor, RecoveryCode, Passkey)
    had = [session.scalar(select(func.count()).where(table.person_id == person_id)) for table in tables]
    if not any(had):
        raise PersonRefused("person.no_factor", N_("这个账号没有第二重验证，不需要重置。"))
    for table in tables:
        session.execute(delete(table).where(table.person_id == person_id))
    _end_sessions(session, person, now)
    _record(session, actor, person, "person.factors_reset", reason, now)
    _tell(session, person, "factors_reset", reason, now)


def _other_person(session: Session, actor: Actor, person_id: int, reason: str) -> Person:
    require(actor, Act.MANAGE_PEOPLE)
    if session.get(Person, person_id) is None:
        raise NotFound
    require_other_person(actor.person_id, Act.MANAGE_PEOPLE, [person_id])
    if not reason.strip():
        raise PersonRefused("person.reason", N_("请写明理由，本人会在邮件里看到。"), field="reason")
    return lock_row(session, Person, person_id)


def _is_operator(session: Session, person_id: int) -> bool:
    return person_id in _operators(session)


def _other_operators(session: Session, person_id: int) -> set[int]:
    return _operators(session) - {person_id}


def _operators(session: Session) -> set[int]:
    """Everybody who can act as an operator now."""
    statement = (
        select(Membership.person_id)
        .join(MembershipRole, MembershipRole.membership_id == Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(MembershipRole.role == Role.OPERATOR.value, Membership.ended_at.is_(None), Person.is_enabled.is_(True))
    )
    return set(session.scalars(statement))


def _end_sessions(session: Session, person: Person, now: datetime) -> None:
    person.session_version += 1
    session.execute(
        update(SignInSession)
        .where(SignInSession.person_id == person.id, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def _record(session: Session, actor: Actor, person: Person, action: str, reason: str, now: datetime) -> None:
    draft = EventDraft(
        "person", person.id, action, now,
        actor_person_id=actor.person_id, actor_organisation_id=actor.organisation_id, reason=reason.strip(),
    )  # fmt: skip
    record(session, draft)
    session.flush()


def _tell(session: Session, person: Person, template: str, reason: str, now: datetime) -> None:
    mails.send(
        session, template, to=person.email, language=person.language, path="/sign-in",
        key=f"{template}:{person.id}:{person.session_version}:{now.isoformat()}", now=now,
        reason=reason.strip().rstrip("。."),
    )  # fmt: skip
