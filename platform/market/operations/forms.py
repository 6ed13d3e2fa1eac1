"""Shapes of input of the operation's pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from market.kernel.pages import without_null
from market.operations.service import ProposalDraft


class ProposalForm(FlaskForm):
    """A new value, from which day, on which article."""

    value = StringField(
        _l("新的数值"),
        validators=[InputRequired(_l("请填写新的数值。")), Length(max=12, message=_l("数值过长。")), without_null],
        render_kw={"inputmode": "decimal"},
    )
    valid_from = DateField(_l("生效日期"), validators=[InputRequired(_l("请填写生效日期，最早是明天。"))])
    source = StringField(
        _l("依据（文件和条款）"),
        validators=[
            InputRequired(_l("请写明依据的文件和条款。")),
            Length(max=300, message=_l("不超过 300 字。")),
            without_null,
        ],
    )
    reason = TextAreaField(
        _l("变更理由"),
        validators=[
            InputRequired(_l("请写明变更理由。")),
            Length(max=1000, message=_l("不超过 1000 字。")),
            without_null,
        ],
        render_kw={"rows": 3},
    )

    def draft(self, key: str) -> ProposalDraft:
        """What was typed; only after validation."""
        return ProposalDraft(key, self.value.data, self.source.data, self.valid_from.data, self.reason.data)


class ProposalDecisionForm(FlaskForm):
    """The second person's answer; a no needs a reason."""

    reason = TextAreaField(
        _l("意见"), validators=[Optional(), Length(max=1000, message=_l("不超过 1000 字。")), without_null]
    )


class HolidayForm(FlaskForm):
    """One year's table as a file."""

    year = IntegerField(
        _l("年份"),
        validators=[InputRequired(_l("请填写年份。")), NumberRange(2000, 2100, message=_l("请填写四位年份。"))],
    )
    source = StringField(
        _l("发布文件"),
        validators=[
            InputRequired(_l("请写明发布安排的文件。")),
            Length(max=200, message=_l("不超过 200 字。")),
            without_null,
        ],
    )
    file = FileField(
        _l("放假安排文件"),
        validators=[FileRequired(_l("请选择一个 .xlsx 或 .csv 文件。"))],
        render_kw={"accept": ".xlsx,.csv"},
    )
