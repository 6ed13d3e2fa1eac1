"""Background steps of search; each looks at the rows as they are now and may run twice.

Jobs that write share the lock `search.index` (app.py names it where it subscribes).
"""

from __future__ import annotations

import logging
from typing import cast

from flask import current_app

from market.kernel import jobs
from market.kernel.db import transaction
from market.kernel.jobs import job
from search import service
from search.engines.base import EngineUnavailable, SearchEngine

logger = logging.getLogger(__name__)
EXTENSION = "kezhuan_search"
WRITING = ("search.index_listing", "search.index_listings")


def current_engine() -> SearchEngine:
    """The engine that app.py wired."""
    return cast(SearchEngine, current_app.extensions[EXTENSION])


@job("search.index_listing")
def index_listing(listing_id: int) -> None:
    """A listing changed: index it, or take it out."""
    service.index_listing(current_engine(), listing_id)


@job("search.index_listings")
def index_listings(listing_ids: list[int]) -> None:
    """A block of listings changed together: their vectors were computed."""
    service.index_listings(current_engine(), listing_ids)


@job("search.reconcile", cron="*/2 * * * * 30", runs_at_start=True)
def reconcile() -> None:
    """At start and every two minutes: what is missing is built, what an outage of the engine left behind is repaired.

    Then index and database agree, and jobs that had been given up before have nothing left to do.
    """
    with transaction() as session:
        left_over = jobs.given_up(session, *WRITING)
    try:
        repair = service.reconcile(current_engine())
    except EngineUnavailable as reason:
        logger.warning("search index not compared, engine unavailable: %s", reason)
        return
    if repair is None:
        logger.info("search index built")
    elif repair.outdated or repair.superfluous:
        logger.warning("search index differed and was repaired: %s", repair)
    if left_over and (repair is None or not repair.remaining):
        with transaction() as session:
            jobs.forget(session, left_over)


@job("search.follow_names")
def follow_names() -> None:
    """An institution got a former name: its listings are found by it; what an outage prevents, the next comparison does."""
    reconcile()


@job("search.rebuild")
def rebuild() -> None:
    """The operator asked for it: a new index beside the old one, then swapped."""
    service.rebuild(current_engine())
