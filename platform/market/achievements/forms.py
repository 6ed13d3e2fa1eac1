"""Shapes of input of the register."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from market.achievements.editing.forms import day
from market.achievements.rules import STATUS_CHOICES


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
    on = day(_l("查询日期（不填即今天）"))
    reason = TextAreaField(_l("查询依据"), validators=[InputRequired(_l("请写明查询渠道和日期。"))])
