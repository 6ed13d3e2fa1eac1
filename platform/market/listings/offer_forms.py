"""Shape of one way of transfer in the editor: pricing, the way's own terms, papers that confirm preconditions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, ClassVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, Form, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from market.kernel.errors import Refusal
from market.kernel.money import Money, parse_yuan
from market.kernel.pages import without_null
from market.listings.preconditions import LABELS
from market.listings.rules import PRICINGS_OF_WAY, OfferDraft
from market.listings.terms import TERMS_OF_WAY, Term, TermKind, read_term, typed_term
from market.listings.vocabulary import PriceBasis, Pricing, TransferWay

CONFIRMABLE = (
    "co_owner_consent", "empowered_consent", "long_term_use", "free_of_pledge", "free_of_licence",
    "evaluation_report", "annual_fee", "foreign_gate",
)  # fmt: skip
CONFIRM = "confirm_"
"""Fields for the paper that confirms a precondition are named so, and by the precondition's kind."""


class OfferForm(Form):
    """One way of transfer; empty unless selected."""

    way: ClassVar[TransferWay]

    selected = BooleanField(_l("采用这种方式"))
    pricing = SelectField(_l("计价办法"), validators=[Optional()])
    price = StringField(
        _l("价格"), validators=[Optional(), Length(max=40), without_null], render_kw={"inputmode": "decimal"}
    )
    basis = SelectField(_l("价格依据"), validators=[Optional()])
    price_note = StringField(_l("公式或说明"), validators=[Optional(), Length(max=500), without_null])
    trial_months = IntegerField(_l("试用期"), validators=[Optional(), NumberRange(min=1, max=120)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pricing.choices = [SelectChoice(item.value, gettext(item.label)) for item in PRICINGS_OF_WAY[self.way]]
        self.basis.choices = [_nothing(), *(SelectChoice(item.value, gettext(item.label)) for item in PriceBasis)]
        for term in TERMS_OF_WAY[self.way]:
            if term.kind is TermKind.CHOICE:
                choices = [SelectChoice(code, gettext(label)) for code, label in term.choices]
                self[term.name].choices = [_nothing(), *choices]

    @property
    def is_priced(self) -> bool:
        """Whether any pricing of the way names a price."""
        return any(item in (Pricing.FIXED, Pricing.STARTING) for item in PRICINGS_OF_WAY[self.way])

    @property
    def term_fields(self) -> list[tuple[Term, Field]]:
        """The way's own terms with their fields, in the order of the page."""
        return [(term, self[term.name]) for term in TERMS_OF_WAY[self.way]]

    def confirmation(self, kind: str) -> Field:
        """The field for the paper that confirms a precondition."""
        return self[CONFIRM + kind]

    def validate_price(self, field: StringField) -> None:
        if self.selected.data and field.data:
            try:
                parse_yuan(field.data)
            except Refusal as refusal:
                raise ValidationError(gettext(refusal.message)) from None

    def draft(self, *, leniently: bool = False) -> OfferDraft:
        """The offer as typed, after validation; leniently at any time: what cannot be read is left out."""
        pricings = PRICINGS_OF_WAY[self.way]
        pricing = Pricing(self.pricing.data) if self.pricing.data in set(Pricing) else pricings[0]
        is_priced = pricing in (Pricing.FIXED, Pricing.STARTING) and self.price.data
        values = {
            term.name: _read(partial(read_term, term, field.data or ""), leniently)
            for term, field in self.term_fields
            if pricing in term.pricings
        }
        papers = {kind: (self.confirmation(kind).data or "").strip() for kind in CONFIRMABLE}
        return OfferDraft(
            way=self.way,
            pricing=pricing,
            price=_read(lambda: parse_yuan(self.price.data), leniently) if is_priced else None,
            basis=PriceBasis(self.basis.data) if self.basis.data in set(PriceBasis) else None,
            price_note=self.price_note.data or "",
            trial_months=self.trial_months.data if self.way is TransferWay.TRY_FIRST else None,
            terms={name: value for name, value in values.items() if value is not None},
            confirmations={kind: paper for kind, paper in papers.items() if paper},
        )


def _read(reading: Callable[[], Any], leniently: bool) -> Any:
    try:
        return reading()
    except Refusal:
        if leniently:
            return None
        raise


def _nothing() -> SelectChoice:
    return SelectChoice("", gettext("请选择"))


def _reads(term: Term) -> Callable[[OfferForm, Field], None]:
    """Validator: what was typed is a value of the term; only of a way that is selected."""

    def check(form: OfferForm, field: Field) -> None:
        if form.selected.data and field.data:
            try:
                read_term(term, field.data)
            except Refusal as refusal:
                raise ValidationError(gettext(refusal.message, **refusal.params)) from None

    return check


def _field(term: Term) -> Any:
    if term.kind is TermKind.CHOICE:
        return SelectField(_l(term.label), validators=[Optional()])
    checks = [Optional(), without_null, Length(max=5000), _reads(term)]
    if term.kind is TermKind.ROWS:
        return TextAreaField(_l(term.label), validators=checks, render_kw={"rows": 3})
    number = {} if term.kind is TermKind.LINE else {"inputmode": "decimal"}
    return StringField(_l(term.label), validators=checks, render_kw=number)


@cache
def offer_form(way: TransferWay) -> type[OfferForm]:
    """The form of a way: what all ways have, and the way's own terms."""
    fields: dict[str, Any] = {term.name: _field(term) for term in TERMS_OF_WAY[way]}
    for kind in CONFIRMABLE:
        checks = [Optional(), Length(max=500), without_null]
        fields[CONFIRM + kind] = StringField(_l(LABELS[kind]), validators=checks)
    return type(f"{way.name.title()}Form", (OfferForm,), {"way": way, **fields})


def offer_data(draft: OfferDraft) -> dict[str, Any]:
    """The form's data for an offer."""
    data: dict[str, Any] = {
        "selected": True,
        "pricing": draft.pricing.value,
        "price": _yuan_text(draft.price),
        "basis": draft.basis.value if draft.basis else "",
        "price_note": draft.price_note,
        "trial_months": draft.trial_months,
    }
    data |= {term.name: typed_term(term, draft.terms.get(term.name)) for term in TERMS_OF_WAY[draft.way]}
    return data | {CONFIRM + kind: paper for kind, paper in draft.confirmations.items()}


def _yuan_text(price: Money | None) -> str:
    return f"{price.yuan:.2f}".removesuffix(".00") if price else ""
