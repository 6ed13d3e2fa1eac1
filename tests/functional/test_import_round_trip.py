"""What the register gives out as Excel comes back as no change, whatever stands in it."""

from __future__ import annotations

from datetime import date, timedelta

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from market.achievements.importing.files import OfficeFile
from market.achievements.patent_numbers import check_digit
from market.achievements.vocabulary import RowOutcome
from tests.conftest import NOW
from tests.factories.imports import import_file
from tests.factories.office_files import workbook_bytes
from tests.factories.world import make_institution, sign_in

HEADINGS = ("成果类型", "申请号", "名称", "申请人", "完成人", "申请日", "公开号", "主分类号", "摘要")
RIGHT_HEADINGS = ("CPC", "年费已缴至", "权利要求书")
ENTRY_HEADINGS = ("TRL", "TRL依据", "完成人奖励比例", "共有人份额", "是否财政资金", "依托项目")
texts = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=40
).filter(lambda text: text.strip() != "")
names = st.lists(st.sampled_from(["张三", "李四", "Smith, John", "=王五", "+赵六"]), max_size=3).map("; ".join)
days = st.dates(date(2004, 1, 1), date(2020, 12, 31))


@st.composite
def patents(draw: st.DrawFn) -> tuple[object, ...]:
    day = draw(days)
    digits = f"{day.year}{draw(st.sampled_from('123'))}{draw(st.integers(0, 9_999_999)):07d}"
    return (
        "专利", f"ZL{digits}.{check_digit(digits)}", draw(texts), draw(texts), draw(names), day + timedelta(days=0),
        draw(st.sampled_from(["", "CN 104321091 A"])), draw(st.sampled_from(["", "H02K17/02", "09-03", "A01B"])),
        draw(st.one_of(st.just(""), texts)),
    )  # fmt: skip


@st.composite
def others(draw: st.DrawFn) -> tuple[object, ...]:
    kind, number = draw(
        st.sampled_from(
            [("软件著作权", "2021SR{:07d}"), ("植物新品种", "CNA2019{:07d}"), ("集成电路布图设计", "BS.21{:06d}")]
        )
    )
    serial = draw(st.integers(0, 999_999))
    return (kind, number.format(serial), draw(texts), draw(texts), draw(names), "", "", "", draw(texts))


@st.composite
def entries(draw: st.DrawFn) -> tuple[object, ...]:
    """What stands in the cells about the entry."""
    trl, share = draw(st.sampled_from(["", "1", "TRL6", "9级"])), draw(st.integers(1, 99))
    people = draw(st.sampled_from(["", f"张三:{share}%;李四:{100 - share}%", f"张三 {share}.5%", "张三；李四"]))
    owners = draw(st.sampled_from(["", f"本单位 {share}%；某公司 {100 - share}%", "本单位：100%"]))
    project = draw(
        st.sampled_from(["", "省级计划 2021C01001 水泵（12.5万元）", "横向项目 H-2020-1", "国家基金 51234567"])
    )
    is_funded = "是" if project and not project.startswith("横向") else draw(st.sampled_from(["", "否"]))
    return trl, draw(texts) if trl else "", people, owners, "" if project.startswith("横向") else is_funded, project


def with_entry(
    rights: st.SearchStrategy[tuple[object, ...]], *, of_patents: bool
) -> st.SearchStrategy[tuple[object, ...]]:
    cpc = st.sampled_from(["", "Y02E10/50", "F04D 1/00;F04D29/22"]) if of_patents else st.just("")
    paid = st.sampled_from(["", "2021-03-04"]) if of_patents else st.just("")
    claims = st.one_of(st.just(""), texts) if of_patents else st.just("")
    return st.tuples(rights, cpc, paid, claims, entries()).map(lambda parts: (*parts[0], *parts[1:4], *parts[4]))


know_how = st.tuples(
    st.sampled_from(["技术秘密", "工艺配方", "样品样机"]), st.just(""), texts, st.just(""), names,
    st.just(""), st.just(""), st.just(""), texts,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            with_entry(patents(), of_patents=True),
            with_entry(others(), of_patents=False),
            with_entry(know_how, of_patents=False),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_the_exported_register_comes_back_as_no_change(
    client: FlaskClient, session: Session, rows: list[tuple[object, ...]]
) -> None:
    institution = make_institution(session)
    session.commit()
    content = workbook_bytes((*HEADINGS, *RIGHT_HEADINGS, *ENTRY_HEADINGS), rows)
    first = import_file(session, institution.organisation, OfficeFile("清单.xlsx", content), NOW)
    registered = first.counts[RowOutcome.NEW]
    again = import_file(session, institution.organisation, OfficeFile("清单.xlsx", content), NOW)
    assert (again.counts[RowOutcome.SAME], again.counts[RowOutcome.NEW], again.counts[RowOutcome.CHANGED]) == (
        registered, 0, 0,
    )  # fmt: skip
    sign_in(client, institution.officer)
    with client.get("/console/register/export.xlsx", buffered=True) as answer:
        exported = answer.data
    if registered:
        back = import_file(session, institution.organisation, OfficeFile("台账.xlsx", exported), NOW)
        assert {outcome.value: count for outcome, count in back.counts.items()} == {
            "new": 0, "changed": 0, "same": registered, "refused": 0,
        }  # fmt: skip
