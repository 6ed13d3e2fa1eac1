"""The background step that gives listings their vectors; level-triggered, may be killed and may run twice.

It shares no lock with the jobs that write the index: these go on while texts are embedded.
"""

from __future__ import annotations

import logging
from typing import cast

from flask import current_app
from sqlalchemy import text

from market.kernel import jobs
from market.kernel.db import transaction
from search.meaning import service
from search.meaning.embedder import Embedder, MeaningUnavailable

logger = logging.getLogger(__name__)
EXTENSION = "kezhuan_meaning"
AT_ONCE = 32
"""Listings of one run, about two seconds: other jobs take their turn between two runs."""
LOCK = "search.embed"
MORE = "search.embed_more"


def current_embedder() -> Embedder | None:
    """The embedder that app.py wired; None where meaning is off or not installed."""
    return cast("Embedder | None", current_app.extensions[EXTENSION])


@jobs.job("search.embed", cron="* * * * * 10", runs_at_start=True)
def embed() -> None:
    """Every minute: listings that are new or whose texts changed get a vector."""
    if current_embedder() is None:
        return
    with transaction() as session:
        is_under_way = session.scalar(_UNDER_WAY, {"name": MORE})
        if is_under_way or not service.is_any_missing(session):
            return
        jobs.defer(session, MORE, lock=LOCK)


@jobs.job(MORE)
def embed_more() -> None:
    """Some of the listings that wait; while there are more, the next run is deferred behind what other jobs are due."""
    embedder = current_embedder()
    if embedder is None:
        return
    try:
        done = service.embed_some(embedder, AT_ONCE)
    except MeaningUnavailable as reason:
        logger.warning("no vectors are computed, words answer alone: %s", reason)
        return
    if done == AT_ONCE:
        with transaction() as session:
            jobs.defer(session, MORE, lock=LOCK)


_UNDER_WAY = text(
    "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE task_name = :name AND status IN ('todo', 'doing'))"
)
