"""What may be typed of an achievement and its rights: shares, rewards, maturity, funding, numbers, dates, classes, fees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.achievements.classification import is_cpc, is_ipc, split_symbols
from market.achievements.editing.numbers import read_right_number
from market.achievements.editing.rules import (
    AchievementDraft,
    ProjectDraft,
    RightDraft,
    achievement_problems,
    normal_publication_number,
    right_problems,
    stage_for,
)
from market.achievements.errors import NumberRefused, RegisterRefused
from market.achievements.industries import industry_classes, industry_name, read_industry, section_of
from market.achievements.ownership import (
    CompleterDraft,
    LongTermUse,
    ShareDraft,
    missing_consents,
    parse_percent,
    percent,
)
from market.achievements.usage import (
    FeeState,
    UseFacts,
    completer_may_use_from,
    fee_state,
    months_later,
    next_fee_day,
    on_open_list_from,
)
from market.achievements.vocabulary import AchievementKind, FundingLevel, MaturityStage, OwnershipForm, ShareHolder

TODAY = date(2026, 11, 22)
INSTITUTION, CO_OWNER, COMPLETER = ShareHolder.INSTITUTION, ShareHolder.CO_OWNER, ShareHolder.COMPLETER
ENTRY = AchievementDraft("一种水泵", AchievementKind.INVENTION)
PUMP = RightDraft(
    AchievementKind.INVENTION,
    read_right_number(AchievementKind.INVENTION, "201710601862.3", TODAY),
    "一种水泵",
    "东海农业大学",
    filing_date=date(2017, 7, 21),
)
MODEL = replace(
    PUMP,
    kind=AchievementKind.UTILITY_MODEL,
    number=read_right_number(AchievementKind.UTILITY_MODEL, "202320000001.0", TODAY),
    filing_date=date(2023, 1, 5),
    grant_date=date(2023, 9, 1),
)
DESIGN = replace(
    PUMP,
    kind=AchievementKind.DESIGN,
    number=read_right_number(AchievementKind.DESIGN, "202330000001.6", TODAY),
    filing_date=date(2023, 1, 5),
)


def codes(problems: list[RegisterRefused]) -> list[str]:
    return [problem.code for problem in problems]


def entry(**changes: Any) -> list[str]:
    return codes(achievement_problems(replace(ENTRY, **changes), TODAY))


def test_a_plain_entry_and_a_plain_right_have_nothing_wrong() -> None:
    assert entry() == []
    assert right_problems(PUMP, TODAY) == []


def shares(*parts: tuple[ShareHolder, str, int]) -> tuple[ShareDraft, ...]:
    return tuple(ShareDraft(kind, name, share) for kind, name, share in parts)


HALF_AND_HALF = shares((INSTITUTION, "东海农业大学", 5000), (CO_OWNER, "某公司", 5000))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, "achievement.title_missing"),
        ({"completed_on": date(2026, 11, 23)}, "achievement.completed"),
        ({"completed_on": date(1900, 1, 1)}, "achievement.completed"),
        ({"county_code": "330100"}, "achievement.county"),
        ({"applied_industries": ("01", "02", "03", "04", "05", "06")}, "industry.too_many"),
        ({"trl": 10, "trl_evidence": "报告"}, "trl.range"),
        ({"trl": 5}, "trl.evidence_missing"),
        ({"trl": 5, "trl_evidence": "报告", "maturity_stage": MaturityStage.PILOT}, "trl.stage"),
        ({"is_fiscally_funded": True}, "funding.project_missing"),
        (
            {"is_fiscally_funded": False, "projects": (ProjectDraft(FundingLevel.PROVINCE, "2023C01234"),)},
            "funding.contradiction",
        ),
        (
            {"is_fiscally_funded": True, "projects": (ProjectDraft(FundingLevel.PROVINCE, "2023C01234"),) * 2},
            "funding.twice",
        ),
        ({"completers": (CompleterDraft("张三"), CompleterDraft("张三"))}, "completer.twice"),
        (
            {"completers": (CompleterDraft("张三", reward_share=6000), CompleterDraft("李四", reward_share=4001))},
            "completer.over_whole",
        ),
        ({"ownership_form": OwnershipForm.SOLE, "shares": HALF_AND_HALF}, "ownership.sole_with_others"),
        ({"ownership_form": None, "shares": HALF_AND_HALF}, "ownership.sole_with_others"),
        ({"ownership_form": OwnershipForm.CO_OWNED}, "ownership.co_owner_missing"),
        ({"ownership_form": OwnershipForm.EMPOWERED}, "ownership.completer_missing"),
        (
            {"ownership_form": OwnershipForm.CO_OWNED, "shares": shares((CO_OWNER, "某公司", 10000))},
            "ownership.own_missing",
        ),
        (
            {
                "ownership_form": OwnershipForm.CO_OWNED,
                "shares": shares((INSTITUTION, "东海农业大学", 5000), (CO_OWNER, "某公司", 4999)),
            },
            "ownership.sum",
        ),
        (
            {
                "ownership_form": OwnershipForm.EMPOWERED,
                "shares": shares((INSTITUTION, "东海农业大学", 1000), (COMPLETER, "张三", 9000)),
            },
            "ownership.not_a_completer",
        ),
        (
            {
                "ownership_form": OwnershipForm.EMPOWERED,
                "shares": shares((INSTITUTION, "东海农业大学", 1000), (COMPLETER, "张三", 9000)),
                "completers": (CompleterDraft("张三", reward_share=7000),),
            },
            "completer.owner_with_reward",
        ),
        ({"ownership_form": OwnershipForm.LONG_TERM_USE}, "ownership.use_missing"),
        (
            {"ownership_form": OwnershipForm.LONG_TERM_USE, "long_term_use": LongTermUse(TODAY, 9)},
            "ownership.use_too_short",
        ),
        ({"long_term_use": LongTermUse(TODAY, 10)}, "ownership.use_without_form"),
    ],
)
def test_each_fault_of_an_entry_is_named(changes: dict[str, Any], code: str) -> None:
    assert entry(**changes) == [code]


@pytest.mark.parametrize(
    "changes",
    [
        {"ownership_form": OwnershipForm.CO_OWNED, "shares": HALF_AND_HALF},
        {
            "ownership_form": OwnershipForm.EMPOWERED,
            "shares": shares((INSTITUTION, "东海农业大学", 1000), (COMPLETER, "张三", 9000)),
            "completers": (CompleterDraft("张三"), CompleterDraft("李四", reward_share=10000)),
        },
        {"ownership_form": OwnershipForm.LONG_TERM_USE, "long_term_use": LongTermUse(TODAY, 10)},
        {"trl": 9, "trl_evidence": "首批销售合同", "maturity_stage": MaturityStage.MASS_PRODUCTION},
        {"is_fiscally_funded": True, "projects": (ProjectDraft(FundingLevel.PROVINCE, "2023C01234"),)},
    ],
)
def test_what_the_law_allows_passes(changes: dict[str, Any]) -> None:
    assert entry(**changes) == []


@pytest.mark.parametrize(
    ("share", "code"),
    [
        (ShareDraft(CO_OWNER, "某公司", 5000, consented_on=TODAY), "consent.half"),
        (ShareDraft(CO_OWNER, "某公司", 5000, consented_by="王五"), "consent.half"),
        (ShareDraft(CO_OWNER, "某公司", 5000, date(2026, 11, 23), "王五"), "consent.future"),
        (ShareDraft(CO_OWNER, "东海农业大学", 5000), "ownership.twice"),
    ],
)
def test_a_consent_has_a_day_a_signature_and_a_name_of_its_own(share: ShareDraft, code: str) -> None:
    own = ShareDraft(INSTITUTION, "东海农业大学", 5000)
    assert entry(ownership_form=OwnershipForm.CO_OWNED, shares=(own, share)) == [code]


def test_who_has_not_consented_is_named_without_the_institution() -> None:
    given_consent = replace(HALF_AND_HALF[1], consented_on=TODAY, consented_by="王五")
    assert missing_consents(HALF_AND_HALF) == ["某公司"]
    assert missing_consents((HALF_AND_HALF[0], given_consent)) == []


@pytest.mark.parametrize(
    ("trl", "stage"),
    [(1, "research"), (3, "research"), (4, "laboratory"), (6, "pilot"), (7, "pilot"), (9, "trial_production")],
)
def test_the_level_means_a_stage(trl: int, stage: str) -> None:
    assert stage_for(replace(ENTRY, trl=trl)) == stage


@pytest.mark.parametrize(
    ("text", "value"), [("33.33", 3333), ("33.3%", 3330), ("100", 10000), ("0", 0), (" ５０% ", 5000), ("0.01", 1)]
)
def test_a_percentage_is_read(text: str, value: int) -> None:
    assert parse_percent(text, "shares") == value


@pytest.mark.parametrize("text", ["", "100.01", "33.333", "-1", "一半", "1e2", "999"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(RegisterRefused) as refused:
        parse_percent(text, "shares")
    assert (refused.value.code, refused.value.field) == ("percent.format", "shares")


@given(st.integers(0, 10_000))
def test_a_percentage_written_is_read_as_the_same(share: int) -> None:
    assert parse_percent(percent(share), "shares") == share


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, "right.title_missing"),
        ({"applicants": ""}, "right.applicant_missing"),
        ({"kind": AchievementKind.DESIGN}, "right.kind"),
        ({"publication_date": date(2026, 11, 23)}, "right.impossible_date"),
        ({"filing_date": date(2019, 1, 1)}, "right.date_after_number"),
        ({"publication_date": date(2017, 7, 20)}, "right.before_filing"),
        ({"grant_date": date(2017, 7, 20)}, "right.before_filing"),
        ({"publication_number": "CN1072651"}, "publication.format"),
        ({"publication_number": "CN212345678U"}, "publication.kind"),
        ({"publication_number": "CN212345678A"}, "publication.kind"),
        ({"classes": ("A61",)}, "class.ipc"),
        ({"classes": ("Y02E 10/50",)}, "class.ipc"),
        ({"classes": ("09-03",)}, "class.ipc"),
        ({"cpc_classes": ("09-03",)}, "class.cpc"),
        ({"annual_fee_paid_until": date(2037, 7, 22)}, "fee.after_term"),
        ({"annual_fee_paid_until": date(2017, 7, 20)}, "fee.before_filing"),
        ({"evaluation_report_on": TODAY, "evaluation_report_number": "P2024"}, "report.kind"),
    ],
)
def test_each_fault_of_a_right_is_named(changes: dict[str, Any], code: str) -> None:
    assert code in codes(right_problems(replace(PUMP, **changes), TODAY))
    assert len(right_problems(replace(PUMP, **changes), TODAY)) == 1


@pytest.mark.parametrize(
    ("right", "code"),
    [
        (replace(MODEL, evaluation_report_on=TODAY), "report.half"),
        (replace(MODEL, evaluation_report_on=date(2023, 8, 1), evaluation_report_number="P2023"), "report.date"),
        (replace(DESIGN, classes=("H01M 10/0525",)), "class.locarno"),
        (replace(PUMP, kind=AchievementKind.PATENT_APPLICATION, grant_date=TODAY), "right.granted_application"),
        (replace(PUMP, kind=AchievementKind.PATENT_APPLICATION, annual_fee_paid_until=TODAY), "fee.not_granted"),
    ],
)
def test_what_belongs_to_another_kind_is_refused(right: RightDraft, code: str) -> None:
    assert codes(right_problems(right, TODAY)) == [code]


def test_an_application_is_not_written_as_a_granted_patent() -> None:
    number = read_right_number(AchievementKind.PATENT_APPLICATION, "ZL201710601862.3", TODAY)
    application = replace(PUMP, kind=AchievementKind.PATENT_APPLICATION, number=number)
    assert codes(right_problems(application, TODAY)) == ["right.granted_form"]
    assert right_problems(replace(PUMP, number=number), TODAY) == []


@pytest.mark.parametrize(
    ("right", "publication"),
    [
        (PUMP, "CN107265123A"),
        (PUMP, "CN1072651C"),
        (PUMP, "CN107265123B2"),
        (MODEL, "CN212345678U"),
        (DESIGN, "CN307123456S"),
    ],
)
def test_publication_numbers_of_the_right_kind_pass(right: RightDraft, publication: str) -> None:
    assert right_problems(replace(right, publication_number=publication), TODAY) == []


def test_a_publication_number_is_brought_to_its_normal_form() -> None:
    assert normal_publication_number(" ｃｎ 107265123a ") == "CN107265123A"
    assert normal_publication_number("107265123 B") == "CN107265123B"


def test_the_section_y_belongs_to_cpc_alone() -> None:
    symbols = ("A61F 9/00", "C07D 487/04", "G16H 50/20", "Y02E 10/50", "A61", "A61F 9/0")
    assert [is_ipc(symbol) for symbol in symbols] == [True, True, True, False, False, False]
    assert [is_cpc(symbol) for symbol in symbols] == [True, True, True, True, False, False]


def test_several_symbols_are_read_once_each_in_their_normal_form() -> None:
    assert split_symbols("H01M10/0525(2010.01)I; H01M 10/0525；B60L50/64|\n") == ("H01M 10/0525", "B60L 50/64")


@pytest.mark.parametrize(
    ("kind", "text", "normal"),
    [
        (AchievementKind.SOFTWARE, " 2021ｓｒ0123456", "2021SR0123456"),
        (AchievementKind.CIRCUIT_LAYOUT, "bs.215001230", "BS.215001230"),
        (AchievementKind.PLANT_VARIETY, "CNA20191000123", "CNA20191000123"),
        (AchievementKind.BIOMEDICAL_VARIETY, "国药准字Z20210001", "国药准字Z20210001"),
        (AchievementKind.INVENTION, "ZL 2017 1 0601862.3", "201710601862.3"),
        (AchievementKind.PATENT_APPLICATION, "CN95115608X", "95115608.X"),
    ],
)
def test_numbers_of_every_kind_have_a_normal_form(kind: AchievementKind, text: str, normal: str) -> None:
    assert read_right_number(kind, text, TODAY).normal == normal


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (AchievementKind.SOFTWARE, "软著登字第123号", "number.other_format"),
        (AchievementKind.SOFTWARE, "2031SR0123456", "number.other_year"),
        (AchievementKind.SOFTWARE, "", "number.missing"),
        (AchievementKind.CIRCUIT_LAYOUT, "215001234", "number.other_format"),
        (AchievementKind.PLANT_VARIETY, "CNA1", "number.other_format"),
        (AchievementKind.INVENTION, "200490000001.3", "number.check_digit"),
    ],
)
def test_a_number_of_another_form_is_refused(kind: AchievementKind, text: str, code: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        read_right_number(kind, text, TODAY)
    assert refused.value.code == code


def test_the_classification_of_industries_is_whole() -> None:
    levels = [row.level for row in industry_classes().values()]
    assert [levels.count(level) for level in (1, 2, 3, 4)] == [20, 97, 473, 1381]


@pytest.mark.parametrize(("text", "code"), [("C3599", "3599"), ("３５９９", "3599"), ("c35", "35"), (" 0111 ", "0111")])
def test_an_industry_code_is_read(text: str, code: str) -> None:
    assert read_industry(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("C", "industry.format"),
        ("制造业", "industry.format"),
        ("C9999", "industry.unknown"),
        ("A3599", "industry.section"),
    ],
)
def test_a_wrong_industry_code_is_refused(text: str, code: str) -> None:
    with pytest.raises(RegisterRefused) as refused:
        read_industry(text)
    assert refused.value.code == code


@given(st.sampled_from(sorted(code for code, row in industry_classes().items() if row.level > 1)))
def test_every_code_of_the_table_is_read_with_its_letter(code: str) -> None:
    assert read_industry(section_of(code) + code) == code
    assert industry_name(code).startswith(section_of(code) + code)


@pytest.mark.parametrize(
    ("paid_until", "expires_on", "state"),
    [
        (None, None, FeeState.UNKNOWN),
        (date(2027, 7, 21), date(2037, 7, 21), FeeState.PAID),
        (date(2027, 1, 21), date(2037, 7, 21), FeeState.PAID),
        (date(2027, 1, 20), date(2037, 7, 21), FeeState.DUE),
        (date(2026, 11, 22), date(2037, 7, 21), FeeState.DUE),
        (date(2026, 11, 21), date(2037, 7, 21), FeeState.OVERDUE),
        (date(2026, 5, 22), date(2037, 7, 21), FeeState.OVERDUE),
        (date(2026, 5, 21), date(2037, 7, 21), FeeState.LOST),
        (date(2026, 12, 31), date(2026, 12, 31), FeeState.PAID),
        (date(2026, 12, 30), date(2026, 12, 31), FeeState.PAID),
    ],
)
def test_how_the_annual_fee_stands(paid_until: date | None, expires_on: date | None, state: FeeState) -> None:
    assert fee_state(paid_until, expires_on, TODAY, 60) is state


def test_the_next_fee_falls_on_the_end_of_the_running_patent_year() -> None:
    assert next_fee_day(date(2017, 7, 21), TODAY) == date(2027, 7, 21)
    assert next_fee_day(date(2017, 12, 5), TODAY) == date(2026, 12, 5)
    assert next_fee_day(date(2020, 2, 29), date(2026, 2, 1)) == date(2026, 2, 28)
    assert next_fee_day(None, TODAY) is None


def test_months_end_with_the_month() -> None:
    assert months_later(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_later(date(2026, 12, 15), 1) == date(2027, 1, 15)


UNUSED = UseFacts(
    AchievementKind.INVENTION,
    is_alive=True,
    is_used=False,
    is_fiscally_funded=True,
    completed_on=None,
    filing_date=date(2017, 7, 21),
    grant_date=date(2020, 3, 3),
)


def test_unused_terms_run_from_the_grant() -> None:
    assert completer_may_use_from(UNUSED, 1) == date(2021, 3, 4)
    assert on_open_list_from(UNUSED, 3) == date(2023, 3, 4)


@pytest.mark.parametrize(
    ("changes", "one_year", "three_years"),
    [
        ({"is_used": True}, None, None),
        ({"is_alive": False}, None, None),
        ({"is_fiscally_funded": False}, date(2021, 3, 4), None),
        ({"is_fiscally_funded": None}, date(2021, 3, 4), None),
        ({"is_excused": True}, date(2021, 3, 4), None),
        ({"grant_date": None}, date(2018, 7, 22), None),
        ({"kind": AchievementKind.SOFTWARE}, date(2021, 3, 4), None),
        ({"grant_date": None, "filing_date": None, "completed_on": date(2024, 2, 29)}, date(2025, 3, 1), None),
        ({"grant_date": None, "filing_date": None}, None, None),
    ],
)
def test_who_may_use_what_stands_unused(
    changes: dict[str, Any], one_year: date | None, three_years: date | None
) -> None:
    facts = replace(UNUSED, **changes)
    assert (completer_may_use_from(facts, 1), on_open_list_from(facts, 3)) == (one_year, three_years)
