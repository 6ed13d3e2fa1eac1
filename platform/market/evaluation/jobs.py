"""Background steps of the evaluation; each may run twice, late and in any order."""

from __future__ import annotations

from market.evaluation import service
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.jobs import job

SWEEP_CRON = "*/5 * * * *"
"""Every five minutes: a thirtieth day is over long before anybody asks."""


@job("evaluation.derive_facts")
def derive_facts(event_id: int) -> None:
    """Bring the facts up to date after one event."""
    with transaction() as session:
        service.derive_from_event(session, event_id, now=current_time())


@job("evaluation.sweep_facts", cron=SWEEP_CRON)
def sweep_facts() -> None:
    """Derive what is missing and what has come due."""
    with transaction() as session:
        service.sweep(session, now=current_time())
