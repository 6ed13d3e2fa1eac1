"""Parameters change by two persons, from a later day on; holiday tables are loaded from a file."""

from __future__ import annotations

import io
from datetime import date

import pytest
from sqlalchemy import func, select

from market.accounts.rules import OrganisationKind, Role
from market.kernel.events import Event
from market.kernel.excel import write_workbook
from market.kernel.holidays import Holiday, load_calendar
from market.kernel.parameters import Parameter, parameter
from market.operations.models import ParameterProposal
from market.operations.parameter_kinds import PARAMETER_KINDS, UNIT_LABELS
from market.operations.rules import checked_value
from tests.conftest import NOW
from tests.factories.world import make_organisation, make_person, sign_in

TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23)
CHANGE = {"value": "20", "valid_from": "2026-12-01", "source": "新条例 第17条", "reason": "条例修订"}
ADDRESS = "/console/parameters/publicity.days"


@pytest.fixture
def bureau(session):
    return make_person(session, make_organisation(session, OrganisationKind.BUREAU), Role.SUPERVISOR)


@pytest.fixture
def operator(session):
    return make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)


@pytest.fixture
def proposal(session, app, bureau):
    """Proposed by the bureau through the form."""
    client = app.test_client()
    sign_in(client, bureau)
    assert client.post(ADDRESS, data=CHANGE).status_code == 302
    return session.scalars(select(ParameterProposal)).one()


def decision_address(proposal):
    return f"/console/parameters/proposals/{proposal.id}/decision"


def versions(session):
    return session.scalar(select(func.count(Parameter.id)).where(Parameter.key == "publicity.days"))


def test_every_number_of_the_table_has_a_name_a_unit_and_bounds_that_hold_for_it(session):
    rows = session.scalars(select(Parameter)).all()
    assert {row.key for row in rows} == set(PARAMETER_KINDS)
    assert [row.unit for row in rows if row.unit not in UNIT_LABELS] == []
    assert [row.key for row in rows if checked_value(PARAMETER_KINDS[row.key], row.value) == ""] == []


@pytest.mark.parametrize(
    "key",
    [
        "listing.notice_workdays.low", "listing.extend_workdays", "listing.recut_floor", "trial.pay_after_months",
        "openlicence.fixed_max", "itoe.deadline_years", "reg.big_threshold", "publicity.places",
    ],
)  # fmt: skip
def test_the_numbers_of_section_10_are_in_force_today(session, key):
    assert parameter(session, key, TODAY) > 0


def test_whom_a_required_second_factor_would_stop_is_counted_and_it_is_proposed_like_any_number(
    session, client, bureau, operator
):
    sign_in(client, operator)
    address = "/console/parameters/sign_in.second_factor.supervisor"
    page = client.get(address).get_data(as_text=True)
    assert "市科技局监管登录须有第二重验证" in page
    assert "现有 1 人没有第二重验证" in page
    change = {"value": "1", "valid_from": "2026-12-01", "source": "平台登录安全规则", "reason": "等保要求"}
    assert client.post(address, data=change | {"value": "2"}).status_code == 422
    assert client.post(address, data=change).status_code == 302
    assert session.scalars(select(ParameterProposal)).one().value == "1"


def test_a_proposal_alone_changes_no_number(session, proposal):
    assert (proposal.state, versions(session)) == ("proposed", 1)
    assert parameter(session, "publicity.days", date(2027, 1, 1)) == 15


def test_the_second_person_puts_the_value_in_force_from_its_day(session, client, proposal, operator):
    sign_in(client, operator)
    answer = client.post(decision_address(proposal), data={"decision": "approve"})
    assert (answer.status_code, answer.location) == (302, ADDRESS)
    assert parameter(session, "publicity.days", date(2026, 11, 30)) == 15
    assert parameter(session, "publicity.days", date(2026, 12, 1)) == 20
    actions = session.scalars(select(Event.action).where(Event.subject_kind == "parameter_proposal").order_by(Event.id))
    assert actions.all() == ["parameter.proposed", "parameter.approved"]


def test_the_history_shows_both_values_with_their_sources(client, proposal, operator):
    sign_in(client, operator)
    client.post(decision_address(proposal), data={"decision": "approve"})
    text = client.get(ADDRESS).get_data(as_text=True)
    assert "浙江省促进科技成果转化条例 第17条" in text
    assert "新条例 第17条" in text
    assert "2026-12-01 起 20" in client.get("/console/parameters").get_data(as_text=True)


def test_nobody_approves_her_own_proposal(session, client, proposal, bureau):
    sign_in(client, bureau)
    answer = client.post(decision_address(proposal), data={"decision": "approve"})
    session.refresh(proposal)
    assert (answer.status_code, proposal.state, versions(session)) == (403, "proposed", 1)


def test_a_rejection_needs_a_reason(session, client, proposal, operator):
    sign_in(client, operator)
    silent = client.post(decision_address(proposal), data={"decision": "reject"})
    session.refresh(proposal)
    assert (silent.status_code, proposal.state) == (422, "proposed")
    client.post(decision_address(proposal), data={"decision": "reject", "reason": "条例尚未施行"})
    session.refresh(proposal)
    assert (proposal.state, proposal.decision_reason, versions(session)) == ("rejected", "条例尚未施行", 1)


def test_a_decided_proposal_stays_as_it_was_decided(session, client, proposal, operator):
    sign_in(client, operator)
    client.post(decision_address(proposal), data={"decision": "reject", "reason": "不"})
    again = client.post(decision_address(proposal), data={"decision": "approve"})
    session.refresh(proposal)
    assert (again.status_code, proposal.state, versions(session)) == (422, "rejected", 1)


def test_silence_is_no_decision(session, client, proposal, operator):
    sign_in(client, operator)
    answer = client.post(decision_address(proposal), data={})
    session.refresh(proposal)
    assert (answer.status_code, proposal.state) == (422, "proposed")


def test_an_approval_that_comes_too_late_puts_nothing_in_force(session, client, clock, proposal, operator):
    sign_in(client, operator)
    clock.at = NOW.replace(month=12, day=1)
    sign_in(client, operator)
    answer = client.post(decision_address(proposal), data={"decision": "approve"})
    session.refresh(proposal)
    assert (answer.status_code, proposal.state, versions(session)) == (422, "proposed", 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"value": "14"}, "这个参数只能在 15 与 365 之间。"),
        ({"value": "15"}, "新的数值与届时生效的数值相同。"),
        ({"valid_from": "2026-11-22"}, "生效日期最早是明天。"),
        ({"source": ""}, "请写明依据的文件和条款。"),
        ({"reason": ""}, "请写明变更理由。"),
    ],
)
def test_a_proposal_that_cannot_be_is_told_why(session, client, bureau, change, sentence):
    sign_in(client, bureau)
    answer = client.post(ADDRESS, data=CHANGE | change)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert session.scalar(select(func.count(ParameterProposal.id))) == 0


def test_a_second_proposal_waits_for_the_first(session, client, proposal, operator):
    sign_in(client, operator)
    answer = client.post(ADDRESS, data=CHANGE | {"value": "30"})
    assert "这个参数已有一项变更等待批准" in answer.get_data(as_text=True)
    assert session.scalar(select(func.count(ParameterProposal.id))) == 1


def test_the_database_itself_refuses_one_person_for_both_halves(session, proposal):
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError, match="two_persons"), session.begin_nested():
        proposal.decided_by_id, proposal.decided_at, proposal.state = proposal.proposed_by_id, NOW, "approved"
        session.flush()


def test_an_unknown_parameter_is_not_there(client, operator):
    sign_in(client, operator)
    assert client.get("/console/parameters/nothing.here").status_code == 404


def test_the_waiting_change_is_a_task_of_the_second_person_only(client, proposal, operator, bureau):
    sign_in(client, operator)
    assert "1 项参数变更等待批准" in client.get("/console").get_data(as_text=True)
    client.post("/sign-out")
    sign_in(client, bureau)
    assert "项参数变更等待批准" not in client.get("/console").get_data(as_text=True)


FREE_2027 = [date(2027, 1, day) for day in (1, 2, 3)] + [date(2027, 10, day) for day in range(1, 9)]


def workbook(rows):
    with write_workbook("2027", ["日期", "安排", "名称"], rows) as file:
        return io.BytesIO(file.read())


def upload(client, rows, name="放假.xlsx", content=None):
    file = content if content is not None else workbook(rows)
    form = {"year": "2027", "source": "国务院办公厅关于2027年部分节假日安排的通知", "file": (file, name)}
    return client.post("/console/holidays", data=form, content_type="multipart/form-data")


def test_next_years_table_comes_from_a_workbook_and_moves_periods(session, client, operator):
    sign_in(client, operator)
    assert "还没有 2027 年的放假安排" in client.get("/console/holidays").get_data(as_text=True)
    rows = [(day, "放假", "节日") for day in FREE_2027] + [(date(2027, 10, 9), "上班", "国庆节调休")]
    answer = upload(client, rows)
    assert (answer.status_code, answer.location) == (302, "/console/holidays?year=2027")
    calendar = load_calendar(session)
    assert calendar.last_day(date(2026, 12, 17), 15) == date(2027, 1, 4)
    assert calendar.is_working(date(2027, 10, 9))
    assert calendar.knows(date(2027, 6, 1))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([(date(2026, 1, 1), "放假", "元旦")], "第 2 行：第一列应是 2027 年的日期。"),
        ([(date(2027, 1, 1), "也许", "元旦")], "第 2 行：第二列应写“放假”或“上班”。"),
        ([(date(2027, 1, 1), "放假", "元旦")] * 2, "第 3 行：这一天在文件里出现了两次。"),
        ([(date(2027, 1, 1), "放假", "元旦")], "文件里有 1 个放假日"),
    ],
)
def test_a_table_that_is_none_is_refused_whole(session, client, operator, rows, sentence):
    sign_in(client, operator)
    before = session.scalar(select(func.count(Holiday.day)))
    answer = upload(client, rows)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert session.scalar(select(func.count(Holiday.day))) == before


def test_a_picture_named_like_a_workbook_is_refused(session, client, operator):
    sign_in(client, operator)
    answer = upload(client, [], content=io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 100))
    assert answer.status_code == 422
    assert 2027 not in load_calendar(session).years


def test_the_shell_loads_the_published_years_again(app, session):
    session.execute(Holiday.__table__.delete())
    session.commit()
    result = app.test_cli_runner().invoke(args=["holidays", "load", "--year", "2026"])
    assert (result.exit_code, load_calendar(session).years) == (0, {2026})
    refused = app.test_cli_runner().invoke(args=["holidays", "load", "--year", "2099"])
    assert (refused.exit_code, load_calendar(session).years) == (1, {2026})
