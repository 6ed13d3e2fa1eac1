"""Shapes of input of imports."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange, Optional

from market.achievements.errors import ColumnsRefused
from market.achievements.importing.columns import HEADER_SEARCH_ROWS
from market.achievements.importing.headings import Column
from market.achievements.importing.queries import ImportView
from market.kernel.errors import N_

NOT_IMPORTED = "-"


class UploadForm(FlaskForm):
    """One office file."""

    file = FileField(
        _l("专利清单文件"),
        validators=[FileRequired(_l("请选择一个 .xlsx、.xls 或 .csv 文件。"))],
        render_kw={"accept": ".xlsx,.xls,.csv,.txt,.tsv"},
    )


class SheetForm(FlaskForm):
    """Another sheet of the file, another row as headings."""

    sheet_name = SelectField(_l("工作表"))
    header_row = IntegerField(
        _l("表头在第几行"),
        validators=[Optional(), NumberRange(1, HEADER_SEARCH_ROWS, _l("请填 1 到 20 之间的行号，或留空由系统识别。"))],
    )


def sheet_form(view: ImportView) -> SheetForm:
    """The form with the file's sheets; what is read now is chosen."""
    form = SheetForm(data={"sheet_name": view.sheet_name, "header_row": view.header_row})
    form.sheet_name.choices = [SelectChoice(name, name or _("（整个文件）")) for name in view.sheets]
    return form


def field_name(index: int) -> str:
    """The name of the field that says what the column means."""
    return f"column-{index}"


def columns_form(view: ImportView) -> FlaskForm:
    """A form with one choice for each column of the file; the recognised meanings are chosen."""
    fields = {
        field_name(index): SelectField(
            column_title(view, index), default=NOT_IMPORTED, choices=_choices(), validators=[]
        )
        for index in range(len(view.headings))
    }
    shape = type("ColumnsForm", (FlaskForm,), fields)
    form: FlaskForm = shape(data={field_name(index): column.value for column, index in view.columns.items()})
    return form


def _choices() -> list[SelectChoice]:
    known = [SelectChoice(column.value, _(column.label)) for column in Column]
    return [SelectChoice(NOT_IMPORTED, _("不导入")), *known]


def column_title(view: ImportView, index: int) -> str:
    """`B · 申请号`."""
    letters, rest = "", index + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters} · {view.headings[index] or _('（无表头）')}"


def chosen_columns(form: FlaskForm) -> dict[Column, int]:
    """Which column holds what, as chosen. Raises ColumnsRefused when two columns have the same meaning."""
    chosen: dict[Column, int] = {}
    for field in form:
        if not field.name.startswith("column-") or field.data == NOT_IMPORTED:
            continue
        column, index = Column(field.data), int(field.name.removeprefix("column-"))
        if column in chosen:
            raise ColumnsRefused(
                "columns.twice",
                N_("“%(column)s”已经选给了“%(first)s”列，每种含义只能选一列。"),
                field=field.name,
                column=column.label,
                first=form[field_name(chosen[column])].label.text,
            )
        chosen[column] = index
    return chosen
