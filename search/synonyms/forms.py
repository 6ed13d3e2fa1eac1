"""Shapes of input of the synonyms' pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from market.kernel.pages import without_null
from search.synonyms.rules import Draft, typed_words

LONGEST_TYPED = 2_000


def _reason() -> TextAreaField:
    return TextAreaField(
        _l("变更理由"),
        validators=[
            InputRequired(_l("请写明变更理由。")),
            Length(max=1000, message=_l("不超过 1000 字。")),
            without_null,
        ],
        render_kw={"rows": 2},
    )


class GroupForm(FlaskForm):
    """The words of a group, one a line, and why it changes."""

    words = TextAreaField(
        _l("同义词"),
        validators=[InputRequired(_l("请填写同义词，每行一个。")), Length(max=LONGEST_TYPED), without_null],
        render_kw={"rows": 6},
    )
    narrower = TextAreaField(
        _l("下位词"), validators=[Optional(), Length(max=LONGEST_TYPED), without_null], render_kw={"rows": 4}
    )
    reason = _reason()

    def draft(self) -> Draft:
        """What was typed."""
        return Draft(typed_words(self.words.data or ""), typed_words(self.narrower.data or ""))


class RemovalForm(FlaskForm):
    """Why a group is to be taken out."""

    reason = _reason()
