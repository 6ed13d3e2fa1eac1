"""Each request has an id: in the answer's header, in every line that it logs, on the page that tells of a failure."""

from __future__ import annotations

import logging
import re
import time
import uuid

from flask import Flask, Response, g, request

from market.web.metrics import count_request

log = logging.getLogger("kezhuan.request")
HEADER = "X-Request-ID"
_USABLE = re.compile(r"[A-Za-z0-9-]{8,64}")
QUIET = frozenset({"static", "web.healthz", "web.readyz", "web.metrics"})
"""Asked every few seconds by machines: counted, not logged."""


def register(app: Flask) -> None:
    """Give ids, log and count what was answered. A proxy's own id is kept when it looks like one."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _USABLE.fullmatch(given) else uuid.uuid4().hex
        g.request_began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if "request_id" not in g:
            return response
        response.headers[HEADER] = g.request_id
        seconds = time.perf_counter() - g.request_began
        count_request(request.method, request.endpoint or "none", response.status_code, seconds)
        if request.endpoint not in QUIET:
            extra = {
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "duration_ms": round(seconds * 1000, 1),
            }
            log.info("%s %s %s", request.method, request.path, response.status_code, extra=extra)
        return response
