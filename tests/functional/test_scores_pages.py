"""Each point opens the formula with its numbers and the facts behind it."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from market.accounts import statements
from market.accounts.models import Organisation
from market.accounts.rules import OrganisationKind, PeerGroup, Role
from market.evaluation.models import Scheme
from market.evaluation.scheme import ensure_scheme, parse_scheme, scheme_row
from tests.conftest import NOW
from tests.factories.facts import make_fact
from tests.factories.query_counter import counted_statements
from tests.factories.statements import staff
from tests.factories.world import actor_of, make_institution, make_organisation, make_person, sign_in


@pytest.fixture
def scheme(session):
    ensure_scheme(session, datetime(2025, 12, 1, tzinfo=UTC))


@pytest.fixture
def institution(session, scheme):
    """Twelve valid listings this year, six and three in the years before, at 200 FTE: 6.72 points of A1."""
    made = make_institution(session, name="瓯海大学", code="OHU", county_code="330304", rd_fte=Decimal(200))
    for year, count in ((2026, 12), (2025, 6), (2024, 3)):
        for number in range(count):
            make_fact(session, made.organisation, "listing_valid", date(year, 4, number + 1))
    return made


def signed_in_as(client, session, kind, county="330302"):
    sign_in(client, make_person(session, make_organisation(session, kind, county_code=county)))
    return client


@pytest.fixture
def bureau(client, session, institution):
    return signed_in_as(client, session, OrganisationKind.BUREAU)


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)[:800]
    return answer.get_data(as_text=True)


def test_the_scores_show_a1_and_that_no_grade_is_given(bureau):
    text = page(bureau, "/console/monitoring/scores")
    assert re.search(r'<a href="/console/monitoring/scores/OHU\?year=2026#A1">6.72</a>', text)
    assert "指标计量齐全之前不评定等级" in text
    assert "未评定" in text


def test_a_point_opens_its_formula_with_its_numbers(bureau):
    text = page(bureau, "/console/monitoring/scores/OHU")
    assert "0.5 × (12 ÷ 200 × 100) + 0.3 × (6 ÷ 200 × 100) + 0.2 × (3 ÷ 200 × 100) = 4.2" in text
    assert "100 × clip((4.2 − 0) ÷ (5 − 0), 0, 1) = 84" in text
    assert "8 × 84 ÷ 100 = 6.72" in text
    assert "同类组不足 5 家" in text


def test_a_point_opens_the_facts_behind_it(bureau):
    text = page(bureau, "/console/monitoring/scores/OHU")
    assert "计入的记录（21 条）" in text
    assert len(re.findall(r'<a href="/listings/WZ\d+">listing_valid', text)) == 21


def test_the_count_of_a_year_opens_exactly_its_records(bureau):
    text = page(bureau, "/console/monitoring/scores/OHU")
    counts = re.findall(r'<td class="number"[^>]*><a href="(/console/monitoring/records[^"]+)">(\d+)</a></td>', text)
    assert [number for _, number in counts] == ["12", "6", "3"]
    for address, number in counts:
        assert f"共 {number} 条" in page(bureau, address.replace("&amp;", "&"))


def test_fifteen_indicators_are_unmeasured_with_their_reason(bureau):
    text = page(bureau, "/console/monitoring/scores/OHU")
    assert re.findall(r'<section class="block" id="([A-E]\d)"', text) == ["A1"]
    assert len(re.findall(r'<tr id="[A-E]\d"', text)) == 15
    assert len(re.findall(r"<td[^>]*>平台还没有这项数据的来源</td>", text)) == 15


def test_without_fte_a1_is_unmeasured_and_says_why(client, session, scheme):
    make_organisation(session, name="无当量学院", code="NOFTE", rd_fte=None)
    text = page(signed_in_as(client, session, OrganisationKind.BUREAU), "/console/monitoring/scores/NOFTE")
    assert re.search(r"<td[^>]*>机构的研发人员全时当量还没有登记</td>", text)


def test_a_scheme_published_after_the_year_began_is_only_a_trial(client, session):
    ensure_scheme(session, NOW)
    text = page(signed_in_as(client, session, OrganisationKind.BUREAU), "/console/monitoring/scores")
    assert "晚于年度开始，本年度得分只作试算" in text


def test_without_a_scheme_the_page_says_so(client, session):
    session.execute(Scheme.__table__.delete())
    text = page(signed_in_as(client, session, OrganisationKind.BUREAU), "/console/monitoring/scores")
    assert "还没有公布评价方案" in text


def test_an_institution_sees_its_own_trace(client, institution):
    sign_in(client, institution.officer)
    text = page(client, "/console/evaluation")
    assert "8 × 84 ÷ 100 = 6.72" in text
    assert "/console/monitoring/" not in text


def test_an_institution_does_not_see_the_scores_of_others(client, institution):
    sign_in(client, institution.head)
    page(client, "/console/monitoring/scores", 403)
    page(client, "/console/monitoring/scores/OHU", 403)


def test_a_county_sees_its_own_institutions_only(client, session, institution):
    county = signed_in_as(client, session, OrganisationKind.COUNTY_BUREAU, "330304")
    make_organisation(session, name="平阳职院", code="PYV", county_code="330326", peer_group=PeerGroup.VOCATIONAL)
    text = page(county, "/console/monitoring/scores")
    assert ("瓯海大学" in text, "平阳职院" in text) == (True, False)
    page(county, "/console/monitoring/scores/OHU")
    page(county, "/console/monitoring/scores/PYV", 404)


@pytest.mark.parametrize(
    "address, entry",
    [
        ("/console", "待办"),
        ("/console/monitoring", "数量监测"),
        ("/console/monitoring/records", "数量监测"),
        ("/console/monitoring/scores", "评价得分"),
        ("/console/monitoring/scores/OHU", "评价得分"),
    ],
)
def test_the_navigation_marks_where_one_is(bureau, address, entry):
    column = page(bureau, address).split('class="console-column"')[1].split("</nav>")[0]
    marked = re.findall(r'<a href="[^"]+" aria-current="page">.*?<span>([^<]+)</span>', column, re.S)
    assert marked == [entry]


def test_an_unknown_code_is_not_found(bureau):
    page(bureau, "/console/monitoring/scores/NOBODY", 404)


def test_the_workbook_of_scores_is_the_list(bureau):
    with bureau.get("/console/monitoring/scores/export.xlsx") as answer:
        lines = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    own = next(line for line in lines if line[0] == "OHU")
    assert (len(lines[0]), own[5], own[6], own[-2], own[-1]) == (23, 6.72, "未计量", 6.72, 8)


def test_the_scores_keep_their_query_budget(bureau, session):
    def statements():
        with counted_statements() as sent:
            page(bureau, "/console/monitoring/scores")
        return len(sent)

    before = statements()
    for number in range(8):
        make_fact(session, make_organisation(session), "listing_valid", date(2026, 5, number + 1))
    assert statements() == before
    assert before <= 14


def test_the_scheme_is_published_once_and_never_overwritten(session):
    session.execute(Scheme.__table__.delete())
    first, later = datetime(2025, 12, 1, tzinfo=UTC), NOW
    ensure_scheme(session, first)
    ensure_scheme(session, later)
    assert session.scalar(select(func.count()).select_from(Scheme)) == 1
    row = scheme_row(session, 2026)
    assert (row.published_at, parse_scheme(row.indicators).version) == (first, 1)


def test_a_newer_version_of_the_same_year_is_used(session, scheme):
    document = scheme_row(session, 2026).indicators
    session.add(Scheme(year=2026, version=2, indicators=document | {"version": 2}, published_at=NOW))
    session.flush()
    assert scheme_row(session, 2026).version == 2
    assert scheme_row(session, 2027).version == 2


def lines(text):
    """The timeline's sentences, newest first."""
    return re.findall(r"<p><strong>([^<]+)</strong>", text.split("办理经过")[-1])


def test_the_score_has_a_timeline_of_what_was_counted_staff_and_scheme(client, session, institution, bureau):
    office = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.BUREAU)).first()
    confirming = actor_of(make_person(session, office, Role.SUPERVISOR))
    statement = statements.state_own(session, actor_of(institution.officer), staff("250"), now=NOW)
    statements.decide(session, confirming, statement.id, confirms=True, reason="", now=NOW)
    session.commit()

    shown = lines(page(bureau, "/console/monitoring/scores/OHU"))

    assert len([line for line in shown if line.startswith("计入有效挂牌：")]) == 21
    assert "研发人员全时当量确认为 250.00，2026-07-01 起生效" in shown
    assert [line for line in shown if line.startswith("公布评价方案（2026 年度")] != []
    assert len(shown) == 23


def test_the_timeline_holds_what_counts_and_no_older_year_or_other_kind(session, institution, bureau):
    make_fact(session, institution.organisation, "listing_valid", date(2023, 5, 1))
    make_fact(session, institution.organisation, "lot_offered", date(2026, 5, 1))
    session.commit()

    shown = lines(page(bureau, "/console/monitoring/scores/OHU"))

    assert len([line for line in shown if line.startswith("计入")]) == 21


def test_the_timeline_holds_nothing_of_another_institution(session, institution, bureau):
    other = make_institution(session, name="龙湾学院", code="LWU")
    make_fact(session, other.organisation, "listing_valid", date(2026, 5, 1))
    session.commit()

    assert len([line for line in lines(page(bureau, "/console/monitoring/scores/LWU")) if "计入" in line]) == 1
