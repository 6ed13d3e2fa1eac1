"""Shapes of input of passkeys."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from market.accounts.security.passkey_rules import LONGEST_ANSWER, NAME_LENGTH
from market.kernel.pages import without_null

NO_ANSWER = _l("浏览器没有返回通行密钥的结果。请重试。")


def _answer() -> HiddenField:
    return HiddenField(validators=[InputRequired(NO_ANSWER), Length(max=LONGEST_ANSWER, message=NO_ANSWER)])


def _stripped(text: str | None) -> str:
    return " ".join((text or "").split())


class PasskeyAnswerForm(FlaskForm):
    """What a device answered, as JSON; `next` is where the person wanted to go."""

    answer = _answer()
    next = HiddenField()

    def problems(self) -> list[str]:
        """What to say on the page that it came from."""
        return [str(problem) for problem in (*self.form_errors, *self.answer.errors)]


class PasskeyNameForm(FlaskForm):
    """What the person calls a passkey."""

    name = StringField(
        _l("名称"),
        filters=[_stripped],
        validators=[
            InputRequired(_l("请填写名称。")),
            Length(min=1, max=NAME_LENGTH, message=_l("名称为 1–60 个字。")),
            without_null,
        ],
        render_kw={"autocomplete": "off"},
    )


class NewPasskeyForm(PasskeyNameForm):
    """A name, and the key that the device made."""

    answer = _answer()
