"""Shape of the listing editor: texts, and one block for each way of transfer."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from market.achievements.vocabulary import Industry, MaturityStage, TechnicalField
from market.kernel.errors import Refusal
from market.kernel.money import Money, parse_yuan
from market.kernel.pages import without_null
from market.listings.detail_queries import ListingView, OfferView
from market.listings.rules import OFFERED_WAYS, PRICINGS_OF_WAY, ListingDraft, OfferDraft
from market.listings.vocabulary import PriceBasis, Pricing, TransferWay


class OfferForm(Form):
    """One way of transfer; empty unless selected."""

    selected = BooleanField(_l("采用这种方式"))
    pricing = SelectField(_l("计价办法"), validators=[Optional()])
    price = StringField(
        _l("价格"), validators=[Optional(), Length(max=40), without_null], render_kw={"inputmode": "decimal"}
    )
    basis = SelectField(_l("价格依据"), validators=[Optional()])
    price_note = StringField(_l("公式或说明"), validators=[Optional(), Length(max=500), without_null])
    trial_months = IntegerField(_l("试用期"), validators=[Optional(), NumberRange(min=1, max=120)])
    evidence = StringField(_l("法定前提的依据"), validators=[Optional(), Length(max=500), without_null])

    def validate_price(self, field: StringField) -> None:
        if self.selected.data and field.data:
            try:
                parse_yuan(field.data)
            except Refusal as refusal:
                raise ValidationError(gettext(refusal.message)) from None

    def draft(self, way: TransferWay) -> OfferDraft:
        """The offer as typed; only after validation."""
        pricing = Pricing(self.pricing.data) if self.pricing.data in set(Pricing) else PRICINGS_OF_WAY[way][0]
        priced = pricing in (Pricing.FIXED, Pricing.STARTING) and self.price.data
        return OfferDraft(
            way=way,
            pricing=pricing,
            price=parse_yuan(self.price.data) if priced else None,
            basis=PriceBasis(self.basis.data) if self.basis.data in set(PriceBasis) else None,
            price_note=self.price_note.data or "",
            trial_months=self.trial_months.data if way is TransferWay.TRY_FIRST else None,
            evidence=self.evidence.data or "",
        )


def _offer_form(way: TransferWay) -> type[OfferForm]:
    class WayForm(OfferForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.pricing.choices = [SelectChoice(item.value, gettext(item.label)) for item in PRICINGS_OF_WAY[way]]
            self.basis.choices = [
                SelectChoice("", gettext("请选择")),
                *(SelectChoice(item.value, gettext(item.label)) for item in PriceBasis),
            ]

    return WayForm


class ListingForm(FlaskForm):
    """The editor. `version` is the one that was shown, so that nobody's change is overwritten unseen."""

    version = HiddenField()
    title = StringField(
        _l("成果名称"),
        validators=[
            InputRequired(_l("请填写成果名称。")),
            Length(max=200, message=_l("名称不超过 200 字。")),
            without_null,
        ],
    )
    summary = TextAreaField(
        _l("一句话说明"),
        validators=[
            InputRequired(_l("请用一两句话说明这是什么、给谁用。")),
            Length(max=2000, message=_l("不超过 2000 字。")),
            without_null,
        ],
        render_kw={"rows": 3},
    )
    problem = TextAreaField(
        _l("解决的问题"), validators=[Optional(), Length(max=4000), without_null], render_kw={"rows": 3}
    )
    advantage = TextAreaField(
        _l("与现有方案相比的优势"), validators=[Optional(), Length(max=4000), without_null], render_kw={"rows": 3}
    )
    technical_field = SelectField(_l("技术领域"), validators=[InputRequired(_l("请选择技术领域。"))])
    industry = SelectField(_l("应用产业"), validators=[InputRequired(_l("请选择应用产业。"))])
    maturity_stage = SelectField(_l("成熟度"), validators=[InputRequired(_l("请选择成熟度。"))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = [SelectChoice("", gettext("请选择"))]
        self.technical_field.choices = choose + [
            SelectChoice(item.value, gettext(item.label)) for item in TechnicalField
        ]
        self.industry.choices = choose + [SelectChoice(item.value, gettext(item.label)) for item in Industry]
        self.maturity_stage.choices = choose + [SelectChoice(item.value, gettext(item.label)) for item in MaturityStage]

    @property
    def way_forms(self) -> list[tuple[TransferWay, Any]]:
        """The blocks of the ways in the order of the page."""
        return [(way, self[way.value]) for way in OFFERED_WAYS]

    def draft(self) -> ListingDraft:
        """What was typed; only after validation."""
        return ListingDraft(
            title=self.title.data,
            summary=self.summary.data,
            problem=self.problem.data or "",
            advantage=self.advantage.data or "",
            technical_field=self.technical_field.data,
            industry=self.industry.data,
            maturity_stage=self.maturity_stage.data,
            offers=tuple(block.form.draft(way) for way, block in self.way_forms if block.form.selected.data),
        )


for _way in OFFERED_WAYS:
    setattr(ListingForm, _way.value, FormField(_offer_form(_way), label=_way.label))


class ReasonForm(FlaskForm):
    """A decision with a reason that the other side reads."""

    reason = TextAreaField(
        _l("理由"),
        validators=[Optional(), Length(max=1000, message=_l("不超过 1000 字。")), without_null],
        render_kw={"rows": 3},
    )


class EmptyForm(FlaskForm):
    """A button: nothing but the token against forgery."""


def prefilled(view: ListingView) -> dict[str, Any]:
    """The editor's data for a stored listing."""
    data: dict[str, Any] = {
        name: getattr(view, name) for name in ("title", "summary", "problem", "advantage", "version")
    }
    data |= {name: getattr(view, name).value for name in ("technical_field", "industry", "maturity_stage")}
    return data | {offer.way.value: _offer_data(offer) for offer in view.offers}


def _offer_data(offer: OfferView) -> dict[str, Any]:
    return {
        "selected": True,
        "pricing": offer.pricing.value,
        "price": _yuan_text(offer.price),
        "basis": offer.basis.value if offer.basis else "",
        "price_note": offer.price_note,
        "trial_months": offer.trial_months,
        "evidence": offer.evidence[0][1] if offer.evidence else "",
    }


def _yuan_text(price: Money | None) -> str:
    return f"{price.yuan:.2f}".removesuffix(".00") if price else ""
