"""Pages of reports: the public form, its receipt, its state; the handlers' list and page."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, session, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, Rows, may, rows_for
from market.accounts.security.digests import keyed_digest
from market.accounts.security.rules import network_prefix
from market.accounts.timeline import timeline
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, transaction
from market.kernel.errors import N_
from market.kernel.lists import Column, requested_choice, requested_words, workbook_of
from market.kernel.pages import refusals_on, require_decision
from market.reports import queries, rules, service
from market.reports.forms import AskForm, DecisionForm, ReportForm
from market.reports.models import WrongReport
from market.reports.queries import ReportRow
from market.reports.service import ReportDraft
from market.reports.texts import TEXTS
from market.reports.vocabulary import ReportKind, ReportState

blueprint = Blueprint("reports", __name__)
Answer = str | BaseResponse | tuple[str, int]
RECEIPT = "report_receipt"
LONGEST_NUMBER = 40

COLUMNS: list[Column[ReportRow]] = [
    Column(N_("举报编号"), lambda row: row.number),
    Column(N_("状态"), lambda row: _(row.state.label)),
    Column(N_("类别"), lambda row: _(row.kind.label)),
    Column(N_("成果编号"), lambda row: row.listing_number),
    Column(N_("成果"), lambda row: row.listing_title),
    Column(N_("机构"), lambda row: row.organisation_name),
    Column(N_("情况和依据"), lambda row: row.text),
    Column(N_("收到时间"), lambda row: row.received_at),
    Column(N_("处理期限"), lambda row: row.due_on),
    Column(N_("处理时间"), lambda row: row.decided_at),
    Column(N_("核查的结果和理由"), lambda row: row.decision),
]


@blueprint.route("/reports/new", methods=["GET", "POST"])
@allowed(Act.REPORT_WRONG)
def new() -> Answer:
    form = ReportForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as database:
            receipt = service.report_wrong(database, _draft(form), _network(), now=current_time())
        if outcome.accepted:
            session[RECEIPT] = [receipt.number, receipt.code]
            return redirect(url_for("reports.received"))
    page = render_template(
        "reports/new.html",
        form=form,
        listing=_named("listing"),
        institution=_named("institution"),
        workdays=rules.WORKDAYS,
    )
    return page, 422 if request.method == "POST" else 200


def _draft(form: ReportForm) -> ReportDraft:
    return ReportDraft(
        kind=ReportKind(form.kind.data),
        text=form.text.data or "",
        listing_number=_named("listing"),
        institution_code=_named("institution"),
        reporter_name=form.reporter_name.data or "",
        email=form.email.data or "",
        evidence=form.checked(),
    )


def _named(name: str) -> str:
    """What the report is about, by the address of the form."""
    return request.args.get(name, "").replace("\x00", "")[:LONGEST_NUMBER]


def _network() -> str:
    return keyed_digest("report", network_prefix(request.remote_addr))


@blueprint.get("/reports/received")
@allowed(Act.REPORT_WRONG)
def received() -> Answer:
    """Number and code, as long as this browser remembers them."""
    receipt = session.get(RECEIPT)
    if not receipt:
        return redirect(url_for("reports.state"))
    return render_template("reports/received.html", number=receipt[0], code=receipt[1], workdays=rules.WORKDAYS)


@blueprint.route("/reports/state", methods=["GET", "POST"])
@allowed(Act.REPORT_WRONG)
def state() -> Answer:
    form, found = AskForm(), None
    if form.validate_on_submit():
        with refusals_on(form):
            found = service.asked_report(current_session(), form.number.data or "", form.code.data or "")
    page = render_template(
        "reports/state.html", form=form, report=found, state=ReportState(found.state) if found else None
    )
    return page, 422 if request.method == "POST" and found is None else 200


@blueprint.get("/console/reports")
@allowed(Act.READ_REPORTS)
def index() -> Answer:
    shown = queries.REPORTS.shown(_conditions())
    today = local_date(current_time())
    return render_template("reports/index.html", states=list(ReportState), kinds=list(ReportKind), today=today, **shown)


@blueprint.get("/console/reports/export.xlsx")
@allowed(Act.READ_REPORTS)
def export() -> Response:
    return workbook_of(_("举报"), COLUMNS, queries.REPORTS.exported(_conditions()))


def _conditions() -> list[ColumnElement[bool]]:
    return queries.report_conditions(
        current_actor(), requested_choice(ReportState), requested_choice(ReportKind, "kind"), requested_words()
    )


@blueprint.get("/console/reports/<int:report_id>")
@allowed(Act.READ_REPORTS)
def report(report_id: int) -> Answer:
    return _page(report_id, DecisionForm(), 200)


def _page(report_id: int, form: DecisionForm, status: int) -> tuple[str, int]:
    actor = current_actor()
    found = queries.report_for(actor, report_id)
    row = queries.REPORTS.rows([WrongReport.id == found.id])[0]
    page = render_template(
        "reports/report.html",
        row=row,
        form=form,
        reporter=(found.reporter_name, found.email) if rows_for(actor, Act.READ_REPORTS) is Rows.ALL else None,
        may_decide=row.state is ReportState.RECEIVED and may(actor, Act.DECIDE_REPORT),
        today=local_date(current_time()),
        events=timeline("report", found.id, TEXTS),
    )
    return page, status


@blueprint.get("/console/reports/<int:report_id>/evidence")
@allowed(Act.READ_REPORTS)
def evidence(report_id: int) -> Answer:
    """A download that no browser opens as a page of this site."""
    file = queries.evidence_of(queries.report_for(current_actor(), report_id).id)
    answer = send_file(
        BytesIO(file.content), mimetype=file.media_type, as_attachment=True, download_name=file.name, max_age=0
    )
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post("/console/reports/<int:report_id>/decision")
@allowed(Act.DECIDE_REPORT)
def decide(report_id: int) -> Answer:
    actor, form = current_actor(), DecisionForm()
    found_id = queries.report_for(actor, report_id).id
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as database:
            require_decision("uphold", "reject")
            upholds = request.form.get("decision") == "uphold"
            service.decide_report(
                database, actor, found_id, upholds=upholds, decision=form.finding.data or "", now=current_time()
            )
        if outcome.accepted:
            flash(_("举报已处理，举报人凭编号和查询码可以看到结果。"), "success")
            return redirect(url_for("reports.report", report_id=report_id))
    return _page(report_id, form, 422)
