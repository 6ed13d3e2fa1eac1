"""Background steps of the record; each may run twice."""

from __future__ import annotations

from market.audit import anchoring
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.jobs import job

ANCHOR_CRON = "5 * * * *"
"""Five past every hour: the first tick after midnight in Wenzhou makes the anchor, the others find it done."""


@job("audit.anchor", cron=ANCHOR_CRON, runs_at_start=True)
def anchor() -> None:
    """Make the anchor of the last day that is over, unless it is there."""
    with transaction() as session:
        anchoring.make_anchor(session, now=current_time())
