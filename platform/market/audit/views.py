"""The public page of anchors, the search in the log, break-glass requests."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.accounts.views.entering import recently_authenticated
from market.audit import queries, service
from market.audit.forms import BreakGlassForm
from market.audit.queries import EXPORT_LIMIT, LOG_ORDERS, BreakGlassRow, LogFilters, LogRow
from market.audit.texts import ACTIONS, SUBJECTS, state_text
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import N_
from market.kernel.excel import excel_response
from market.kernel.lists import Column, requested_words, workbook_of
from market.kernel.pages import refusals_on, require_decision
from market.kernel.paging import requested_page

blueprint = Blueprint("audit", __name__)
Answer = str | BaseResponse | tuple[str, int]
LONGEST_WORD = 100

REQUEST_COLUMNS: list[Column[BreakGlassRow]] = [
    Column(N_("标的编号"), lambda row: row.lot_number),
    Column(N_("标的"), lambda row: row.lot_title),
    Column(N_("理由"), lambda row: row.reason),
    Column(N_("申请人"), lambda row: row.requested_by),
    Column(N_("提交时间"), lambda row: row.requested_at),
    Column(N_("答复人"), lambda row: row.decided_by),
    Column(N_("答复时间"), lambda row: row.decided_at),
    Column(N_("状态"), lambda row: _(row.state.label)),
]


@blueprint.get("/record")
@allowed(Act.READ_PUBLIC)
def record() -> str:
    page = requested_page(queries.count_anchors())
    return render_template(
        "audit/record.html", rows=queries.list_anchors(limit=page.size, offset=page.offset), page=page
    )


@blueprint.get("/console/audit")
@allowed(Act.READ_LOG)
def log() -> str:
    filters = _filters()
    conditions = queries.log_conditions(filters)
    page = requested_page(queries.count_log(conditions))
    rows = queries.list_log(conditions, order=_order(), limit=page.size, offset=page.offset)
    return render_template(
        "audit/log.html",
        rows=rows,
        page=page,
        filters=filters,
        action_text=_action,
        subject_text=_subject,
        state_text=_state,
        actions=ACTIONS,
        sort=_order(),
    )


@blueprint.get("/console/audit/export.xlsx")
@allowed(Act.READ_LOG)
def export_log() -> Response:
    filters = _filters()
    rows = queries.list_log(queries.log_conditions(filters), order=_order(), limit=EXPORT_LIMIT)
    with transaction() as database:
        service.record_export(database, current_actor(), filters, len(rows), now=current_time())
    headings = [
        _("编号"),
        _("时间"),
        _("对象"),
        _("动作"),
        _("人员"),
        _("所属单位"),
        _("原状态"),
        _("新状态"),
        _("理由"),
        _("哈希"),
    ]
    return excel_response(_("审计日志"), headings, (_cells(row) for row in rows))


def _cells(row: LogRow) -> tuple[object, ...]:
    hidden = _("竞价结束后可见")
    person, organisation = (hidden, hidden) if row.is_hidden else (row.person, row.organisation)
    what = (row.id, row.occurred_at, _subject(row), _action(row.action), person, organisation)
    states = (_state(row, row.state_before), _state(row, row.state_after))
    return (*what, *states, row.reason, row.hash)


def _subject(row: LogRow) -> str:
    kind = SUBJECTS.get(row.subject_kind)
    return f"{_(kind) if kind else row.subject_kind} {row.subject_name}"


def _action(action: str) -> str:
    return str(_(ACTIONS[action])) if action in ACTIONS else action


def _state(row: LogRow, code: str | None) -> str | None:
    text = state_text(row.subject_kind, row.action, code)
    return str(_(text)) if text else None


def _order() -> str:
    wanted = request.args.get("sort", "")
    return wanted if wanted in LOG_ORDERS else "newest"


def _filters() -> LogFilters:
    return LogFilters(_word("actor"), _word("action"), _word("subject"), _day("from"), _day("to"))


def _word(name: str) -> str:
    return request.args.get(name, "").replace("\x00", "")[:LONGEST_WORD].strip()


def _day(name: str) -> date | None:
    """A day that the address names; nonsense means none."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2999, 12, 31) else None


@blueprint.route("/console/break-glass", methods=["GET", "POST"])
@allowed(Act.REQUEST_OPENING)
@recently_authenticated
def break_glass() -> Answer:
    form = BreakGlassForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as database:
            service.request_opening(
                database, current_actor(), form.lot_number.data, form.reason.data, now=current_time()
            )
        if outcome.accepted:
            flash(_("已提出。请另一位平台运营在本页批准，批准后一小时内可查看一次。"), "success")
            return redirect(url_for("audit.break_glass"))
    shown = queries.break_glass_requests(current_time()).shown(queries.request_conditions(requested_words()))
    page = render_template("audit/break_glass.html", form=form, own_person_id=current_actor().person_id, **shown)
    return page, 422 if request.method == "POST" else 200


@blueprint.get("/console/break-glass/export.xlsx")
@allowed(Act.READ_OPENINGS)
def export_requests() -> Response:
    rows = queries.break_glass_requests(current_time()).exported(queries.request_conditions(requested_words()))
    return workbook_of(_("紧急查看"), REQUEST_COLUMNS, rows)


@blueprint.post("/console/break-glass/<int:request_id>/decision")
@allowed(Act.DECIDE_OPENING)
@recently_authenticated
def decide(request_id: int) -> Answer:
    with transaction() as database:
        approve = request.form.get("decision") == "approve"
        service.decide_request(database, current_actor(), request_id, approve=approve, now=current_time())
        require_decision("approve", "decline")
    flash(_("已批准。申请人在一小时内可以查看一次。") if approve else _("没有批准，申请人不能查看。"), "success")
    return redirect(url_for("audit.break_glass"))


@blueprint.post("/console/break-glass/<int:request_id>/opening")
@allowed(Act.OPEN_LOT)
@recently_authenticated
def open_identities(request_id: int) -> Answer:
    with transaction() as database:
        opened = service.open_lot(database, current_actor(), request_id, now=current_time())
    answer = make_response(render_template("audit/identities.html", opened=opened))
    answer.headers["Cache-Control"] = "no-store"
    return answer
