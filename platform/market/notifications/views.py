"""The inbox of the organisation that one acts for."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from market.accounts.access import current_actor, signed_in
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.paging import requested_page
from market.notifications import queries, service
from market.notifications.access import notice_for
from market.notifications.queries import NoticeRow

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/console/notices")
@signed_in
def inbox() -> str:
    organisation_id = current_actor().organisation_id
    only_unread = request.args.get("show") == "unread"
    page = requested_page(queries.count_notices(organisation_id, only_unread=only_unread))
    rows = queries.list_notices(organisation_id, only_unread=only_unread, limit=page.size, offset=page.offset)
    return render_template("notifications/inbox.html", rows=rows, page=page, only_unread=only_unread, message_of=_text)


@blueprint.post("/console/notices/<int:notice_id>/opening")
@signed_in
def open_notice(notice_id: int) -> Response:
    """Read it and go to what it is about."""
    actor = current_actor()
    with transaction() as session:
        notice = notice_for(session, actor, notice_id)
        service.mark_read(actor, notice, now=current_time())
        path = notice.path
    return redirect(path)


@blueprint.post("/console/notices/<int:notice_id>/reading")
@signed_in
def read_notice(notice_id: int) -> Response:
    actor = current_actor()
    with transaction() as session:
        service.mark_read(actor, notice_for(session, actor, notice_id), now=current_time())
    return redirect(url_for("notifications.inbox"))


@blueprint.post("/console/notices/reading")
@signed_in
def read_all() -> Response:
    with transaction() as session:
        service.mark_all_read(session, current_actor(), now=current_time())
    flash(_("全部通知已标为已读。"), "success")
    return redirect(url_for("notifications.inbox"))


def _text(row: NoticeRow) -> str:
    """The message in the reader's language."""
    return str(_(row.message, **row.params) if row.params else _(row.message))
