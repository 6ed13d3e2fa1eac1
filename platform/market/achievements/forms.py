"""Shapes of input of the register and of imports."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from market.achievements.importing.columns import Column
from market.achievements.importing.queries import ImportView
from market.achievements.rules import STATUS_CHOICES

NOT_IN_FILE = "-"


class UploadForm(FlaskForm):
    """One office file."""

    file = FileField(
        _l("专利清单文件"),
        validators=[FileRequired(_l("请选择一个 .xlsx 或 .csv 文件。"))],
        render_kw={"accept": ".xlsx,.csv,.txt,.tsv"},
    )


class OwnershipForm(FlaskForm):
    """Why the achievement is the institution's."""

    reason = TextAreaField(_l("权属依据"), validators=[InputRequired(_l("请写明权属依据。"))])


class StatusForm(FlaskForm):
    """What a person found about a right."""

    status = RadioField(
        _l("查询到的法律状态"),
        choices=[SelectChoice(status.value, _l(text)) for status, text in STATUS_CHOICES.items()],
        validators=[InputRequired(_l("请选择查询到的法律状态。"))],
    )
    reason = TextAreaField(_l("查询依据"), id="status-reason", validators=[InputRequired(_l("请写明查询渠道和日期。"))])


def _column_field(column: Column) -> SelectField:
    validators = [InputRequired(_l("请指明这一列。"))] if column.is_required else []
    return SelectField(_l(column.label), validators=validators)


class ColumnsForm(FlaskForm):
    """Which column of the file holds what."""

    number = _column_field(Column.NUMBER)
    title = _column_field(Column.TITLE)
    applicants = _column_field(Column.APPLICANTS)
    inventors = _column_field(Column.INVENTORS)
    filing_date = _column_field(Column.FILING_DATE)
    publication_number = _column_field(Column.PUBLICATION_NUMBER)
    main_class = _column_field(Column.MAIN_CLASS)
    abstract = _column_field(Column.ABSTRACT)


def columns_form(view: ImportView) -> ColumnsForm:
    """The form with the file's columns to choose from and the recognised ones chosen."""
    recognised = {column.value: str(index) for column, index in view.columns.items()}
    form = ColumnsForm(data=recognised)
    choices = [SelectChoice(str(index), _choice(view, index)) for index in range(len(view.headings))]
    for column in Column:
        form[column.value].choices = [SelectChoice(NOT_IN_FILE, _("（文件中没有）")), *choices]
        if not form.is_submitted() and column.value not in recognised:
            form[column.value].data = NOT_IN_FILE
    return form


def _choice(view: ImportView, index: int) -> str:
    letters, rest = "", index + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters} · {view.headings[index] or _('（无表头）')}"


def chosen_columns(form: ColumnsForm) -> dict[Column, int]:
    """What was chosen, without the columns that the file does not have."""
    return {column: int(form[column.value].data) for column in Column if form[column.value].data != NOT_IN_FILE}
