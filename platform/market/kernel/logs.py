"""Structured logs: one JSON object a line, with the id of the request or job that wrote it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from flask import g, has_app_context

EXTRA = ("method", "path", "status", "duration_ms")
"""What records of requests carry besides; never a query string, it may hold what somebody typed."""


class JsonFormatter(logging.Formatter):
    """Time in UTC, level, logger, message, ids of request and job; the traceback when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = current_request_id()
        if request_id:
            line["request_id"] = request_id
        if has_app_context() and "job" in g:
            line["job"] = g.job
        line |= {name: getattr(record, name) for name in EXTRA if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


TALKATIVE = ("alembic", "procrastinate")
"""Libraries that say every step they take; their warnings are kept."""


def current_request_id() -> str | None:
    """The id of the request that is being answered or that caused the job that runs; None outside of both."""
    return g.get("request_id") if has_app_context() else None


def job_begins(name: str, job_id: int | None, request_id: str | None) -> None:
    """From here on lines of this application context say which job writes them, and which request caused it."""
    g.job = f"{name} {job_id}"
    if request_id:
        g.request_id = request_id


def configure(level: str) -> None:
    """Let this process log as JSON on standard error; a second call only sets the level."""
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, JsonFormatter) for handler in root.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        root.addHandler(handler)
    root.setLevel(level)
    for library in TALKATIVE:
        logging.getLogger(library).setLevel(max(root.level, logging.WARNING) if level != "DEBUG" else level)
