"""The steps of an import as jobs and as a command run them. This is an entry point: it opens its transactions itself."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from market.achievements.errors import FileRefused, ImportRefused
from market.achievements.importing import applying, checking, service
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.planning import context_for, plan
from market.achievements.importing.workbook import RowSpool, read_heads
from market.achievements.importing.writing import RegisterMoved
from market.achievements.models import ImportRun
from market.achievements.vocabulary import ImportState, RowOutcome
from market.kernel.clock import local_date
from market.kernel.db import db, transaction
from market.kernel.errors import N_

BATCH_ROWS = 400
ATTEMPTS = 3
"""How often an import whose register moves under it is tried before it is left to the next run."""


def check_import(import_run_id: int, *, now: datetime) -> None:
    """Bring the check of an import to its end, from wherever it stands. Running it twice, or two at once, adds nothing."""
    spool = _spool(import_run_id, ImportState.CHECKING, now)
    if spool is None:
        return
    with closing(spool):
        with transaction() as session:
            checking.begin(session, import_run_id, spool.count)
        while not _check_from_where_it_stands(import_run_id, spool, now):
            pass  # another worker runs the same check: go on from where it stands
    with transaction() as session:
        checking.finish(session, import_run_id, now=now)


def _spool(import_run_id: int, state: ImportState, now: datetime) -> RowSpool | None:
    """The file's rows, when the import is in this state; an unreadable file ends the import."""
    with transaction() as session:
        run = session.get(ImportRun, import_run_id, populate_existing=True)
        if run is None or run.state != state:
            return None
        file, header_row, sheet_name = service.stored_file(session, run), run.header_row, run.sheet_name
    try:
        return RowSpool(file, header_row, sheet_name)
    except FileRefused as refusal:
        with transaction() as session:
            service.fail(session, import_run_id, refusal, now=now)
        return None


def _check_from_where_it_stands(import_run_id: int, spool: RowSpool, now: datetime) -> bool:
    """Check batches until the file ends (True) or somebody else moved the check on (False)."""
    with transaction() as session:
        position = checking.rows_done(session, import_run_id)
        seen = checking.numbers_seen(session, import_run_id) if position else {}
    if position is None:
        return True
    rows = spool.rows(position)
    while batch := list(islice(rows, BATCH_ROWS)):
        with transaction() as session:
            if not checking.check_rows(session, import_run_id, batch, position, seen, now=now):
                return False
        position += len(batch)
    return True


def run_import(import_run_id: int, *, now: datetime) -> None:
    """Write an approved import, whole or not at all. Running it twice, or two at once, adds nothing.

    When the register is no longer what the approved check has seen, the rows are checked again; only where that makes
    no difference the import goes on, otherwise its officer decides once more.
    """
    for _ in range(ATTEMPTS):
        with transaction() as session:
            has_begun = applying.begin(session, import_run_id)
        spool = _spool(import_run_id, ImportState.RUNNING, now) if has_begun else None
        if spool is None:
            return
        try:
            with closing(spool), transaction() as session:
                _write_all(session, import_run_id, spool, now)
        except RegisterMoved:
            with transaction() as session:
                applying.back_to_check(session, import_run_id)
            check_import(import_run_id, now=now)
            with transaction() as session:
                applying.approve_again(session, import_run_id)
        else:
            return


def _write_all(session: Session, import_run_id: int, spool: RowSpool, now: datetime) -> None:
    run = applying.claim(session, import_run_id)
    if run is None:
        return
    seen: dict[str, int] = {}
    rows = spool.rows()
    done_count = 0
    while batch := list(islice(rows, BATCH_ROWS)):
        applying.write_rows(session, run, batch, seen, now=now)
        done_count += len(batch)
        tell_progress(import_run_id, done_count)
    applying.finish(session, import_run_id, now=now)


def tell_progress(import_run_id: int, done_count: int) -> None:
    """In a transaction of its own, so that the page sees it before the rows."""
    with Session(db.engine, join_transaction_mode="create_savepoint") as session:
        session.execute(update(ImportRun).where(ImportRun.id == import_run_id).values(done_count=done_count))
        session.commit()


def import_now(organisation_id: int, file: OfficeFile, *, now: datetime) -> int:
    """Import a file with its recognised columns at once, as a command does; returns the import's id.

    Raises FileRefused, ColumnsRefused, and ImportRefused when the register keeps changing under it.
    """
    with transaction() as session:
        run = service.receive_upload(session, service.Uploader(organisation_id, None), file, now=now)
        service.confirm_columns(session, run.id, service.confirmed_columns(run))
        run_id = run.id
    check_import(run_id, now=now)
    for _ in range(ATTEMPTS):
        with transaction() as session:
            state = session.get_one(ImportRun, run_id, populate_existing=True).state
            if state == ImportState.CHECKED:
                service.approve(session, run_id)
        if state in {ImportState.DONE, ImportState.FAILED}:
            return run_id
        run_import(run_id, now=now)
    with transaction() as session:
        if session.get_one(ImportRun, run_id, populate_existing=True).state == ImportState.DONE:
            return run_id
    raise ImportRefused("import.register_moves", N_("导入期间台账一直在变化，没有导入，请稍后再试。"))


@dataclass
class DryRun:
    """What an import would do."""

    counts: Counter[RowOutcome] = field(default_factory=Counter)
    refusals: list[dict[str, Any]] = field(default_factory=list)


def dry_run(session: Session, organisation_id: int, file: OfficeFile, *, now: datetime) -> DryRun:
    """What an import of the file with its recognised columns would do; writes nothing. Raises FileRefused."""
    head, recognised = service.best_sheet(read_heads(file))
    context = context_for(organisation_id, recognised.columns, local_date(now))
    result = DryRun()
    seen: dict[str, int] = {}
    with closing(RowSpool(file, recognised.header_row, head.sheet_name)) as spool:
        rows = spool.rows()
        while batch := list(islice(rows, BATCH_ROWS)):
            for row in plan(session, context, batch, seen):
                result.counts[row.outcome] += 1
                if row.outcome is RowOutcome.REFUSED:
                    result.refusals.append({"row": row.row_number, "number": row.number, "reason": row.reason})
            session.expunge_all()
    return result
