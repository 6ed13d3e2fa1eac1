"""A page's time is shared out among hosts and calls, and never exceeded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from elastic_transport import ApiResponseMeta, ConnectionError, ConnectionTimeout, HttpHeaders, NodeConfig
from elasticsearch import ApiError, Elasticsearch
from flask import Flask

from search.engines.base import EngineUnavailable
from search.engines.breaker import CircuitBreaker
from search.engines.elasticsearch import connect
from search.engines.page_time import NotAsked
from search.engines.patience import Patience

ALLOWED_SECONDS = 4.0


class Hosts:
    """Servers that answer each question in a given way, after `seconds`; `allowed` is what each was given."""

    def __init__(self, number: int, *ways: Exception | str, seconds: float = 0.0) -> None:
        self.now = 0.0
        self.allowed: list[float] = []
        self._ways = list(ways)
        self._seconds = seconds
        client = connect(",".join(f"http://127.0.0.1:{port}" for port in range(1, number + 1)), timeout_seconds=60)
        self.patience = Patience(client, ALLOWED_SECONDS, monotonic=lambda: self.now)

    def ask(self) -> str:
        return self.patience.ask(self._question)

    def _question(self, client: Elasticsearch) -> str:
        given = client._request_timeout
        assert isinstance(given, float)
        self.allowed.append(given)
        way = self._ways.pop(0)
        if isinstance(way, ConnectionTimeout):
            self.now += given
        if isinstance(way, Exception):
            raise way
        self.now += self._seconds
        return way


SILENT = ConnectionTimeout("no answer")
GONE = ConnectionError("refused")


def answered(status: int) -> ApiError:
    meta = ApiResponseMeta(status, "1.1", HttpHeaders(), 0.0, NodeConfig("http", "127.0.0.1", 1))
    return ApiError("told", meta, None)


def test_one_host_may_take_all_the_time_and_is_asked_once() -> None:
    hosts = Hosts(1, SILENT)
    with pytest.raises(ConnectionTimeout):
        hosts.ask()
    assert (hosts.allowed, hosts.now) == ([4.0], 4.0)


def test_hosts_that_are_gone_cost_no_time_of_the_next() -> None:
    hosts = Hosts(3, GONE, GONE, "found")
    assert hosts.ask() == "found"
    assert hosts.allowed == [2.0, 2.0, 4.0]


def test_a_silent_host_leaves_half_of_the_time_to_the_others() -> None:
    hosts = Hosts(3, SILENT, "found")
    assert hosts.ask() == "found"
    assert hosts.allowed == [2.0, 1.0]


def test_silent_hosts_take_no_more_than_the_time_together() -> None:
    hosts = Hosts(5, SILENT, SILENT, SILENT)
    with pytest.raises(ConnectionTimeout):
        hosts.ask()
    assert (hosts.allowed, hosts.now) == ([2.0, 1.0, 1.0], ALLOWED_SECONDS)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_another_host_may_answer_is_asked_of_it(status: int) -> None:
    hosts = Hosts(2, answered(status), "found")
    assert hosts.ask() == "found"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_what_every_host_would_say_is_asked_once(status: int) -> None:
    hosts = Hosts(3, answered(status), "found")
    with pytest.raises(ApiError):
        hosts.ask()
    assert len(hosts.allowed) == 1


@pytest.fixture
def request_of_a_page() -> Flask:
    return Flask("page")


def test_a_page_that_asks_twice_waits_once(request_of_a_page: Flask) -> None:
    hosts = Hosts(1, SILENT, "found")
    with request_of_a_page.test_request_context():
        with pytest.raises(ConnectionTimeout):
            hosts.ask()
        with pytest.raises(NotAsked):
            hosts.ask()
    assert hosts.now == ALLOWED_SECONDS
    with request_of_a_page.test_request_context():
        assert hosts.ask() == "found"


def test_an_answer_that_came_late_leaves_less_to_the_next_call(request_of_a_page: Flask) -> None:
    hosts = Hosts(1, "one", "two", seconds=1.5)
    with request_of_a_page.test_request_context():
        assert [hosts.ask(), hosts.ask()] == ["one", "two"]
        hosts.now += 60  # the page does other work
        with pytest.raises(IndexError):  # it would be asked a third time
            hosts.ask()
    assert hosts.allowed == [4.0, 2.5, 1.0]


def test_a_page_whose_time_is_over_does_not_ask(request_of_a_page: Flask) -> None:
    hosts = Hosts(1, "one", "two", "three", seconds=2.0)
    with request_of_a_page.test_request_context():
        assert [hosts.ask(), hosts.ask()] == ["one", "two"]
        with pytest.raises(NotAsked):
            hosts.ask()


def test_a_refusal_at_once_leaves_the_page_its_time(request_of_a_page: Flask) -> None:
    hosts = Hosts(1, answered(400), "found")
    with request_of_a_page.test_request_context():
        with pytest.raises(ApiError):
            hosts.ask()
        assert hosts.ask() == "found"
    assert hosts.allowed == [4.0, 4.0]


def test_outside_of_a_page_every_call_has_all_the_time() -> None:
    hosts = Hosts(1, SILENT, "found")
    with pytest.raises(ConnectionTimeout):
        hosts.ask()
    assert hosts.ask() == "found"


def failing(breaker: CircuitBreaker, error: Exception) -> Callable[[], None]:
    def call() -> None:
        with breaker.guard():
            raise error

    return call


def test_a_call_that_was_not_made_does_not_count_as_a_failure() -> None:
    breaker = CircuitBreaker(threshold=2, monotonic=lambda: 0.0)
    for _ in range(5):
        with pytest.raises(NotAsked, match="waited"):
            failing(breaker, NotAsked("waited"))()
    with pytest.raises(EngineUnavailable, match="down"):
        failing(breaker, EngineUnavailable("down"))()
    with pytest.raises(EngineUnavailable, match="down"):
        failing(breaker, EngineUnavailable("down"))()
    with pytest.raises(NotAsked, match="not asked again"):
        failing(breaker, EngineUnavailable("down"))()


@pytest.mark.parametrize(
    ("hosts", "retries"), [("http://a:1", 0), ("http://a:1, http://b:1", 1), ("http://a:1,http://b:1,,http://c:1", 2)]
)
def test_jobs_ask_each_host_once(hosts: str, retries: int) -> None:
    client = connect(hosts, timeout_seconds=3)
    assert (client._max_retries, client._retry_on_timeout) == (retries, False)
