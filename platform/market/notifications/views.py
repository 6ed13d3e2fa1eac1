"""The inbox of the organisation that one acts for."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.excel import excel_response
from market.kernel.paging import requested_page
from market.notifications import mailing, queries, service
from market.notifications.access import notice_for
from market.notifications.forms import MailChoiceForm
from market.notifications.queries import NoticeRow
from market.notifications.texts import sentence
from market.notifications.vocabulary import NoticeKind

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/console/notices")
@allowed(Act.READ_NOTICES)
def inbox() -> str:
    reader = (current_actor().organisation_id, current_actor().person_id)
    only_unread = request.args.get("show") == "unread"
    page = requested_page(queries.count_notices(*reader, only_unread=only_unread))
    order = queries.ORDERS.requested()
    rows = queries.list_notices(*reader, only_unread=only_unread, limit=page.size, offset=page.offset, order=order)
    return render_template(
        "notifications/inbox.html", rows=rows, page=page, order=order, only_unread=only_unread, message_of=_text
    )


@blueprint.post("/console/notices/<int:notice_id>/opening")
@allowed(Act.KEEP_NOTICES)
def open_notice(notice_id: int) -> Response:
    """Read it and go to what it is about."""
    actor = current_actor()
    with transaction() as session:
        notice = notice_for(session, actor, notice_id)
        service.mark_read(actor, notice, now=current_time())
        path = notice.path
    return redirect(path)


@blueprint.post("/console/notices/<int:notice_id>/reading")
@allowed(Act.KEEP_NOTICES)
def read_notice(notice_id: int) -> Response:
    actor = current_actor()
    with transaction() as session:
        service.mark_read(actor, notice_for(session, actor, notice_id), now=current_time())
    return redirect(url_for("notifications.inbox"))


@blueprint.post("/console/notices/reading")
@allowed(Act.KEEP_NOTICES)
def read_all() -> Response:
    with transaction() as session:
        service.mark_all_read(session, current_actor(), now=current_time())
    flash(_("全部通知已标为已读。"), "success")
    return redirect(url_for("notifications.inbox"))


@blueprint.get("/console/notices/export.xlsx")
@allowed(Act.READ_NOTICES)
def export_notices() -> Response:
    only_unread = request.args.get("show") == "unread"
    reader = (current_actor().organisation_id, current_actor().person_id)
    rows = queries.list_notices(*reader, only_unread=only_unread, order=queries.ORDERS.requested())
    headings = [_("时间"), _("标题"), _("内容"), _("办理期限"), _("阅读时间")]
    values = ((row.created_at, _(row.title), _text(row), row.due_on, row.read_at) for row in rows)
    return excel_response(_("通知"), headings, values)


@blueprint.route("/console/notices/preferences", methods=["GET", "POST"])
@allowed(Act.KEEP_NOTICES)
def preferences() -> Response | str | tuple[str, int]:
    person_id = current_actor().person_id
    with transaction() as session:
        choice = mailing.choice_of(session, person_id)
    form = MailChoiceForm(
        data={
            "kinds": [kind.value for kind in NoticeKind if kind not in choice.muted],
            "rhythm": "digest" if choice.is_digest else "at_once",
            "quiet_from": choice.quiet_from,
            "quiet_until": choice.quiet_until,
        }
    )
    form.offer_kinds()
    if form.validate_on_submit():
        with transaction() as session:
            mailing.choose(session, person_id, form.choice())
        flash(_("邮件设置已保存。站内通知照常显示。"), "success")
        return redirect(url_for("notifications.preferences"))
    page = render_template("notifications/preferences.html", form=form)
    return (page, 422) if request.method == "POST" else page


def _text(row: NoticeRow) -> str:
    return sentence(row.message, row.params)
