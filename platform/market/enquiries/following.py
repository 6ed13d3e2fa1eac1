"""Who hears that a listing is watched, or no longer: app.py wires it, so that nothing here knows of search."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

Hear = Callable[[Session, int], None]
"""(session, id of the listing): called in the transaction of the change."""

_provided: list[Hear] = []


def provide_hearer(hear: Hear) -> None:
    """Wire who hears (app.py only); a later one replaces it."""
    _provided[:] = [hear]


def watchers_changed(session: Session, listing_id: int) -> None:
    """Tell that the number of those who watch the listing is another one."""
    for hear in _provided:
        hear(session, listing_id)
