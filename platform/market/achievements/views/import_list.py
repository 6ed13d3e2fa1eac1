"""The institution's imports as a list: filtered, sorted, exported."""

from __future__ import annotations

from flask import Response, render_template
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.achievements.importing import queries
from market.achievements.importing.queries import ImportView
from market.achievements.views.blueprint import Answer, blueprint
from market.achievements.vocabulary import ImportState, RowOutcome
from market.kernel.errors import N_
from market.kernel.lists import Column, requested_choice, requested_words, workbook_of

COLUMNS: tuple[Column[ImportView], ...] = (
    Column(N_("文件"), lambda row: row.file_name),
    Column(N_("上传时间"), lambda row: row.created_at),
    Column(N_("上传人"), lambda row: row.uploaded_by),
    Column(N_("状态"), lambda row: _(row.state.label)),
    Column(N_("行数"), lambda row: row.row_count),
    Column(N_("新增"), lambda row: row.counts[RowOutcome.NEW]),
    Column(N_("更新"), lambda row: row.counts[RowOutcome.CHANGED]),
    Column(N_("无变化"), lambda row: row.counts[RowOutcome.SAME]),
    Column(N_("未收入"), lambda row: row.counts[RowOutcome.REFUSED]),
    Column(N_("完成时间"), lambda row: row.finished_at),
)


@blueprint.get("/console/imports")
@allowed(Act.READ_IMPORTS)
def imports() -> Answer:
    return render_template(
        "achievements/imports.html",
        states=list(ImportState),
        may_write=may(current_actor(), Act.IMPORT),
        **queries.IMPORTS.shown(_conditions()),
    )


@blueprint.get("/console/imports/export.xlsx")
@allowed(Act.READ_IMPORTS)
def export_imports() -> Response:
    return workbook_of(_("导入"), COLUMNS, queries.IMPORTS.exported(_conditions()))


def _conditions() -> list[ColumnElement[bool]]:
    return queries.import_conditions(current_actor().organisation_id, requested_choice(ImportState), requested_words())
