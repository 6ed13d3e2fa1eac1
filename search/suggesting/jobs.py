"""Background steps of the suggestions; each looks at the rows as they are now and may run twice.

They share the lock `search.suggestions` (app.py names it where it subscribes).
"""

from __future__ import annotations

import logging

from market.kernel.db import transaction
from market.kernel.jobs import job
from search.suggesting import keeping

logger = logging.getLogger(__name__)


@job("search.keep_terms")
def keep_terms(listing_id: int) -> None:
    """A listing changed: its terms are taken anew, or taken out when it is not public."""
    with transaction() as session:
        keeping.bring(session, [listing_id])


@job("search.reconcile_terms", cron="*/5 * * * *", runs_at_start=True)
def reconcile_terms() -> None:
    """At start and every five minutes: what no event told of (a corrected register entry, new rules) is repaired."""
    outcome = keeping.reconcile()
    if outcome.updated or outcome.removed:
        logger.info("terms of suggestions repaired: %s", outcome)


@job("search.follow_names_in_terms")
def follow_names_in_terms() -> None:
    """An institution got a former name: it is suggested under both."""
    keeping.reconcile()
