"""Reads of people and organisations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from market.accounts.models import (
    Membership,
    MembershipRole,
    Organisation,
    OrganisationName,
    OrganisationRelation,
    Person,
)
from market.accounts.rules import Actor, OrganisationKind, Role
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


class _Held(NamedTuple):
    """A membership of today with all that is needed to act in it."""

    membership_id: int
    is_administrator: bool
    person_name: str
    organisation_id: int
    code: str
    name: str
    kind: str
    county_code: str | None
    verified_at: datetime | None
    roles: list[str]


def _held_by(person_id: int) -> list[_Held]:
    """The person's memberships of today, the oldest first, by one statement: every page of hers begins with it."""
    roles = (
        select(func.array_agg(aggregate_order_by(MembershipRole.role, MembershipRole.role.asc())))
        .where(MembershipRole.membership_id == Membership.id)
        .scalar_subquery()
    )
    statement = (
        select(
            Membership.id,
            Membership.is_administrator,
            Person.display_name,
            Organisation.id,
            Organisation.code,
            Organisation.name,
            Organisation.kind,
            Organisation.county_code,
            Organisation.verified_at,
            func.coalesce(roles, cast([], ARRAY(String))),
        )
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
    )
    return [_Held(*row) for row in current_session().execute(statement)]


def actor_for(person_id: int, membership_id: int | None) -> Actor | None:
    """The person acting for the chosen organisation; without a (valid) choice for the first one; None without any."""
    rows = _held_by(person_id)
    if not rows:
        return None
    held = next((row for row in rows if row.membership_id == membership_id), rows[0])
    is_verified = held.verified_at is not None
    roles = held.roles
    if not is_verified and held.kind != OrganisationKind.ENTERPRISE:
        roles = []  # only an enterprise may look around before an operator verified it
    return Actor(
        person_id=person_id,
        person_name=held.person_name,
        organisation_id=held.organisation_id,
        organisation_code=held.code,
        organisation_name=held.name,
        organisation_kind=OrganisationKind(held.kind),
        county_code=held.county_code,
        is_verified=is_verified,
        roles=frozenset(Role(role) for role in roles),
        membership_id=held.membership_id,
        is_administrator=held.is_administrator,
    )


def memberships_of(person_id: int) -> list[MembershipView]:
    """Every organisation for which the person may act."""
    return [
        MembershipView(row.membership_id, row.name, OrganisationKind(row.kind), tuple(map(Role, row.roles)))
        for row in _held_by(person_id)
    ]


def names_of(organisation_id: int) -> list[str]:
    """The organisation's name and all former or other names that office files carry."""
    statement = (
        select(Organisation.name, OrganisationName.name)
        .outerjoin(OrganisationName, OrganisationName.organisation_id == Organisation.id)
        .where(Organisation.id == organisation_id)
    )
    rows = current_session().execute(statement).all()
    return [*{own for own, _ in rows}, *(former for _, former in rows if former is not None)]


def are_related(first_id: int, second_id: int) -> bool:
    """Whether the two organisations are the same or are now recorded as related parties (rules.md 7.6)."""
    if first_id == second_id:
        return True
    low, high = sorted((first_id, second_id))
    statement = select(OrganisationRelation.id).where(
        OrganisationRelation.first_id == low,
        OrganisationRelation.second_id == high,
        OrganisationRelation.ended_at.is_(None),
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
