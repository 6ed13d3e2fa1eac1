"""How long a page has waited for the engine in vain: what one call wasted, the next one of the same page lacks."""

from __future__ import annotations

from flask import g, has_request_context

from search.engines.base import EngineUnavailable

_WASTED = "kezhuan_search_wasted_seconds"


class NotAsked(EngineUnavailable):
    """The engine was left in peace: it failed before. Tells nothing new of it."""


def wasted_seconds() -> float:
    """By the request that is being answered; outside of one, in a job or a command, nothing."""
    return float(g.get(_WASTED, 0.0)) if has_request_context() else 0.0


def waste(seconds: float) -> None:
    """A call of this request came to nothing after so long. Calls that were answered, however slowly, waste nothing."""
    if has_request_context():
        setattr(g, _WASTED, wasted_seconds() + seconds)
