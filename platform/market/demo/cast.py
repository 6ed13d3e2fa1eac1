"""Who acts in the demonstration: organisations and people, recorded and verified through the accounts' services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from market.accounts import service
from market.accounts.models import Organisation, Person
from market.accounts.queries import actor_for
from market.accounts.rules import Actor, OrganisationKind, PeerGroup, Role, SizeClass
from market.accounts.sign_in import hash_password
from market.demo.identifiers import (
    PREFIX_ENTERPRISE,
    PREFIX_GOVERNMENT,
    PREFIX_PUBLIC_INSTITUTION,
    credit_code,
)
from market.demo.world import OrganisationEntry, PersonEntry, World
from market.kernel.clock import local_date

PASSWORD = "kezhuan-demo-2026"  # noqa: S105 - printed with every start of the demonstration, refused in production
OPERATOR_EMAIL = "operator@demo"
_PREFIXES = {
    OrganisationKind.INSTITUTION: PREFIX_PUBLIC_INSTITUTION,
    OrganisationKind.BUREAU: PREFIX_GOVERNMENT,
    OrganisationKind.COUNTY_BUREAU: PREFIX_GOVERNMENT,
}


@dataclass
class Cast:
    """The recorded organisations by code and people by e-mail."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    _actors: dict[str, Actor] = field(default_factory=dict)
    _officers: dict[str, str] = field(default_factory=dict)
    _heads: dict[str, str] = field(default_factory=dict)

    def actor(self, email: str) -> Actor:
        """The person acting for the first of her organisations."""
        if email not in self._actors:
            actor = actor_for(self.people[email].id, None)
            assert actor is not None
            self._actors[email] = actor
        return self._actors[email]

    @property
    def operator(self) -> Actor:
        """The platform's operator."""
        return self.actor(OPERATOR_EMAIL)

    def officer(self, institution: str) -> Actor:
        """Who submits for the institution."""
        return self.actor(self._officers[institution])

    def head(self, institution: str) -> Actor:
        """Who approves for the institution."""
        return self.actor(self._heads[institution])

    def add_person(self, entry: PersonEntry, person: Person) -> None:
        """Remember the person, and for which institution she is officer or head."""
        self.people[entry.email] = person
        for code, roles in entry.of.items():
            if Role.TRANSFER_OFFICER.value in roles:
                self._officers[code] = entry.email
            if Role.INSTITUTION_HEAD.value in roles:
                self._heads[code] = entry.email


def gather(session: Session, world: World, *, founded_at: datetime, now: datetime) -> Cast:
    """Record everybody; those that wait for verification came two days before `now`."""
    cast = Cast()
    for serial, entry in enumerate(world.organisations, 1):
        came_at = founded_at if entry.is_verified else now - timedelta(days=2)
        cast.organisations[entry.code] = service.create_organisation(session, _draft(entry, serial), now=came_at)
    _add_people(session, world, cast, founded_at)
    kept_by = next(entry.code for entry in world.organisations if entry.kind == OrganisationKind.OPERATOR)
    service.mark_verified(session, cast.organisations[kept_by], now=founded_at, actor=None)  # before she acts
    for entry in world.organisations:
        if entry.is_verified:
            service.verify_organisation(session, cast.operator, cast.organisations[entry.code].id, now=founded_at)
    for relation in world.relations:
        service.declare_relation(
            session,
            cast.organisations[relation.first].id,
            cast.organisations[relation.second].id,
            reason=relation.reason,
            source=relation.source,
            source_date=local_date(founded_at),
            now=founded_at,
        )
    return cast


def _draft(entry: OrganisationEntry, serial: int) -> service.OrganisationDraft:
    kind = OrganisationKind(entry.kind)
    return service.OrganisationDraft(
        code=entry.code,
        kind=kind,
        name=entry.name,
        credit_code=credit_code(_PREFIXES.get(kind, PREFIX_ENTERPRISE), entry.county, serial),
        county_code=entry.county,
        size_class=SizeClass(entry.size) if entry.size else None,
        industry=entry.industry,
        peer_group=PeerGroup(entry.peer_group) if entry.peer_group else None,
        rd_fte=Decimal(entry.rd_fte) if entry.rd_fte else None,
        introduction=entry.introduction,
        former_names=entry.former_names,
        is_demo=True,
    )


def _add_people(session: Session, world: World, cast: Cast, founded_at: datetime) -> None:
    """All share one password and therefore one hash: hashing is slow by design, and nothing here is secret."""
    password_hash = hash_password(PASSWORD)
    for entry in world.people:
        person = Person(email=entry.email, display_name=entry.name, password_hash=password_hash, created_at=founded_at)
        session.add(person)
        session.flush()
        for code, roles in entry.of.items():
            service.add_membership(
                session,
                person,
                cast.organisations[code],
                map(Role, roles),
                now=founded_at,
                is_administrator=Role.COMPLETER.value not in roles,
            )
        cast.add_person(entry, person)
