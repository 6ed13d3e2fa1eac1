"""Writing planned rows: new rights at once, changed ones under their locks, events for both.

Two institutions that bring the same number at the same time meet at the unique constraint on `ip_right.number`: one
wins, the other waits for its commit and then is told that the register has moved. Numbers are inserted in their
order, so that two batches cannot wait for each other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, text, update
from sqlalchemy.orm import Session

from market.achievements.editing.records import apply_values, write_people
from market.achievements.importing.details import detail_values
from market.achievements.importing.entry_facts import EntryFacts, fact_values
from market.achievements.importing.planning import HeldRight, ImportContext, PlannedRow
from market.achievements.models import Achievement, Completer, FundingProject, ImportRun, IPRight, OwnershipShare
from market.achievements.rules import presumed_expiry
from market.achievements.vocabulary import OwnershipStatus, RowOutcome
from market.kernel.events import EventDraft, record_many
from market.kernel.locks import lock_rows
from market.kernel.orm import Base

MAXIMUM_GIVEN_CHARACTERS = 80


class RegisterMoved(Exception):  # noqa: N818 - an answer to the import, not an error of the program
    """The register is no longer what the check has seen; nothing of the import may stay."""


def write_batch(
    session: Session, context: ImportContext, run: ImportRun, rows: Sequence[PlannedRow], now: datetime
) -> dict[int, int]:
    """Write the new and the changed rows and their events; returns the new achievements by row number.

    Raises RegisterMoved when a rival has just taken one of the numbers.
    """
    return _BatchWriter(session, context, run, now).write(rows)


class _BatchWriter:
    def __init__(self, session: Session, context: ImportContext, run: ImportRun, now: datetime) -> None:
        self.session = session
        self.context = context
        self.run = run
        self.now = now
        self.drafts: list[EventDraft] = []

    def write(self, rows: Sequence[PlannedRow]) -> dict[int, int]:
        inserted = self._insert_new([row for row in rows if row.outcome is RowOutcome.NEW])
        self._update_changed([row for row in rows if row.outcome is RowOutcome.CHANGED])
        if self.drafts:
            record_many(self.session, self.drafts)
        return inserted

    def _insert_new(self, rows: Sequence[PlannedRow]) -> dict[int, int]:
        if not rows:
            return {}
        ordered = sorted(rows, key=lambda row: (row.number, row.row_number))
        ids = next_ids(self.session, Achievement, len(ordered))
        numbered = list(zip(ordered, ids, strict=True))
        insert_records(self.session, Achievement, [self._achievement(row) | {"id": new} for row, new in numbered])
        rights = [self._right(row, new) for row, new in numbered if row.draft and row.draft.number]
        if rights:
            taken = insert_records(
                self.session, IPRight, rights, "ON CONFLICT (number) DO NOTHING RETURNING achievement_id"
            )
            if len(taken.all()) < len(rights):
                raise RegisterMoved
        people = [
            (model, record)
            for row, new in numbered
            for model, records in people_records(row.entry, new).items()
            for record in records
        ]
        for model in (Completer, OwnershipShare, FundingProject):
            if records := [record for of, record in people if of is model]:
                insert_records(self.session, model, records)
        self.drafts += [
            self._event(new, "achievement.registered", state_after=row.ownership, payload={
                "number": row.number,
                "kind": row.draft.kind.value if row.draft else None,
                "ownership_status": row.ownership,
            })
            for row, new in numbered
        ]  # fmt: skip
        return {row.row_number: new for row, new in numbered}

    def _update_changed(self, rows: Sequence[PlannedRow]) -> None:
        held: dict[int, list[PlannedRow]] = {}
        for row in rows:
            assert row.held is not None
            held.setdefault(row.held.achievement_id, []).append(row)
        pairs = [(found, row) for found in lock_rows(self.session, Achievement, held) for row in held[found.id]]
        for achievement, row in pairs:
            assert row.held is not None
            assert row.content is not None
            assert row.ownership is not None
            assert row.draft is not None
            content = row.content
            if achievement.title == row.held.content.title:
                achievement.title = content.title
            if achievement.abstract == row.held.content.abstract:
                achievement.abstract = content.abstract
            if achievement.completers == row.held.content.inventors:
                achievement.completers = content.inventors
            _set_ownership(achievement, row.ownership)
            achievement.updated_at = self.now
            if row.held.right_id is not None:
                self._update_right(row, row.held)
            if row.entry != row.held.entry:
                apply_values(achievement, fact_values(row.entry))
                write_people(self.session, achievement, row.entry.draft(achievement.title, row.draft.kind))
            self.drafts.append(self._event(achievement.id, "achievement.changed", payload={"fields": row.told_changes}))
        self.session.flush()

    def _update_right(self, row: PlannedRow, held: HeldRight) -> None:
        assert row.draft is not None
        assert row.draft.number is not None
        assert row.content is not None
        number = row.draft.number
        values = _content_values(row)
        if expires_on := presumed_expiry(number.kind, row.content.filing_date):
            values |= {"expires_on": expires_on}  # of kinds without a presumed term a person's word stands
        if row.number != held.number:
            values |= {
                "number": row.number,
                "number_as_given": number.as_given[:MAXIMUM_GIVEN_CHARACTERS],
                "has_check_digit": number.has_check_digit,
            }
        self.session.execute(update(IPRight).where(IPRight.id == held.right_id).values(**values))

    def _event(
        self, achievement_id: int, action: str, *, payload: dict[str, Any], state_after: str | None = None
    ) -> EventDraft:
        return EventDraft(
            "achievement", achievement_id, action, self.now,
            actor_person_id=self.run.uploaded_by_id,
            actor_organisation_id=self.run.organisation_id,
            state_after=state_after,
            payload=payload | {"import_run_id": self.run.id, "organisation_id": self.run.organisation_id},
        )  # fmt: skip

    def _achievement(self, row: PlannedRow) -> dict[str, Any]:
        assert row.draft is not None
        facts = fact_values(row.entry) if self.context.has_entry_columns else {}
        return facts | {
            "organisation_id": self.context.organisation_id,
            "kind": row.draft.kind.value,
            "title": row.draft.content.title,
            "abstract": row.draft.content.abstract,
            "completers": "；".join(one.name for one in row.entry.completers) or row.draft.content.inventors,
            "ownership_status": row.ownership,
            "version": 1,
            "created_at": self.now,
            "updated_at": self.now,
        }

    def _right(self, row: PlannedRow, achievement_id: int) -> dict[str, Any]:
        assert row.draft is not None
        number = row.draft.number
        assert number is not None
        return _content_values(row) | {
            "achievement_id": achievement_id,
            "kind": number.kind.value,
            "number": number.normal,
            "number_as_given": number.as_given[:MAXIMUM_GIVEN_CHARACTERS],
            "has_check_digit": number.has_check_digit,
            "expires_on": presumed_expiry(number.kind, row.draft.content.filing_date),
            "created_at": self.now,
        }


def _content_values(row: PlannedRow) -> dict[str, Any]:
    content = row.content
    assert content is not None
    return {
        "title": content.title,
        "applicants": content.applicants,
        "inventors": content.inventors,
        "filing_date": content.filing_date,
        "publication_number": content.publication_number,
        "main_class": content.main_class,
        "abstract": content.abstract,
        "claims": content.claims,
        "content_digest": content.digest,
        **detail_values(row.details),
    }


def people_records(entry: EntryFacts, achievement_id: int) -> dict[type[Base], list[dict[str, Any]]]:
    """The rows of completers, shares and projects of a new entry."""
    parts: tuple[tuple[type[Base], Sequence[Any]], ...] = (
        (Completer, entry.completers),
        (OwnershipShare, entry.shares),
        (FundingProject, entry.projects),
    )
    return {
        model: [
            vars(one) | {"achievement_id": achievement_id, "position": position}
            for position, one in enumerate(found, start=1)
        ]
        for model, found in parts
    }


def _set_ownership(achievement: Achievement, ownership: OwnershipStatus) -> None:
    if achievement.ownership_status == ownership:
        return
    achievement.ownership_status = ownership.value
    if ownership is not OwnershipStatus.CONFIRMED_BY_PERSON:
        achievement.ownership_reason = None
        achievement.ownership_confirmed_by_id = None
        achievement.ownership_confirmed_at = None


def next_ids(session: Session, model: type[Base], count: int) -> list[int]:
    """New ids of the table, taken from its sequence."""
    statement = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return list(session.scalars(statement, {"name": model.__tablename__, "count": count}))


def insert_records(
    session: Session, model: type[Base], records: Sequence[dict[str, Any]], then: str = ""
) -> CursorResult[Any]:
    """Insert many rows by one parameter, which is many times quicker than a placeholder for each value.

    The table's own row type gives the types; columns that the records do not name get their defaults.
    """
    columns = ", ".join(records[0])
    table = model.__tablename__
    statement = text(
        f"INSERT INTO {table} ({columns}) SELECT {columns} "  # noqa: S608 - names from the models only
        f"FROM jsonb_populate_recordset(NULL::{table}, CAST(:records AS jsonb)) {then}"
    )
    content = json.dumps(records, ensure_ascii=False, default=_as_json)
    return cast("CursorResult[Any]", session.execute(statement, {"records": content}))


def _as_json(value: object) -> str:
    assert isinstance(value, date | datetime)
    return value.isoformat()
