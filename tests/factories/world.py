"""Small worlds for tests: organisations, people, somebody signed in. Everything else goes through services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts import queries, service
from market.accounts.models import Organisation, Person
from market.accounts.rules import ROLES_OF_KIND, Actor, OrganisationKind, PeerGroup, Role
from market.accounts.sign_in import hash_password

PASSWORD = "correct horse battery"
LONG_AGO = datetime(2025, 1, 2, 3, 4, tzinfo=UTC)
_numbers = count(1)
_hash: list[str] = []


def password_hash() -> str:
    """One argon2 hash for all test people: hashing is slow by design."""
    if not _hash:
        _hash.append(hash_password(PASSWORD))
    return _hash[0]


def make_organisation(
    session: Session,
    kind: OrganisationKind = OrganisationKind.INSTITUTION,
    *,
    name: str | None = None,
    code: str | None = None,
    county_code: str | None = "330302",
    is_verified: bool = True,
    former_names: tuple[str, ...] = (),
    rd_fte: Decimal | None = Decimal(200),
    peer_group: PeerGroup | None = PeerGroup.UNIVERSITY,
) -> Organisation:
    """An organisation, verified unless said otherwise."""
    number = next(_numbers)
    is_institution = kind is OrganisationKind.INSTITUTION
    draft = service.OrganisationDraft(
        code=code or f"T{number:05d}",
        kind=kind,
        name=name or f"试验{kind.label}{number}",
        county_code=county_code,
        rd_fte=rd_fte if is_institution else None,
        peer_group=peer_group if is_institution else None,
        former_names=former_names,
    )
    organisation = service.create_organisation(session, draft, now=LONG_AGO)
    if is_verified:
        service.mark_verified(session, organisation, now=LONG_AGO, actor=None)
    return organisation


def make_person(session: Session, organisation: Organisation | None = None, *roles: Role, name: str = "") -> Person:
    """A person, member of the organisation in these roles (default: all roles of its kind)."""
    number = next(_numbers)
    person = Person(
        email=f"person{number}@example.test",
        display_name=name or f"试验员{number}",
        password_hash=password_hash(),
        created_at=LONG_AGO,
    )
    session.add(person)
    session.flush()
    if organisation is not None:
        held = roles or tuple(ROLES_OF_KIND[OrganisationKind(organisation.kind)])
        service.add_membership(session, person, organisation, held, now=LONG_AGO)
    return person


def actor_of(person: Person) -> Actor:
    """The person acting for the first organisation."""
    actor = queries.actor_for(person.id, None)
    assert actor is not None
    return actor


def make_actor(
    session: Session,
    kind: OrganisationKind = OrganisationKind.INSTITUTION,
    *roles: Role,
    organisation: Organisation | None = None,
) -> Actor:
    """Somebody in a new (or the given) organisation, as an actor."""
    return actor_of(make_person(session, organisation or make_organisation(session, kind), *roles))


def sign_in(client: FlaskClient, person: Person) -> None:
    """Sign in through the form."""
    answer = client.post("/sign-in", data={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.get_data(as_text=True)[:500]


@dataclass(frozen=True)
class Institution:
    """An institution with an officer and a head."""

    organisation: Organisation
    officer: Person
    head: Person


def make_institution(session: Session, **known: object) -> Institution:
    """An institution with two people: who submits and who approves."""
    organisation = make_organisation(session, OrganisationKind.INSTITUTION, **known)  # type: ignore[arg-type]
    return Institution(
        organisation,
        make_person(session, organisation, Role.TRANSFER_OFFICER),
        make_person(session, organisation, Role.INSTITUTION_HEAD),
    )
