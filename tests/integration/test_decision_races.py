"""Two persons decide or use the same thing at the same moment, on two connections: one of them does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.accounts.rules import Actor, OrganisationKind, Role
from market.audit import service as audit
from market.kernel.db import transaction
from market.kernel.errors import Refusal
from market.kernel.events import Event
from market.kernel.parameters import Parameter
from market.operations import outbox
from market.operations.models import ParameterProposal
from market.operations.service import ProposalDraft, decide_change, propose_change
from tests.factories.auctions import make_running_lot
from tests.factories.whole_world import make_failed_mail
from tests.factories.world import actor_of, make_organisation, make_person

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
REASON = "收到举报称两家企业串通报价，需要核对股权关系。"
Step = Callable[[Session], None]


@pytest.fixture
def operators(committed_app: Flask) -> tuple[Actor, Actor, Actor]:
    """Three persons of the operator; their pages are already open."""
    with committed_app.app_context(), transaction() as session:
        organisation = make_organisation(session, OrganisationKind.OPERATOR)
        people = [make_person(session, organisation, Role.OPERATOR) for _ in range(3)]
        first, second, third = (actor_of(person) for person in people)
        return first, second, third


def at_once(app: Flask, *steps: Step) -> list[str]:
    """Run the steps on connections of their own, all begun before the first goes on; the codes of the refusals."""
    barrier, codes = threading.Barrier(len(steps)), []

    def run(step: Step) -> None:
        with app.app_context():
            try:
                with transaction() as session:
                    session.execute(text("SELECT 1"))
                    barrier.wait(timeout=20)
                    step(session)
            except Refusal as refusal:
                codes.append(refusal.code)

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return codes


def recorded(app: Flask, *actions: str) -> list[str]:
    with app.app_context(), transaction() as session:
        return list(session.scalars(select(Event.action).where(Event.action.in_(actions))))


def propose(app: Flask, actor: Actor) -> int:
    with app.app_context(), transaction() as session:
        draft = ProposalDraft("publicity.days", "20", "测试规则第一条", date(2026, 12, 1), "试行")
        return propose_change(session, actor, draft, now=AT).id


def test_of_two_persons_who_approve_and_reject_the_same_change_one_decides(
    committed_app: Flask, operators: tuple[Actor, Actor, Actor]
) -> None:
    first, second, third = operators
    proposal_id = propose(committed_app, first)

    def decide(actor: Actor, *, approves: bool) -> Step:
        return lambda session: _ignore(
            decide_change(session, actor, proposal_id, approves=approves, reason="试行效果不明", now=AT)
        )

    codes = at_once(committed_app, decide(second, approves=True), decide(third, approves=False))

    assert len(codes) == 1
    decisions = recorded(committed_app, "parameter.approved", "parameter.rejected")
    assert len(decisions) == 1
    with committed_app.app_context(), transaction() as session:
        state = session.scalars(select(ParameterProposal.state)).one()
        new_values = select(func.count(Parameter.id)).where(
            Parameter.key == "publicity.days", Parameter.valid_from == date(2026, 12, 1)
        )
        assert decisions == [f"parameter.{state}"]
        assert session.scalar(new_values) == (1 if state == "approved" else 0)


def test_two_persons_who_approve_the_same_change_put_it_in_force_once(
    committed_app: Flask, operators: tuple[Actor, Actor, Actor]
) -> None:
    first, second, third = operators
    proposal_id = propose(committed_app, first)

    def approve(actor: Actor) -> Step:
        return lambda session: _ignore(decide_change(session, actor, proposal_id, approves=True, reason="", now=AT))

    codes = at_once(committed_app, approve(second), approve(third))

    assert len(codes) == 1
    assert recorded(committed_app, "parameter.approved") == ["parameter.approved"]


def test_two_operators_who_resend_the_same_mail_queue_it_once(
    committed_app: Flask, operators: tuple[Actor, Actor, Actor]
) -> None:
    with committed_app.app_context(), transaction() as session:
        message_id = make_failed_mail(session)
        session.execute(text("DELETE FROM procrastinate_jobs"))

    def resend(actor: Actor) -> Step:
        return lambda session: outbox.resend(session, actor, message_id, now=AT)

    codes = at_once(committed_app, resend(operators[0]), resend(operators[1]))

    assert codes == ["mail.not_failed"]
    assert recorded(committed_app, "mail.resent") == ["mail.resent"]
    with committed_app.app_context(), transaction() as session:
        waiting = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'kernel.send_mail'")
        assert session.scalar(waiting) == 1


def test_an_approval_used_twice_at_once_opens_once(committed_app: Flask, operators: tuple[Actor, Actor, Actor]) -> None:
    asking, deciding, _ = operators
    with committed_app.app_context(), transaction() as session:
        lot = make_running_lot(session)
        request_id = audit.request_opening(session, asking, lot.number, REASON, now=AT).id
        audit.decide_request(session, deciding, request_id, approve=True, now=AT)
    opened: list[str] = []

    def open_it(session: Session) -> None:
        opened.append(audit.open_lot(session, asking, request_id, now=AT).number)

    codes = at_once(committed_app, open_it, open_it)

    assert codes == ["break_glass.used"]
    assert len(opened) == 1
    assert recorded(committed_app, "break_glass.used") == ["break_glass.used"]


def test_of_two_operators_who_answer_the_same_request_one_does(
    committed_app: Flask, operators: tuple[Actor, Actor, Actor]
) -> None:
    asking, second, third = operators
    with committed_app.app_context(), transaction() as session:
        lot = make_running_lot(session)
        request_id = audit.request_opening(session, asking, lot.number, REASON, now=AT).id

    def answer(actor: Actor, *, approve: bool) -> Step:
        return lambda session: audit.decide_request(session, actor, request_id, approve=approve, now=AT)

    codes = at_once(committed_app, answer(second, approve=True), answer(third, approve=False))

    assert codes == ["break_glass.decided"]
    assert len(recorded(committed_app, "break_glass.approved", "break_glass.declined")) == 1


def _ignore(_: object) -> None:
    """What the step returned is of no matter here."""
