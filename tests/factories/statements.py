"""Statements of organisations for tests, made through the service."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count

from sqlalchemy.orm import Session

from market.accounts import statements
from market.accounts.models import OrganisationStatement, Person
from market.accounts.statement_rules import StatementDraft, StatementKind
from tests.conftest import NOW
from tests.factories.world import actor_of

PAPER, PAPER_DAY = "温教发〔2026〕8号", date(2026, 3, 1)
_numbers = count(1)


def former_name(name: str) -> StatementDraft:
    """A former name with its paper."""
    return StatementDraft(StatementKind.FORMER_NAME, PAPER, PAPER_DAY, name=name)


def staff(rd_fte: str, valid_from: date = date(2026, 7, 1)) -> StatementDraft:
    """R&D staff with its paper."""
    return StatementDraft(StatementKind.STAFF, PAPER, PAPER_DAY, rd_fte=Decimal(rd_fte), valid_from=valid_from)


def relation(other_code: str, kind: StatementKind = StatementKind.RELATED) -> StatementDraft:
    """Related parties with their paper."""
    return StatementDraft(kind, PAPER, PAPER_DAY, other_code=other_code, reason="持股 30%")


def state_former_name(session: Session, person: Person, name: str = "") -> OrganisationStatement:
    """A former name that waits for the bureau."""
    draft = former_name(name or f"曾用名{next(_numbers)}号学院")
    return statements.state_own(session, actor_of(person), draft, now=NOW)
