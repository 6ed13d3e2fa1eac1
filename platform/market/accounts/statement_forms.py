"""Shapes of input of what is stated of organisations."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from market.accounts.statement_rules import StatementDraft, StatementKind
from market.kernel.pages import without_null


class _SourceForm(FlaskForm):
    """The paper that shows it."""

    source = StringField(
        _l("依据材料"),
        validators=[InputRequired(_l("请填写依据材料。")), Length(max=200, message=_l("最多 200 字。")), without_null],
    )
    source_date = DateField(_l("材料日期"), validators=[InputRequired(_l("请填写材料日期。"))])


class StaffForm(_SourceForm):
    """R&D staff and from which day."""

    rd_fte = DecimalField(_l("研发人员全时当量"), places=2, validators=[InputRequired(_l("请填写全时当量。"))])
    valid_from = DateField(_l("生效日期"), validators=[InputRequired(_l("请填写生效日期。"))])

    def draft(self) -> StatementDraft:
        """What was typed; only after validation."""
        return StatementDraft(
            StatementKind.STAFF,
            self.source.data or "",
            self.source_date.data,
            rd_fte=self.rd_fte.data,
            valid_from=self.valid_from.data,
        )


class NameForm(_SourceForm):
    """A former name."""

    name = StringField(
        _l("曾用名"),
        validators=[
            InputRequired(_l("请填写曾用名。")),
            Length(min=2, max=200, message=_l("名称为 2–200 字。")),
            without_null,
        ],
    )

    def draft(self) -> StatementDraft:
        """What was typed; only after validation."""
        return StatementDraft(
            StatementKind.FORMER_NAME, self.source.data or "", self.source_date.data, name=self.name.data or ""
        )


class RelationForm(_SourceForm):
    """That two organisations are related parties, or are no longer."""

    change = RadioField(
        _l("变化"),
        choices=[SelectChoice("related", _l("存在关联关系")), SelectChoice("unrelated", _l("关联关系终止"))],
        default="related",
        validators=[InputRequired(_l("请选择关联关系的变化。"))],
    )
    other_code = StringField(
        _l("另一机构的代码"),
        validators=[InputRequired(_l("请填写机构代码。")), Length(max=12, message=_l("代码过长。")), without_null],
    )
    reason = StringField(
        _l("关联关系说明"),
        validators=[InputRequired(_l("请说明关联关系。")), Length(max=200, message=_l("最多 200 字。")), without_null],
    )

    def draft(self) -> StatementDraft:
        """What was typed; only after validation."""
        return StatementDraft(
            StatementKind(self.change.data),
            self.source.data or "",
            self.source_date.data,
            other_code=self.other_code.data or "",
            reason=self.reason.data or "",
        )


class RecordedRelationForm(RelationForm):
    """The same, of any two organisations."""

    code = StringField(
        _l("机构代码"),
        validators=[InputRequired(_l("请填写机构代码。")), Length(max=12, message=_l("代码过长。")), without_null],
    )


class DecisionForm(FlaskForm):
    """Whether it is confirmed, and why not."""

    decision = RadioField(
        _l("意见"),
        choices=[SelectChoice("confirm", _l("确认")), SelectChoice("reject", _l("不确认"))],
        validators=[InputRequired(_l("请选择意见。"))],
    )
    reason = TextAreaField(_l("理由"), validators=[Length(max=500, message=_l("理由过长。")), without_null])
