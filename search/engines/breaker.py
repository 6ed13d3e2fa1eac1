"""A circuit breaker: after repeated failures an engine is left in peace for a while, and the page answers at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from search.engines.base import EngineUnavailable
from search.engines.page_time import NotAsked


class CircuitBreaker:
    """Opens after `threshold` failures in a row, for `pause_seconds`; then one call may try again.

    `monotonic` gives seconds of a clock that never goes back.
    """

    def __init__(
        self, *, threshold: int = 3, pause_seconds: float = 5.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._threshold = threshold
        self._pause_seconds = pause_seconds
        self._monotonic = monotonic
        self._failures = 0
        self._closed_again_at = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around each call: refuses while open, counts EngineUnavailable as a failure, success closes.

        Raises NotAsked while open, and lets it through uncounted.
        """
        self._admit()
        try:
            yield
        except NotAsked:
            raise
        except EngineUnavailable:
            self._failed()
            raise
        self._failures = 0

    def _admit(self) -> None:
        with self._lock:
            if self._failures < self._threshold:
                return
            now = self._monotonic()
            if now < self._closed_again_at:
                raise NotAsked("the engine failed repeatedly and is not asked again yet")
            self._closed_again_at = now + self._pause_seconds

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._closed_again_at = self._monotonic() + self._pause_seconds
