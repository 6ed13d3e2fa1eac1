"""Shapes of what somebody reports, asks and decides."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from market.kernel.errors import N_
from market.kernel.pages import without_null
from market.listings.attachments.checking import ENDINGS, CheckedFile, check_file
from market.reports.errors import ReportRefused
from market.reports.rules import DECISION_MAXIMUM, EVIDENCE_BYTES, TEXT_MAXIMUM
from market.reports.vocabulary import ReportKind

EMAIL = r"^[^\s@]+@[^\s@]+\.[^\s@]+$"


class ReportForm(FlaskForm):
    """A report; who reports is optional."""

    kind = RadioField(
        _l("什么问题"),
        choices=[SelectChoice(kind.value, _l(kind.label)) for kind in ReportKind],
        validators=[InputRequired(_l("请选择。"))],
    )
    text = TextAreaField(
        _l("情况和依据"),
        validators=[InputRequired(_l("请写下内容。")), Length(max=TEXT_MAXIMUM), without_null],
        render_kw={"rows": 8},
    )
    evidence = FileField(_l("证据文件"), render_kw={"accept": ",".join(ENDINGS)})
    reporter_name = StringField(_l("您的姓名"), validators=[Optional(), Length(max=60), without_null])
    email = StringField(
        _l("您的邮箱"),
        validators=[Optional(), Length(max=254), without_null, Regexp(EMAIL, message=_l("请填写正确的邮箱地址。"))],
        render_kw={"type": "email", "autocomplete": "email"},
    )

    def checked(self) -> CheckedFile | None:
        """The file, looked at; None without one. Raises FileRefused, ReportRefused for a large one."""
        chosen = self.evidence.data
        if not chosen or not chosen.filename:
            return None
        try:
            content = chosen.stream.read(EVIDENCE_BYTES + 1)
        finally:
            chosen.close()
        if len(content) > EVIDENCE_BYTES:
            raise ReportRefused("report.evidence", N_("证据文件不能超过 5 MB。"), field="evidence")
        return check_file(chosen.filename.replace("\x00", ""), content)


class AskForm(FlaskForm):
    """Number and code of a receipt."""

    number = StringField(_l("举报编号"), validators=[InputRequired(_l("请填写。")), Length(max=40), without_null])
    code = StringField(
        _l("查询码"),
        validators=[InputRequired(_l("请填写。")), Length(max=40), without_null],
        render_kw={"autocomplete": "off"},
    )


class DecisionForm(FlaskForm):
    """What was found."""

    finding = TextAreaField(
        _l("核查的结果和理由"),
        validators=[InputRequired(_l("请写下内容。")), Length(max=DECISION_MAXIMUM), without_null],
        render_kw={"rows": 5},
    )
