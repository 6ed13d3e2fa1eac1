"""Numbers for Prometheus: requests of all web processes, and the queue as the database sees it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from flask import Request, current_app
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from market.operations.jobs_queries import queue_state

if TYPE_CHECKING:
    from config import Settings

REQUESTS = Counter("kezhuan_requests_total", "Requests answered", ("method", "endpoint", "status"))
SECONDS = Histogram(
    "kezhuan_request_seconds",
    "Time to the answer",
    ("endpoint",),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
WITHOUT_VECTOR = "kezhuan_search_without_vector"
"""Where app.py puts the function that counts them, or gives None where meaning is off; the market does not import search."""
LOOPBACK = frozenset({"127.0.0.1", "::1"})
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def count_request(method: str, endpoint: str, status: int, seconds: float) -> None:
    """One request answered; the labels are a closed set, whatever is asked for."""
    REQUESTS.labels(method if method in _METHODS else "other", endpoint, str(status)).inc()
    SECONDS.labels(endpoint).observe(seconds)


def may_read(request: Request) -> bool:
    """With METRICS_TOKEN: its bearer. Without: who asks from this machine itself, not through a proxy on it."""
    token = cast("Settings", current_app.extensions["kezhuan_settings"]).metrics_token
    if token:
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    return request.remote_addr in LOOPBACK and not any(name in request.headers for name in FORWARDED)


def exposition() -> bytes:
    """The page. Under `python app.py` the web processes share PROMETHEUS_MULTIPROC_DIR; else it is this process alone."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:
        registry.register(_OwnProcess())
    registry.register(_Queue())
    return generate_latest(registry)


class _OwnProcess(Collector):
    def collect(self) -> Iterator[Metric]:
        return (family for family in REGISTRY.collect() if family.name.startswith("kezhuan_"))


class _Queue(Collector):
    def collect(self) -> Iterator[Metric]:
        state = queue_state()
        jobs = GaugeMetricFamily("kezhuan_jobs", "Background jobs by state", labels=["state"])
        for member, number in state.counts.items():
            jobs.add_metric([member.value], number)
        yield jobs
        lag = "How long the oldest due job has waited"
        yield GaugeMetricFamily("kezhuan_worker_lag_seconds", lag, value=state.oldest_due_seconds)
        lag = "How long the first listing that waits for the search index has waited"
        yield GaugeMetricFamily("kezhuan_search_lag_seconds", lag, value=state.oldest_search_seconds)
        lag = "How many listings wait for the search index"
        yield GaugeMetricFamily("kezhuan_search_lag_rows", lag, value=state.search_rows)
        without_vector = current_app.extensions[WITHOUT_VECTOR]()
        if without_vector is not None:
            lag = "How many public listings have no vector of their meaning yet"
            yield GaugeMetricFamily("kezhuan_search_without_vector", lag, value=without_vector)
        yield GaugeMetricFamily("kezhuan_workers_alive", "Workers with a heartbeat", value=state.workers_alive)
