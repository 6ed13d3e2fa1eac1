"""Reads of synonyms: the groups with where they come from, what was proposed and decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from market.accounts.models import Organisation, Person
from market.kernel.db import current_session
from market.kernel.errors import N_
from market.kernel.lists import Column, Order, Orders
from search.synonyms import rules
from search.synonyms.dictionary import shipped_groups
from search.synonyms.models import SynonymChange
from search.synonyms.service import groups_in_force
from search.synonyms.vocabulary import Origin, SynonymState


@dataclass(frozen=True)
class GroupRow:
    """A group in force."""

    code: str
    words: tuple[str, ...]
    narrower: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True)
class ChangeRow:
    """A proposed change and what became of it."""

    id: int
    code: str
    words: tuple[str, ...]
    narrower: tuple[str, ...]
    removes: bool
    reason: str
    state: SynonymState
    proposed_by_id: int
    proposed_by: str
    proposed_for: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str


GROUP_ORDERS = Orders(dict.fromkeys(("words", "code", "origin", "count")))
SORTED_BY: dict[str, Callable[[GroupRow], Any]] = {
    "words": lambda row: row.words,
    "code": lambda row: row.code,
    "origin": lambda row: row.origin.value,
    "count": lambda row: len(row.words) + len(row.narrower),
}
COLUMNS: tuple[Column[GroupRow], ...] = (
    Column(N_("同义词"), lambda row: "、".join(row.words)),
    Column(N_("下位词"), lambda row: "、".join(row.narrower)),
    Column(N_("词数"), lambda row: len(row.words) + len(row.narrower)),
    Column(N_("代码"), lambda row: row.code),
)


def list_groups(text: str = "", origin: Origin | None = None, order: Order | None = None) -> list[GroupRow]:
    """The groups in force; `text` looks in words and code, however they are written."""
    shipped = {group.code: group for group in shipped_groups()}
    wanted = rules.key_of(text)
    rows = []
    for code, group in groups_in_force(current_session()).items():
        where = Origin.OWN if code not in shipped else Origin.SHIPPED if shipped[code] == group else Origin.CHANGED
        told = "\n".join(map(rules.key_of, (code, *group.words, *group.narrower)))
        if wanted in told and origin in (None, where):
            rows.append(GroupRow(code, group.words, group.narrower, where))
    return (order or GROUP_ORDERS.default).sorted(rows, SORTED_BY)


def list_changes(*, code: str | None = None, state: SynonymState | None = None) -> list[ChangeRow]:
    """Proposed changes, the newest first."""
    proposer, decider = aliased(Person), aliased(Person)
    statement = (
        select(SynonymChange, proposer.display_name, Organisation.name, decider.display_name)
        .join(proposer, proposer.id == SynonymChange.proposed_by_id)
        .join(Organisation, Organisation.id == SynonymChange.proposed_for_id)
        .outerjoin(decider, decider.id == SynonymChange.decided_by_id)
        .order_by(SynonymChange.id.desc())
        .limit(200)
    )
    if code is not None:
        statement = statement.where(SynonymChange.code == code)
    if state is not None:
        statement = statement.where(SynonymChange.state == state.value)
    return [
        ChangeRow(
            row.id, row.code, rules.typed_words(row.words), rules.typed_words(row.narrower), row.removes, row.reason,
            SynonymState(row.state), row.proposed_by_id, proposed_by, organisation, row.proposed_at, decided_by,
            row.decided_at, row.decision_reason,
        )
        for row, proposed_by, organisation, decided_by in current_session().execute(statement)
    ]  # fmt: skip


def changes_waiting_for(person_id: int) -> int:
    """How many proposed changes this person may decide: those of others."""
    statement = select(func.count(SynonymChange.id)).where(
        SynonymChange.state == SynonymState.PROPOSED.value, SynonymChange.proposed_by_id != person_id
    )
    return current_session().scalar(statement) or 0
