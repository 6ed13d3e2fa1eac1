"""Home, console, language, health."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, session
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import current_actor, public, signed_in
from market.kernel.clock import current_time
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.kernel.mail import latest_mails
from market.web import home as home_page
from market.web.language import LANGUAGES
from market.web.tasks import tasks_for

blueprint = Blueprint("web", __name__)


@blueprint.get("/")
@public
def home() -> str:
    return render_template("web/home.html", page=home_page.load(current_time()))


@blueprint.get("/console")
@signed_in
def console() -> str:
    actor = current_actor()
    return render_template("web/console.html", tasks=tasks_for(actor, current_time()))


@blueprint.post("/language")
@public
def choose_language() -> BaseResponse:
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        session["language"] = wanted
    back = request.form.get("back", "/")
    safe = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
    return redirect(back if safe else "/")


@blueprint.get("/mailbox")
@public
def mailbox() -> str:
    """What would have gone out by mail; not there in production, nor where a mail server takes the mails."""
    settings = current_app.extensions["kezhuan_settings"]
    if settings.is_production or settings.mail_server:
        raise NotFound
    return render_template("web/mailbox.html", mails=latest_mails())


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The process can work: database reached and migrated, search engine reached."""
    checks = {"database": _database_answers(), "search": _search_answers()}
    ready = checks["database"]  # without its engine the search answers from PostgreSQL
    return jsonify(status="ok" if ready else "unavailable", checks=checks), 200 if ready else 503


def _database_answers() -> bool:
    try:
        return bool(current_session().scalar(text("SELECT count(*) = 1 FROM alembic_version")))
    except SQLAlchemyError:
        current_session().rollback()
        return False


def _search_answers() -> bool:
    is_ready: Callable[[], bool] = current_app.extensions["kezhuan_search_ready"]
    return is_ready()
