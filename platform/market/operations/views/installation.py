"""The operator's console: jobs, search index, mail outbox, storage, people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.accounts.rules import Role
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.excel import excel_response
from market.kernel.lists import requested_choice, requested_words, workbook_of
from market.kernel.paging import requested_page
from market.listings.attachments.scanning import configured_scanner
from market.operations import installation, jobs_queries, outbox, service, storage
from market.operations.jobs_queries import ORDERS
from market.operations.views import blueprint
from market.operations.vocabulary import JobState, MailState

SEARCH_STATE = "kezhuan_search_state"
"""Where app.py puts the function that says how the search index stands; the market does not import search."""


@blueprint.get("/console/operations")
@allowed(Act.READ_OPERATION)
def overview() -> str:
    search_state: Callable[[], Any] = current_app.extensions[SEARCH_STATE]
    found, wanted = installation.migration_state(Path(current_app.root_path))
    return render_template(
        "operations/overview.html",
        queue=jobs_queries.queue_state(),
        states=list(JobState),
        search=search_state(),
        storage=installation.storage_state(),
        has_scanner=configured_scanner() is not None,
        migration=(found, wanted),
        mail_counts={state: installation.count_mails(installation.mail_conditions("", state)) for state in MailState},
    )


@blueprint.get("/console/operations/storage")
@allowed(Act.READ_OPERATION)
def storage_tables() -> str:
    order = storage.TABLE_ORDERS.requested()
    rows = storage.tables(requested_words(), order)
    return render_template("operations/storage.html", rows=rows, order=order)


@blueprint.get("/console/operations/storage/export.xlsx")
@allowed(Act.READ_OPERATION)
def export_storage() -> Response:
    rows = storage.tables(requested_words(), storage.TABLE_ORDERS.requested())
    return workbook_of(_("存储"), storage.TABLE_COLUMNS, rows)


@blueprint.get("/console/operations/jobs")
@allowed(Act.READ_OPERATION)
def jobs() -> str:
    state, task = requested_choice(JobState), requested_words("task")
    page, order = requested_page(jobs_queries.count_jobs(state, task)), ORDERS.requested()
    rows = jobs_queries.list_jobs(state, task, order=order, limit=page.size, offset=page.offset)
    return render_template("operations/jobs.html", rows=rows, page=page, states=list(JobState), order=order)


@blueprint.get("/console/operations/jobs/export.xlsx")
@allowed(Act.READ_OPERATION)
def export_jobs() -> Response:
    rows = jobs_queries.list_jobs(requested_choice(JobState), requested_words("task"), order=ORDERS.requested())
    headings = [_("编号"), _("任务"), _("状态"), _("尝试次数"), _("参数"), _("提交时间"), _("计划时间")]
    values = (
        (row.id, row.task, _(row.state.label), row.attempts, row.arguments, row.deferred_at, row.scheduled_at)
        for row in rows
    )
    return excel_response(_("后台任务"), headings, values)


@blueprint.post("/console/operations/jobs/<int:job_id>/retry")
@allowed(Act.OPERATE)
def retry_job(job_id: int) -> BaseResponse:
    with transaction() as session:
        service.retry_failed_job(session, current_actor(), job_id, now=current_time())
    flash(_("任务已放回队列，马上重新执行。"), "success")
    return redirect(url_for("operations.jobs", state=JobState.FAILED))


@blueprint.post("/console/operations/search-rebuild")
@allowed(Act.OPERATE)
def rebuild_search() -> BaseResponse:
    with transaction() as session:
        service.request_rebuild(session, current_actor(), now=current_time())
    flash(_("重建已排入后台任务；完成前由原索引继续应答。"), "success")
    return redirect(url_for("operations.overview"))


@blueprint.get("/console/operations/mails")
@allowed(Act.READ_OPERATION)
def mails() -> str:
    conditions = installation.mail_conditions(requested_words(), requested_choice(MailState))
    page, order = requested_page(installation.count_mails(conditions)), installation.MAIL_ORDERS.requested()
    rows = installation.list_mails(conditions, order=order, limit=page.size, offset=page.offset)
    return render_template("operations/mails.html", rows=rows, page=page, states=list(MailState), order=order)


@blueprint.post("/console/operations/mails/<int:message_id>/resending")
@allowed(Act.OPERATE)
def resend_mail(message_id: int) -> BaseResponse:
    with transaction() as session:
        outbox.resend(session, current_actor(), message_id, now=current_time())
    flash(_("邮件已放回发件箱，马上重新发送。"), "success")
    return redirect(url_for("operations.mails", state=MailState.FAILED))


@blueprint.get("/console/operations/mails/export.xlsx")
@allowed(Act.READ_OPERATION)
def export_mails() -> Response:
    conditions = installation.mail_conditions(requested_words(), requested_choice(MailState))
    rows = installation.list_mails(conditions, order=installation.MAIL_ORDERS.requested())
    headings = [_("收件人"), _("标题"), _("状态"), _("提交时间"), _("发送时间"), _("尝试次数"), _("失败原因")]
    values = (
        (row.recipient, row.subject, _(row.state.label), row.created_at, row.sent_at, row.attempts, row.failure)
        for row in rows
    )
    return excel_response(_("发件箱"), headings, values)


@blueprint.get("/console/operations/people")
@allowed(Act.READ_OPERATION)
def people() -> str:
    conditions = installation.people_conditions(requested_words(), requested_choice(Role, "role"))
    page, order = requested_page(installation.count_people(conditions)), installation.PEOPLE_ORDERS.requested()
    rows = installation.list_people(conditions, order=order, limit=page.size, offset=page.offset)
    return render_template("operations/people.html", rows=rows, page=page, roles=list(Role), order=order)


@blueprint.get("/console/operations/people/export.xlsx")
@allowed(Act.READ_OPERATION)
def export_people() -> Response:
    conditions = installation.people_conditions(requested_words(), requested_choice(Role, "role"))
    rows = installation.list_people(conditions, order=installation.PEOPLE_ORDERS.requested())
    headings = [_("姓名"), _("邮箱"), _("所属单位"), _("角色"), _("管理员"), _("账号"), _("加入时间")]
    values = (
        (
            row.name,
            row.email,
            row.organisation_name,
            "、".join(_(role.label) for role in row.roles),
            _("是") if row.is_administrator else "",
            _("可用") if row.is_enabled else _("停用"),
            row.since,
        )
        for row in rows
    )
    return excel_response(_("人员"), headings, values)
