"""Home, console, language, health."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, session
from flask_babel import gettext as _
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.kernel.clock import current_time
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.kernel.lists import workbook_of
from market.kernel.mail import latest_mails
from market.kernel.pages import local_address
from market.operations.installation import migration_state
from market.operations.jobs_queries import queue_state
from market.web import home as home_page
from market.web import leaving, task_list
from market.web.language import LANGUAGES
from market.web.metrics import exposition, may_read

blueprint = Blueprint("web", __name__)
LATE_AFTER_SECONDS = 60.0
"""A due job that waits longer than this says that no worker is at work."""


@blueprint.get("/")
@allowed(Act.READ_PUBLIC)
def home() -> str:
    return render_template("web/home.html", page=home_page.load(current_time()))


@blueprint.get("/console")
@allowed(Act.READ_CONSOLE)
def console() -> str:
    actor = current_actor()
    return render_template(
        "web/console.html",
        tasks=task_list.shown_tasks(actor),
        order=task_list.ORDERS.requested(),
        urgencies=list(task_list.Urgency),
        is_narrowed=task_list.is_narrowed(),
    )


@blueprint.get("/console/tasks/export.xlsx")
@allowed(Act.READ_CONSOLE)
def export_tasks() -> Response:
    return workbook_of(_("待办"), task_list.COLUMNS, task_list.shown_tasks(current_actor()))


@blueprint.get("/console/organisation/members/<int:membership_id>/end")
@allowed(Act.ADMINISTER_ORGANISATION)
def member_leaving(membership_id: int) -> str:
    """What stays behind when a member leaves, and the one question before it."""
    found = leaving.leaving(current_actor(), membership_id, current_time())
    return render_template("web/member_leaving.html", leaving=found, consequences=leaving.consequences(found))


@blueprint.post("/language")
@allowed(Act.CHOOSE_LANGUAGE)
def choose_language() -> BaseResponse:
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        session["language"] = wanted
    return redirect(local_address(request.form.get("back", "")) or "/")


@blueprint.get("/mailbox")
@allowed(Act.READ_PUBLIC)
def mailbox() -> str:
    """What would have gone out by mail; not there in production, nor where a mail server takes the mails."""
    settings = current_app.extensions["kezhuan_settings"]
    if settings.is_production or settings.mail_server:
        raise NotFound
    return render_template("web/mailbox.html", mails=latest_mails())


@blueprint.get("/healthz")
@allowed(Act.READ_PUBLIC)
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@allowed(Act.READ_PUBLIC)
def readyz() -> tuple[Response, int]:
    """The process can work: 503 without the database or behind its migrations; a late worker or search only degrades."""
    checks, seconds, rows = _database_checks()
    checks["search"] = _search_answers()  # without its engine the search answers from PostgreSQL
    ready = checks["database"] and checks["migrations"]
    status = "unavailable" if not ready else "ok" if all(checks.values()) else "degraded"
    return jsonify(status=status, checks=checks, lag_seconds=seconds, lag_rows=rows), 200 if ready else 503


@blueprint.get("/metrics")
@allowed(Act.READ_PUBLIC)
def metrics() -> Response:
    """For Prometheus; whoever may not read it finds nothing here."""
    if not may_read(request):
        raise NotFound
    return Response(exposition(), content_type=CONTENT_TYPE_LATEST)


def _database_checks() -> tuple[dict[str, bool], dict[str, float], dict[str, int]]:
    """The checks, and how far worker and index are behind: seconds, and listings that the index lacks."""
    try:
        current_session().scalar(text("SELECT 1"))
        found, wanted = migration_state(Path(current_app.root_path))
        if found != wanted:
            return {"database": True, "migrations": False, "worker": False}, {}, {}
        queue = queue_state()
    except (OperationalError, PoolTimeout):
        current_session().rollback()
        return {"database": False, "migrations": False, "worker": False}, {}, {}
    seconds = {"worker": round(queue.oldest_due_seconds, 1), "search": round(queue.oldest_search_seconds, 1)}
    is_in_time = queue.oldest_due_seconds <= LATE_AFTER_SECONDS
    return {"database": True, "migrations": True, "worker": is_in_time}, seconds, {"search": queue.search_rows}


def _search_answers() -> bool:
    is_ready: Callable[[], bool] = current_app.extensions["kezhuan_search_ready"]
    return is_ready()
