"""A too large request ends in a page with a sentence, not in a reset connection, at flat memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import LimitedStream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CHUNK_BYTES = 256 * 1024
DRAIN_LIMIT_BYTES = 512 * 1024 * 1024


class DrainRefusedBodies:
    """Reads what a refused request still sends, up to a bound, so that the browser gets to read the answer.

    Where the server does not end the stream with the body (`flask run`), the body's announced length does: reading
    on would wait for a browser that itself waits for the answer.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        statuses: list[str] = []

        def remember(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            statuses.append(status)
            return start_response(status, headers, exc_info)

        if not environ.get("wsgi.input_terminated"):
            environ["wsgi.input"] = LimitedStream(environ["wsgi.input"], _announced_bytes(environ))
        answer = self._application(environ, remember)
        if statuses and statuses[-1].startswith("4") and environ.get("REQUEST_METHOD") == "POST":
            self._drain(environ)
        return answer

    @staticmethod
    def _drain(environ: WSGIEnvironment) -> None:
        stream, left = environ["wsgi.input"], DRAIN_LIMIT_BYTES
        while left > 0:
            try:
                chunk = stream.read(min(CHUNK_BYTES, left))
            except ClientDisconnected:
                return
            if not chunk:
                return
            left -= len(chunk)


def _announced_bytes(environ: WSGIEnvironment) -> int:
    """The length that the request says its body has; 0 without one or with nonsense."""
    said = environ.get("CONTENT_LENGTH") or ""
    return int(said) if said.isascii() and said.isdigit() else 0


def register(app: Flask) -> None:
    """Wrap the application."""
    app.wsgi_app = DrainRefusedBodies(app.wsgi_app)  # type: ignore[method-assign]
