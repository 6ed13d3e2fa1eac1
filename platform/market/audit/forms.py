"""Shape of a break-glass request."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from market.audit.rules import LONGEST_REASON
from market.kernel.pages import without_null


class BreakGlassForm(FlaskForm):
    """Which lot, and why."""

    lot_number = StringField(
        _l("标的编号"),
        validators=[InputRequired(_l("请填写标的编号。")), Length(max=20, message=_l("编号过长。")), without_null],
    )
    reason = TextAreaField(
        _l("理由"),
        validators=[
            InputRequired(_l("请说明理由。")),
            Length(max=LONGEST_REASON, message=_l("理由过长。")),
            without_null,
        ],
    )
