"""Background steps of the register."""

from __future__ import annotations

from market.achievements.importing.running import run_import
from market.achievements.importing.service import JOB
from market.kernel.clock import current_time
from market.kernel.jobs import job


@job(JOB)
def run_import_job(import_run_id: int) -> None:
    """Bring an import to its end; after a kill the next worker continues with the next row."""
    run_import(import_run_id, now=current_time())
