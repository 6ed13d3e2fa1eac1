"""Reads of an organisation's own members, invitations, verification and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from market.accounts.identity import skeleton
from market.accounts.models import (
    Invitation,
    Membership,
    MembershipRole,
    Organisation,
    OrganisationEvidence,
    OrganisationName,
    OrganisationReview,
    Person,
)
from market.accounts.rules import ReviewState, Role
from market.kernel.db import current_session
from market.kernel.lists import Order, Orders


@dataclass(frozen=True)
class MemberRow:
    """One member. The address is for administrators' eyes."""

    membership_id: int
    person_name: str
    email: str
    roles: tuple[Role, ...]
    is_administrator: bool
    since: datetime


@dataclass(frozen=True)
class InvitationRow:
    """One invitation that waits for its answer."""

    id: int
    email: str
    role: Role
    expires_at: datetime


@dataclass(frozen=True)
class ReviewRow:
    """One application to be verified."""

    state: ReviewState
    submitted_at: datetime
    submitted_by: str
    decided_at: datetime | None
    reason: str


@dataclass(frozen=True)
class EvidenceRow:
    """One file, without its content."""

    id: int
    name: str
    media_type: str
    byte_size: int
    created_at: datetime


MEMBER_ORDERS = Orders(
    {"name": Person.display_name, "since": Membership.created_at},
    default=(Membership.is_administrator.desc(), Membership.id),
    last=Membership.id,
)


def member_conditions(words: str, role: Role | None, *, sees_addresses: bool) -> list[ColumnElement[bool]]:
    """Conditions of the list's filters; who is not shown addresses does not find by them either."""
    conditions: list[ColumnElement[bool]] = []
    if words:
        columns = (Person.display_name, Person.email) if sees_addresses else (Person.display_name,)
        conditions.append(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    if role is not None:
        held = select(MembershipRole.membership_id).where(MembershipRole.role == role.value)
        conditions.append(Membership.id.in_(held))
    return conditions


def members_of(
    organisation_id: int, conditions: Sequence[ColumnElement[bool]] = (), order: Order | None = None
) -> list[MemberRow]:
    """Who acts for the organisation now, administrators first unless the order says otherwise."""
    session = current_session()
    statement = (
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None), *conditions)
        .order_by(*(order or MEMBER_ORDERS.default).columns)
    )
    rows = session.execute(statement).all()
    held = _roles_by_membership([membership.id for membership, _ in rows])
    return [
        MemberRow(
            membership.id,
            person.display_name,
            person.email,
            held.get(membership.id, ()),
            membership.is_administrator,
            membership.created_at,
        )
        for membership, person in rows
    ]


def count_administrators(organisation_id: int) -> int:
    """How many administer the organisation now."""
    statement = select(func.count(Membership.id)).where(
        Membership.organisation_id == organisation_id, Membership.ended_at.is_(None), Membership.is_administrator
    )
    return current_session().scalar(statement) or 0


@dataclass(frozen=True)
class HeldMembership:
    """Where a person belongs or belonged, and in which roles."""

    organisation_code: str
    organisation_name: str
    roles: tuple[Role, ...]
    is_administrator: bool
    since: datetime
    until: datetime | None


def memberships_of(person_id: int) -> list[HeldMembership]:
    """Where the person belongs, then where she belonged."""
    session = current_session()
    statement = (
        select(Membership, Organisation.code, Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.ended_at.desc().nulls_first(), Membership.id)
    )
    rows = session.execute(statement).all()
    held = _roles_by_membership([membership.id for membership, _, _ in rows])
    return [
        HeldMembership(code, name, held.get(row.id, ()), row.is_administrator, row.created_at, row.ended_at)
        for row, code, name in rows
    ]


def _roles_by_membership(ids: list[int]) -> dict[int, tuple[Role, ...]]:
    held: dict[int, list[Role]] = {}
    for row in current_session().scalars(select(MembershipRole).where(MembershipRole.membership_id.in_(ids))):
        held.setdefault(row.membership_id, []).append(Role(row.role))
    return {membership_id: tuple(sorted(roles)) for membership_id, roles in held.items()}


def open_invitations_of(organisation_id: int, now: datetime) -> list[InvitationRow]:
    """Invitations that can still be accepted, the newest first."""
    statement = select(Invitation).where(
        Invitation.organisation_id == organisation_id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
    )
    rows = current_session().scalars(statement.order_by(Invitation.id.desc()))
    return [InvitationRow(row.id, row.email, Role(row.role), row.expires_at) for row in rows]


def reviews_of(organisation_id: int) -> list[ReviewRow]:
    """Every application to be verified with its answer, the newest first."""
    statement = (
        select(OrganisationReview, Person.display_name)
        .join(Person, Person.id == OrganisationReview.submitted_by_id)
        .where(OrganisationReview.organisation_id == organisation_id)
        .order_by(OrganisationReview.id.desc())
    )
    return [
        ReviewRow(ReviewState(review.state), review.submitted_at, name, review.decided_at, review.reason)
        for review, name in current_session().execute(statement)
    ]


def evidence_of(organisation_id: int) -> list[EvidenceRow]:
    """The files that show who the organisation is."""
    statement = select(OrganisationEvidence).where(OrganisationEvidence.organisation_id == organisation_id)
    return [
        EvidenceRow(row.id, row.name, row.media_type, row.byte_size, row.created_at)
        for row in current_session().scalars(statement.order_by(OrganisationEvidence.id))
    ]


def evidence_file(organisation_id: int, evidence_id: int) -> OrganisationEvidence | None:
    """One file with its content, if it is this organisation's."""
    statement = select(OrganisationEvidence).where(
        OrganisationEvidence.id == evidence_id, OrganisationEvidence.organisation_id == organisation_id
    )
    return current_session().scalar(statement)


def looks_like(organisation: Organisation) -> list[tuple[str, str]]:
    """Code and name of other organisations whose name is easily taken for this one's, former names included."""
    session = current_session()
    wanted = skeleton(organisation.name)
    own = select(Organisation.code, Organisation.name).where(Organisation.merged_into_id.is_(None))
    former = (
        select(Organisation.code, OrganisationName.name)
        .join(Organisation, Organisation.id == OrganisationName.organisation_id)
        .where(Organisation.merged_into_id.is_(None))
    )
    rows = [*session.execute(own), *session.execute(former)]
    return sorted({(code, name) for code, name in rows if code != organisation.code and skeleton(name) == wanted})


def person_of(membership_id: int) -> int:
    """Whose membership it is; only for one that is there."""
    return current_session().get_one(Membership, membership_id).person_id


def person_ids_of(session: Session, organisation_id: int) -> set[int]:
    """The people who may act for the organisation now."""
    statement = select(Membership.person_id).where(
        Membership.organisation_id == organisation_id, Membership.ended_at.is_(None)
    )
    return set(session.scalars(statement))
