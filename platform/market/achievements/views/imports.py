"""Imports: upload, columns, check, approval, progress, what became of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.accounts.timeline import timeline
from market.achievements.access import import_for
from market.achievements.importing import queries, service
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.forms import UploadForm, chosen_columns, columns_form, field_name, sheet_form
from market.achievements.importing.headings import Column
from market.achievements.importing.queries import ImportRowView, ImportView
from market.achievements.importing.remembering import forget, remember, remembered
from market.achievements.importing.texts import TEXTS as IMPORT_TEXTS
from market.achievements.importing.workbook import read_rows
from market.achievements.models import ImportRun
from market.achievements.timeline import FIELDS
from market.achievements.views.blueprint import Answer, blueprint
from market.achievements.vocabulary import (
    ImportState,
    LegalStatus,
    MaturityStage,
    OwnershipForm,
    OwnershipStatus,
    RowOutcome,
)
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.excel import excel_response
from market.kernel.pages import refusals_on
from market.kernel.paging import address_with, requested_page

REFRESH_SECONDS = 2
COLUMNS_STEP = "columns"


@blueprint.route("/console/imports/new", methods=["GET", "POST"])
@allowed(Act.IMPORT)
def new_import() -> Answer:
    form = UploadForm()
    if form.validate_on_submit():
        file = OfficeFile(form.file.data.filename or "", form.file.data.stream.read())
        with refusals_on(form) as outcome, transaction() as session:
            uploader = service.uploader_of(current_actor())
            run_id = service.receive_upload(session, uploader, file, now=current_time()).id
        if outcome.accepted:
            return redirect(url_for("achievements.import_run", run_id=run_id))
    return render_template("achievements/import_new.html", form=form), 422 if request.method == "POST" else 200


@blueprint.get("/console/imports/<int:run_id>")
@allowed(Act.READ_IMPORTS)
def import_run(run_id: int) -> Answer:
    view = import_for(current_actor(), run_id)
    wants_columns = request.args.get("step") == COLUMNS_STEP and view.state is ImportState.CHECKED
    if view.state is ImportState.UPLOADED or wants_columns:
        return _columns_page(view, columns_form(view), sheet_form(view))
    if view.is_under_way:
        return _progress_page(view)
    return _result_page(view)


@blueprint.post("/console/imports/<int:run_id>/columns")
@allowed(Act.IMPORT)
def confirm_columns(run_id: int) -> Answer:
    view = import_for(current_actor(), run_id)
    form = columns_form(view)
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            columns = chosen_columns(form)
            service.confirm_columns(session, run_id, columns)
            remember(
                session, view.organisation_id, view.headings, columns,
                file_name=view.file_name, person_id=current_actor().person_id, now=current_time(),
            )  # fmt: skip
        if outcome.accepted:
            flash(_("已开始逐行核对，现在还不会写入台账。可以关闭本页，核对完成后会通知您。"), "success")
            return redirect(url_for("achievements.import_run", run_id=run_id))
    return _columns_page(view, form, sheet_form(view)), 422


@blueprint.post("/console/imports/<int:run_id>/sheet")
@allowed(Act.IMPORT)
def choose_sheet(run_id: int) -> Answer:
    view = import_for(current_actor(), run_id)
    form = sheet_form(view)
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.choose_sheet(session, run_id, form.sheet_name.data, form.header_row.data)
        if outcome.accepted:
            return redirect(url_for("achievements.import_run", run_id=run_id))
    return _columns_page(view, columns_form(view), form), 422


@blueprint.get("/console/imports/columns")
@allowed(Act.READ_IMPORTS)
def import_memory() -> Answer:
    actor = current_actor()
    return render_template(
        "achievements/import_memory.html",
        rows=remembered(current_session(), actor.organisation_id),
        may_write=may(actor, Act.IMPORT),
    )


@blueprint.post("/console/imports/columns/<int:remembered_id>/forget")
@allowed(Act.IMPORT)
def forget_columns(remembered_id: int) -> Answer:
    with transaction() as session:
        forget(session, current_actor().organisation_id, remembered_id)
    flash(_("已忘记这种表头，下次上传时重新识别。"), "success")
    return redirect(url_for("achievements.import_memory"))


@blueprint.post("/console/imports/<int:run_id>/approve")
@allowed(Act.IMPORT)
def approve_import(run_id: int) -> Answer:
    import_for(current_actor(), run_id)
    with transaction() as session:
        service.approve(session, run_id)
    flash(_("已开始导入。可以关闭本页，完成后会通知您。"), "success")
    return redirect(url_for("achievements.import_run", run_id=run_id))


@blueprint.post("/console/imports/<int:run_id>/discard")
@allowed(Act.IMPORT)
def discard_import(run_id: int) -> Answer:
    import_for(current_actor(), run_id)
    with transaction() as session:
        service.discard(session, run_id, now=current_time())
    flash(_("已放弃这次导入，台账没有变化。"), "success")
    return redirect(url_for("achievements.imports"))


def _columns_page(view: ImportView, form: FlaskForm, sheet: FlaskForm) -> str:
    return render_template(
        "achievements/import_columns.html",
        run=view,
        form=form,
        sheet=sheet,
        lines=[(form[field_name(index)], _samples(view, index)) for index in range(len(view.headings))],
        required=[column for column in Column if column.is_required],
        may_write=may(current_actor(), Act.IMPORT),
    )


def _samples(view: ImportView, index: int) -> list[str]:
    return [sample[index] for sample in view.samples if index < len(sample) and sample[index]]


def _progress_page(view: ImportView) -> Answer:
    """With JavaScript only the bar asks again, without it the whole page does (in a noscript element)."""
    if request.headers.get("HX-Request") == "true":
        return render_template("achievements/_import_progress.html", run=view)
    return render_template("achievements/import_progress.html", run=view, refresh_seconds=REFRESH_SECONDS)


def _outcome() -> RowOutcome | None:
    wanted = request.args.get("outcome", "")
    return RowOutcome(wanted) if wanted in set(RowOutcome) else None


def _result_page(view: ImportView) -> Answer:
    if request.headers.get("HX-Request") == "true":
        response = make_response("")
        response.headers["HX-Refresh"] = "true"
        return response
    outcome = _outcome()
    page = requested_page(queries.count_rows(view.id, outcome))
    is_checked = view.state is ImportState.CHECKED
    rows = queries.import_rows(view.id, outcome, limit=page.size, offset=page.offset)
    return render_template(
        "achievements/import_result.html",
        run=view,
        is_checked=is_checked,
        lines=[(row, _explanation(row)) for row in rows],
        page=page,
        events=timeline("import_run", view.id, IMPORT_TEXTS),
        outcome=outcome,
        outcome_links={member: address_with(outcome=member.value) for member in RowOutcome},
        pending_count=queries.pending_in_check(view.id) if is_checked else queries.pending_count(view.id),
        all_url=address_with(outcome=None),
        own_name=current_actor().organisation_name,
        export_url=url_for("achievements.export_import", run_id=view.id, outcome=outcome.value if outcome else None),
        may_write=may(current_actor(), Act.IMPORT),
    )


def _explanation(row: ImportRowView) -> str | None:
    """Why the row is refused, or what it changes, as one sentence."""
    if row.reason is not None:
        return row.reason
    parts = [
        _(
            "%(field)s：“%(before)s”改为“%(after)s”",
            field=_field_label(name),
            before=_value(name, change["before"]),
            after=_value(name, change["after"]),
        )
        for name, change in row.changes.items()
    ]
    if row.outcome is RowOutcome.NEW and row.ownership is OwnershipStatus.PENDING:
        parts.append(_("申请人不是本单位，登记后权属待确认"))
    return "；".join(parts) or None


def _field_label(name: str) -> str:
    return str(_(Column(name).label) if name in set(Column) else FIELDS[name])


def _value(name: str, value: str | None) -> str:
    if name == "ownership_status" and value is not None:
        return str(_(OwnershipStatus(value).label))
    if name == "legal_status":
        return str(_(LegalStatus(value or LegalStatus.UNKNOWN).label))
    if name in _LABELLED and value:
        return str(_(_LABELLED[name](value).label))
    text = value or _("空")
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


SHOWN_CHARACTERS = 60
_LABELLED: dict[str, type[MaturityStage | OwnershipForm]] = {
    "maturity_stage": MaturityStage,
    "ownership_form": OwnershipForm,
}


@blueprint.get("/console/imports/<int:run_id>/rows.xlsx")
@allowed(Act.READ_IMPORTS)
def export_import(run_id: int) -> Response:
    """The file as it came, each row with its result and reason: to correct and upload again."""
    view = import_for(current_actor(), run_id)
    headings = [*(heading or "—" for heading in view.headings), _("导入结果"), _("原因"), _("原文件行号")]
    return excel_response(_("导入结果"), headings, _annotated(view, _outcome()))


def _annotated(view: ImportView, outcome: RowOutcome | None) -> Iterator[Sequence[Any]]:
    session = current_session()
    file = service.stored_file(session, session.get_one(ImportRun, view.id))
    originals = read_rows(file)
    width = len(view.headings)
    for row in queries.import_rows(view.id, outcome):
        values = next((found.values for found in originals if found.row_number == row.row_number), ())
        padded = (*values, *([None] * width))[:width]
        yield (*padded, _(row.outcome.label), _explanation(row), row.row_number)
