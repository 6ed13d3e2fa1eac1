"""Background steps of the register."""

from __future__ import annotations

from market.achievements.importing.running import check_import, run_import
from market.achievements.importing.service import CHECK_JOB, JOB
from market.achievements.reminding import EXPIRY, FEE, due, remind
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.jobs import job


@job("achievements.remind", cron="10 0 * * *")
def remind_job() -> None:
    """Each morning: annual fees that fall due and terms that end, each told once; the rest waits for the next day."""
    now = current_time()
    for reminder in (FEE, EXPIRY):
        with transaction() as session:
            rights = [(right_id, owner) for right_id, owner in session.execute(due(session, reminder, local_date(now)))]
        for right in rights:
            with transaction() as session:
                remind(session, reminder, [right], now)


@job(CHECK_JOB)
def check_import_job(import_run_id: int) -> None:
    """Check every row of a file; after a kill the next worker continues with the next row."""
    check_import(import_run_id, now=current_time())


@job(JOB)
def run_import_job(import_run_id: int) -> None:
    """Write an approved import; after a kill the next worker begins anew, the register being untouched."""
    run_import(import_run_id, now=current_time())
