"""Refusals and HTTP errors become pages with a sentence."""

from __future__ import annotations

import logging

from flask import Flask, current_app, render_template
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from market.kernel.db import current_session
from market.kernel.errors import N_, Refusal
from market.kernel.logs import current_request_id

log = logging.getLogger("kezhuan.web")
PAGES = frozenset({400, 403, 404, 405, 413, 414, 429, 500, 503})
Page = tuple[str, int]

CSRF_SENTENCE = N_("页面停留太久或来源不对，为了安全没有执行。请返回上一页刷新后再提交。")
UNUSABLE_SENTENCE = N_("地址或表单里有无法识别的内容。请从页面上的链接或按钮重新进入。")
STALE_SENTENCE = N_("您编辑期间，这一项已被别人修改。请刷新后在最新内容上再改，避免覆盖对方的修改。")


def register(app: Flask) -> None:
    """Register the handlers; the last one stands alone, without database or context processors."""

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Page:
        sentence = gettext(refusal.message, **refusal.params) if refusal.params else gettext(refusal.message)
        return _page(refusal.status, sentence)

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> Page:  # noqa: ARG001
        return _page(400, gettext(CSRF_SENTENCE))

    @app.errorhandler(StaleDataError)
    def stale(error: StaleDataError) -> Page:  # noqa: ARG001
        return _page(409, gettext(STALE_SENTENCE))

    @app.errorhandler(DataError)
    def unusable(error: DataError) -> Page:
        log.warning("input that the database cannot hold: %s", error.orig)
        return _page(400, gettext(UNUSABLE_SENTENCE))

    @app.errorhandler(OperationalError)
    @app.errorhandler(PoolTimeout)
    def unavailable(error: Exception) -> Page:
        log.error("database unavailable: %s", error)
        return _bare_page("503"), 503

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Page | HTTPException:
        if error.code is None or error.code < 400:  # noqa: PLR2004 - a redirect is no error
            return error
        if error.code >= 500:  # noqa: PLR2004
            return _bare_page(str(error.code) if error.code in PAGES else "500"), error.code
        return _page(error.code, None)


def _bare_page(name: str) -> str:
    """Without context processors: they ask the database, which may be what is broken."""
    return current_app.jinja_env.get_template(f"errors/{name}.html").render(request_id=current_request_id())


def _page(status: int, message: str | None) -> Page:
    current_session().rollback()
    known = status if status in PAGES else 400
    return render_template(f"errors/{known}.html", message=message, max_upload_mb=_max_upload_mb()), status


def _max_upload_mb() -> int:
    return int(current_app.config["MAX_CONTENT_LENGTH"]) // (1024 * 1024)
