"""The import as a job and as a command run it: reads the file once more and commits batch after batch.

This is an entry point: it opens its transactions itself.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from market.achievements.errors import FileRefused
from market.achievements.importing import service
from market.achievements.importing.columns import recognise
from market.achievements.importing.planning import context_for, plan
from market.achievements.importing.workbook import OfficeFile, RowSpool, read_head, require_readable
from market.achievements.models import ImportRun
from market.achievements.vocabulary import ImportState, RowOutcome
from market.kernel.clock import local_date
from market.kernel.db import transaction

BATCH_ROWS = 400


def run_import(import_run_id: int, *, now: datetime) -> None:
    """Bring a confirmed import to its end, from wherever it stands. Running it twice, or two at once, adds nothing."""
    with transaction() as session:
        opened = _opened(session, import_run_id)
    if opened is None:
        return
    try:
        spool = RowSpool(*opened)
    except FileRefused as refusal:
        with transaction() as session:
            service.fail(session, import_run_id, refusal, now=now)
        return
    with closing(spool):
        with transaction() as session:
            service.begin(session, import_run_id, spool.count)
        while not _write_from_where_it_stands(import_run_id, spool, now):
            pass  # another worker runs the same import: go on from where it stands
    with transaction() as session:
        service.finish(session, import_run_id, now=now)


def _opened(session: Session, import_run_id: int) -> tuple[OfficeFile, int] | None:
    run = session.get(ImportRun, import_run_id, populate_existing=True)
    if run is None or run.state not in {ImportState.QUEUED, ImportState.RUNNING}:
        return None
    return service.stored_file(session, run), run.header_row


def _write_from_where_it_stands(import_run_id: int, spool: RowSpool, now: datetime) -> bool:
    """Write batches until the file ends (True) or somebody else moved the import on (False)."""
    with transaction() as session:
        position = service.rows_done(session, import_run_id)
        seen = service.numbers_seen(session, import_run_id)
    if position is None:
        return True
    rows = spool.rows(position)
    while batch := list(islice(rows, BATCH_ROWS)):
        with transaction() as session:
            if not service.write_rows(session, import_run_id, batch, position, seen, now=now):
                return False
        position += len(batch)
    return True


@dataclass
class DryRun:
    """What an import would do."""

    counts: Counter[RowOutcome] = field(default_factory=Counter)
    refusals: list[dict[str, Any]] = field(default_factory=list)


def dry_run(session: Session, organisation_id: int, file: OfficeFile, *, now: datetime) -> DryRun:
    """What an import of the file with its recognised columns would do; writes nothing. Raises FileRefused."""
    require_readable(file)
    recognised = recognise(service.by_position(read_head(file).rows))
    context = context_for(organisation_id, recognised.columns, local_date(now))
    result = DryRun()
    seen: dict[str, int] = {}
    with closing(RowSpool(file, recognised.header_row)) as spool:
        rows = spool.rows()
        while batch := list(islice(rows, BATCH_ROWS)):
            for row in plan(session, context, batch, seen):
                result.counts[row.outcome] += 1
                if row.outcome is RowOutcome.REFUSED:
                    result.refusals.append({"row": row.row_number, "number": row.number, "reason": row.reason})
            session.expunge_all()
    return result
