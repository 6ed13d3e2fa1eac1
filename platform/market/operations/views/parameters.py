"""Numbers that a regulation sets: in force, history, change by two persons."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.accounts.views.entering import recently_authenticated
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.excel import excel_response
from market.kernel.pages import refusals_on, require_decision
from market.operations import queries, service
from market.operations.forms import ProposalDecisionForm, ProposalForm
from market.operations.queries import ParameterRow
from market.operations.views import blueprint
from market.operations.vocabulary import ProposalState

Answer = str | BaseResponse | tuple[str, int]
SORTS = ("key", "label", "valid_from")


@blueprint.get("/console/parameters")
@allowed(Act.READ_PARAMETERS)
def parameters() -> Answer:
    today = local_date(current_time())
    return render_template(
        "operations/parameters.html",
        rows=_sorted(queries.list_parameters(today, text=request.args.get("text", ""))),
        waiting=queries.list_proposals(today, state=ProposalState.PROPOSED),
        form=ProposalDecisionForm(),
        person_id=current_actor().person_id,
        sort=_sort(),
    )


@blueprint.get("/console/parameters/export.xlsx")
@allowed(Act.READ_PARAMETERS)
def export_parameters() -> Response:
    rows = _sorted(queries.list_parameters(local_date(current_time()), text=request.args.get("text", "")))
    headings = [_("参数"), _("名称"), _("数值"), _("单位"), _("依据"), _("生效日期"), _("失效日期")]
    values = (
        (
            row.key,
            _(row.label),
            version.value,
            ngettext(row.unit_label, row.unit_label, version.form_number),
            version.source,
            version.valid_from,
            version.ends_before,
        )
        for row in rows
        for version in row.versions
    )
    return excel_response(_("参数"), headings, values)


@blueprint.route("/console/parameters/<key>", methods=["GET", "POST"])
@allowed(Act.PROPOSE_PARAMETER)
@recently_authenticated
def parameter(key: str) -> Answer:
    today = local_date(current_time())
    row = queries.parameter_row(key, today)
    if row is None:
        raise NotFound
    form = ProposalForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.propose_change(session, current_actor(), form.draft(key), now=current_time())
        if outcome.accepted:
            flash(_("变更已提出，由另一人批准后从所填日期起生效。"), "success")
            return redirect(url_for("operations.parameter", key=key))
    page = render_template(
        "operations/parameter.html",
        row=row,
        form=form,
        proposals=queries.list_proposals(today, key=key),
        touched=queries.touched_by(key),
    )
    return page, 422 if request.method == "POST" else 200


@blueprint.post("/console/parameters/proposals/<int:proposal_id>/decision")
@allowed(Act.DECIDE_PARAMETER)
@recently_authenticated
def decide_proposal(proposal_id: int) -> Answer:
    approves = request.form.get("decision") == "approve"
    reason = request.form.get("reason", "")[:1000]
    with transaction() as session:
        service.find_proposal(session, proposal_id)
        require_decision("approve", "reject")
        proposal = service.decide_change(
            session, current_actor(), proposal_id, approves=approves, reason=reason, now=current_time()
        )
        key = proposal.key
    flash(_("变更已批准，从生效日期起适用。") if approves else _("变更没有批准，数值不变。"), "success")
    return redirect(url_for("operations.parameter", key=key))


def _sort() -> str:
    wanted = request.args.get("sort", "key")
    return wanted if wanted in SORTS else "key"


def _sorted(rows: list[ParameterRow]) -> list[ParameterRow]:
    if _sort() == "label":
        return sorted(rows, key=lambda row: _(row.label))
    if _sort() == "valid_from":
        return sorted(rows, key=lambda row: (row.current.valid_from, row.key), reverse=True)
    return rows
