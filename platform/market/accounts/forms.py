"""Shapes of input of sign-in and the switch of organisation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from market.kernel.pages import without_null


class SignInForm(FlaskForm):
    """E-mail and password; `next` is where the person wanted to go."""

    email = StringField(
        _("邮箱"),
        validators=[InputRequired(_("请填写邮箱。")), Length(max=254, message=_("邮箱过长。")), without_null],
        render_kw={"autocomplete": "username", "inputmode": "email"},
    )
    password = PasswordField(
        _("密码"),
        validators=[InputRequired(_("请填写密码。")), Length(max=200, message=_("密码过长。")), without_null],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class CodeForm(FlaskForm):
    """A code of the authenticator app, or a recovery code."""

    code = StringField(
        _("验证码"),
        validators=[InputRequired(_("请填写验证码。")), Length(max=40, message=_("验证码过长。")), without_null],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"},
    )
