"""What the officer does with an import: bring the file, confirm its columns, approve the check's result or drop it.

Between these steps the worker checks every row (`checking`) and writes the approved ones (`applying`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor, OrganisationKind
from market.achievements.errors import FileRefused, ImportRefused
from market.achievements.importing.cells import CellValue, text_of
from market.achievements.importing.columns import (
    SAMPLE_ROWS,
    Recognised,
    checked_columns,
    recognise,
    recognise_at,
)
from market.achievements.importing.files import FileKind, OfficeFile
from market.achievements.importing.headings import Column
from market.achievements.importing.remembering import recall
from market.achievements.importing.rows import FileRow
from market.achievements.importing.workbook import FileHead, read_heads
from market.achievements.models import ImportRow, ImportRun, StoredFile
from market.achievements.vocabulary import ImportState
from market.kernel import jobs
from market.kernel.errors import N_
from market.kernel.excel import MEDIA_TYPE
from market.kernel.locks import lock_row

CHECK_JOB = "achievements.check_import"
JOB = "achievements.run_import"
_SAMPLE_CHARACTERS = 60
_MEDIA_TYPES = {
    FileKind.WORKBOOK: MEDIA_TYPE,
    FileKind.OLD_WORKBOOK: "application/vnd.ms-excel",
    FileKind.TEXT: "text/csv",
}


@dataclass(frozen=True)
class Uploader:
    """Who brings the file for which institution; the person is None for a command on the server."""

    organisation_id: int
    person_id: int | None


def uploader_of(actor: Actor) -> Uploader:
    """The acting transfer officer. Raises NotAllowed for everybody else."""
    require(actor, Act.IMPORT)
    assert actor.organisation_kind is OrganisationKind.INSTITUTION
    return Uploader(actor.organisation_id, actor.person_id)


def receive_upload(session: Session, uploader: Uploader, file: OfficeFile, *, now: datetime) -> ImportRun:
    """Keep the file and recognise its sheet and columns. Raises FileRefused; then nothing is kept."""
    heads = read_heads(file)
    head, recognised = best_sheet(heads)
    stored = StoredFile(
        organisation_id=uploader.organisation_id,
        name=file.name[-255:],
        media_type=_MEDIA_TYPES[file.kind],
        byte_size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        content=file.content,
        created_at=now,
    )
    session.add(stored)
    session.flush()
    run = ImportRun(
        organisation_id=uploader.organisation_id,
        stored_file_id=stored.id,
        uploaded_by_id=uploader.person_id,
        state=ImportState.UPLOADED.value,
        created_at=now,
    )
    _describe(session, run, head, recognised, [known.sheet_name for known in heads])
    session.add(run)
    session.flush()
    return run


def best_sheet(heads: Sequence[FileHead]) -> tuple[FileHead, Recognised]:
    """The sheet with the most known headings. Raises FileRefused as the first sheet with content does."""
    best: tuple[FileHead, Recognised] | None = None
    reason: FileRefused | None = None
    for head in heads:
        try:
            found = recognise(by_position(head.rows))
        except FileRefused as refusal:
            reason = refusal if reason is None or reason.code == "file.empty" else reason
            continue
        if best is None or len(found.columns) > len(best[1].columns):
            best = (head, found)
    if best is not None:
        return best
    raise reason or FileRefused("file.empty", N_("表格里没有内容，请检查是否选错了文件或工作表。"), field="file")


def _describe(session: Session, run: ImportRun, head: FileHead, recognised: Recognised, sheets: Sequence[str]) -> None:
    """Write down the sheet, its headings with samples, and what the columns mean: as last time, or as recognised."""
    remembered = recall(session, run.organisation_id, recognised.headings)
    columns = recognised.columns if remembered is None else remembered
    samples = [row.values for row in head.rows if row.row_number > recognised.header_row][:SAMPLE_ROWS]
    run.sheet_name = head.sheet_name[:100]
    run.header_row = recognised.header_row
    run.column_mapping = {
        "headings": list(recognised.headings),
        "columns": {column.value: index for column, index in columns.items()},
        "samples": [[_sample(values, index) for index in range(len(recognised.headings))] for values in samples],
        "sheets": [name[:100] for name in sheets],
        "is_remembered": remembered is not None,
    }


def choose_sheet(session: Session, run_id: int, sheet_name: str, header_row: int | None) -> ImportRun:
    """Take another sheet, or another row as headings, before the columns are confirmed.

    Raises FileRefused when nothing is recognised there, ImportRefused when the import has left that step.
    """
    run = lock_row(session, ImportRun, run_id)
    if run.state not in {ImportState.UPLOADED, ImportState.CHECKED}:
        raise ImportRefused("import.already_confirmed", N_("这次导入的列已经确认过，正在处理或已经结束。"))
    heads = read_heads(stored_file(session, run))
    head = next((known for known in heads if known.sheet_name[:100] == sheet_name), None)
    if head is None:
        raise FileRefused("file.no_sheet", N_("文件里没有这张工作表，请重新选择。"), field="sheet_name")
    rows = by_position(head.rows)
    recognised = recognise(rows) if header_row is None else recognise_at(rows, header_row)
    _describe(session, run, head, recognised, [known.sheet_name for known in heads])
    run.state = ImportState.UPLOADED.value
    return run


def by_position(rows: Sequence[FileRow]) -> list[tuple[CellValue, ...]]:
    """The rows at their places, with blank ones between, so that positions are row numbers."""
    last = rows[-1].row_number if rows else 0
    placed = {row.row_number: row.values for row in rows}
    return [placed.get(number, ()) for number in range(1, min(last, 200) + 1)]


def _sample(values: Sequence[CellValue], index: int) -> str:
    return text_of(values[index])[:_SAMPLE_CHARACTERS] if index < len(values) else ""


def confirm_columns(session: Session, run_id: int, columns: Mapping[Column, int]) -> ImportRun:
    """Fix what the columns mean and have every row checked; again after a check, whose result is then gone.

    Raises ColumnsRefused for an incomplete choice, ImportRefused when the import has left that step.
    """
    run = lock_row(session, ImportRun, run_id)
    if run.state not in {ImportState.UPLOADED, ImportState.CHECKED}:
        raise ImportRefused("import.already_confirmed", N_("这次导入的列已经确认过，正在处理或已经结束。"))
    chosen = checked_columns(columns, len(run.column_mapping["headings"]))
    run.column_mapping = run.column_mapping | {"columns": {column.value: index for column, index in chosen.items()}}
    session.execute(delete(ImportRow).where(ImportRow.import_run_id == run.id))
    check_anew(session, run)
    return run


def check_anew(session: Session, run: ImportRun) -> None:
    """Have every row checked from the first; the caller holds the import's row."""
    run.state = ImportState.CHECKING.value
    run.row_count = run.done_count = run.moved_count = 0
    run.new_count = run.changed_count = run.same_count = run.refused_count = 0
    jobs.defer(session, CHECK_JOB, import_run_id=run.id)


def approve(session: Session, run_id: int) -> ImportRun:
    """Let the checked rows into the register. Raises ImportRefused unless they wait for that."""
    run = lock_row(session, ImportRun, run_id)
    if run.state != ImportState.CHECKED:
        raise ImportRefused("import.not_checked", N_("这次导入现在不能确认：正在处理，或已经结束。请刷新页面。"))
    run.state = ImportState.QUEUED.value
    run.done_count = 0
    jobs.defer(session, JOB, lock=JOB, import_run_id=run.id)
    return run


def discard(session: Session, run_id: int, *, now: datetime) -> ImportRun:
    """Drop a file before any of it is in the register. Raises ImportRefused afterwards."""
    run = lock_row(session, ImportRun, run_id)
    if run.state not in {ImportState.UPLOADED, ImportState.CHECKED}:
        raise ImportRefused("import.not_discardable", N_("这次导入正在处理或已经结束，不能放弃。"))
    run.state = ImportState.DISCARDED.value
    run.finished_at = now
    return run


def stored_file(session: Session, run: ImportRun) -> OfficeFile:
    """The file of an import, as it came."""
    statement = select(StoredFile.name, StoredFile.content).where(StoredFile.id == run.stored_file_id)
    name, content = session.execute(statement).one()
    return OfficeFile(name, content)


def confirmed_columns(run: ImportRun) -> dict[Column, int]:
    """The columns of an import, recognised or confirmed."""
    return {Column(name): index for name, index in run.column_mapping["columns"].items()}


def fail(session: Session, run_id: int, refusal: FileRefused, *, now: datetime) -> None:
    """The file cannot be read: the import ends with the reason."""
    run = lock_row(session, ImportRun, run_id)
    if run.state in {ImportState.CHECKING, ImportState.QUEUED, ImportState.RUNNING}:
        run.state = ImportState.FAILED.value
        run.failure_code = refusal.code
        run.failure_message = refusal.sentence
        run.finished_at = now
