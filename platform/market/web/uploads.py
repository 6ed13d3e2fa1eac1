"""A too large request ends in a page with a sentence, not in a reset connection, at flat memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CHUNK_BYTES = 256 * 1024
DRAIN_LIMIT_BYTES = 512 * 1024 * 1024


class DrainRefusedBodies:
    """Reads what a refused request still sends, up to a bound, so that the browser gets to read the answer."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        statuses: list[str] = []

        def remember(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            statuses.append(status)
            return start_response(status, headers, exc_info)

        answer = self._application(environ, remember)
        if statuses and statuses[-1].startswith("4") and environ.get("REQUEST_METHOD") == "POST":
            self._drain(environ)
        return answer

    @staticmethod
    def _drain(environ: WSGIEnvironment) -> None:
        stream, left = environ["wsgi.input"], DRAIN_LIMIT_BYTES
        while left > 0:
            chunk = stream.read(min(CHUNK_BYTES, left))
            if not chunk:
                return
            left -= len(chunk)


def register(app: Flask) -> None:
    """Wrap the application."""
    app.wsgi_app = DrainRefusedBodies(app.wsgi_app)  # type: ignore[method-assign]
