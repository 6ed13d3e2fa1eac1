"""Everything that the platform holds about a person (个人信息保护法 art. 45)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Table, func, or_, select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.exporting import plain
from market.kernel.errors import NotFound
from market.kernel.orm import Base
from market.reports.models import WrongReport

_SECRETS = re.compile(r".*(password|token|secret|recovery|code)_?(hash|digest)?$")
_NO_SECRETS = {"form_token", "currency_code", "bidder_code", "credit_code", "county_code", "code"}


def person_by_email(session: Session, email: str) -> Person:
    """The person with this address. Raises NotFound."""
    person = session.scalar(select(Person).where(func.lower(Person.email) == email.strip().lower()))
    if person is None:
        raise NotFound
    return person


def about(session: Session, email: str) -> dict[str, Any]:
    """Her own row and every row of every table that points at her, without credentials; a table's name → rows.

    Which tables point at her is read from the foreign keys: a new table is in the export without anybody's doing.
    """
    person = person_by_email(session, email)
    found: dict[str, Any] = {"person": [_plain_row(_row(person))]}
    for table in Base.metadata.sorted_tables:
        columns = references(table)
        if columns:
            statement = select(table).where(or_(*(column == person.id for column in columns)))
            rows = [_plain_row(_about_her(table, row._mapping)) for row in session.execute(statement)]
            if rows:
                found[table.name] = rows
    reports = select(WrongReport).where(func.lower(WrongReport.email) == person.email.lower())
    by_her = [_plain_row(_columns_of(report)) for report in session.scalars(reports)]
    if by_her:
        found["reports_by_her"] = by_her
    return found


OF_OTHERS = {("ip_right", "claims")}
"""Columns that say nothing of the person who touched the row, and that nobody outside the institution may know."""


def _about_her(table: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if (table.name, name) not in OF_OTHERS}


def references(table: Table) -> list[Column[Any]]:
    """The columns of a table that point at a person."""
    return [
        column for column in table.columns if any(key.target_fullname == "person.id" for key in column.foreign_keys)
    ]


def _row(person: Person) -> dict[str, Any]:
    return _columns_of(person)


def _columns_of(row: Base) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def _plain_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items() if not _is_credential(name)}


def _is_credential(name: str) -> bool:
    return name not in _NO_SECRETS and _SECRETS.fullmatch(name) is not None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return plain(value)
    if isinstance(value, Decimal):
        return str(value)
    return value.hex() if isinstance(value, bytes) else value
