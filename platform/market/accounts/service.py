"""Use cases of people and organisations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts import reviewing
from market.accounts.identity import credit_code
from market.accounts.membership_queries import person_ids_of
from market.accounts.models import (
    Membership,
    MembershipRole,
    Organisation,
    OrganisationName,
    OrganisationRelation,
    Person,
)
from market.accounts.passwords import require_strong
from market.accounts.policy import Act, require, require_other_person
from market.accounts.rules import (
    ROLES_OF_KIND,
    Actor,
    OrganisationKind,
    PeerGroup,
    ReviewState,
    Role,
    SizeClass,
    normalise_name,
)
from market.accounts.sign_in import hash_password, needs_rehash, password_matches
from market.kernel.errors import N_, Refusal
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_row

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.?[^@\s]*")
_CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}")


class SignInRefused(Refusal):
    """Unknown address or wrong password: one sentence for both."""

    status = 401


class AccountRefused(Refusal):
    """A person or organisation cannot be recorded like this."""


@dataclass(frozen=True)
class OrganisationDraft:
    """What is known of an organisation when it is recorded. `rd_fte` = full-time equivalents."""

    code: str
    kind: OrganisationKind
    name: str
    credit_code: str | None = None
    county_code: str | None = None
    size_class: SizeClass | None = None
    industry: str | None = None
    peer_group: PeerGroup | None = None
    rd_fte: Decimal | None = None
    introduction: str = ""
    former_names: tuple[str, ...] = ()
    is_demo: bool = False


def sign_in(session: Session, email: str, password: str) -> Person:
    """The person with this address and password; raises SignInRefused, in constant time and wording."""
    person = session.scalar(select(Person).where(func.lower(Person.email) == email.strip().lower()))
    is_right = password_matches(person.password_hash if person else None, password)
    if person is None or not is_right or not person.is_enabled:
        raise SignInRefused("sign_in.refused", N_("邮箱或密码不正确。请检查后重试。"))
    if needs_rehash(person.password_hash):
        person.password_hash = hash_password(password)
    return person


def is_address(email: str) -> bool:
    """Whether it has the form of a mail address."""
    return bool(_EMAIL.fullmatch(email)) and email.isascii() and email.isprintable()


def create_person(
    session: Session, *, email: str, display_name: str, password: str, now: datetime, context: Iterable[str] = ()
) -> Person:
    """A person who can sign in. Raises AccountRefused for a used address or none, WeakPassword."""
    email = email.strip()
    if not is_address(email):
        raise AccountRefused("person.email", N_("请填写有效的邮箱地址。"), field="email")
    require_strong(password, (email, display_name, *context))
    if session.scalar(select(Person.id).where(func.lower(Person.email) == email.lower())):
        raise AccountRefused("person.exists", N_("这个邮箱已经注册过。"), field="email")
    return _add_person(session, email, display_name, hash_password(password), now)


def _add_person(session: Session, email: str, display_name: str, password_hash: str, now: datetime) -> Person:
    person = Person(email=email, display_name=display_name, password_hash=password_hash, created_at=now)
    session.add(person)
    session.flush()
    return person


def create_organisation(session: Session, draft: OrganisationDraft, *, now: datetime) -> Organisation:
    """Record an organisation, not yet verified. Raises AccountRefused for a wrong or used code."""
    if not _CODE.fullmatch(draft.code):
        raise AccountRefused("organisation.code", N_("机构代码为 2–12 位大写字母或数字，以字母开头。"))
    credit = None if draft.credit_code is None else credit_code(draft.credit_code)
    if draft.credit_code is not None and credit is None:
        raise AccountRefused("organisation.credit_code", N_("统一社会信用代码不正确，请核对。"))
    if session.scalar(select(Organisation.id).where(Organisation.code == draft.code)):
        raise AccountRefused("organisation.exists", N_("机构代码已被使用。"))
    organisation = Organisation(
        code=draft.code,
        kind=draft.kind.value,
        name=draft.name,
        credit_code=credit,
        county_code=draft.county_code,
        size_class=draft.size_class.value if draft.size_class else None,
        industry=draft.industry,
        peer_group=draft.peer_group.value if draft.peer_group else None,
        rd_fte=draft.rd_fte,
        introduction=draft.introduction,
        is_demo=draft.is_demo,
        created_at=now,
    )
    session.add(organisation)
    session.flush()
    for name in draft.former_names:
        add_former_name(session, organisation.id, name)
    return organisation


def add_former_name(session: Session, organisation_id: int, name: str) -> None:
    """Map a former or other name, as office files carry it, to the organisation."""
    session.add(OrganisationName(organisation_id=organisation_id, name=name, normalised=normalise_name(name)))


def add_membership(
    session: Session,
    person: Person,
    organisation: Organisation,
    roles: Iterable[Role],
    *,
    now: datetime,
    is_administrator: bool = False,
) -> Membership:
    """Let the person act for the organisation in these roles; a role that the kind does not have is refused."""
    wanted = frozenset(roles)
    if not wanted <= ROLES_OF_KIND[OrganisationKind(organisation.kind)]:
        raise AccountRefused("membership.role", N_("这类机构没有所选的角色。"))
    membership = Membership(
        person_id=person.id, organisation_id=organisation.id, is_administrator=is_administrator, created_at=now
    )
    membership.role_rows = [MembershipRole(role=role.value) for role in sorted(wanted)]
    session.add(membership)
    session.flush()
    return membership


def verify_organisation(session: Session, actor: Actor, organisation_id: int, *, now: datetime) -> Organisation:
    """The operator confirms that the organisation is who it says, not one of its own people; twice changes nothing."""
    require(actor, Act.VERIFY_ORGANISATION)
    organisation = lock_row(session, Organisation, organisation_id)
    if organisation.verified_at is None:
        require_other_person(actor.person_id, Act.VERIFY_ORGANISATION, person_ids_of(session, organisation_id))
        review = reviewing.waiting_review(session, organisation_id)
        if review is not None:
            reviewing.close_review(review, actor, ReviewState.APPROVED, "", now=now)
        mark_verified(session, organisation, now=now, actor=actor)
    return organisation


def mark_verified(session: Session, organisation: Organisation, *, now: datetime, actor: Actor | None) -> None:
    """Write the verification and its event."""
    organisation.verified_at = now
    organisation.verified_by_id = actor.person_id if actor else None
    record(
        session,
        EventDraft(
            subject_kind="organisation",
            subject_id=organisation.id,
            action="organisation.verified",
            occurred_at=now,
            actor_person_id=actor.person_id if actor else None,
            actor_organisation_id=actor.organisation_id if actor else None,
            payload={"organisation_id": organisation.id},
        ),
    )


def declare_relation(
    session: Session, first_id: int, second_id: int, *, reason: str, source: str, source_date: date, now: datetime
) -> None:
    """Record that two organisations are related parties, with the source of the knowledge (rules.md 7.6)."""
    low, high = sorted((first_id, second_id))
    session.add(
        OrganisationRelation(
            first_id=low, second_id=high, reason=reason, source=source, source_date=source_date, created_at=now
        )
    )
    session.flush()


def create_operator(session: Session, *, email: str, display_name: str, password: str, now: datetime) -> Person:
    """The first administrator of a fresh installation, with the operator's organisation if it is missing."""
    organisation = session.scalar(select(Organisation).where(Organisation.kind == OrganisationKind.OPERATOR.value))
    if organisation is None:
        draft = OrganisationDraft(code="OPERATOR", kind=OrganisationKind.OPERATOR, name="平台运营")
        organisation = create_organisation(session, draft, now=now)
        mark_verified(session, organisation, now=now, actor=None)
    person = create_person(session, email=email, display_name=display_name, password=password, now=now)
    add_membership(session, person, organisation, {Role.OPERATOR}, now=now, is_administrator=True)
    return person
