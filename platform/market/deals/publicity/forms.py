"""Shapes of input of publicities and objections."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from market.deals.publicity.rules import TEXT_MAXIMUM
from market.deals.publicity.service import PriceDraft
from market.kernel.errors import Refusal
from market.kernel.money import parse_yuan
from market.kernel.pages import without_null


def _line(label: str, longest: int) -> StringField:
    too_long = _l("不超过 %(maximum)d 字。", maximum=longest)
    return StringField(label, validators=[Optional(), Length(max=longest, message=too_long), without_null])


class PriceForm(FlaskForm):
    """The agreed price, its basis, where it is made known, whether the buyer is related."""

    price = StringField(
        _l("拟交易价格（元）"),
        validators=[InputRequired(_l("请填写拟交易价格。")), Length(max=40), without_null],
        render_kw={"inputmode": "decimal"},
    )
    price_basis = _line(_l("定价依据和决策文件"), 500)
    unit_notice = _line(_l("本单位公示的地方"), 300)
    is_related = BooleanField(_l("受让方是成果完成人，或与完成人、本单位有利害关系"))
    related_note = _line(_l("关联关系的说明"), 200)

    def validate_price(self, field: StringField) -> None:
        try:
            parse_yuan(field.data)
        except Refusal as refusal:
            raise ValidationError(gettext(refusal.message)) from None

    def draft(self) -> PriceDraft:
        """What was typed; only after validation."""
        return PriceDraft(
            parse_yuan(self.price.data),
            self.price_basis.data or "",
            self.unit_notice.data or "",
            bool(self.is_related.data),
            self.related_note.data or "",
        )


class ReasonForm(FlaskForm):
    """Why: read by everybody."""

    reason = TextAreaField(
        _l("理由"),
        validators=[Optional(), Length(max=1000, message=_l("不超过 1000 字。")), without_null],
        render_kw={"rows": 3},
    )


class ObjectionForm(FlaskForm):
    """What somebody holds against a publicity."""

    text = TextAreaField(
        _l("异议的内容和依据"),
        validators=[
            InputRequired(_l("请写下内容。")),
            Length(max=TEXT_MAXIMUM, message=_l("不超过 2000 字。")),
            without_null,
        ],
        render_kw={"rows": 5},
    )
