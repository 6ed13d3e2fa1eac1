"""Shapes of what an officer and a reader send."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from market.kernel.pages import without_null
from market.listings.attachments.checking import ENDINGS, CheckedFile, check_file
from market.listings.attachments.rules import MAXIMUM_BYTES
from market.listings.attachments.vocabulary import Level


def _title() -> StringField:
    return StringField(
        _l("名称"), validators=[Optional(), Length(max=200, message=_l("不超过 200 字。")), without_null]
    )


def _level() -> RadioField:
    return RadioField(
        _l("谁可以下载"),
        choices=[SelectChoice(level.value, _l(level.label)) for level in Level],
        default=Level.SIGNED_IN.value,
        validators=[InputRequired(_l("请选择。"))],
    )


class AddForm(FlaskForm):
    """A new attachment."""

    file = FileField(
        _l("文件"), validators=[FileRequired(_l("请选择一个文件。"))], render_kw={"accept": ",".join(ENDINGS)}
    )
    title = _title()
    level = _level()

    def checked(self) -> CheckedFile:
        """The file, looked at. Raises FileRefused."""
        chosen = self.file.data
        content = chosen.stream.read(MAXIMUM_BYTES + 1)
        return check_file((chosen.filename or "").replace("\x00", ""), content)


class ChangeForm(FlaskForm):
    """Another title or level."""

    title = _title()
    level = _level()


class RemovalForm(FlaskForm):
    """Why it goes."""

    reason = TextAreaField(
        _l("删除理由"), validators=[Optional(), Length(max=1000, message=_l("不超过 1000 字。")), without_null]
    )


class PromiseForm(FlaskForm):
    """The promise of secrecy."""

    agrees = BooleanField(
        _l("我已阅读以上内容，有权代表本单位作出这项承诺"),
        validators=[InputRequired(_l("请先勾选，表示同意。"))],
    )
