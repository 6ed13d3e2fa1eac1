"""Writing the approved rows into the register, all in one transaction: the register shows the whole file or nothing of it.

Every row is planned once more inside the transaction. When one comes out otherwise than in the check that a person
has approved, the register has moved meanwhile and nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, String, any_, literal, select, text
from sqlalchemy.orm import Session

from market.achievements.importing import checking
from market.achievements.importing.checking import counts_of, event_of, finding_of, findings
from market.achievements.importing.planning import context_for, plan
from market.achievements.importing.rows import FileRow
from market.achievements.importing.service import approve, check_anew, confirmed_columns
from market.achievements.importing.writing import RegisterMoved, write_batch
from market.achievements.models import Achievement, ImportRow, ImportRun, IPRight
from market.achievements.vocabulary import ImportState
from market.kernel.clock import local_date
from market.kernel.events import record, record_many
from market.kernel.locks import lock_name, lock_row

CONFLICT_NUMBERS_SHOWN = 20
WAIT_FOR_RIVALS = "100s"
"""A rival import may hold a number for as long as it writes."""


def begin(session: Session, run_id: int) -> bool:
    """Start an approved import, or one whose worker was killed; False when there is nothing to write (any more)."""
    run = lock_row(session, ImportRun, run_id)
    if run.state not in {ImportState.QUEUED, ImportState.RUNNING}:
        return False
    run.state = ImportState.RUNNING.value
    run.done_count = 0
    return True


def claim(session: Session, run_id: int) -> ImportRun | None:
    """The import for this transaction alone; None when another worker has ended it meanwhile.

    An advisory lock, not the row's: the row goes on telling the progress.
    """
    session.execute(text(f"SET LOCAL lock_timeout = '{WAIT_FOR_RIVALS}'"))
    lock_name(session, f"achievements.import:{run_id}")
    run = session.get(ImportRun, run_id, populate_existing=True)
    return run if run is not None and run.state == ImportState.RUNNING else None


def write_rows(
    session: Session, run: ImportRun, rows: Sequence[FileRow], seen: dict[str, int], *, now: datetime
) -> None:
    """Write the next rows of the file. Raises RegisterMoved; then the caller takes everything back."""
    context = context_for(run.organisation_id, confirmed_columns(run), local_date(now))
    planned = plan(session, context, rows, seen)
    approved = findings(session, run.id, planned)
    if any(approved.get(row.row_number) != finding_of(row) for row in planned):
        raise RegisterMoved
    made = write_batch(session, context, run, planned, now)
    if made:
        session.execute(
            text(
                "UPDATE import_row SET achievement_id = made.id FROM unnest(CAST(:rows AS int[]), CAST(:ids AS bigint[])) "
                "AS made (row_number, id) WHERE import_run_id = :run AND import_row.row_number = made.row_number"
            ),
            {"rows": list(made), "ids": list(made.values()), "run": run.id},
        )


def back_to_check(session: Session, run_id: int) -> None:
    """The register has moved: check every row again before anybody decides."""
    run = lock_row(session, ImportRun, run_id)
    if run.state == ImportState.RUNNING:
        check_anew(session, run)


def approve_again(session: Session, run_id: int) -> None:
    """A second check that found what the first had found needs no second word."""
    run = lock_row(session, ImportRun, run_id)
    if run.state == ImportState.CHECKED and run.moved_count == 0:
        run.state = ImportState.QUEUED.value


def finish(session: Session, run_id: int, *, now: datetime) -> None:
    """Close the import and tell it; numbers that other institutions hold are told to both, once."""
    run = lock_row(session, ImportRun, run_id)
    assert run.state == ImportState.RUNNING
    run.state = ImportState.DONE.value
    run.done_count = run.row_count
    run.finished_at = now
    record(session, event_of(run, "import.finished", now, counts_of(run)))
    conflicts = _conflicts(session, run)
    if conflicts:
        record_many(session, [event_of(run, "import.number_conflicts", now, payload) for payload in conflicts])


def settle(session: Session, run_id: int, rows: Sequence[FileRow], *, now: datetime, finished_at: datetime) -> None:
    """Check, approve and write a small file inside the caller's transaction, as the demo world does."""
    checking.begin(session, run_id, len(rows))
    checking.check_rows(session, run_id, rows, 0, {}, now=now)
    checking.finish(session, run_id, now=now)
    approve(session, run_id)
    begin(session, run_id)
    write_rows(session, session.get_one(ImportRun, run_id), rows, {}, now=now)
    finish(session, run_id, now=finished_at)


def _conflicts(session: Session, run: ImportRun) -> list[dict[str, Any]]:
    numbers: dict[int, list[str]] = {}
    for holder_id, number in _held_by_others(session, run):
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


def _held_by_others(session: Session, run: ImportRun) -> list[tuple[int, str]]:
    """Who holds the refused numbers, in the order of the file. Table by table: in the middle of an import the planner
    knows nothing of the new rows, and a join can run into the statement's time-out.
    """
    refused = select(ImportRow.number).where(
        ImportRow.import_run_id == run.id, ImportRow.reason_code == "row.held_by_another"
    )
    wanted = list(session.scalars(refused.order_by(ImportRow.row_number)))
    if not wanted:
        return []
    rights = select(IPRight.number, IPRight.achievement_id).where(
        IPRight.number == any_(literal(wanted, ARRAY(String)))
    )
    entry_of = {row.number: row.achievement_id for row in session.execute(rights)}
    holders = select(Achievement.id, Achievement.organisation_id).where(
        Achievement.id == any_(literal(sorted(set(entry_of.values())), ARRAY(BigInteger)))
    )
    holder_of = {row.id: row.organisation_id for row in session.execute(holders)}
    found = [(holder_of[entry_of[number]], number) for number in wanted if number in entry_of]
    return sorted(found, key=lambda pair: pair[0])
