"""Shape of the listing editor: texts, and one block for each way of transfer."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, FormField, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from market.achievements.industries import read_industry
from market.achievements.vocabulary import Industry, MaturityStage, TechnicalField
from market.kernel.errors import Refusal
from market.kernel.pages import without_null
from market.listings.offer_forms import offer_data, offer_form
from market.listings.offers import CODES, TEXTS
from market.listings.rules import OFFERED_WAYS, ListingDraft
from market.listings.vocabulary import TechnicalLevel, TransferWay

_TEXT = 4000
_PHONE = re.compile(r"[+\d][\d \-]{4,38}")
_MEMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_CODES = re.compile(r"[；;，,、\s]+")


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
            Length(max=300, message=_l("一句话不超过 300 字，更多内容写在“内容摘要”里。")),
            without_null,
        ],
        render_kw={"rows": 2},
    )
    problem = TextAreaField(
        _l("解决的问题"), validators=[Optional(), Length(max=4000), without_null], render_kw={"rows": 3}
    )
    advantage = TextAreaField(
        _l("与现有方案相比的优势"), validators=[Optional(), Length(max=4000), without_null], render_kw={"rows": 3}
    )
    application = TextAreaField(
        _l("应用场景"), validators=[Optional(), Length(max=_TEXT), without_null], render_kw={"rows": 3}
    )
    abstract = TextAreaField(
        _l("内容摘要"),
        validators=[Optional(), Length(max=2000, message=_l("不超过 2000 字。")), without_null],
        render_kw={"rows": 5},
    )
    technical_field = SelectField(_l("技术领域"), validators=[InputRequired(_l("请选择技术领域。"))])
    industry = SelectField(_l("应用产业"), validators=[InputRequired(_l("请选择应用产业。"))])
    maturity_stage = SelectField(_l("成熟度"), validators=[InputRequired(_l("请选择成熟度。"))])
    applied_industries = StringField(_l("应用行业"), validators=[Optional(), Length(max=200), without_null])
    technical_level = SelectField(_l("技术水平"), validators=[Optional()])
    technical_level_report = StringField(_l("评价报告编号"), validators=[Optional(), Length(max=200), without_null])
    contact_name = StringField(_l("联系人"), validators=[Optional(), Length(max=60), without_null])
    contact_role = StringField(_l("职务"), validators=[Optional(), Length(max=100), without_null])
    contact_phone = StringField(
        _l("电话"), validators=[Optional(), Length(max=40), without_null], render_kw={"inputmode": "tel"}
    )
    members = HiddenField(_l("打包的其他成果"), validators=[Optional(), Length(max=400)])
    confirms_no_secret = BooleanField(_l("我确认：文字和材料不含国家秘密"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = [SelectChoice("", gettext("请选择"))]
        self.technical_field.choices = choose + [
            SelectChoice(item.value, gettext(item.label)) for item in TechnicalField
        ]
        self.industry.choices = choose + [SelectChoice(item.value, gettext(item.label)) for item in Industry]
        self.maturity_stage.choices = choose + [SelectChoice(item.value, gettext(item.label)) for item in MaturityStage]
        self.technical_level.choices = choose + [
            SelectChoice(item.value, gettext(item.label)) for item in TechnicalLevel
        ]

    def validate_applied_industries(self, field: StringField) -> None:  # noqa: ARG002 - wtforms' signature
        for code in self._codes():
            try:
                read_industry(code)
            except Refusal as refusal:
                raise ValidationError(gettext(refusal.message, **refusal.params)) from None

    def validate_technical_level(self, field: SelectField) -> None:  # noqa: ARG002 - wtforms' signature
        self._refuse_level_without_report()

    def validate_technical_level_report(self, field: StringField) -> None:  # noqa: ARG002 - wtforms' signature
        self._refuse_level_without_report()

    def _refuse_level_without_report(self) -> None:
        if bool(self.technical_level.data) != bool((self.technical_level_report.data or "").strip()):
            raise ValidationError(gettext("技术水平只能按评价报告填写：请同时填写水平和报告编号，或都不填。"))

    def validate_contact_phone(self, field: StringField) -> None:
        if field.data and not _PHONE.fullmatch(field.data.strip()):
            raise ValidationError(gettext("请填写电话号码，例如 0577-86598000。"))

    def validate_members(self, field: HiddenField) -> None:
        if field.data and len(self.member_ids()) != len(field.data.split(",")):
            raise ValidationError(gettext("请用“加入”和“移出”选择打包的成果。"))

    def member_ids(self) -> tuple[int, ...]:
        """The bundled achievements as far as they can be read, each once."""
        given = (self.members.data or "").split(",")
        return tuple(dict.fromkeys(int(one) for one in given if _MEMBER.fullmatch(one)))

    def _codes(self) -> list[str]:
        return [code for code in _CODES.split(self.applied_industries.data or "") if code]

    @property
    def way_forms(self) -> list[tuple[TransferWay, Any]]:
        """The blocks of the ways in the order of the page."""
        return [(way, self[way.value]) for way in OFFERED_WAYS]

    def draft(self) -> ListingDraft:
        """What was typed; only after validation."""
        return self._draft(tuple(dict.fromkeys(map(read_industry, self._codes()))), leniently=False)

    def readable_draft(self) -> ListingDraft:
        """What was typed as far as it can be read, at any time: for advice beside the form, never for storing."""
        return self._draft(tuple(self._codes()), leniently=True)

    def _draft(self, industries: tuple[str, ...], *, leniently: bool) -> ListingDraft:
        texts: dict[str, Any] = {name: self[name].data or "" for name in (*TEXTS, *CODES)}
        offers = (block.form for _way, block in self.way_forms if block.form.selected.data)
        return ListingDraft(
            **texts,
            offers=tuple(offer.draft(leniently=leniently) for offer in offers),
            technical_level=self.technical_level.data or None,
            applied_industries=industries,
            members=self.member_ids(),
            confirms_no_secret=bool(self.confirms_no_secret.data),
        )


for _way in OFFERED_WAYS:
    setattr(ListingForm, _way.value, FormField(offer_form(_way), label=_l(_way.label)))


class ReasonForm(FlaskForm):
    """A decision with a reason that the other side reads."""

    reason = TextAreaField(
        _l("理由"),
        validators=[Optional(), Length(max=1000, message=_l("不超过 1000 字。")), without_null],
        render_kw={"rows": 3},
    )


class EmptyForm(FlaskForm):
    """A button: nothing but the token against forgery."""


def prefilled(draft: ListingDraft, version: int) -> dict[str, Any]:
    """The editor's data for what a listing says; `version` is the one that is shown."""
    data = {name: value for name, value in vars(draft).items() if name != "offers"}
    data |= {"version": version, "applied_industries": "；".join(draft.applied_industries)}
    data["members"] = ",".join(map(str, draft.members))
    data["technical_level"] = draft.technical_level or ""
    return data | {offer.way.value: offer_data(offer) for offer in draft.offers}
