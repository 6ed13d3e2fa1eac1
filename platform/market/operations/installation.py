"""The state of the installation: database, migrations, storage, people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from market.accounts.models import Membership, MembershipRole, Organisation, Person
from market.accounts.rules import Role
from market.achievements.models import StoredFile
from market.kernel.db import current_session
from market.kernel.lists import Order, Orders
from market.kernel.mail import MailMessage
from market.listings.attachments.queries import AttachmentNumbers, attachment_numbers
from market.operations.storage import TableRow, tables
from market.operations.vocabulary import MailState


@dataclass(frozen=True)
class StorageState:
    """What the installation holds; sizes in bytes."""

    database_bytes: int
    file_count: int
    file_bytes: int
    largest_tables: tuple[TableRow, ...]
    attachments: AttachmentNumbers


@dataclass(frozen=True)
class PersonRow:
    """A person who can sign in, for one organisation."""

    person_id: int
    name: str
    email: str
    is_enabled: bool
    organisation_name: str
    roles: tuple[Role, ...]
    is_administrator: bool
    since: datetime


def migration_state(root: Path) -> tuple[str, str]:
    """Revision of the database ("" when it cannot be asked) and the one that this code wants."""
    wanted = (root / "migrations" / ".current-head").read_text("ascii").strip()
    try:
        found = current_session().scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        current_session().rollback()
        found = None
    return str(found or ""), wanted


def storage_state() -> StorageState:
    """Sizes as PostgreSQL reports them."""
    session = current_session()
    files, size = session.execute(
        select(func.count(StoredFile.id), func.coalesce(func.sum(StoredFile.byte_size), 0))
    ).one()
    return StorageState(
        database_bytes=session.scalar(text("SELECT pg_database_size(current_database())")) or 0,
        file_count=files,
        file_bytes=int(size),
        largest_tables=tuple(tables()[:8]),
        attachments=attachment_numbers(),
    )


def people_conditions(words: str, role: Role | None) -> list[ColumnElement[bool]]:
    """Conditions of the list of people."""
    conditions: list[ColumnElement[bool]] = [Membership.ended_at.is_(None)]
    if words:
        columns = (Person.display_name, Person.email, Organisation.name)
        conditions.append(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    if role is not None:
        held = select(MembershipRole.membership_id).where(MembershipRole.role == role.value)
        conditions.append(Membership.id.in_(held))
    return conditions


def count_people(conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many memberships fit."""
    statement = (
        select(func.count(Membership.id))
        .join(Person, Person.id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
    )
    return current_session().scalar(statement.where(*conditions)) or 0


PEOPLE_ORDERS = Orders(
    {
        "name": Person.display_name,
        "email": Person.email,
        "organisation": Organisation.name,
        "since": Membership.created_at,
    },
    default=(Person.display_name, Membership.id),
    last=Membership.id,
)


def list_people(
    conditions: Sequence[ColumnElement[bool]], *, order: Order | None = None, limit: int | None = None, offset: int = 0
) -> list[PersonRow]:
    """A page of memberships with their roles."""
    session = current_session()
    statement = (
        select(Membership, Person, Organisation.name)
        .join(Person, Person.id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(*conditions)
        .order_by(*(order or PEOPLE_ORDERS.default).columns)
        .limit(limit)
        .offset(offset)
    )
    rows = session.execute(statement).all()
    held: dict[int, list[Role]] = {}
    wanted = select(MembershipRole).where(MembershipRole.membership_id.in_([row[0].id for row in rows]))
    for role_row in session.scalars(wanted.order_by(MembershipRole.role)):
        held.setdefault(role_row.membership_id, []).append(Role(role_row.role))
    return [
        PersonRow(
            person.id,
            person.display_name,
            person.email,
            person.is_enabled,
            organisation_name,
            tuple(held.get(membership.id, ())),
            membership.is_administrator,
            membership.created_at,
        )
        for membership, person, organisation_name in rows
    ]


@dataclass(frozen=True)
class MailRow:
    """One mail of the outbox; its text stays unread."""

    id: int
    recipient: str
    subject: str
    template: str
    created_at: datetime
    attempts: int
    sent_at: datetime | None
    failed_at: datetime | None
    failure: str | None

    @property
    def state(self) -> MailState:
        return MailState.SENT if self.sent_at else MailState.FAILED if self.failed_at else MailState.WAITING


def mail_conditions(words: str, state: MailState | None) -> list[ColumnElement[bool]]:
    """Conditions of the outbox."""
    conditions: list[ColumnElement[bool]] = []
    if words:
        columns = (MailMessage.recipient, MailMessage.subject)
        conditions.append(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    if state is MailState.SENT:
        conditions.append(MailMessage.sent_at.is_not(None))
    if state is MailState.FAILED:
        conditions.append(MailMessage.failed_at.is_not(None))
    if state is MailState.WAITING:
        conditions += [MailMessage.sent_at.is_(None), MailMessage.failed_at.is_(None)]
    return conditions


def count_mails(conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many mails fit."""
    return current_session().scalar(select(func.count(MailMessage.id)).where(*conditions)) or 0


MAIL_ORDERS = Orders(
    {
        "created": MailMessage.created_at,
        "recipient": MailMessage.recipient,
        "subject": MailMessage.subject,
        "sent": MailMessage.sent_at,
    },
    default=(MailMessage.id.desc(),),
    last=MailMessage.id,
)


def list_mails(
    conditions: Sequence[ColumnElement[bool]], *, order: Order | None = None, limit: int | None = None, offset: int = 0
) -> list[MailRow]:
    """A page of the outbox."""
    names = ("id", "recipient", "subject", "template", "created_at", "attempts", "sent_at", "failed_at", "failure")
    columns = [getattr(MailMessage, name) for name in names]
    statement = (
        select(*columns)
        .where(*conditions)
        .order_by(*(order or MAIL_ORDERS.default).columns)
        .limit(limit)
        .offset(offset)
    )
    return [MailRow(**dict(zip(names, row, strict=True))) for row in current_session().execute(statement)]
