"""The shape of a person's choice of mails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectMultipleField, TimeField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from market.notifications.rules import MailChoice
from market.notifications.vocabulary import NoticeKind


class MailChoiceForm(FlaskForm):
    """Which kinds by mail, at once or once a day, and when not."""

    kinds = SelectMultipleField(
        _l("发邮件的事项"),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validators=[Optional()],
    )
    rhythm = RadioField(
        _l("什么时候发"),
        choices=[SelectChoice("at_once", _l("随时")), SelectChoice("digest", _l("每天早上 8 点汇总一封"))],
        default="at_once",
    )
    quiet_from = TimeField(_l("免打扰开始"), validators=[Optional()])
    quiet_until = TimeField(_l("免打扰结束"), validators=[Optional()])

    def offer_kinds(self) -> None:
        """Fill in the choices in the reader's language."""
        self.kinds.choices = [SelectChoice(kind.value, gettext(kind.label)) for kind in NoticeKind]

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Quiet hours have both ends or none."""
        is_valid = bool(super().validate(extra_validators))
        if (self.quiet_from.data is None) == (self.quiet_until.data is None):
            return is_valid
        self.quiet_until.errors = [*self.quiet_until.errors, gettext("免打扰的开始和结束请都填写，或者都不填。")]
        return False

    def choice(self) -> MailChoice:
        """What was ticked; only after validation."""
        wanted = set(self.kinds.data or [])
        muted = frozenset(kind for kind in NoticeKind if kind.value not in wanted)
        return MailChoice(muted, self.rhythm.data == "digest", self.quiet_from.data, self.quiet_until.data)
