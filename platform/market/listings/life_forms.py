"""Shape of what ends a listing's life."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField

from market.listings.forms import ReasonForm
from market.listings.vocabulary import SELLERS_WITHDRAWALS, WithdrawalKind


class WithdrawalForm(ReasonForm):
    """Why a listing leaves the market: the class and the reason in words."""

    kind = SelectField(_l("下架类别"), default=WithdrawalKind.RETRACTED.value)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [SelectChoice(kind.value, gettext(kind.label)) for kind in SELLERS_WITHDRAWALS]
