"""Cells about an entry: completers with rewards, shares, projects, readiness; each way of writing, each refusal."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.achievements.editing.rules import ProjectDraft
from market.achievements.entry_texts import completers_text, projects_text, shares_text
from market.achievements.errors import NumberRefused, RegisterRefused, RowRefused
from market.achievements.importing.entry_cells import (
    read_completers,
    read_projects,
    read_readiness,
    read_shares,
    read_yes_or_no,
)
from market.achievements.importing.headings import Column
from market.achievements.importing.rows import FileRow, RefusedRow, RowDraft, read_row
from market.achievements.ownership import CompleterDraft, ShareDraft
from market.achievements.vocabulary import FundingLevel, ShareHolder

TODAY = date(2026, 11, 22)
OWN = ("东海大学", "东海学院")
INSTITUTION, CO_OWNER, COMPLETER = ShareHolder.INSTITUTION, ShareHolder.CO_OWNER, ShareHolder.COMPLETER


@pytest.mark.parametrize(
    "cell",
    [
        "张三:60%;李四:40%",
        "张三：60％；李四：40％",
        "张三 60%、李四 40%",
        "张三（60%）\n李四(40 %)",
        "张三60%|李四40%",
        "张三:60;李四:40",
        "张三 60.00%，李四 40.0%",
    ],
)
def test_completers_with_their_rewards_are_read(cell: str) -> None:
    assert read_completers(cell) == (
        CompleterDraft("张三", reward_share=6000),
        CompleterDraft("李四", reward_share=4000),
    )


def test_a_completer_may_stand_without_a_share_and_a_foreign_name_has_its_comma() -> None:
    assert read_completers("张三；Smith, John 12.5%") == (
        CompleterDraft("张三"), CompleterDraft("Smith, John", reward_share=1250),
    )  # fmt: skip


@pytest.mark.parametrize("cell", ["张三:0.6;李四:0.4", "张三:160%", "张三 60%40%", "张三6", "张" * 61])
def test_a_reward_that_may_mean_anything_is_refused(cell: str) -> None:
    with pytest.raises(RowRefused) as refused:
        read_completers(cell)
    assert refused.value.code == "row.share_format"
    assert "%%" not in refused.value.sentence


@pytest.mark.parametrize(
    ("cell", "shares"),
    [
        ("东海大学 60%；某公司 40%", (ShareDraft(INSTITUTION, "东海大学", 6000), ShareDraft(CO_OWNER, "某公司", 4000))),
        ("本单位60%;某（温州）公司:40%", (ShareDraft(INSTITUTION, "东海大学", 6000), ShareDraft(CO_OWNER, "某（温州）公司", 4000))),
        ("本单位份额 东海大学 30%；张三 70%", (ShareDraft(INSTITUTION, "东海大学", 3000), ShareDraft(COMPLETER, "张三", 7000))),
        ("本单位：50%、赋权完成人：李四 50%", (ShareDraft(INSTITUTION, "东海大学", 5000), ShareDraft(COMPLETER, "李四", 5000))),
        ("共有人 某公司 33.33%（同意 2024-01-02）", (ShareDraft(CO_OWNER, "某公司", 3333, date(2024, 1, 2)),)),
    ],
)  # fmt: skip
def test_owners_with_their_shares_are_read(cell: str, shares: tuple[ShareDraft, ...]) -> None:
    assert read_shares(cell, OWN, {"张三"}) == shares


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("某公司四成", "row.holder_format"),
        ("共有人 40%", "row.holder_format"),
        ("40%", "row.holder_format"),
        ("某公司 40%（同意 2024-13-02）", "row.holder_format"),
        ("某公司 0.4", "row.share_format"),
        ("某公司 400%", "row.share_format"),
    ],
)
def test_an_owner_that_cannot_be_read_is_refused(cell: str, code: str) -> None:
    with pytest.raises(RowRefused) as refused:
        read_shares(cell, OWN, set())
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("cell", "project"),
    [
        ("省级计划 2021C01001", ProjectDraft(FundingLevel.PROVINCE, "2021C01001")),
        ("浙江省重点研发计划 2021C01001", ProjectDraft(FundingLevel.PROVINCE, "2021C01001", "浙江省重点研发计划")),
        ("国家计划 2020YFB0101500 高效水泵", ProjectDraft(FundingLevel.NATIONAL, "2020YFB0101500", "高效水泵")),
        ("国家自然科学基金 51234567（50万元）", ProjectDraft(FundingLevel.NATIONAL, "51234567", "国家自然科学基金", 50_000_000)),
        ("温州市科技局项目 ZG2021009 资助 12.5 万元", ProjectDraft(FundingLevel.CITY, "ZG2021009", "温州市科技局项目", 12_500_000)),
        ("省级计划 2021C01001 水泵（500,000.50元）", ProjectDraft(FundingLevel.PROVINCE, "2021C01001", "水泵", 50_000_050)),
    ],
)  # fmt: skip
def test_projects_with_their_amounts_are_read(cell: str, project: ProjectDraft) -> None:
    assert read_projects(cell) == (project,)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("省级计划", "row.project_number"), ("2021C01001", "row.project_level"), ("50万元", "row.project_number")],
)
def test_a_project_without_number_or_level_is_refused(cell: str, code: str) -> None:
    with pytest.raises(RowRefused) as refused:
        read_projects(cell)
    assert refused.value.code == code


@pytest.mark.parametrize("cell", ["5", "TRL5", "trl-5", "TRL 5", "5级", "５", "5.0"])
def test_the_level_of_readiness_is_read(cell: str) -> None:
    assert read_readiness(cell) == 5


@pytest.mark.parametrize("cell", ["0", "10", "中试", "TRL", "5-6"])
def test_what_is_no_level_is_refused(cell: str) -> None:
    with pytest.raises(RowRefused):
        read_readiness(cell)


def test_yes_and_no_are_read_and_nothing_else() -> None:
    assert [read_yes_or_no(word) for word in ("是", " Yes", "财政资助", "否", "非财政", "自筹")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    with pytest.raises(RowRefused):
        read_yes_or_no("大概")


names = st.text(alphabet="张王李赵欧阳钱孙周吴郑", min_size=2, max_size=4)
percentages = st.integers(101, 10_000)


@given(
    st.lists(
        st.builds(CompleterDraft, names, reward_share=st.none() | percentages), min_size=1, unique_by=lambda c: c.name
    )
)
def test_what_the_register_says_of_completers_is_read_as_the_same(completers: list[CompleterDraft]) -> None:
    assert read_completers(completers_text(completers)) == tuple(completers)


@given(
    st.lists(
        st.builds(ShareDraft, st.sampled_from(ShareHolder), names, percentages, st.none() | st.dates(date(2000, 1, 1))),
        min_size=1,
    )
)
def test_what_the_register_says_of_owners_is_read_as_the_same(shares: list[ShareDraft]) -> None:
    assert read_shares(shares_text(shares), OWN, set()) == tuple(shares)


@given(
    st.builds(
        ProjectDraft,
        st.sampled_from(FundingLevel),
        st.from_regex(r"[0-9A-Z]{4,12}[0-9]", fullmatch=True),
        st.just("") | names,
        st.none() | st.integers(1, 10**12),
    )
)
def test_what_the_register_says_of_projects_is_read_as_the_same(project: ProjectDraft) -> None:
    assert read_projects(projects_text([project])) == (project,)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_never_an_error(text: str) -> None:
    for read in (
        read_completers,
        read_projects,
        read_readiness,
        read_yes_or_no,
        lambda cell: read_shares(cell, OWN, ()),
    ):
        try:
            read(text)
        except RowRefused as refusal:
            assert refusal.sentence


COLUMNS = {
    Column.NUMBER: 0,
    Column.TITLE: 1,
    Column.APPLICANTS: 2,
    Column.FILING_DATE: 3,
    Column.CPC: 4,
    Column.FEE_PAID_UNTIL: 5,
}


def right_of(cpc: str = "", fee: str = "", number: str = "201710601862.3") -> RowDraft | RefusedRow:
    return read_row(FileRow(2, (number, "水泵", "东海大学", "2017-07-21", cpc, fee)), COLUMNS, TODAY)


def test_cpc_symbols_and_the_paid_fee_are_read() -> None:
    read = right_of("Y02E10/50; F04D 29/22；F04D29/22", "2027.07.21")
    assert isinstance(read, RowDraft)
    assert (read.details.cpc_classes, read.details.annual_fee_paid_until) == (
        ("Y02E 10/50", "F04D 29/22"), date(2027, 7, 21),
    )  # fmt: skip
    many = right_of(";".join(f"F04D 1/{number:02d}" for number in range(40)))
    assert isinstance(many, RowDraft)
    assert len(many.details.cpc_classes) == 30  # as many as the register keeps of each right


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (right_of(cpc="F04D 29/22；水泵"), "row.cpc"),
        (right_of(fee="2038-01-01"), "fee.after_term"),
        (right_of(fee="2016-01-01"), "fee.before_filing"),
        (right_of(fee="明年"), "row.bad_other_date"),
        (right_of(fee="2099-01-01"), "row.impossible_other_date"),
        (right_of(fee="2027-01-01", number="2021SR0123456"), "fee.not_granted"),
    ],
)
def test_a_wrong_class_or_fee_refuses_its_row(read: RowDraft | RefusedRow, code: str) -> None:
    assert isinstance(read, RefusedRow)
    assert isinstance(read.refusal, NumberRefused | RegisterRefused | RowRefused)
    assert read.refusal.code == code
