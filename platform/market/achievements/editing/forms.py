"""Shape of an entry and of a right as people type them. What is wrong with the content is said by the rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, Form, FormField, HiddenField, StringField, TextAreaField
from wtforms.fields import DateField, SelectChoice, SelectField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from market.accounts.counties import COUNTIES
from market.achievements.classification import split_symbols
from market.achievements.editing.numbers import RightNumber, read_right_number
from market.achievements.editing.rules import (
    AchievementDraft,
    ProjectDraft,
    RightDraft,
    normal_publication_number,
)
from market.achievements.errors import DraftRefused, EditedMeanwhile, NumberRefused, RegisterRefused
from market.achievements.industries import read_industry
from market.achievements.ownership import CompleterDraft, LongTermUse, ShareDraft, parse_percent
from market.achievements.patent_numbers import read_priorities
from market.achievements.rules import MAXIMUM_CLAIMS_CHARACTERS
from market.achievements.vocabulary import (
    AchievementKind,
    FundingLevel,
    Industry,
    MaturityStage,
    OwnershipForm,
    ShareHolder,
    TechnicalField,
)
from market.kernel.errors import NotFound, Refusal
from market.kernel.money import parse_yuan
from market.kernel.pages import FormOutcome, without_null

SPARE_ROWS = 2
MORE_ROWS = 3
MAXIMUM_ROWS = 60
ROW_LISTS = ("completers", "shares", "projects")
TRL_MEANINGS = {
    1: _l("基本原理"), 2: _l("技术方案"), 3: _l("关键功能验证"), 4: _l("实验室部件验证"), 5: _l("相关环境部件验证"),
    6: _l("相关环境样机"), 7: _l("真实环境样机"), 8: _l("实际产品定型"), 9: _l("实际应用通过"),
}  # fmt: skip


class DayField(DateField):
    """A day, also as offices write it: 2013.01.02, 2013/1/2, 20130102, 2013年1月2日."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = unicodedata.normalize("NFKC", "".join(valuelist[:1])).strip()
        if not text:
            self.data = None
            return
        parts = re.fullmatch(r"(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?", text)
        try:
            self.data = date(*map(int, parts.groups())) if parts else None
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(_("“%(given)s”不是日期，例如 2014-12-15。", given=text[:20]))


def day(label: Any) -> DayField:
    """An optional day."""
    return DayField(label, validators=[Optional()])


def line(label: Any, maximum: int, **attributes: Any) -> StringField:
    """A line of text that may stay empty; a form's own checks still look at it."""
    too_long = _l("不超过 %(maximum)s 个字。", maximum=maximum)
    validators = [Length(max=maximum, message=too_long), without_null]
    return StringField(label, validators=validators, render_kw=attributes or None)


def paragraphs(label: Any, maximum: int, rows: int = 3, filters: Sequence[Callable[[Any], Any]] = ()) -> TextAreaField:
    """An optional text of several lines."""
    too_long = _l("不超过 %(maximum)s 个字。", maximum=maximum)
    validators = [Optional(), Length(max=maximum, message=too_long), without_null]
    return TextAreaField(label, validators=validators, filters=filters, render_kw={"rows": rows})


def _one_line_end(text: str | None) -> str | None:
    """Line ends as files have them; a form sends two characters for each."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if text else text


class ChoiceField(SelectField):
    """A closed list with an empty first line; anything outside of it is refused."""

    def __init__(self, label: Any = None, values: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("validators", [Optional()])
        super().__init__(label, **kwargs)
        self._values = values
        self.choices: list[SelectChoice] = []

    def process(self, *args: Any, **kwargs: Any) -> None:
        if self._values is not None:
            listed = [SelectChoice(item.value, _(item.label)) for item in self._values]
            self.choices = [SelectChoice("", _("请选择")), *listed]
        super().process(*args, **kwargs)


def _text(field: Field) -> str:
    return " ".join((field.data or "").split())


class CompleterRow(Form):
    """One completer."""

    name = line(_l("姓名"), 60)
    unit = line(_l("单位"), 200)
    reward_share = line(_l("奖励份额（%）"), 10, inputmode="decimal")
    is_main = BooleanField(_l("主要贡献者"))

    def validate_reward_share(self, field: StringField) -> None:
        check_percent(field)

    def validate_name(self, field: StringField) -> None:
        if not _text(field) and (_text(self.unit) or _text(self.reward_share)):
            raise ValidationError(_("请填写姓名。"))

    def draft(self) -> CompleterDraft | None:
        """What was typed; None for an empty row."""
        if not _text(self.name):
            return None
        share = parse_percent(self.reward_share.data, "completers") if _text(self.reward_share) else None
        return CompleterDraft(_text(self.name), _text(self.unit), share, bool(self.is_main.data))


def check_percent(field: StringField) -> None:
    """Validator: a percentage, in a row of a list."""
    if field.data and field.data.strip():
        try:
            parse_percent(field.data, field.short_name)
        except Refusal as refusal:
            raise ValidationError(_(refusal.message, **refusal.params)) from None


class ShareRow(Form):
    """One owner's part with the consent."""

    holder_kind = ChoiceField(_l("权利人类别"), ShareHolder)
    name = line(_l("权利人名称"), 200)
    share = line(_l("份额（%）"), 10, inputmode="decimal")
    consented_on = day(_l("同意日期"))
    consented_by = line(_l("同意书签署人"), 100)
    consent_document_id = SelectField(_l("同意书"), validators=[Optional()], validate_choice=False)

    def validate_share(self, field: StringField) -> None:
        check_percent(field)

    def validate_name(self, field: StringField) -> None:
        is_begun = self.holder_kind.data or _text(self.share)
        if is_begun and not (self.holder_kind.data and _text(field) and _text(self.share)):
            raise ValidationError(_("请把类别、名称和份额填全。"))

    def draft(self) -> ShareDraft | None:
        """What was typed; None for an empty row."""
        if not (_text(self.name) and self.holder_kind.data and _text(self.share)):
            return None
        document = self.consent_document_id.data or ""
        return ShareDraft(
            ShareHolder(self.holder_kind.data),
            _text(self.name),
            parse_percent(self.share.data, "shares"),
            self.consented_on.data,
            _text(self.consented_by) or None,
            int(document) if document.isascii() and document.isdigit() and len(document) < 19 else None,  # noqa: PLR2004
        )


class ProjectRow(Form):
    """One project that paid."""

    level = ChoiceField(_l("计划类别"), FundingLevel)
    number = line(_l("项目编号"), 60)
    name = line(_l("项目名称"), 300)
    amount = line(_l("资助金额（元）"), 20)

    def validate_amount(self, field: StringField) -> None:
        if not _text(field):
            return
        try:
            parse_yuan(_text(field))
        except Refusal as refusal:
            raise ValidationError(_(refusal.message)) from None
        if not _text(self.number):
            raise ValidationError(_("请把计划类别和项目编号填全。"))

    def validate_number(self, field: StringField) -> None:
        if (self.level.data or _text(self.name)) and not (self.level.data and _text(field)):
            raise ValidationError(_("请把计划类别和项目编号填全。"))

    def draft(self) -> ProjectDraft | None:
        """What was typed; None for an empty row."""
        if not (self.level.data and _text(self.number)):
            return None
        amount = parse_yuan(_text(self.amount)).minor_units if _text(self.amount) else None
        return ProjectDraft(FundingLevel(self.level.data), _text(self.number), _text(self.name), amount)


class RightFields:
    """The fields of a right; a form of its own, or a part of the form of a new entry."""

    number = line(_l("申请号、专利号或登记号"), 60)
    title = line(_l("知识产权名称"), 500)
    applicants = paragraphs(_l("申请人（专利权人、著作权人）"), 4000, rows=2)
    inventors = paragraphs(_l("发明人（设计人）"), 2000, rows=2)
    filing_date = day(_l("申请日"))
    publication_number = line(_l("公开（公告）号"), 40)
    publication_date = day(_l("公开（公告）日"))
    grant_date = day(_l("授权日或登记日"))
    classes = line(_l("IPC 分类号；外观设计填洛迦诺分类号"), 600)
    cpc_classes = line(_l("CPC 分类号"), 600)
    priority_numbers = line(_l("优先权号"), 600)
    expires_on = day(_l("保护期届满日（专利按申请日推定，不必填）"))
    annual_fee_paid_until = day(_l("年费已缴至"))
    evaluation_report_number = line(_l("专利权评价报告编号"), 60)
    evaluation_report_on = day(_l("评价报告日期"))
    claims = paragraphs(_l("权利要求"), MAXIMUM_CLAIMS_CHARACTERS, rows=5, filters=[_one_line_end])


def right_draft(
    form: Any,
    kind: AchievementKind,
    today: date,
    title: str = "",
    abstract: str = "",
    held: RightNumber | None = None,
) -> RightDraft:
    """What was typed of a right. Raises DraftRefused when its number cannot be read.

    `held` is the number that the register has: it stays while it is not touched, also one that only a file could bring.
    """
    given = form.number.data or ""
    try:
        number = held if held and given == held.as_given else read_right_number(kind, given, today)
    except NumberRefused as refused:
        raise DraftRefused([RegisterRefused(refused.code, refused.message, field="number", **refused.params)]) from None
    publication = normal_publication_number(form.publication_number.data or "")
    return RightDraft(
        kind=kind,
        number=number,
        title=_text(form.title) or title,
        applicants=_names(form.applicants),
        inventors=_names(form.inventors),
        filing_date=form.filing_date.data,
        publication_number=publication or None,
        publication_date=form.publication_date.data,
        grant_date=form.grant_date.data,
        classes=split_symbols(form.classes.data or ""),
        cpc_classes=split_symbols(form.cpc_classes.data or ""),
        priority_numbers=read_priorities(form.priority_numbers.data or ""),
        expires_on=form.expires_on.data,
        annual_fee_paid_until=form.annual_fee_paid_until.data,
        evaluation_report_on=form.evaluation_report_on.data,
        evaluation_report_number=_text(form.evaluation_report_number),
        abstract=abstract,
        claims=(form.claims.data or "").strip(),
    )


def _names(field: Field) -> str:
    """Several names as office files join them."""
    parts = re.split(r"[;；|\n]+", field.data or "")
    return "；".join(cleaned for part in parts if (cleaned := " ".join(part.split())))


class RightPart(RightFields, Form):
    """The right within the form of a new entry."""


class RightForm(RightFields, FlaskForm):
    """A further right, or a change of one."""

    version = HiddenField()
    kind = ChoiceField(_l("类型"), AchievementKind, validators=[InputRequired(_l("请选择类型。"))])
    abstract = paragraphs(_l("摘要"), 20000, rows=5)

    def draft(self, today: date, held: RightNumber | None = None) -> RightDraft:
        """What was typed. Raises DraftRefused when the number cannot be read."""
        abstract = (self.abstract.data or "").strip()
        return right_draft(self, AchievementKind(self.kind.data), today, abstract=abstract, held=held)


class AchievementForm(FlaskForm):
    """An entry. `version` is the one that was shown, so that nobody's change is overwritten unseen."""

    version = HiddenField()
    title = StringField(
        _l("成果名称"),
        validators=[
            InputRequired(_l("请填写成果名称。")),
            Length(max=500, message=_l("名称不超过 500 字。")),
            without_null,
        ],
    )
    kind = ChoiceField(_l("类型"), AchievementKind, validators=[InputRequired(_l("请选择类型。"))])
    register_number = line(_l("单列管理登记号"), 40)
    completed_on = day(_l("完成日期"))
    technical_field = ChoiceField(_l("技术领域"), TechnicalField)
    industry = ChoiceField(_l("温州“5+5”产业"), Industry)
    applied_industries = line(_l("应用行业代码（GB/T 4754）"), 60)
    county_code = ChoiceField(_l("所在县（市、区）"))
    trl = ChoiceField(_l("技术就绪等级（TRL）"))
    maturity_stage = ChoiceField(_l("成熟度"), MaturityStage)
    trl_evidence = paragraphs(_l("成熟度依据"), 4000)
    abstract = paragraphs(_l("摘要"), 20000, rows=6)
    is_fiscally_funded = SelectField(_l("是否由财政资金形成"), validators=[Optional()])
    projects = FieldList(FormField(ProjectRow), label=_l("财政资金项目"), max_entries=MAXIMUM_ROWS)
    ownership_form = ChoiceField(_l("权属形式"), OwnershipForm)
    shares = FieldList(FormField(ShareRow), label=_l("份额和同意"), max_entries=MAXIMUM_ROWS)
    long_term_use_from = day(_l("长期使用权起始日"))
    long_term_use_years = line(_l("长期使用权年限"), 2, inputmode="numeric")
    completers = FieldList(FormField(CompleterRow), label=_l("完成人"), max_entries=MAXIMUM_ROWS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = SelectChoice("", _("请选择"))
        self.county_code.choices = [first, *(SelectChoice(code, name) for code, name in COUNTIES.items())]
        self.trl.choices = [first, *(SelectChoice(str(n), f"{n} {meaning}") for n, meaning in TRL_MEANINGS.items())]
        self.is_fiscally_funded.choices = [first, SelectChoice("yes", _("是")), SelectChoice("no", _("否"))]

    def offer_documents(self, documents: list[tuple[int, str]]) -> None:
        """The papers that a consent may point at."""
        choices = [SelectChoice("", _("（未上传）")), *(SelectChoice(str(number), name) for number, name in documents)]
        for row in self.shares.entries:
            row.form.consent_document_id.choices = choices

    def add_rows(self, wanted: str | None = None) -> None:
        """Empty rows to write into: some when the form is shown, more in the list that was asked for."""
        for name in ROW_LISTS:
            rows = self[name]
            if wanted not in {None, name}:
                continue
            for _number in range(MORE_ROWS if wanted else SPARE_ROWS):
                if len(rows.entries) < MAXIMUM_ROWS:
                    rows.append_entry()

    def validate_long_term_use_years(self, field: StringField) -> None:
        if field.data and not (field.data.isascii() and field.data.isdigit()):
            raise ValidationError(_("请填写整数年。"))

    def draft(self) -> AchievementDraft:
        """What was typed. Raises DraftRefused for industry codes that are none."""
        years = self.long_term_use_years.data
        return AchievementDraft(
            title=_text(self.title),
            kind=AchievementKind(self.kind.data),
            abstract=(self.abstract.data or "").strip(),
            register_number=_text(self.register_number) or None,
            completed_on=self.completed_on.data,
            county_code=self.county_code.data or None,
            technical_field=self.technical_field.data or None,
            industry=self.industry.data or None,
            applied_industries=self._industries(),
            trl=int(self.trl.data) if self.trl.data else None,
            trl_evidence=(self.trl_evidence.data or "").strip(),
            maturity_stage=MaturityStage(self.maturity_stage.data) if self.maturity_stage.data else None,
            is_fiscally_funded={"yes": True, "no": False}.get(self.is_fiscally_funded.data),
            ownership_form=OwnershipForm(self.ownership_form.data) if self.ownership_form.data else None,
            long_term_use=LongTermUse(self.long_term_use_from.data, int(years) if years else None),
            completers=tuple(row for item in self.completers if (row := item.form.draft())),
            shares=tuple(row for item in self.shares if (row := item.form.draft())),
            projects=tuple(row for item in self.projects if (row := item.form.draft())),
        )

    def _industries(self) -> tuple[str, ...]:
        parts = [part for part in re.split(r"[;；,，、\s]+", self.applied_industries.data or "") if part]
        try:
            return tuple(dict.fromkeys(read_industry(part) for part in parts))
        except RegisterRefused as refused:
            raise DraftRefused([refused]) from None


class NewAchievementForm(AchievementForm):
    """A new entry with its first right."""

    right = FormField(RightPart, label=_l("知识产权"))


class JoinForm(FlaskForm):
    """Into which entry this one goes."""

    target = StringField(
        _l("另一项成果的申请号或登记号"), validators=[InputRequired(_l("请填写号码。")), Length(max=60), without_null]
    )
    confirmed = BooleanField(_l("确认并入"), validators=[InputRequired(_l("请勾选确认。"))])


@contextmanager
def problems_on(form: FlaskForm) -> Iterator[FormOutcome]:
    """Like `kernel.pages.refusals_on`, for refusals that name several fields, also of the right within the form.

    `EditedMeanwhile` goes on as well: its page shows the differences.
    """
    outcome = FormOutcome()
    try:
        yield outcome
    except (NotFound, EditedMeanwhile):
        raise
    except Refusal as refusal:
        outcome.accepted = False
        for problem in refusal.problems if isinstance(refusal, DraftRefused) else (refusal,):
            _place(form, problem)


def _place(form: FlaskForm, problem: Refusal) -> None:
    sentence = _(problem.message, **problem.params) if problem.params else _(problem.message)
    name = problem.field or ""
    part = form._fields.get("right")
    of_the_right = part.form._fields.get(name.removeprefix("right-")) if part is not None else None
    field = form._fields.get(name) or of_the_right
    if field is None:
        form.form_errors.append(sentence)
    else:
        field.errors = [*field.errors, sentence]
        if isinstance(field, FieldList):  # the summary names single fields only
            form.form_errors.append(sentence)
