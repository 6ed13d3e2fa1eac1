"""Shapes of input of applications."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from market.deals.rules import PLAN_MAXIMUM
from market.deals.service import ApplicationDraft
from market.kernel.errors import Refusal
from market.kernel.money import parse_yuan
from market.kernel.pages import without_null


class ApplicationForm(FlaskForm):
    """A short plan and a price in yuan."""

    plan = TextAreaField(
        _l("使用计划"),
        validators=[InputRequired(_l("请写明打算怎样使用这项成果。")), Length(max=PLAN_MAXIMUM), without_null],
        render_kw={"rows": 6},
    )
    price = StringField(
        _l("意向价格"), validators=[Optional(), Length(max=40), without_null], render_kw={"inputmode": "decimal"}
    )

    is_abroad = BooleanField(_l("受让方或实际使用方在境外（含港澳台）"))

    def validate_price(self, field: StringField) -> None:
        if field.data:
            try:
                parse_yuan(field.data)
            except Refusal as refusal:
                raise ValidationError(gettext(refusal.message)) from None

    def draft(self) -> ApplicationDraft:
        """What was typed; only after validation."""
        price = parse_yuan(self.price.data) if self.price.data else None
        return ApplicationDraft(self.plan.data, price, is_abroad=self.is_abroad.data)


class DecisionForm(FlaskForm):
    """The institution's answer; a refusal needs a reason."""

    reason = TextAreaField(
        _l("理由"),
        validators=[Optional(), Length(max=1000, message=_l("不超过 1000 字。")), without_null],
        render_kw={"rows": 3},
    )
