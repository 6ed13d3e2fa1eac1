"""Reads of what was stated of organisations, and of the numbers that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from market.accounts.models import Organisation, OrganisationStatement, Person
from market.accounts.statement_rules import StatementKind, StatementState
from market.kernel.db import current_session
from market.kernel.lists import ListQuery, Orders

_OTHER, _PROPOSER, _DECIDER = aliased(Organisation), aliased(Person), aliased(Person)
_FOR = aliased(Organisation)


@dataclass(frozen=True)
class StatementRow:
    """One statement as lists show it; `other` is the second organisation of related parties."""

    id: int
    code: str
    organisation: str
    other: str | None
    kind: StatementKind
    state: StatementState
    rd_fte: Decimal | None
    valid_from: date | None
    name: str
    reason: str
    source: str
    source_date: date
    proposed_for: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str

    @property
    def said(self) -> str:
        """What is stated, in one cell."""
        if self.kind is StatementKind.STAFF:
            return str(self.rd_fte)
        return self.name if self.kind is StatementKind.FORMER_NAME else self.other or ""


def _row(found: Any) -> StatementRow:
    statement: OrganisationStatement = found[0]
    return StatementRow(
        id=statement.id,
        code=found.code,
        organisation=found.organisation,
        other=found.other,
        kind=StatementKind(statement.kind),
        state=StatementState(statement.state),
        rd_fte=statement.rd_fte,
        valid_from=statement.valid_from,
        name=statement.name,
        reason=statement.reason,
        source=statement.source,
        source_date=statement.source_date,
        proposed_for=found.proposed_for,
        proposed_by=found.proposed_by,
        proposed_at=statement.proposed_at,
        decided_by=found.decided_by,
        decided_at=statement.decided_at,
        decision_reason=statement.decision_reason,
    )


STATEMENTS = ListQuery(
    select(
        OrganisationStatement,
        Organisation.code.label("code"),
        Organisation.name.label("organisation"),
        _OTHER.name.label("other"),
        _FOR.name.label("proposed_for"),
        _PROPOSER.display_name.label("proposed_by"),
        _DECIDER.display_name.label("decided_by"),
    )
    .join(Organisation, Organisation.id == OrganisationStatement.organisation_id)
    .join(_FOR, _FOR.id == OrganisationStatement.proposed_for_id)
    .join(_PROPOSER, _PROPOSER.id == OrganisationStatement.proposed_by_id)
    .outerjoin(_OTHER, _OTHER.id == OrganisationStatement.other_id)
    .outerjoin(_DECIDER, _DECIDER.id == OrganisationStatement.decided_by_id),
    _row,
    Orders(
        {
            "organisation": Organisation.name,
            "proposed": OrganisationStatement.proposed_at,
            "decided": OrganisationStatement.decided_at,
        },
        default=(OrganisationStatement.state != StatementState.PROPOSED.value, OrganisationStatement.id.desc()),
        last=OrganisationStatement.id,
    ),
)


def statement_conditions(
    text: str, kind: StatementKind | None, state: StatementState | None
) -> list[ColumnElement[bool]]:
    """Conditions of the list's filters."""
    conditions: list[ColumnElement[bool]] = []
    if text:
        said = (Organisation.name, Organisation.code, _OTHER.name, OrganisationStatement.name)
        conditions.append(or_(*(column.icontains(text, autoescape=True) for column in said)))
    if kind is not None:
        conditions.append(OrganisationStatement.kind == kind.value)
    if state is not None:
        conditions.append(OrganisationStatement.state == state.value)
    return conditions


def statements_of(organisation_id: int) -> list[StatementRow]:
    """What the organisation stated, and what was confirmed of it by whomever, the newest first."""
    confirmed = OrganisationStatement.state == StatementState.CONFIRMED.value
    own = OrganisationStatement.proposed_for_id == organisation_id
    about = or_(
        OrganisationStatement.organisation_id == organisation_id, OrganisationStatement.other_id == organisation_id
    )
    return STATEMENTS.rows([or_(own, and_(about, confirmed))], None)


def statement_row(statement_id: int) -> StatementRow | None:
    """One statement."""
    found = STATEMENTS.rows([OrganisationStatement.id == statement_id])
    return found[0] if found else None


def waiting_statements() -> tuple[int, datetime | None]:
    """How many statements wait for the bureau, and since when the oldest does."""
    waiting = OrganisationStatement.state == StatementState.PROPOSED.value
    statement = select(func.count(OrganisationStatement.id), func.min(OrganisationStatement.proposed_at)).where(waiting)
    count, oldest = current_session().execute(statement).one()
    return count, oldest


def staff_in_force(organisation_id: int, day: date) -> Decimal | None:
    """The organisation's R&D staff in full-time equivalents on a day; None where nobody recorded any."""
    recorded = current_session().get_one(Organisation, organisation_id).rd_fte
    return staff_on(day).get(organisation_id, recorded)


def staff_on(day: date) -> dict[int, Decimal]:
    """R&D staff in full-time equivalents in force on a day, for the institutions that stated any before it."""
    statement = (
        select(OrganisationStatement.organisation_id, OrganisationStatement.rd_fte)
        .where(
            OrganisationStatement.kind == StatementKind.STAFF.value,
            OrganisationStatement.state == StatementState.CONFIRMED.value,
            OrganisationStatement.valid_from <= day,
        )
        .ext(distinct_on(OrganisationStatement.organisation_id))
        .order_by(
            OrganisationStatement.organisation_id,
            OrganisationStatement.valid_from.desc(),
            OrganisationStatement.id.desc(),
        )
    )
    return {number: rd_fte for number, rd_fte in current_session().execute(statement) if rd_fte is not None}
