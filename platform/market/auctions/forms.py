"""The shape of input; what is allowed is said by the rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from market.auctions.vocabulary import SuspensionCause
from market.kernel.clock import SHANGHAI
from market.kernel.pages import without_null

LARGEST_ID = 2**63
LOCAL_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


def row_id(text: object) -> int:
    """An id as a form carries it. Raises ValueError for what cannot be one."""
    number = int(str(text))
    if not 0 < number < LARGEST_ID:
        raise ValueError(text)
    return number


class BidForm(FlaskForm):
    """An amount in yuan as typed; `form_token` is new in every rendered form."""

    amount = StringField(_("出价（元）"))
    form_token = HiddenField()


class RegisterForm(FlaskForm):
    """What an enterprise declares when it registers for a lot."""

    is_abroad = BooleanField(_("受让方或实际使用方在境外（含港澳台）"))


class AnnounceForm(FlaskForm):
    """What the seller chooses; times are Wenzhou's."""

    offers = SelectMultipleField(
        _("标的包含的成果"),
        coerce=row_id,
        validate_choice=False,  # the service says which offers fit, in sentences
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validators=[InputRequired(_("请至少选择一项成果。"))],
    )
    title = StringField(_("标的名称"), validators=[InputRequired(_("请填写标的名称。")), Length(max=200)])
    step = StringField(_("加价幅度（元）"), validators=[InputRequired(_("请填写加价幅度。"))])
    opens_at = DateTimeLocalField(
        _("开始竞价"), format=LOCAL_FORMATS, validators=[InputRequired(_("请填写开始时间。"))]
    )
    closes_at = DateTimeLocalField(_("截止"), format=LOCAL_FORMATS, validators=[InputRequired(_("请填写截止时间。"))])
    is_confirmed = BooleanField(
        _("我确认：公告后条款不能修改；开始竞价前撤回须公开说明理由，开始后不能撤回。"),
        validators=[InputRequired(_("请确认后再发布。"))],
    )


class WithdrawForm(FlaskForm):
    """Why a lot is withdrawn."""

    reason = TextAreaField(_("撤回理由（公开显示）"))
    confirmed = BooleanField(validators=[InputRequired(_("请勾选确认。"))])


class SuspendForm(FlaskForm):
    """Why the platform stops the bidding."""

    cause = SelectField(_("原因"), validators=[InputRequired(_("请选择原因。"))])
    reason = TextAreaField(_("理由（公开显示）"), validators=[InputRequired(_("请写明理由。")), without_null])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        causes = [cause for cause in SuspensionCause if not cause.is_from_register]
        self.cause.choices = [SelectChoice(cause.value, gettext(cause.label)) for cause in causes]


class ResumeForm(FlaskForm):
    """Why bidding may go on, and the paper that shows a consent or a disclosure."""

    reason = TextAreaField(
        _("恢复理由（公开显示）"), id="resume-reason", validators=[InputRequired(_("请写明理由。")), without_null]
    )
    paper = StringField(_("依据文件"), validators=[without_null])


class EndForm(FlaskForm):
    """Why a suspended lot is to be terminated."""

    reason = TextAreaField(
        _("终结理由（公开显示）"), id="end-reason", validators=[InputRequired(_("请写明理由。")), without_null]
    )


class DecideEndForm(FlaskForm):
    """What the second person says; needed when she declines."""

    reason = TextAreaField(_("不同意的理由"), id="decision-reason", validators=[without_null])


def local_moment(typed: datetime | None) -> datetime:
    """A time as typed, in Wenzhou, as an aware moment."""
    assert typed is not None
    return typed.replace(tzinfo=SHANGHAI)
