"""How somebody gets in: sign-up with an organisation, a new password, both through a link to the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts import links, mails, reviewing
from market.accounts.claims import OrganisationClaim, check_class, checked_organisation, code_of
from market.accounts.models import Person
from market.accounts.passwords import require_strong
from market.accounts.reviewing import EvidenceFile
from market.accounts.rules import FOUNDING_ROLES, LinkPurpose
from market.accounts.service import (
    AccountRefused,
    add_membership,
    create_organisation,
    create_person,
    is_address,
)
from market.accounts.sign_in import hash_password
from market.kernel.errors import N_, Collected
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_row


@dataclass(frozen=True, kw_only=True)
class Applicant(OrganisationClaim):
    """The person and the organisation as the sign-up form says."""

    display_name: str
    password: str
    language: str = "zh"


def request_sign_up(session: Session, email: str, *, language: str, now: datetime) -> None:
    """Mail a link to go on with. Whoever asks learns nothing about the address: a known one is told by mail."""
    email = _address(email)
    person = _person(session, email)
    issued = links.issue(session, LinkPurpose.SIGN_UP, email, person_id=None, opens=person is None, now=now)
    if issued is None:
        return
    link_id, token = issued
    template, path = ("sign_up", f"/sign-up/{token}") if person is None else ("already_here", "/sign-in")
    mails.send(session, template, to=email, language=language, path=path, key=f"link:{link_id}", now=now)


def request_new_password(session: Session, email: str, *, now: datetime) -> None:
    """Mail a link to set a new password, if the address is known; the answer is the same if not."""
    email = _address(email)
    person = _person(session, email)
    is_known = person is not None and person.is_enabled
    issued = links.issue(
        session, LinkPurpose.RESET_PASSWORD, email, person_id=person.id if person else None, opens=is_known, now=now
    )
    if issued is None or person is None or not is_known:
        return
    link_id, token = issued
    path = f"/password-reset/{token}"
    language = person.language
    mails.send(session, "reset_password", to=person.email, language=language, path=path, key=f"link:{link_id}", now=now)


def set_new_password(session: Session, token: str, password: str, *, now: datetime) -> Person:
    """The new password; ends all sessions and closes all links of that kind. Raises LinkRefused, WeakPassword."""
    link = links.find(session, token, LinkPurpose.RESET_PASSWORD, now=now)
    assert link.person_id is not None
    person = lock_row(session, Person, link.person_id)
    if not person.is_enabled or person.email.lower() != link.email.lower():
        raise links.LinkRefused
    require_strong(password, (person.email, person.display_name))
    person.password_hash = hash_password(password)
    person.session_version += 1
    person.email_verified_at = person.email_verified_at or now
    links.use(session, link, now=now)
    record(session, EventDraft("person", person.id, "person.password_reset", now, actor_person_id=person.id))
    key = f"password:{person.id}:{person.session_version}"
    mails.send(
        session, "password_changed", to=person.email, language=person.language, path="/password-reset", key=key, now=now
    )
    return person


def sign_up(
    session: Session, token: str, applicant: Applicant, evidence: EvidenceFile | None, *, now: datetime
) -> Person:
    """The person behind the link, her organisation, and its application to be verified.

    Raises LinkRefused, WeakPassword, AccountRefused (wrong or used code, deceptive or used name), EvidenceRefused,
    SeveralRefusals.
    """
    link = links.find(session, token, LinkPurpose.SIGN_UP, now=now)
    _check_what_was_typed(applicant, link.email, evidence)
    draft = checked_organisation(session, applicant)
    organisation = create_organisation(session, draft, now=now)
    person = create_person(
        session,
        email=link.email,
        display_name=applicant.display_name.strip(),
        password=applicant.password,
        context=(applicant.organisation_name,),
        now=now,
    )
    person.email_verified_at, person.language = now, applicant.language
    roles = {FOUNDING_ROLES[applicant.kind]}
    add_membership(session, person, organisation, roles, now=now, is_administrator=True)
    links.use(session, link, now=now)
    reviewing.submit(session, organisation, person.id, evidence, now=now)
    return person


def _check_what_was_typed(applicant: Applicant, email: str, evidence: EvidenceFile | None) -> None:
    """All that can be refused without looking at others, at once: password and file must be entered again each time."""
    collected = Collected()
    with collected.one():
        code_of(applicant)
    with collected.one():
        check_class(applicant)
    with collected.one():
        require_strong(applicant.password, (email, applicant.display_name, applicant.organisation_name))
    with collected.one():
        if evidence is not None:
            reviewing.check_evidence(evidence)
    collected.raise_any()


def _address(email: str) -> str:
    email = email.strip()
    if not is_address(email):
        raise AccountRefused("person.email", N_("请填写有效的邮箱地址。"), field="email")
    return email


def _person(session: Session, email: str) -> Person | None:
    return session.scalar(select(Person).where(func.lower(Person.email) == email.lower()))
