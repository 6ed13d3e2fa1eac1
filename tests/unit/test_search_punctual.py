"""An answer has to be there in time as a whole, however often a byte of it comes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from elastic_transport import ConnectionError as TransportConnectionError
from elastic_transport import ConnectionTimeout, NodeConfig

from search.engines.punctual import PunctualNode

BODY = b'{"took": 1, "hits": "' + b"." * 80 + b'"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
PAUSE_SECONDS = 0.05


@contextmanager
def server(say: Callable[[socket.socket], None]) -> Iterator[PunctualNode]:
    """A server that reads each request and answers as told, and the node that asks it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        while connection.recv(65_536):
                            say(connection)

        threading.Thread(target=serve, daemon=True).start()
        node = PunctualNode(NodeConfig("http", "127.0.0.1", listener.getsockname()[1]))
        yield node
        node.close()


def in_one_piece(connection: socket.socket) -> None:
    connection.sendall(HEAD + BODY)


def trickle(connection: socket.socket, said: bytes, pause_seconds: float = PAUSE_SECONDS) -> None:
    for byte in said:
        connection.sendall(bytes([byte]))
        time.sleep(pause_seconds)  # the server's own pace, nobody waits for a state


def trickling(connection: socket.socket) -> None:
    trickle(connection, HEAD + BODY)


def trickling_body(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    trickle(connection, BODY)


def slow_body(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    trickle(connection, BODY, PAUSE_SECONDS / 10)


def test_answers_in_time_are_read_and_the_connection_is_used_again() -> None:
    with server(in_one_piece) as node:
        for _ in range(3):
            answer = node.perform_request("GET", "/", request_timeout=5.0)
            assert (answer.meta.status, answer.body) == (200, BODY)
        assert node.pool.num_connections == 1


@pytest.mark.parametrize("say", [trickling, trickling_body])
def test_who_trickles_is_not_waited_for(say: Callable[[socket.socket], None]) -> None:
    with server(say) as node:
        begin = time.monotonic()
        with pytest.raises((ConnectionTimeout, TransportConnectionError)):
            node.perform_request("GET", "/", request_timeout=PAUSE_SECONDS * 4)
        assert time.monotonic() - begin < PAUSE_SECONDS * len(BODY)


def test_what_comes_slowly_but_in_time_is_read() -> None:
    with server(slow_body) as node:
        assert node.perform_request("GET", "/", request_timeout=30.0).body == BODY
        assert node.perform_request("GET", "/", request_timeout=None).body == BODY


def test_a_connection_that_closes_at_its_end_is_read_to_the_end() -> None:
    def closing(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BODY)
        connection.shutdown(socket.SHUT_WR)

    with server(closing) as node:
        assert node.perform_request("GET", "/", request_timeout=5.0).body == BODY
