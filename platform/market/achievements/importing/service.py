"""An import step by step: receive, confirm the columns, begin, one batch after the other, finish.

Each batch commits together with `done_count`, so that whoever runs the import after a kill continues with the next
row, and the result is the same as without the kill.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor, OrganisationKind, Role
from market.achievements.errors import FileRefused, ImportRefused
from market.achievements.importing.cells import CellValue, text_of
from market.achievements.importing.columns import SAMPLE_ROWS, Column, checked_columns, recognise
from market.achievements.importing.planning import context_for, plan
from market.achievements.importing.rows import FileRow
from market.achievements.importing.workbook import OfficeFile, read_head, require_readable
from market.achievements.importing.writing import write_batch
from market.achievements.models import Achievement, ImportRow, ImportRun, IPRight, StoredFile
from market.achievements.vocabulary import ImportState, RowOutcome
from market.kernel import jobs
from market.kernel.clock import local_date
from market.kernel.errors import N_
from market.kernel.events import EventDraft, record, record_many
from market.kernel.excel import MEDIA_TYPE
from market.kernel.locks import lock_name, lock_row

JOB = "achievements.run_import"
CONFLICT_NUMBERS_SHOWN = 20
_SAMPLE_CHARACTERS = 60


@dataclass(frozen=True)
class Uploader:
    """Who brings the file for which institution; the person is None for a command on the server."""

    organisation_id: int
    person_id: int | None


def uploader_of(actor: Actor) -> Uploader:
    """The acting transfer officer. Raises NotAllowed for everybody else."""
    actor.require(Role.TRANSFER_OFFICER)
    assert actor.organisation_kind is OrganisationKind.INSTITUTION
    return Uploader(actor.organisation_id, actor.person_id)


def receive_upload(session: Session, uploader: Uploader, file: OfficeFile, *, now: datetime) -> ImportRun:
    """Keep the file and recognise its columns. Raises FileRefused; then nothing is kept."""
    require_readable(file)
    head = read_head(file)
    recognised = recognise(by_position(head.rows))
    stored = StoredFile(
        organisation_id=uploader.organisation_id,
        name=file.name[-255:],
        media_type=MEDIA_TYPE if file.is_archive else "text/csv",
        byte_size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        content=file.content,
        created_at=now,
    )
    session.add(stored)
    session.flush()
    samples = [row.values for row in head.rows if row.row_number > recognised.header_row][:SAMPLE_ROWS]
    run = ImportRun(
        organisation_id=uploader.organisation_id,
        stored_file_id=stored.id,
        uploaded_by_id=uploader.person_id,
        state=ImportState.UPLOADED.value,
        sheet_name=head.sheet_name,
        header_row=recognised.header_row,
        column_mapping={
            "headings": list(recognised.headings),
            "columns": {column.value: index for column, index in recognised.columns.items()},
            "samples": [[_sample(values, index) for index in range(len(recognised.headings))] for values in samples],
        },
        created_at=now,
    )
    session.add(run)
    session.flush()
    return run


def by_position(rows: Sequence[FileRow]) -> list[tuple[CellValue, ...]]:
    """The rows at their places, with blank ones between, so that positions are row numbers."""
    last = rows[-1].row_number if rows else 0
    placed = {row.row_number: row.values for row in rows}
    return [placed.get(number, ()) for number in range(1, min(last, 200) + 1)]


def _sample(values: Sequence[CellValue], index: int) -> str:
    return text_of(values[index])[:_SAMPLE_CHARACTERS] if index < len(values) else ""


def confirm_columns(session: Session, run_id: int, columns: Mapping[Column, int]) -> ImportRun:
    """Fix what the columns mean and queue the import.

    Raises ColumnsRefused for an incomplete choice, ImportRefused when the import has left that step.
    """
    run = lock_row(session, ImportRun, run_id)
    if run.state != ImportState.UPLOADED:
        raise ImportRefused("import.already_confirmed", N_("这次导入的列已经确认过，正在处理或已经结束。"))
    chosen = checked_columns(columns, len(run.column_mapping["headings"]))
    run.column_mapping = run.column_mapping | {"columns": {column.value: index for column, index in chosen.items()}}
    run.state = ImportState.QUEUED.value
    jobs.defer(session, JOB, import_run_id=run.id)
    return run


def stored_file(session: Session, run: ImportRun) -> OfficeFile:
    """The file of an import, as it came."""
    statement = select(StoredFile.name, StoredFile.content).where(StoredFile.id == run.stored_file_id)
    name, content = session.execute(statement).one()
    return OfficeFile(name, content)


def confirmed_columns(run: ImportRun) -> dict[Column, int]:
    """The columns of an import, recognised or confirmed."""
    return {Column(name): index for name, index in run.column_mapping["columns"].items()}


def begin(session: Session, run_id: int, row_count: int) -> None:
    """Start a queued import; one that runs or has ended is left as it is."""
    run = lock_row(session, ImportRun, run_id)
    if run.state == ImportState.QUEUED:
        run.state = ImportState.RUNNING.value
        run.row_count = row_count


def fail(session: Session, run_id: int, refusal: FileRefused, *, now: datetime) -> None:
    """The file cannot be read: the import ends with the reason."""
    run = lock_row(session, ImportRun, run_id)
    if run.state in {ImportState.QUEUED, ImportState.RUNNING}:
        run.state = ImportState.FAILED.value
        run.failure_code = refusal.code
        run.failure_message = refusal.sentence
        run.finished_at = now


def numbers_seen(session: Session, run_id: int) -> dict[str, int]:
    """Which row named each number first, from what is written of the import."""
    statement = select(ImportRow.number, ImportRow.row_number).where(
        ImportRow.import_run_id == run_id,
        (ImportRow.outcome != RowOutcome.REFUSED) | (ImportRow.reason_code == "row.held_by_another"),
    )
    return {line.number: line.row_number for line in session.execute(statement)}


def write_rows(
    session: Session, run_id: int, rows: Sequence[FileRow], position: int, seen: dict[str, int], *, now: datetime
) -> bool:
    """Write the rows that follow the first `position`; False, and nothing written, when the import stands elsewhere.

    The institution's imports take turns.
    """
    run = lock_row(session, ImportRun, run_id)
    if run.state != ImportState.RUNNING or run.done_count != position:
        return False
    lock_name(session, f"achievements.import:{run.organisation_id}")
    context = context_for(run.organisation_id, confirmed_columns(run), local_date(now))
    written = write_batch(session, context, run, plan(session, context, rows, seen), now)
    run.done_count += len(written)
    for outcome in (row.outcome for row in written):
        name = f"{outcome.value}_count"
        setattr(run, name, getattr(run, name) + 1)
    return True


def rows_done(session: Session, run_id: int) -> int | None:
    """How many rows of a running import are written; None when it does not run (any more)."""
    run = session.get(ImportRun, run_id, populate_existing=True)
    return run.done_count if run is not None and run.state == ImportState.RUNNING else None


def finish(session: Session, run_id: int, *, now: datetime) -> None:
    """Close the import and tell it; numbers that other institutions hold are told to both, once."""
    run = lock_row(session, ImportRun, run_id)
    if run.state != ImportState.RUNNING:
        return
    run.state = ImportState.DONE.value
    run.row_count = run.done_count
    run.finished_at = now
    record(session, _event(run, "import.finished", now, _counts(run)))
    conflicts = _conflicts(session, run)
    if conflicts:
        record_many(session, [_event(run, "import.number_conflicts", now, payload) for payload in conflicts])


def _event(run: ImportRun, action: str, now: datetime, payload: dict[str, Any]) -> EventDraft:
    return EventDraft(
        "import_run",
        run.id,
        action,
        now,
        actor_person_id=run.uploaded_by_id,
        actor_organisation_id=run.organisation_id,
        payload=payload,
    )


def _counts(run: ImportRun) -> dict[str, Any]:
    return {
        "organisation_id": run.organisation_id,
        "new": run.new_count,
        "changed": run.changed_count,
        "same": run.same_count,
        "refused": run.refused_count,
    }


def _conflicts(session: Session, run: ImportRun) -> list[dict[str, Any]]:
    statement = (
        select(Achievement.organisation_id, ImportRow.number)
        .join(IPRight, IPRight.number == ImportRow.number)
        .join(Achievement, Achievement.id == IPRight.achievement_id)
        .where(ImportRow.import_run_id == run.id, ImportRow.reason_code == "row.held_by_another")
        .order_by(Achievement.organisation_id, ImportRow.row_number)
    )
    numbers: dict[int, list[str]] = {}
    for holder_id, number in session.execute(statement):
        numbers.setdefault(holder_id, []).append(number)
    return [
        {
            "claimant_organisation_id": run.organisation_id,
            "holder_organisation_id": holder_id,
            "numbers": held[:CONFLICT_NUMBERS_SHOWN],
            "count": len(held),
        }
        for holder_id, held in numbers.items()
    ]
