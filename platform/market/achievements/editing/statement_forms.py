"""Shapes of what is stated around an entry."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from market.achievements.editing.forms import ChoiceField, DayField, day, line, paragraphs
from market.achievements.editing.statements import DocumentDraft, EncumbranceDraft, ImplementationDraft
from market.achievements.vocabulary import DocumentPurpose, EncumbranceKind, ImplementationKind, OpenListDecision
from market.kernel.pages import without_null

_CHOOSE = InputRequired(_l("请选择。"))
_DAY = InputRequired(_l("请填写日期。"))


class EncumbranceForm(FlaskForm):
    """What limits disposing of a right."""

    kind = ChoiceField(_l("权利负担"), EncumbranceKind, validators=[_CHOOSE])
    holder = line(_l("质权人、被许可人或申请保全的单位"), 200)
    from_on = DayField(_l("起始日"), validators=[_DAY])
    until_on = day(_l("截止日"))
    note = paragraphs(_l("说明"), 1000, rows=2)

    def draft(self) -> EncumbranceDraft:
        """What was typed; only after validation."""
        assert self.from_on.data is not None
        return EncumbranceDraft(
            EncumbranceKind(self.kind.data),
            (self.holder.data or "").strip(),
            self.from_on.data,
            self.until_on.data,
            (self.note.data or "").strip(),
        )


class EndForm(FlaskForm):
    """When an encumbrance ended."""

    ended_on = DayField(_l("解除日"), validators=[_DAY])

    def day(self) -> date:
        """The day; only after validation."""
        assert self.ended_on.data is not None
        return self.ended_on.data


class ImplementationForm(FlaskForm):
    """Use outside the platform."""

    kind = ChoiceField(_l("实施方式"), ImplementationKind, validators=[_CHOOSE])
    since = DayField(_l("开始日期"), validators=[_DAY])
    partner = line(_l("对方单位"), 200)
    note = paragraphs(_l("说明"), 1000, rows=2)

    def draft(self) -> ImplementationDraft:
        """What was typed; only after validation."""
        assert self.since.data is not None
        return ImplementationDraft(
            ImplementationKind(self.kind.data),
            self.since.data,
            (self.partner.data or "").strip(),
            (self.note.data or "").strip(),
        )


class WithdrawalForm(FlaskForm):
    """Why a record of use was wrong."""

    reason = TextAreaField(
        _l("撤销理由"),
        validators=[InputRequired(_l("请写明理由。")), Length(max=1000), without_null],
        render_kw={"rows": 3},
    )


class OpenListForm(FlaskForm):
    """Way and fee on the open list, or the good reason why it is not on it."""

    decision = RadioField(
        _l("决定"),
        choices=[SelectChoice(item.value, _l(item.label)) for item in OpenListDecision],
        validators=[_CHOOSE],
    )
    text = TextAreaField(
        _l("实施方式和费用，或正当理由"),
        validators=[InputRequired(_l("请写明。")), Length(max=1000), without_null],
        render_kw={"rows": 4},
    )


class DocumentForm(FlaskForm):
    """A paper kept with an entry."""

    purpose = ChoiceField(_l("用途"), DocumentPurpose, validators=[_CHOOSE])
    title = line(_l("材料名称"), 200)
    file = FileField(
        _l("文件"),
        validators=[FileRequired(_l("请选择一个 PDF、JPG 或 PNG 文件。"))],
        render_kw={"accept": ".pdf,.jpg,.jpeg,.png"},
    )

    def draft(self, maximum_bytes: int) -> DocumentDraft:
        """What was chosen, read up to just beyond the limit."""
        chosen = self.file.data
        name = (chosen.filename or "").replace("\x00", "")
        content = chosen.stream.read(maximum_bytes + 1)
        return DocumentDraft(DocumentPurpose(self.purpose.data), (self.title.data or "").strip(), name, content)
