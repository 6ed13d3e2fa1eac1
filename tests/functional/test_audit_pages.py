"""The public page of anchors, the search in the log, break-glass: through HTTP."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.access import declared_policy
from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.auctions.models import Lot
from market.auctions.service import bid_time, close_lot
from market.audit import anchoring
from market.audit.models import BreakGlassRequest
from market.audit.texts import ACTIONS, STATES, state_text
from market.audit.vocabulary import BreakGlassState
from market.kernel.events import Event
from market.notifications.models import Notice
from market.notifications.service import deliver
from market.operations.vocabulary import ProposalState
from tests.conftest import NOW
from tests.factories.auctions import bid, make_bidder, make_running_lot, move_times
from tests.factories.world import PASSWORD, make_organisation, make_person, sign_in

REASON = "收到举报称两家企业串通报价，需要核对股权关系后决定是否中止。"
BIDDER = "瑞安某某阀门厂"


@pytest.fixture
def browser_of(app, session):
    def open_browser(person: Person) -> FlaskClient:
        session.commit()
        browser = app.test_client()
        sign_in(browser, person)
        return browser

    return open_browser


@pytest.fixture
def operator(session) -> Person:
    return make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR, name="运营甲")


@pytest.fixture
def second(session, operator) -> Person:
    from market.accounts.models import Membership, Organisation

    organisation_id = session.scalar(select(Membership.organisation_id).where(Membership.person_id == operator.id))
    return make_person(session, session.get(Organisation, organisation_id), Role.OPERATOR, name="运营乙")


@pytest.fixture
def auditor(session) -> Person:
    return make_person(session, make_organisation(session, OrganisationKind.AUDITOR), Role.AUDITOR)


@pytest.fixture
def running(session) -> Lot:
    """A running lot with one bid."""
    lot = make_running_lot(session)
    bid(session, make_bidder(session, lot, name=BIDDER), lot, 500_000)
    return lot


def said(answer) -> str:
    return answer.get_data(as_text=True)


def count(session: Session, model: type, *conditions: object) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions))  # type: ignore[arg-type]


def test_everybody_sees_the_anchors(session, client, running):
    anchor = anchoring.make_anchor(session, now=NOW)
    session.commit()

    page = said(client.get("/record"))

    assert anchor is not None
    assert anchor.root in page
    assert BIDDER not in page


def test_the_page_of_anchors_speaks_before_the_first_one(client):
    assert "还没有锚定值" in said(client.get("/record"))


@pytest.mark.parametrize("reader", ["operator", "auditor"])
def test_nobody_sees_in_the_log_who_acts_on_a_running_lot(request, session, browser_of, running, reader):
    browser = browser_of(request.getfixturevalue(reader))

    by_lot = said(browser.get("/console/audit", query_string={"subject": running.number}))
    by_name = said(browser.get("/console/audit", query_string={"actor": BIDDER}))

    assert by_lot.count("竞价结束后可见") == 3
    assert BIDDER not in by_lot
    assert "没有符合条件的记录" in by_name


def test_the_log_names_the_bidder_once_the_lot_has_ended(session, browser_of, auditor, running):
    move_times(session, running, closes_in=-timedelta(minutes=1))
    close_lot(session, running.id, bid_time(session))

    browser = browser_of(auditor)
    page = said(browser.get("/console/audit", query_string={"actor": BIDDER}))

    assert page.count(f"{BIDDER} <span") == 2  # registered and bid
    assert running.number in page
    assert "竞价结束后可见" not in page


def test_the_export_hides_what_the_page_hides_and_is_recorded(session, browser_of, auditor, running):
    answer = browser_of(auditor).get("/console/audit/export.xlsx", query_string={"subject": running.number})
    rows = list(load_workbook(BytesIO(answer.data)).active.values)
    answer.close()

    assert [row[4] for row in rows[1:]] == ["竞价结束后可见"] * 3
    assert BIDDER not in str(rows)
    trace = session.scalars(select(Event).where(Event.action == "audit.exported")).one()
    assert (trace.actor_person_id, trace.payload["rows"]) == (auditor.id, 3)


@pytest.mark.parametrize(
    "query", ["subject=nothing:0", "from=2031-01-01", "to=2001-01-01", "action=person.erased", "actor=%25", "subject=_"]
)
def test_a_filter_that_fits_nothing_shows_nothing(browser_of, auditor, running, query):
    assert "没有符合条件的记录" in said(browser_of(auditor).get(f"/console/audit?{query}"))


@pytest.mark.parametrize("query", ["from=nonsense&to=9999-99-99", "page=0", "subject=%00", "actor=" + "x" * 3000])
def test_a_nonsensical_filter_is_no_error(browser_of, auditor, running, query):
    assert browser_of(auditor).get(f"/console/audit?{query}").status_code == 200


def test_an_auditor_can_post_nothing_that_a_role_opens(worker_app):
    with worker_app.app_context():
        posting = [rule.endpoint for rule in worker_app.url_map.iter_rules() if "POST" in (rule.methods or set())]
        policies = {endpoint: declared_policy(endpoint) for endpoint in posting}

    opened = [endpoint for endpoint, policy in policies.items() if policy and Role.AUDITOR in policy.grant.roles]
    assert opened == []


def ask(browser: FlaskClient, lot: Lot, reason: str = REASON):
    return browser.post("/console/break-glass", data={"lot_number": lot.number, "reason": reason})


def request_of(session: Session) -> BreakGlassRequest:
    session.expire_all()
    return session.scalars(select(BreakGlassRequest)).one()


def state_of(session: Session, now=NOW) -> BreakGlassState:
    return request_of(session).as_rules_see_it().state(now)


def test_two_operators_open_a_running_lot_once_and_those_concerned_are_told(
    session, browser_of, operator, second, running
):
    bureau = make_organisation(session, OrganisationKind.BUREAU)
    asking, deciding = browser_of(operator), browser_of(second)
    ask(asking, running)
    at = f"/console/break-glass/{request_of(session).id}"
    deciding.post(f"{at}/decision", data={"decision": "approve"})

    opened, again = asking.post(f"{at}/opening"), asking.post(f"{at}/opening")

    assert (opened.status_code, again.status_code) == (200, 409)
    assert BIDDER in said(opened)
    assert BIDDER not in said(again)
    assert opened.headers["Cache-Control"] == "no-store"
    events = session.scalars(select(Event).where(Event.subject_kind == "break_glass").order_by(Event.id)).all()
    assert [event.action.split(".")[1] for event in events] == ["requested", "approved", "used"]
    deliver(session, events[-1].id)
    deliver(session, events[-1].id)
    told = session.scalars(select(Notice).where(Notice.title == "竞买人身份被查看")).all()
    assert len(told) == 2
    assert bureau.id in {notice.organisation_id for notice in told}
    assert all(notice.params["reason"] == REASON.rstrip("。") for notice in told)


def test_nobody_approves_the_own_request(session, browser_of, operator, running):
    browser = browser_of(operator)
    ask(browser, running)

    answer = browser.post(f"/console/break-glass/{request_of(session).id}/decision", data={"decision": "approve"})

    assert answer.status_code == 403
    assert state_of(session) is BreakGlassState.REQUESTED


def test_without_an_approval_nothing_opens(session, browser_of, operator, running):
    browser = browser_of(operator)
    ask(browser, running)

    answer = browser.post(f"/console/break-glass/{request_of(session).id}/opening")

    assert (answer.status_code, BIDDER in said(answer)) == (409, False)
    assert state_of(session) is BreakGlassState.REQUESTED


def test_a_declined_request_does_not_open(session, browser_of, operator, second, running):
    asking, deciding = browser_of(operator), browser_of(second)
    ask(asking, running)
    at = f"/console/break-glass/{request_of(session).id}"
    deciding.post(f"{at}/decision", data={"decision": "decline"})

    answer = asking.post(f"{at}/opening")

    assert (answer.status_code, BIDDER in said(answer)) == (409, False)
    assert state_of(session) is BreakGlassState.DECLINED


def test_an_approval_expires_after_an_hour(session, browser_of, operator, second, running, clock):
    asking, deciding = browser_of(operator), browser_of(second)
    ask(asking, running)
    at = f"/console/break-glass/{request_of(session).id}"
    deciding.post(f"{at}/decision", data={"decision": "approve"})
    clock.at = NOW + timedelta(hours=1)

    answer = asking.post(f"{at}/opening", data={"confirm_password": PASSWORD})

    assert (answer.status_code, BIDDER in said(answer)) == (409, False)
    assert state_of(session, clock.at) is BreakGlassState.EXPIRED


def test_who_approved_cannot_open(session, browser_of, operator, second, running):
    asking, deciding = browser_of(operator), browser_of(second)
    ask(asking, running)
    at = f"/console/break-glass/{request_of(session).id}"
    deciding.post(f"{at}/decision", data={"decision": "approve"})

    assert deciding.post(f"{at}/opening").status_code == 404
    assert state_of(session) is BreakGlassState.APPROVED


def test_a_reason_that_says_nothing_is_refused_and_what_was_typed_stays(session, browser_of, operator, running):
    answer = ask(browser_of(operator), running, "急用")

    assert answer.status_code == 422
    assert "急用" in said(answer)
    assert count(session, BreakGlassRequest) == 0


def test_a_lot_that_has_ended_or_never_was_needs_no_breaking(session, browser_of, operator, running):
    move_times(session, running, closes_in=-timedelta(minutes=1))
    close_lot(session, running.id, bid_time(session))
    browser = browser_of(operator)

    ended = ask(browser, running)
    missing = browser.post("/console/break-glass", data={"lot_number": "JJ202699999", "reason": REASON})

    assert (ended.status_code, missing.status_code) == (422, 422)
    assert count(session, BreakGlassRequest) == 0


def test_neither_button_decides_nothing(session, browser_of, operator, second, running):
    ask(browser_of(operator), running)

    answer = browser_of(second).post(f"/console/break-glass/{request_of(session).id}/decision")

    assert answer.status_code == 422
    assert state_of(session) is BreakGlassState.REQUESTED


def times_of(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"事件 (\d+)<", page)]


def test_the_log_sorts_by_each_head_and_keeps_the_filters(browser_of, auditor, running):
    browser = browser_of(auditor)

    def shown(sort: str) -> str:
        return said(browser.get("/console/audit", query_string={"subject": running.number, "sort": sort}))

    newest, oldest = times_of(shown("newest")), times_of(shown("oldest"))

    assert oldest == sorted(newest)
    assert newest == oldest[::-1]
    by_action = re.findall(r'<td class="keep"[^>]*>(公告竞价|竞买人报名|出价)</td>', shown("action"))
    assert by_action == ["公告竞价", "出价", "竞买人报名"]  # by code: announced, bid_accepted, bidder_registered
    assert f"subject={running.number}&amp;sort=actor" in shown("action")
    assert 'name="sort" value="action"' in shown("action")


def test_the_order_by_actor_does_not_tell_who_bids_on_a_running_lot(session, browser_of, auditor, running):
    bid(session, make_bidder(session, running, name="AAA 排在最前的企业"), running, 600_000)

    browser = browser_of(auditor)
    page = said(browser.get("/console/audit", query_string={"subject": running.number, "sort": "actor"}))

    assert times_of(page) == sorted(times_of(page), reverse=True)
    assert len(times_of(page)) == 5


def test_states_are_called_by_their_names_in_the_readers_language(session, browser_of, auditor, running):
    move_times(session, running, closes_in=-timedelta(minutes=1))
    close_lot(session, running.id, bid_time(session))
    browser = browser_of(auditor)
    query = {"subject": running.number, "action": "lot.sold"}

    page = said(browser.get("/console/audit", query_string=query))
    with browser.get("/console/audit/export.xlsx", query_string=query) as answer:
        (row,) = list(load_workbook(BytesIO(answer.data)).active.values)[1:]

    assert "已公告 → 已成交" in page
    assert row[6:8] == ("已公告", "已成交")


def actions_in_the_source() -> set[str]:
    """Every action that is written as a literal into a call that records."""
    found = set()
    for file in (Path(__file__).parents[2] / "platform" / "market").rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)):
            if re.search(r"record|event", ast.unparse(call.func).lower()):
                values = [*call.args, *(keyword.value for keyword in call.keywords)]
                texts = [value.value for value in values if isinstance(value, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}
    return found


def test_the_log_has_a_name_for_every_action_that_is_recorded():
    found = actions_in_the_source()

    assert {"lot.sold", "person.signed_in", "audit.exported"} <= found
    assert found - set(ACTIONS) == set()


def test_the_same_code_is_another_state_under_another_action():
    assert state_text("achievement", "achievement.registered", "pending") == "权属待确认"
    assert state_text("achievement", "achievement.status_confirmed", "pending") == "申请中"
    assert state_text("nothing", "nothing.done", "strange") == "strange"


def test_the_log_has_a_name_for_every_state_of_a_proposal():
    assert STATES["parameter_proposal"] == {state.value: state.label for state in ProposalState}
