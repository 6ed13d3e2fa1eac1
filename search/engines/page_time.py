"""How long the page that is being made has waited for answers: what one call took, the next one of the page lacks."""

from __future__ import annotations

from flask import g, has_request_context

from search.engines.base import EngineUnavailable

_SPENT = "kezhuan_search_spent_seconds"
_SLOW = "kezhuan_search_database_slow"


class NotAsked(EngineUnavailable):
    """The engine was left in peace: it failed before, or the page's time is over. Tells nothing new of it."""


def spent_seconds() -> float:
    """By the engine's calls of the request that is being answered; outside of one, in a job or a command, nothing."""
    return float(g.get(_SPENT, 0.0)) if has_request_context() else 0.0


def spend(seconds: float) -> None:
    """A call of this request took so long, answered or not."""
    if has_request_context():
        setattr(g, _SPENT, spent_seconds() + seconds)


def database_was_slow() -> bool:
    """A reduced search of this request took so long that there should not be another one."""
    return bool(has_request_context() and g.get(_SLOW, False))


def database_is_slow() -> None:
    """From now on, for this request."""
    if has_request_context():
        setattr(g, _SLOW, True)
