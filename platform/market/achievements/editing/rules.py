"""What a person types of an achievement or a right, and everything that is wrong with it (rules.md sections 2 and 8)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from market.accounts.counties import COUNTIES
from market.achievements.classification import is_cpc, is_ipc, is_locarno
from market.achievements.editing.numbers import RightNumber
from market.achievements.errors import RegisterRefused
from market.achievements.ownership import (
    CompleterDraft,
    LongTermUse,
    ShareDraft,
    completer_problems,
    ownership_problems,
)
from market.achievements.rules import presumed_expiry
from market.achievements.vocabulary import (
    PATENT_KINDS,
    WITH_CLAIMS,
    AchievementKind,
    FundingLevel,
    MaturityStage,
    OwnershipForm,
)
from market.kernel.errors import N_
from market.kernel.money import Money

FIRST_YEAR = 1985
MAXIMUM_INDUSTRIES = 5
MAXIMUM_SYMBOLS = 30
STAGE_OF_TRL = {
    1: MaturityStage.RESEARCH,
    2: MaturityStage.RESEARCH,
    3: MaturityStage.RESEARCH,
    4: MaturityStage.LABORATORY,
    5: MaturityStage.LABORATORY,
    6: MaturityStage.PILOT,
    7: MaturityStage.PILOT,
    8: MaturityStage.TRIAL_PRODUCTION,
    9: MaturityStage.TRIAL_PRODUCTION,
}
"""rules.md 2.3; mass production is beyond level 9 and goes with it."""
_PUBLICATION = re.compile(r"CN(?P<serial>\d{9}|\d{7})(?P<code>[ABCUYSD])\d?")
_CODES = {
    AchievementKind.INVENTION: ("1", "ABC"),
    AchievementKind.UTILITY_MODEL: ("2", "UY"),
    AchievementKind.DESIGN: ("3", "SD"),
}
_NINE_DIGITS = 9
WITH_REPORT = frozenset({AchievementKind.UTILITY_MODEL, AchievementKind.DESIGN})
"""Kinds for which a 专利权评价报告 is made (专利法 art. 66)."""
UNREGISTERED = frozenset(
    {AchievementKind.TRADE_SECRET, AchievementKind.PROCESS, AchievementKind.PROTOTYPE, AchievementKind.OTHER}
)
"""Kinds that have no right of their own."""


@dataclass(frozen=True)
class ProjectDraft:
    """The project that paid, and how much."""

    level: FundingLevel
    number: str
    name: str = ""
    amount_fen: int | None = None

    @property
    def amount(self) -> Money | None:
        """What it paid, as far as is known."""
        return None if self.amount_fen is None else Money(self.amount_fen)


@dataclass(frozen=True)
class AchievementDraft:
    """An entry as typed. `applied_industries` are codes that `read_industry` has read."""

    title: str
    kind: AchievementKind
    abstract: str = ""
    register_number: str | None = None
    completed_on: date | None = None
    county_code: str | None = None
    technical_field: str | None = None
    industry: str | None = None
    applied_industries: tuple[str, ...] = ()
    trl: int | None = None
    trl_evidence: str = ""
    maturity_stage: MaturityStage | None = None
    is_fiscally_funded: bool | None = None
    ownership_form: OwnershipForm | None = None
    long_term_use: LongTermUse = field(default_factory=lambda: LongTermUse(None, None))
    completers: tuple[CompleterDraft, ...] = ()
    shares: tuple[ShareDraft, ...] = ()
    projects: tuple[ProjectDraft, ...] = ()


@dataclass(frozen=True)
class RightDraft:
    """A right as typed, with its number read. `expires_on` is asked only of kinds whose term is not presumed."""

    kind: AchievementKind
    number: RightNumber
    title: str
    applicants: str
    inventors: str = ""
    filing_date: date | None = None
    publication_number: str | None = None
    publication_date: date | None = None
    grant_date: date | None = None
    classes: tuple[str, ...] = ()
    cpc_classes: tuple[str, ...] = ()
    priority_numbers: tuple[str, ...] = ()
    expires_on: date | None = None
    annual_fee_paid_until: date | None = None
    evaluation_report_on: date | None = None
    evaluation_report_number: str = ""
    abstract: str = ""
    claims: str = ""

    @property
    def term_ends_on(self) -> date | None:
        """The first day without protection: presumed for patents, else as the certificate says."""
        patent_kind = self.number.patent_kind
        return presumed_expiry(patent_kind, self.filing_date) if patent_kind else self.expires_on


def stage_for(draft: AchievementDraft) -> MaturityStage | None:
    """The stage that was chosen, else the one that the level means."""
    if draft.maturity_stage is not None or draft.trl is None:
        return draft.maturity_stage
    return STAGE_OF_TRL[draft.trl]


def achievement_problems(draft: AchievementDraft, today: date) -> list[RegisterRefused]:
    """Everything that is wrong with the entry, each with its field."""
    return [
        *_base_problems(draft, today),
        *_maturity_problems(draft),
        *_funding_problems(draft),
        *completer_problems(draft.completers, draft.shares),
        *ownership_problems(draft.ownership_form, draft.shares, draft.completers, draft.long_term_use, today),
    ]


def _base_problems(draft: AchievementDraft, today: date) -> Iterator[RegisterRefused]:
    if not draft.title:
        yield RegisterRefused("achievement.title_missing", N_("请填写成果名称。"), field="title")
    if draft.completed_on is not None and not FIRST_YEAR - 35 <= draft.completed_on.year <= today.year:
        yield RegisterRefused("achievement.completed", N_("完成日期不可能，请核对。"), field="completed_on")
    elif draft.completed_on is not None and draft.completed_on > today:
        yield RegisterRefused("achievement.completed", N_("完成日期在今天之后。"), field="completed_on")
    if draft.county_code is not None and draft.county_code not in COUNTIES:
        yield RegisterRefused("achievement.county", N_("请从列表里选择县（市、区）。"), field="county_code")
    if len(draft.applied_industries) > MAXIMUM_INDUSTRIES:
        yield RegisterRefused(
            "industry.too_many",
            N_("应用行业最多填 %(maximum)s 个。"),
            field="applied_industries",
            maximum=MAXIMUM_INDUSTRIES,
        )


def _maturity_problems(draft: AchievementDraft) -> Iterator[RegisterRefused]:
    if draft.trl is None:
        return
    if draft.trl not in STAGE_OF_TRL:
        yield RegisterRefused("trl.range", N_("技术就绪等级是 1 到 9。"), field="trl")
        return
    if not draft.trl_evidence:
        yield RegisterRefused(
            "trl.evidence_missing",
            N_("请写明技术就绪等级的依据，例如检测报告、中试报告、用户使用证明。"),
            field="trl_evidence",
        )
    stage, meant = draft.maturity_stage, STAGE_OF_TRL[draft.trl]
    is_beyond = draft.trl == max(STAGE_OF_TRL) and stage is MaturityStage.MASS_PRODUCTION
    if stage is not None and stage is not meant and not is_beyond:
        yield RegisterRefused(
            "trl.stage",
            N_("技术就绪等级 %(trl)s 对应的成熟度是“%(stage)s”，请核对其中一项。"),
            field="maturity_stage",
            trl=draft.trl,
            stage=meant.label,
        )


def _funding_problems(draft: AchievementDraft) -> Iterator[RegisterRefused]:
    if draft.is_fiscally_funded and not draft.projects:
        yield RegisterRefused("funding.project_missing", N_("财政资金形成的成果，请填写项目编号。"), field="projects")
    if draft.is_fiscally_funded is False and draft.projects:
        yield RegisterRefused(
            "funding.contradiction",
            N_("填写了财政资金项目，但选了“不是财政资金形成”，请核对。"),
            field="is_fiscally_funded",
        )
    numbers = [project.number for project in draft.projects]
    for number in sorted({number for number in numbers if numbers.count(number) > 1}):
        yield RegisterRefused("funding.twice", N_("项目编号 %(number)s 写了两次。"), field="projects", number=number)


def right_problems(draft: RightDraft, today: date) -> list[RegisterRefused]:
    """Everything that is wrong with the right, each with its field."""
    return [
        *_kind_problems(draft),
        *_date_problems(draft, today),
        *_publication_problems(draft),
        *_class_problems(draft),
        *fee_problems(draft),
        *_report_problems(draft, today),
    ]


def _kind_problems(draft: RightDraft) -> Iterator[RegisterRefused]:
    if not draft.title:
        yield RegisterRefused("right.title_missing", N_("请填写名称。"), field="title")
    if not draft.applicants:
        yield RegisterRefused("right.applicant_missing", N_("请填写申请人（权利人）。"), field="applicants")
    if draft.claims and draft.kind not in WITH_CLAIMS:
        yield RegisterRefused("claims.kind", N_("只有专利和专利申请有权利要求。"), field="claims")
    meant = draft.number.patent_kind
    if draft.kind in PATENT_KINDS and meant is not None and meant is not draft.kind:
        yield RegisterRefused(
            "right.kind",
            N_("号码 %(number)s 是%(meant)s的号码，与所选类型不符。"),
            field="kind",
            number=draft.number.normal,
            meant=meant.label,
        )
    if draft.kind is AchievementKind.PATENT_APPLICATION and draft.number.is_granted_form:
        yield RegisterRefused(
            "right.granted_form",
            N_("“ZL”开头的是授权后的专利号；专利申请请填申请号，或把类型改为相应的专利。"),
            field="number",
        )


def _date_problems(draft: RightDraft, today: date) -> Iterator[RegisterRefused]:
    dated = {
        "filing_date": draft.filing_date,
        "publication_date": draft.publication_date,
        "grant_date": draft.grant_date,
    }
    for name, day in dated.items():
        if day is not None and (day > today or day.year < FIRST_YEAR):
            yield RegisterRefused("right.impossible_date", N_("日期不可能，请核对。"), field=name)
        elif day is not None and draft.filing_date is not None and day < draft.filing_date:
            yield RegisterRefused("right.before_filing", N_("日期早于申请日，请核对。"), field=name)
    year = draft.number.year
    if draft.filing_date is not None and year is not None and draft.filing_date.year > year + 1:
        yield RegisterRefused(
            "right.date_after_number",
            N_("申请日晚于申请号的年份 %(year)s，请核对。"),
            field="filing_date",
            year=year,
        )
    if draft.kind is AchievementKind.PATENT_APPLICATION and draft.grant_date is not None:
        yield RegisterRefused(
            "right.granted_application",
            N_("填写了授权日，说明已经授权，请把类型改为相应的专利。"),
            field="kind",
        )


def normal_publication_number(text: str) -> str:
    """Half-width, upper case, without blanks, with the country code: `CN107265123A`."""
    folded = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    return f"CN{folded}" if re.match(r"\d", folded) else folded


def _publication_problems(draft: RightDraft) -> Iterator[RegisterRefused]:
    given, meant = draft.publication_number, draft.number.patent_kind
    if given is None or meant is None:
        return
    match = _PUBLICATION.fullmatch(given)
    if match is None:
        yield RegisterRefused(
            "publication.format",
            N_("“%(given)s”不是公开（公告）号，例如 CN107265123A、CN212345678U。"),
            field="publication_number",
            given=given,
        )
        return
    digit, codes = _CODES[meant]
    is_other = len(match["serial"]) == _NINE_DIGITS and match["serial"][0] != digit
    if match["code"] not in codes or is_other:
        yield RegisterRefused(
            "publication.kind",
            N_("公开（公告）号 %(given)s 不是%(meant)s的号码，请核对是否抄错。"),
            field="publication_number",
            given=given,
            meant=meant.label,
        )


def _class_problems(draft: RightDraft) -> Iterator[RegisterRefused]:
    if len(draft.classes) > MAXIMUM_SYMBOLS or len(draft.cpc_classes) > MAXIMUM_SYMBOLS:
        yield RegisterRefused(
            "class.too_many", N_("分类号最多填 %(maximum)s 个。"), field="classes", maximum=MAXIMUM_SYMBOLS
        )
    is_design = draft.number.patent_kind is AchievementKind.DESIGN
    for symbol in draft.classes:
        if is_design and not is_locarno(symbol):
            yield RegisterRefused(
                "class.locarno", N_("“%(given)s”不是洛迦诺分类号，例如 09-03。"), field="classes", given=symbol
            )
        if draft.number.patent_kind and not is_design and (not is_ipc(symbol) or symbol.startswith("Y")):
            yield RegisterRefused(
                "class.ipc",
                N_("“%(given)s”不是 IPC 分类号，例如 H01M 10/0525；Y 部只属于 CPC。"),
                field="classes",
                given=symbol,
            )
    for symbol in draft.cpc_classes:
        if not is_cpc(symbol):
            yield RegisterRefused(
                "class.cpc", N_("“%(given)s”不是 CPC 分类号，例如 Y02E 10/50。"), field="cpc_classes", given=symbol
            )


def fee_problems(draft: RightDraft) -> Iterator[RegisterRefused]:
    """What is wrong with the day until which the fees are paid."""
    paid = draft.annual_fee_paid_until
    if paid is None:
        return
    if draft.kind not in PATENT_KINDS:
        yield RegisterRefused("fee.not_granted", N_("授权以后才有年费。"), field="annual_fee_paid_until")
    elif draft.filing_date is not None and paid < draft.filing_date:
        yield RegisterRefused("fee.before_filing", N_("日期早于申请日，请核对。"), field="annual_fee_paid_until")
    elif draft.term_ends_on is not None and paid > draft.term_ends_on:
        yield RegisterRefused(
            "fee.after_term",
            N_("缴费截止日晚于保护期届满日 %(expires_on)s（专利法第四十二条）。"),
            field="annual_fee_paid_until",
            expires_on=str(draft.term_ends_on),
        )


def _report_problems(draft: RightDraft, today: date) -> Iterator[RegisterRefused]:
    if draft.evaluation_report_on is None and not draft.evaluation_report_number:
        return
    if draft.kind not in WITH_REPORT:
        yield RegisterRefused(
            "report.kind",
            N_("专利权评价报告只针对实用新型和外观设计（专利法第六十六条）。"),
            field="evaluation_report_number",
        )
    if draft.evaluation_report_on is None or not draft.evaluation_report_number:
        yield RegisterRefused("report.half", N_("请同时填写评价报告的编号和日期。"), field="evaluation_report_number")
    elif draft.evaluation_report_on > today or (
        draft.grant_date is not None and draft.evaluation_report_on < draft.grant_date
    ):
        yield RegisterRefused("report.date", N_("评价报告的日期应在授权之后、今天以前。"), field="evaluation_report_on")
