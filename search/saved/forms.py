"""The shape of a saved search's form."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from market.kernel.pages import without_null
from search.saved.question import LONGEST_NAME
from search.saved.vocabulary import Rhythm


class SavedSearchForm(FlaskForm):
    """A name and how often new results are told."""

    name = StringField(
        _l("名称"), validators=[DataRequired(_l("请填写名称。")), Length(max=LONGEST_NAME), without_null]
    )
    rhythm = RadioField(_l("有新成果时"), validators=[DataRequired(_l("请选择怎样通知。"))])

    def offer_rhythms(self) -> None:
        """Fill in the choices in the reader's language."""
        self.rhythm.choices = [SelectChoice(one.value, gettext(one.label)) for one in Rhythm]

    def chosen_rhythm(self) -> Rhythm:
        """What was chosen; only after validation."""
        return Rhythm(self.rhythm.data)
