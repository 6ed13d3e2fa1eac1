"""Reads of people and organisations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from market.accounts.models import (
    Membership,
    MembershipRole,
    Organisation,
    OrganisationName,
    OrganisationRelation,
    Person,
)
from market.accounts.rules import FOUNDING_ROLES, Actor, OrganisationKind, Role
from market.kernel.db import current_session
from market.kernel.lists import Order, Orders


@dataclass(frozen=True)
class MembershipView:
    """One line of the "acting for" switch."""

    membership_id: int
    organisation_name: str
    organisation_kind: OrganisationKind
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class OrganisationRow:
    """One line of a list of organisations."""

    id: int
    code: str
    name: str
    kind: OrganisationKind
    county_code: str | None
    credit_code: str | None
    verified_at: datetime | None


def _active_memberships(person_id: int) -> Select[Membership, Organisation]:
    return (
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
    )


def actor_for(person_id: int, membership_id: int | None) -> Actor | None:
    """The person acting for the chosen organisation; without a (valid) choice for the first one; None without any."""
    session = current_session()
    person = session.get(Person, person_id)
    rows = session.execute(_active_memberships(person_id)).all()
    if person is None or not rows:
        return None
    chosen = next((row for row in rows if row[0].id == membership_id), rows[0])
    membership, organisation = chosen
    roles = session.scalars(select(MembershipRole.role).where(MembershipRole.membership_id == membership.id)).all()
    if organisation.verified_at is None and organisation.kind in FOUNDING_ROLES.keys() - {OrganisationKind.ENTERPRISE}:
        roles = []  # whoever signed up as an institution or insurer acts as one only after the operator looked
    return Actor(
        person_id=person.id,
        person_name=person.display_name,
        organisation_id=organisation.id,
        organisation_code=organisation.code,
        organisation_name=organisation.name,
        organisation_kind=OrganisationKind(organisation.kind),
        county_code=organisation.county_code,
        is_verified=organisation.verified_at is not None,
        roles=frozenset(Role(role) for role in roles),
        membership_id=membership.id,
        is_administrator=membership.is_administrator,
    )


def memberships_of(person_id: int) -> list[MembershipView]:
    """Every organisation for which the person may act."""
    session = current_session()
    rows = session.execute(_active_memberships(person_id)).all()
    held: dict[int, list[Role]] = {}
    statement = select(MembershipRole).where(MembershipRole.membership_id.in_([row[0].id for row in rows]))
    for role_row in session.scalars(statement.order_by(MembershipRole.role)):
        held.setdefault(role_row.membership_id, []).append(Role(role_row.role))
    return [
        MembershipView(
            membership.id, organisation.name, OrganisationKind(organisation.kind), tuple(held.get(membership.id, ()))
        )
        for membership, organisation in rows
    ]


def members_of(session: Session, organisation_id: int) -> set[int]:
    """The people who may act for the organisation now."""
    statement = select(Membership.person_id).where(
        Membership.organisation_id == organisation_id, Membership.ended_at.is_(None)
    )
    return set(session.scalars(statement))


def names_of(organisation_id: int) -> list[str]:
    """The organisation's name and all former or other names that office files carry."""
    session = current_session()
    own = session.scalars(select(Organisation.name).where(Organisation.id == organisation_id))
    former = session.scalars(select(OrganisationName.name).where(OrganisationName.organisation_id == organisation_id))
    return [*own, *former]


def are_related(first_id: int, second_id: int) -> bool:
    """Whether the two organisations are the same or recorded as related parties (rules.md 7.6)."""
    if first_id == second_id:
        return True
    low, high = sorted((first_id, second_id))
    statement = select(OrganisationRelation.id).where(
        OrganisationRelation.first_id == low, OrganisationRelation.second_id == high
    )
    return current_session().scalar(statement.limit(1)) is not None


def organisation_filters(kind: str | None, text: str, verified: str | None) -> list[ColumnElement[bool]]:
    """Conditions of the organisations list."""
    conditions: list[ColumnElement[bool]] = [Organisation.merged_into_id.is_(None)]
    if kind:
        conditions.append(Organisation.kind == kind)
    if text:
        pattern = f"%{text}%"
        conditions.append(or_(Organisation.name.ilike(pattern), Organisation.code.ilike(pattern)))
    if verified == "no":
        conditions.append(Organisation.verified_at.is_(None))
    if verified == "yes":
        conditions.append(Organisation.verified_at.is_not(None))
    return conditions


ORGANISATION_ORDERS = Orders(
    {
        "code": Organisation.code,
        "name": Organisation.name,
        "kind": Organisation.kind,
        "county": Organisation.county_code,
        "verified": Organisation.verified_at,
    },
    default=(Organisation.verified_at.is_(None).desc(), Organisation.kind, Organisation.code),
    last=Organisation.code,
)


def list_organisations(
    conditions: Sequence[ColumnElement[bool]] = (),
    *,
    limit: int | None = None,
    offset: int = 0,
    order: Order | None = None,
) -> list[OrganisationRow]:
    """Organisations in the order; by itself those that wait for verification first, then by kind and code."""
    statement = (
        select(Organisation)
        .where(*conditions)
        .order_by(*(order or ORGANISATION_ORDERS.default).columns)
        .limit(limit)
        .offset(offset)
    )
    return [
        OrganisationRow(
            row.id, row.code, row.name, OrganisationKind(row.kind), row.county_code, row.credit_code, row.verified_at
        )
        for row in current_session().scalars(statement)
    ]


def count_organisations(conditions: Sequence[ColumnElement[bool]] = ()) -> int:
    """How many organisations fit the conditions."""
    return current_session().scalar(select(func.count(Organisation.id)).where(*conditions)) or 0


def organisation_by_code(code: str) -> Organisation | None:
    """The organisation with this code, in whatever case it is typed."""
    return current_session().scalar(select(Organisation).where(func.upper(Organisation.code) == code.strip().upper()))
