"""Reads of imports: the list, how far one is, what became of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select

from market.accounts.models import Person
from market.achievements.importing.headings import Column
from market.achievements.importing.service import confirmed_columns
from market.achievements.models import Achievement, ImportRow, ImportRun, StoredFile
from market.achievements.vocabulary import ImportState, OwnershipStatus, RowOutcome
from market.kernel.db import current_session
from market.kernel.lists import ListQuery, Orders


@dataclass(frozen=True)
class ImportView:
    """One import. `counts` is what is written so far; `samples` has the first rows, column by column."""

    id: int
    organisation_id: int
    file_name: str
    byte_size: int
    uploaded_by: str | None
    state: ImportState
    sheet_name: str
    sheets: tuple[str, ...]
    header_row: int
    headings: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    columns: dict[Column, int]
    is_remembered: bool
    row_count: int
    done_count: int
    counts: dict[RowOutcome, int]
    moved_count: int
    failure: str | None
    created_at: datetime
    checked_at: datetime | None
    finished_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        return self.state in {ImportState.CHECKING, ImportState.QUEUED, ImportState.RUNNING}

    @property
    def writes_count(self) -> int:
        """How many achievements the import adds or changes."""
        return self.counts[RowOutcome.NEW] + self.counts[RowOutcome.CHANGED]


@dataclass(frozen=True)
class ImportRowView:
    """What became of one row."""

    row_number: int
    outcome: RowOutcome
    number: str
    title: str
    reason_code: str | None
    reason: str | None
    changes: dict[str, dict[str, str | None]]
    ownership: OwnershipStatus | None
    achievement_id: int | None


@dataclass(frozen=True)
class ImportResult:
    """The end of an import, as the command prints it."""

    counts: dict[RowOutcome, int]
    refusals: list[ImportRowView]
    failure: str | None


def _statement() -> Select[ImportRun, str, int, str]:
    return (
        select(ImportRun, StoredFile.name, StoredFile.byte_size, Person.display_name)
        .join(StoredFile, StoredFile.id == ImportRun.stored_file_id)
        .outerjoin(Person, Person.id == ImportRun.uploaded_by_id)
    )


def _view(run: ImportRun, file_name: str, byte_size: int, person: str | None) -> ImportView:
    return ImportView(
        id=run.id,
        organisation_id=run.organisation_id,
        file_name=file_name,
        byte_size=byte_size,
        uploaded_by=person,
        state=ImportState(run.state),
        sheet_name=run.sheet_name,
        sheets=tuple(run.column_mapping.get("sheets") or [run.sheet_name]),
        header_row=run.header_row,
        headings=tuple(run.column_mapping.get("headings", ())),
        samples=tuple(tuple(row) for row in run.column_mapping.get("samples", ())),
        columns=confirmed_columns(run),
        is_remembered=bool(run.column_mapping.get("is_remembered")),
        row_count=run.row_count,
        done_count=run.done_count,
        counts={
            RowOutcome.NEW: run.new_count,
            RowOutcome.CHANGED: run.changed_count,
            RowOutcome.SAME: run.same_count,
            RowOutcome.REFUSED: run.refused_count,
        },
        moved_count=run.moved_count,
        failure=run.failure_message,
        created_at=run.created_at,
        checked_at=run.checked_at,
        finished_at=run.finished_at,
    )


def import_view(run_id: int) -> ImportView | None:
    """One import as it stands now."""
    row = (
        current_session()
        .execute(_statement().where(ImportRun.id == run_id), execution_options={"populate_existing": True})
        .first()
    )
    return _view(*row) if row else None


IMPORTS = ListQuery(
    _statement(),
    lambda row: _view(*row),
    Orders(
        {
            "file": StoredFile.name,
            "created": ImportRun.created_at,
            "new": ImportRun.new_count,
            "changed": ImportRun.changed_count,
            "same": ImportRun.same_count,
            "refused": ImportRun.refused_count,
        },
        default=(ImportRun.id.desc(),),
        last=ImportRun.id,
    ),
)
"""The latest first."""


def import_conditions(organisation_id: int | None, state: ImportState | None, words: str) -> list[ColumnElement[bool]]:
    """The institution's imports in a state, by words of the file's name or of who brought it."""
    conditions = [ImportRun.organisation_id == organisation_id]
    if state is not None:
        conditions.append(ImportRun.state == state)
    if words:
        named = StoredFile.name.icontains(words, autoescape=True)
        conditions.append(or_(named, Person.display_name.icontains(words, autoescape=True)))
    return conditions


def _rows(run_id: int, outcome: RowOutcome | None) -> Select[ImportRow]:
    statement = select(ImportRow).where(ImportRow.import_run_id == run_id)
    return statement.where(ImportRow.outcome == outcome) if outcome else statement


def count_rows(run_id: int, outcome: RowOutcome | None) -> int:
    """How many rows came to the outcome (to any)."""
    statement = _rows(run_id, outcome).with_only_columns(func.count())
    return int(current_session().execute(statement).scalar_one())


def import_rows(
    run_id: int, outcome: RowOutcome | None = None, *, limit: int | None = None, offset: int = 0
) -> Iterator[ImportRowView]:
    """The rows in the order of the file, fetched in portions."""
    statement = _rows(run_id, outcome).order_by(ImportRow.row_number).limit(limit).offset(offset)
    for row in current_session().scalars(statement.execution_options(yield_per=500)):
        yield ImportRowView(
            row.row_number,
            RowOutcome(row.outcome),
            row.number,
            row.title,
            row.reason_code,
            row.reason,
            row.changes,
            OwnershipStatus(row.ownership_status) if row.ownership_status else None,
            row.achievement_id,
        )


def import_result(run_id: int) -> ImportResult:
    """Counts and refused rows of an import. Raises LookupError when there is no such import."""
    view = import_view(run_id)
    if view is None:
        raise LookupError(run_id)
    return ImportResult(view.counts, list(import_rows(run_id, RowOutcome.REFUSED)), view.failure)


def pending_in_check(run_id: int) -> int:
    """How many rows of a checked import would come into the register as 权属待确认."""
    statement = select(func.count()).where(
        ImportRow.import_run_id == run_id,
        ImportRow.ownership_status == OwnershipStatus.PENDING,
        ImportRow.outcome.in_([RowOutcome.NEW, RowOutcome.CHANGED]),
    )
    return current_session().scalar(statement) or 0


def pending_count(run_id: int) -> int:
    """How many rows of the import lie in the register as 权属待确认 now."""
    statement = (
        select(func.count())
        .select_from(ImportRow)
        .join(Achievement, Achievement.id == ImportRow.achievement_id)
        .where(ImportRow.import_run_id == run_id, Achievement.ownership_status == OwnershipStatus.PENDING)
    )
    return current_session().scalar(statement) or 0
