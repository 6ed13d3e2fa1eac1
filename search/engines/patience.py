"""Patience with a server of several hosts: another one is asked when one fails, all within the page's own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

MAXIMUM_ATTEMPTS = 3
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
    """Asks up to three hosts, one after the other, and gives up after `seconds` together.

    One host is asked once and may take all the time: to ask it again would only add to its load. Of several the first
    may take half, each further one half of what is left, the last one the rest. A host that failed is left aside by
    the client for a second, then for longer, so that one that is gone costs a page hardly anything.
    """

    def __init__(
        self, client: Elasticsearch, seconds: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._monotonic = monotonic
        self._attempts = min(MAXIMUM_ATTEMPTS, len(client.transport.node_pool))

    def ask(self, question: Callable[[Elasticsearch], Answered]) -> Answered:
        """The first answer. Raises what the last host that was asked raised."""
        deadline = self._monotonic() + self._seconds
        for _ in range(self._attempts - 1, 0, -1):
            share = (deadline - self._monotonic()) / 2
            try:
                return question(self._client.options(request_timeout=share, max_retries=0))
            except TransportError:
                pass
            except ApiError as error:
                if error.status_code not in ELSEWHERE_BETTER:
                    raise
            if self._monotonic() >= deadline:
                break
        left = max(deadline - self._monotonic(), self._seconds / 2**MAXIMUM_ATTEMPTS)
        return question(self._client.options(request_timeout=left, max_retries=0))
