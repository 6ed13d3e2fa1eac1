"""Shapes of input of questions and enquiries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired, Length

from market.enquiries.rules import REASON_MAXIMUM, TEXT_MAXIMUM
from market.kernel.pages import without_null

_TEXT = [InputRequired(_l("请写下内容。")), Length(max=TEXT_MAXIMUM, message=_l("不超过 2000 字。")), without_null]


class QuestionForm(FlaskForm):
    """A public question."""

    text = TextAreaField(_l("您的问题"), validators=_TEXT, render_kw={"rows": 5})


class EnquiryForm(FlaskForm):
    """The first message of an enquiry."""

    text = TextAreaField(_l("咨询内容"), validators=_TEXT, render_kw={"rows": 6})
    offers_contact = BooleanField(_l("愿意交换联系方式：机构接受后，双方可以看到对方联系人的姓名、电话和邮箱"))


class AnswerForm(FlaskForm):
    """An answer, or a further message."""

    text = TextAreaField(_l("内容"), validators=_TEXT, render_kw={"rows": 5})


class HidingForm(FlaskForm):
    """Why a question is hidden."""

    reason = TextAreaField(
        _l("隐藏的理由"),
        validators=[
            InputRequired(_l("请写明隐藏的理由，提问企业和机构都会看到。")),
            Length(max=REASON_MAXIMUM, message=_l("不超过 500 字。")),
            without_null,
        ],
        render_kw={"rows": 3},
    )


class ButtonForm(FlaskForm):
    """A button: nothing but the token against forgery."""
