"""The form under the register's table."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import SelectChoice

from market.accounts.counties import COUNTIES
from market.achievements.editing.bulk import BulkDraft
from market.achievements.editing.forms import TRL_MEANINGS, ChoiceField, line
from market.achievements.vocabulary import Industry, OpenListDecision, TechnicalField
from market.kernel.errors import Refusal, Said
from market.kernel.pages import in_words

_LONGEST_ID = 18


class BulkForm(FlaskForm):
    """What the chosen entries get; what stays empty is left as it is."""

    technical_field = ChoiceField(_l("技术领域"), TechnicalField)
    industry = ChoiceField(_l("产业"), Industry)
    county_code = ChoiceField(_l("所在县（市、区）"))
    trl = ChoiceField(_l("技术就绪等级"))
    trl_evidence = line(_l("等级依据"), 1000)
    decision = ChoiceField(_l("公开实施清单"), OpenListDecision)
    decision_text = line(_l("实施方式和费用，或不列入的理由"), 1000)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(prefix="bulk-", **kwargs)
        first = SelectChoice("", _("不改"))
        self.county_code.choices = [first, *(SelectChoice(code, name) for code, name in COUNTIES.items())]
        self.trl.choices = [
            first,
            *(SelectChoice(str(level), f"{level} {text}") for level, text in TRL_MEANINGS.items()),
        ]
        for field in (self.technical_field, self.industry, self.decision):
            field.choices = [first, *field.choices[1:]]

    def draft(self) -> BulkDraft:
        """What was chosen; only after validation."""
        return BulkDraft(
            technical_field=self.technical_field.data or None,
            industry=self.industry.data or None,
            county_code=self.county_code.data or None,
            trl=int(self.trl.data) if self.trl.data else None,
            trl_evidence=(self.trl_evidence.data or "").strip() or None,
            decision=OpenListDecision(self.decision.data) if self.decision.data else None,
            decision_text=(self.decision_text.data or "").strip(),
        )


def reason_of(refusal: Refusal | None) -> str:
    """Why an entry was refused, in the reader's language; blank when it was not."""
    each = refusal.each if refusal else ()
    return " ".join(in_words(Said(one.message, one.params)) for one in each)


def chosen_entries() -> list[int]:
    """The rows whose boxes are ticked; what is no number is none of them."""
    given = request.form.getlist("entry")
    return [int(text) for text in given if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID]
