"""Background steps of the register."""

from __future__ import annotations

from market.achievements.importing.running import check_import, run_import
from market.achievements.importing.service import CHECK_JOB, JOB
from market.kernel.clock import current_time
from market.kernel.jobs import job


@job(CHECK_JOB)
def check_import_job(import_run_id: int) -> None:
    """Check every row of a file; after a kill the next worker continues with the next row."""
    check_import(import_run_id, now=current_time())


@job(JOB)
def run_import_job(import_run_id: int) -> None:
    """Write an approved import; after a kill the next worker begins anew, the register being untouched."""
    run_import(import_run_id, now=current_time())
