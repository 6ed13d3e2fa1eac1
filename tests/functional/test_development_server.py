"""`flask run` answers a refused form at once: nobody waits for bytes that the browser never sends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from market.web.uploads import DrainRefusedBodies

BODY = b"x" * 50_000
BODY_START = b"x" * 100


@contextmanager
def running(status: str, read_bytes: int) -> Iterator[int]:
    """The development server over an application that reads so much of the body and answers; yields its port."""

    def application(environ, start_response) -> Iterable[bytes]:  # type: ignore[no-untyped-def]
        if read_bytes:
            environ["wsgi.input"].read(read_bytes)
        start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"no"]

    server = make_server("127.0.0.1", 0, DrainRefusedBodies(application), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer_to(port: int, body: bytes, announced: str | None = None) -> bytes:
    """What comes back while the browser keeps its connection open; a server that waits for it runs into the timeout."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as browser:
        length = str(len(body)) if announced is None else announced
        browser.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode() + body)
        found = b""
        while not found.endswith(b"no"):
            chunk = browser.recv(4096)
            if not chunk:
                break
            found += chunk
        return found


@pytest.mark.parametrize("read_bytes", [0, 100, len(BODY)])
@pytest.mark.parametrize("status", ["422 Unprocessable Entity", "400 Bad Request", "200 OK"])
def test_an_answer_comes_whatever_was_read_of_the_body(status, read_bytes):
    with running(status, read_bytes) as port:
        found = answer_to(port, BODY)

    assert found.startswith(f"HTTP/1.1 {status.split()[0]} ".encode())
    assert found.endswith(b"no")


@pytest.mark.parametrize("announced", ["0", ""])
def test_a_body_without_a_length_is_no_reason_to_wait(announced):
    with running("422 Unprocessable Entity", 0) as port:
        assert answer_to(port, b"", announced).startswith(b"HTTP/1.1 422 ")


def test_a_browser_that_leaves_in_the_middle_stops_nothing():
    with running("422 Unprocessable Entity", 0) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as browser:
            browser.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + BODY_START)

        assert answer_to(port, BODY_START).startswith(b"HTTP/1.1 422 ")
