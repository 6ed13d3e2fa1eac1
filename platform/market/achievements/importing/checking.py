"""The check before an import: what would become of each row, written down row by row, the register untouched.

Each batch commits together with `done_count`, so that whoever goes on after a kill continues with the next row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from market.achievements.importing.planning import PlannedRow, context_for, plan
from market.achievements.importing.rows import FileRow
from market.achievements.importing.service import confirmed_columns
from market.achievements.importing.writing import insert_records
from market.achievements.models import ImportRow, ImportRun
from market.achievements.vocabulary import ImportState, RowOutcome
from market.kernel.clock import local_date
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_row

Finding = tuple[str, str | None, str | None]
"""Outcome, reason and basis of a row: two checks agree when these are equal."""


def begin(session: Session, run_id: int, row_count: int) -> None:
    """Say how many rows there are to check."""
    run = lock_row(session, ImportRun, run_id)
    if run.state == ImportState.CHECKING:
        run.row_count = row_count


def rows_done(session: Session, run_id: int) -> int | None:
    """How many rows of the file are checked; None when the import is not being checked (any more)."""
    run = session.get(ImportRun, run_id, populate_existing=True)
    return run.done_count if run is not None and run.state == ImportState.CHECKING else None


def numbers_seen(session: Session, run_id: int) -> dict[str, int]:
    """Which row named each number first, from what is written of the import."""
    statement = select(ImportRow.number, ImportRow.row_number).where(
        ImportRow.import_run_id == run_id,
        (ImportRow.outcome != RowOutcome.REFUSED) | (ImportRow.reason_code == "row.held_by_another"),
    )
    return {line.number: line.row_number for line in session.execute(statement)}


def check_rows(
    session: Session, run_id: int, rows: Sequence[FileRow], position: int, seen: dict[str, int], *, now: datetime
) -> bool:
    """Check the rows that follow the first `position`; False, and nothing written, when the check stands elsewhere."""
    run = lock_row(session, ImportRun, run_id)
    if run.state != ImportState.CHECKING or run.done_count != position:
        return False
    planned = plan(session, context_for(run.organisation_id, confirmed_columns(run), local_date(now)), rows, seen)
    before = findings(session, run_id, planned)
    run.moved_count += sum(finding_of(row) != before.get(row.row_number, finding_of(row)) for row in planned)
    if before:
        session.execute(
            delete(ImportRow).where(ImportRow.import_run_id == run_id, ImportRow.row_number.in_(list(before)))
        )
    insert_records(session, ImportRow, [_line(run_id, row) for row in planned])
    run.done_count += len(planned)
    for outcome in (row.outcome for row in planned):
        name = f"{outcome.value}_count"
        setattr(run, name, getattr(run, name) + 1)
    return True


def findings(session: Session, run_id: int, rows: Sequence[PlannedRow]) -> dict[int, Finding]:
    """What an earlier check has found of these rows."""
    statement = select(ImportRow.row_number, ImportRow.outcome, ImportRow.reason_code, ImportRow.basis).where(
        ImportRow.import_run_id == run_id,
        ImportRow.row_number.between(rows[0].row_number, rows[-1].row_number),
    )
    return {number: (outcome, reason, basis) for number, outcome, reason, basis in session.execute(statement)}


def finding_of(row: PlannedRow) -> Finding:
    """What this check has found of the row."""
    return row.outcome.value, row.reason_code, row.basis


def _line(run_id: int, row: PlannedRow) -> dict[str, Any]:
    return {
        "import_run_id": run_id,
        "row_number": row.row_number,
        "outcome": row.outcome.value,
        "number": row.number,
        "title": row.title,
        "reason_code": row.reason_code,
        "reason": row.reason,
        "changes": row.changes,
        "basis": row.basis,
        "ownership_status": row.ownership,
        "achievement_id": row.held.achievement_id if row.held else None,
    }


def finish(session: Session, run_id: int, *, now: datetime) -> None:
    """The check has come to its end: its result waits for the officer, who is told."""
    run = lock_row(session, ImportRun, run_id)
    if run.state != ImportState.CHECKING:
        return
    run.state = ImportState.CHECKED.value
    run.row_count = run.done_count
    run.checked_at = now
    record(session, event_of(run, "import.checked", now, counts_of(run)))


def event_of(run: ImportRun, action: str, now: datetime, payload: dict[str, Any]) -> EventDraft:
    """An event of the import, in the name of who brought the file."""
    return EventDraft(
        "import_run",
        run.id,
        action,
        now,
        actor_person_id=run.uploaded_by_id,
        actor_organisation_id=run.organisation_id,
        payload=payload,
    )


def counts_of(run: ImportRun) -> dict[str, Any]:
    """The counts as events keep them."""
    return {
        "organisation_id": run.organisation_id,
        "new": run.new_count,
        "changed": run.changed_count,
        "same": run.same_count,
        "refused": run.refused_count,
    }
