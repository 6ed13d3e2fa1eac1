"""Patience with a server of several hosts: another one is asked when one fails, all within the page's own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from search.engines.page_time import NotAsked, spend, spent_seconds

MAXIMUM_ATTEMPTS = 3
LEAST_SHARE = 0.05
"""Of the page's time: to wait for less than this is of no use."""
ELSEWHERE_BETTER = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Answers of one host that another host may not give."""
Answered = TypeVar("Answered")


class Patience:
    """Asks up to three hosts, one after the other, and gives up after `seconds`, all calls of a page together.

    One host is asked once and may take all the time: to ask it again would only add to its load. Of several the first
    may take half, each further one half of what is left, the last one the rest. A host that failed is left aside by
    the client for a second, then for longer, so that one that is gone costs a page hardly anything. What a page has
    waited for one answer it lacks for the next: however often it asks, it waits no longer than once.
    """

    def __init__(
        self, client: Elasticsearch, seconds: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._monotonic = monotonic
        self._attempts = min(MAXIMUM_ATTEMPTS, len(client.transport.node_pool))

    def ask(self, question: Callable[[Elasticsearch], Answered]) -> Answered:
        """The first answer. Raises what the last host that was asked raised, and NotAsked when no time is left."""
        begin = self._monotonic()
        deadline = begin + self._seconds - spent_seconds()
        if deadline - begin < self._seconds * LEAST_SHARE:
            raise NotAsked("this page has waited for the engine long enough")
        try:
            return self._ask(question, deadline)
        finally:
            spend(self._monotonic() - begin)

    def _ask(self, question: Callable[[Elasticsearch], Answered], deadline: float) -> Answered:
        for remaining in range(self._attempts - 1, -1, -1):
            left = deadline - self._monotonic()
            client = self._client.options(request_timeout=left / 2 if remaining else left, max_retries=0)
            try:
                return question(client)
            except TransportError:
                if not self._may_go_on(remaining, deadline):
                    raise
            except ApiError as error:
                if error.status_code not in ELSEWHERE_BETTER or not self._may_go_on(remaining, deadline):
                    raise
        raise AssertionError("unreachable: the last host answers or raises")

    def _may_go_on(self, remaining: int, deadline: float) -> bool:
        return remaining > 0 and deadline - self._monotonic() >= self._seconds * LEAST_SHARE
