"""What organisations state of themselves: the own page, and the list where the bureau confirms."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from market.accounts import statement_queries, statements
from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.accounts.rules import OrganisationKind
from market.accounts.statement_forms import DecisionForm, NameForm, RecordedRelationForm, RelationForm, StaffForm
from market.accounts.statement_queries import STATEMENTS, StatementRow
from market.accounts.statement_rules import StatementKind, StatementState
from market.accounts.views.blueprint import Answer, blueprint
from market.accounts.views.entering import recently_authenticated
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.errors import N_, NotFound
from market.kernel.lists import Column, requested_choice, requested_words, workbook_of
from market.kernel.pages import refusals_on

OwnForm = StaffForm | NameForm | RelationForm
FORMS: dict[str, type[OwnForm]] = {"staff": StaffForm, "former_name": NameForm, "relation": RelationForm}

COLUMNS: tuple[Column[StatementRow], ...] = (
    Column(N_("机构代码"), lambda row: row.code),
    Column(N_("机构"), lambda row: row.organisation),
    Column(N_("事项"), lambda row: _(row.kind.label)),
    Column(N_("内容"), lambda row: row.said),
    Column(N_("生效日期"), lambda row: row.valid_from),
    Column(N_("关联关系说明"), lambda row: row.reason),
    Column(N_("依据材料"), lambda row: row.source),
    Column(N_("材料日期"), lambda row: row.source_date),
    Column(N_("提出单位"), lambda row: row.proposed_for),
    Column(N_("提出时间"), lambda row: row.proposed_at),
    Column(N_("状态"), lambda row: _(row.state.label)),
    Column(N_("处理时间"), lambda row: row.decided_at),
    Column(N_("理由"), lambda row: row.decision_reason),
)


@blueprint.route("/console/organisation/particulars", methods=["GET", "POST"])
@allowed(Act.STATE_PARTICULARS)
def particulars() -> Answer:
    """The own organisation's statements, and three forms for a new one."""
    wanted = request.form.get("kind", "")
    if request.method == "GET" or wanted not in FORMS:
        return _own_page(""), 200 if request.method == "GET" else 422
    form = FORMS[wanted](prefix=f"{wanted}-")
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            statements.state_own(session, current_actor(), form.draft(), now=current_time())
        if outcome.accepted:
            flash(_("已提交，市科技局确认后生效，结果会通知您。"), "success")
            return redirect(url_for("accounts.particulars"))
    return _own_page(wanted, form), 422


def _own_page(opened: str, form: OwnForm | None = None) -> str:
    actor = current_actor()
    forms = {name: kind(formdata=None, prefix=f"{name}-") for name, kind in FORMS.items()}
    return render_template(
        "accounts/particulars.html",
        forms=forms if form is None else forms | {opened: form},
        opened=opened if form is not None else "",
        is_institution=actor.organisation_kind is OrganisationKind.INSTITUTION,
        rows=statement_queries.statements_of(actor.organisation_id),
        staff=statement_queries.staff_in_force(actor.organisation_id, local_date(current_time())),
    )


@blueprint.get("/console/particulars")
@allowed(Act.READ_PARTICULARS)
def statement_list() -> str:
    return render_template(
        "accounts/statements.html",
        **STATEMENTS.shown(_filters()),
        kinds=list(StatementKind),
        states=list(StatementState),
        may_record=may(current_actor(), Act.RECORD_RELATION),
    )


@blueprint.get("/console/particulars/export.xlsx")
@allowed(Act.READ_PARTICULARS)
def export_statements() -> Response:
    return workbook_of(_("机构登记事项"), COLUMNS, STATEMENTS.exported(_filters()))


@blueprint.get("/console/particulars/<int:statement_id>")
@allowed(Act.READ_PARTICULARS)
def statement(statement_id: int) -> str:
    return _statement_page(statement_id)


@blueprint.post("/console/particulars/<int:statement_id>/decision")
@allowed(Act.DECIDE_PARTICULARS)
@recently_authenticated
def decide_statement(statement_id: int) -> Answer:
    form = DecisionForm()
    if form.validate_on_submit():
        confirms, reason = form.decision.data == "confirm", form.reason.data or ""
        with refusals_on(form) as outcome, transaction() as session:
            statements.decide(
                session, current_actor(), statement_id, confirms=confirms, reason=reason, now=current_time()
            )
        if outcome.accepted:
            flash(_("已确认，从现在起生效。") if confirms else _("已答复，没有生效。"), "success")
            return redirect(url_for("accounts.statement_list"))
    return _statement_page(statement_id, form), 422


@blueprint.route("/console/particulars/relations/new", methods=["GET", "POST"])
@allowed(Act.RECORD_RELATION)
def record_relation() -> Answer:
    form = RecordedRelationForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            statements.record_relation(session, current_actor(), form.code.data or "", form.draft(), now=current_time())
        if outcome.accepted:
            flash(_("已提交，市科技局确认后生效。"), "success")
            return redirect(url_for("accounts.statement_list"))
    return render_template("accounts/relation_new.html", form=form), 422 if request.method == "POST" else 200


def _filters() -> list[ColumnElement[bool]]:
    return statement_queries.statement_conditions(
        requested_words(), requested_choice(StatementKind, "kind"), requested_choice(StatementState)
    )


def _statement_page(statement_id: int, form: DecisionForm | None = None) -> str:
    row = statement_queries.statement_row(statement_id)
    if row is None:
        raise NotFound
    return render_template(
        "accounts/statement.html",
        row=row,
        may_decide=may(current_actor(), Act.DECIDE_PARTICULARS) and row.state is StatementState.PROPOSED,
        form=form or DecisionForm(formdata=None),
    )
