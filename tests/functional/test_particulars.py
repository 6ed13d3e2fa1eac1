"""R&D staff, former names and related parties: stated by one, confirmed by another, and only then of effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts import statements
from market.accounts.models import (
    Membership,
    Organisation,
    OrganisationName,
    OrganisationRelation,
    OrganisationStatement,
    Person,
)
from market.accounts.queries import actor_for, are_related, names_of
from market.accounts.rules import OrganisationKind, Role
from market.accounts.service import add_membership
from market.accounts.statement_queries import staff_in_force
from market.accounts.statement_rules import StatementKind, StatementRefused
from market.auctions import service as auctions
from market.auctions.errors import RegistrationRefused
from market.evaluation import queries as evaluation
from market.kernel.errors import NotFound, Refusal
from market.kernel.events import Event, verify_stream
from market.notifications import service as notifications
from market.notifications.models import Notice
from tests.conftest import NOW
from tests.factories.auctions import make_buyer, make_running_lot
from tests.factories.statements import former_name, relation, staff, state_former_name
from tests.factories.world import Institution, actor_of, make_institution, make_organisation, make_person, sign_in

OWN, LIST = "/console/organisation/particulars", "/console/particulars"
PAPER = {"source": "年度研发统计报表", "source_date": "2026-03-01"}


@pytest.fixture
def house(session: Session) -> Institution:
    return make_institution(session, name="瓯海大学", code="OHU", rd_fte=Decimal(200))


@pytest.fixture
def bureau(session: Session) -> Person:
    return make_person(session, make_organisation(session, OrganisationKind.BUREAU), Role.SUPERVISOR)


def state(session: Session, person: Person, draft) -> OrganisationStatement:
    return statements.state_own(session, actor_of(person), draft, now=NOW)


def confirm(session: Session, bureau: Person, statement: OrganisationStatement, now=NOW) -> None:
    statements.decide(session, actor_of(bureau), statement.id, confirms=True, reason="", now=now)


def prefixed(kind: str, form: dict[str, str]) -> dict[str, str]:
    return {"kind": kind} | {f"{kind}-{name}": value for name, value in form.items()}


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code


def count(session: Session, model: type) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(model)) or 0


def score_of(session: Session, code: str, year: int) -> Decimal | None:
    scheme = evaluation.published_scheme(2026)
    assert scheme is not None
    rows = evaluation.evaluate_institutions(scheme.rules, year)
    return next(row.institution.rd_fte for row in rows if row.institution.code == code)


# from the page to the effect


def test_an_officer_states_the_bureau_confirms_and_the_number_holds(session, house, bureau, app: Flask):
    session.commit()
    hers, theirs = app.test_client(), app.test_client()
    sign_in(hers, house.officer)
    sign_in(theirs, bureau)

    form = prefixed("staff", PAPER | {"rd_fte": "260.5", "valid_from": "2026-07-01"})
    assert hers.post(OWN, data=form).location == OWN
    assert staff_in_force(house.organisation.id, date(2026, 11, 22)) == 200
    statement = session.scalars(select(OrganisationStatement)).one()
    assert "260.50" in theirs.get(f"{LIST}/{statement.id}").get_data(as_text=True)

    answer = theirs.post(f"{LIST}/{statement.id}/decision", data={"decision": "confirm"})

    assert answer.location == LIST
    session.expire_all()
    assert staff_in_force(house.organisation.id, date(2026, 11, 22)) == Decimal("260.50")
    assert "260.50" in hers.get(OWN).get_data(as_text=True)


def test_what_was_evaluated_earlier_keeps_its_number(session, house, bureau):
    confirm(session, bureau, state(session, house.officer, staff("300")))

    assert [score_of(session, "OHU", year) for year in (2024, 2025, 2026)] == [200, 200, 300]


def test_in_a_later_year_only_that_year_takes_the_later_number(session, house, bureau):
    confirm(session, bureau, state(session, house.officer, staff("300")))
    later = NOW + timedelta(days=120)
    draft = staff("400", valid_from=date(2027, 1, 1))
    confirm(session, bureau, statements.state_own(session, actor_of(house.head), draft, now=later), later)

    assert [score_of(session, "OHU", year) for year in (2025, 2026, 2027)] == [200, 300, 400]


def test_what_was_stated_in_one_year_is_not_confirmed_for_it_in_the_next(session, house, bureau):
    statement = state(session, house.officer, staff("300"))

    with refused("statement.valid_from"):
        confirm(session, bureau, statement, NOW + timedelta(days=60))
    assert score_of(session, "OHU", 2026) == 200


def test_a_confirmed_former_name_is_one_of_the_institution_at_imports(session, house, bureau):
    statement = state(session, house.officer, former_name("瓯海学院"))
    assert names_of(house.organisation.id) == ["瓯海大学"]

    confirm(session, bureau, statement)

    assert set(names_of(house.organisation.id)) == {"瓯海大学", "瓯海学院"}


def test_confirmed_related_parties_do_not_bid_until_it_has_ended(session, house, bureau):
    lot = make_running_lot(session, house)
    enterprise, buyer = make_buyer(session)
    confirm(session, bureau, state(session, house.officer, relation(enterprise.code)))
    at = auctions.bid_time(session)

    with pytest.raises(RegistrationRefused):
        auctions.register_bidder(session, actor_of(buyer), lot.id, at)

    confirm(session, bureau, state(session, buyer, relation("OHU", StatementKind.UNRELATED)))
    auctions.register_bidder(session, actor_of(buyer), lot.id, at)
    assert not are_related(house.organisation.id, enterprise.id)


def test_before_it_is_confirmed_or_when_it_is_rejected_nobody_is_related(session, house, bureau):
    enterprise, _ = make_buyer(session)
    statement = state(session, house.officer, relation(enterprise.code))
    assert not are_related(house.organisation.id, enterprise.id)

    statements.decide(session, actor_of(bureau), statement.id, confirms=False, reason="材料不符", now=NOW)

    assert not are_related(house.organisation.id, enterprise.id)
    assert count(session, OrganisationRelation) == 0


def test_a_relation_that_ended_can_begin_again(session, house, bureau):
    enterprise, _ = make_buyer(session)
    for kind in (StatementKind.RELATED, StatementKind.UNRELATED, StatementKind.RELATED):
        confirm(session, bureau, state(session, house.officer, relation(enterprise.code, kind)))

    assert are_related(house.organisation.id, enterprise.id)
    assert count(session, OrganisationRelation) == 1


def test_the_operator_records_what_the_platform_learned(session, house, bureau, app: Flask):
    enterprise, _ = make_buyer(session)
    operator = make_person(session, make_organisation(session, OrganisationKind.OPERATOR))
    session.commit()
    client = app.test_client()
    sign_in(client, operator)

    form = PAPER | {"code": "OHU", "other_code": enterprise.code, "change": "related", "reason": "同一法定代表人"}
    assert client.post(f"{LIST}/relations/new", data=form).location == LIST

    statement = session.scalars(select(OrganisationStatement)).one()
    assert (statement.organisation_id, statement.other_id) == (house.organisation.id, enterprise.id)
    answer = client.post(f"{LIST}/{statement.id}/decision", data={"decision": "confirm"})
    assert answer.status_code == 403
    assert not are_related(house.organisation.id, enterprise.id)


# two persons


def test_nobody_confirms_her_own_or_her_organisations(session, house, bureau):
    own = make_person(session, house.organisation, Role.TRANSFER_OFFICER)
    add_membership(
        session, own, session.get_one(Organisation, actor_of(bureau).organisation_id), {Role.SUPERVISOR}, now=NOW
    )
    both = make_person(session, session.get_one(Organisation, actor_of(bureau).organisation_id), Role.SUPERVISOR)
    add_membership(session, both, house.organisation, {Role.INSTITUTION_HEAD}, now=NOW)
    statement = state(session, own, staff("300"))
    seats = select(Membership.id).where(
        Membership.person_id == own.id, Membership.organisation_id != house.organisation.id
    )
    as_bureau = actor_for(own.id, session.scalar(seats))

    for actor in (as_bureau, actor_of(both)):
        with refused("statement.own"):
            statements.decide(session, actor, statement.id, confirms=True, reason="", now=NOW)
    assert (statement.state, statement.decided_by_id) == ("proposed", None)


@pytest.mark.parametrize("who", ["officer", "head"])
def test_an_institution_does_not_confirm(session, house, who):
    statement = state_former_name(session, house.officer)

    with refused("role.missing"):
        statements.decide(session, actor_of(getattr(house, who)), statement.id, confirms=True, reason="", now=NOW)
    assert statement.state == "proposed"


def test_a_statement_is_decided_once(session, house, bureau):
    statement = state(session, house.officer, former_name("瓯海学院"))
    confirm(session, bureau, statement)

    with refused("statement.decided"):
        statements.decide(session, actor_of(bureau), statement.id, confirms=False, reason="再想想", now=NOW)
    assert (statement.state, count(session, OrganisationName)) == ("confirmed", 1)


def test_a_rejection_needs_its_reason(session, house, bureau, client: FlaskClient):
    statement = state(session, house.officer, former_name("瓯海学院"))
    session.commit()
    sign_in(client, bureau)

    answer = client.post(f"{LIST}/{statement.id}/decision", data={"decision": "reject"})

    assert answer.status_code == 422
    assert "不确认时请填写理由" in answer.get_data(as_text=True)
    session.expire_all()
    assert statement.state == "proposed"


def test_what_is_not_there_is_not_decided(session, bureau):
    with pytest.raises(NotFound):
        statements.decide(session, actor_of(bureau), 987654321, confirms=True, reason="", now=NOW)


# what is refused


@pytest.mark.parametrize(
    "draft, code",
    [
        (staff("0"), "statement.staff"),
        (staff("-3"), "statement.staff"),
        (staff("100000.01"), "statement.staff"),
        (staff("12.345"), "statement.staff"),
        (staff("NaN"), "statement.staff"),
        (staff("300", date(2025, 12, 31)), "statement.valid_from"),
        (staff("300", date(2026, 11, 23)), "statement.valid_from"),
        (former_name("  "), "statement.name"),
        (former_name("瓯海大学"), "statement.name_held"),
        (relation("NOBODY"), "statement.unknown"),
        (relation("ohu"), "statement.same"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(session, house, draft, code):
    with pytest.raises(StatementRefused) as caught:
        state(session, house.officer, draft)

    assert caught.value.code == code
    assert count(session, OrganisationStatement) == 0
    assert session.scalars(select(Event).where(Event.action == "organisation.particular_stated")).all() == []


def test_the_name_of_another_organisation_is_refused_when_stated_and_when_confirmed(session, house, bureau):
    other = make_institution(session, name="龙湾学院", former_names=("龙湾专科学校",))
    for name in ("龙湾学院", "龙湾 专科学校"):
        with refused("statement.name_taken"):
            state(session, house.officer, former_name(name))

    mine = state(session, house.officer, former_name("温州第九学院"))
    theirs = state(session, other.officer, former_name("温州第九学院"))
    confirm(session, bureau, theirs)
    with refused("statement.name_taken"):
        confirm(session, bureau, mine)
    assert names_of(house.organisation.id) == ["瓯海大学"]


def test_an_enterprise_states_no_research_staff(session):
    _, buyer = make_buyer(session)

    with refused("statement.not_institution"):
        state(session, buyer, staff("10"))


def test_one_matter_waits_once_whichever_of_the_two_says_it(session, house):
    enterprise, buyer = make_buyer(session)
    state(session, house.officer, relation(enterprise.code))
    state(session, house.officer, staff("300"))

    for person, draft in ((buyer, relation("OHU")), (house.head, staff("301"))):
        with refused("statement.waiting"):
            state(session, person, draft)
    assert count(session, OrganisationStatement) == 2


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "nonsense"},
        {},
        prefixed("staff", {"rd_fte": "many", "valid_from": "soon", "source": "", "source_date": ""}),
        prefixed("relation", {"change": "married"}),
        prefixed("former_name", PAPER | {"name": "\x00\x00\x00"}),
    ],
)
def test_nonsense_in_a_form_is_refused_and_keeps_nothing(session, house, client: FlaskClient, form):
    session.commit()
    sign_in(client, house.officer)

    assert client.post(OWN, data=form).status_code == 422
    assert count(session, OrganisationStatement) == 0


def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(session, house, client: FlaskClient):
    session.commit()
    sign_in(client, house.officer)

    answer = client.post(OWN, data=prefixed("staff", PAPER | {"rd_fte": "321", "valid_from": "2025-07-01"}))

    page = answer.get_data(as_text=True)
    assert "以前年度的评价已按当时的数值计算" in page
    assert 'value="321"' in page
    assert 'href="#staff-valid_from"' in page


# the record and who is told


def test_both_organisations_have_it_in_their_record_without_the_reason(session, house, bureau):
    enterprise, _ = make_buyer(session)
    confirm(session, bureau, state(session, house.officer, relation(enterprise.code)))

    for organisation in (house.organisation, enterprise):
        stream = f"organisation:{organisation.id}"
        events = session.scalars(select(Event).where(Event.stream == stream).order_by(Event.sequence)).all()
        actions = [event.action for event in events if "particular" in event.action]
        assert actions == ["organisation.particular_stated", "organisation.particular_confirmed"]
        assert "持股" not in str([event.payload for event in events])
        assert verify_stream(session, stream) == []


def deliver_all(session: Session) -> list[tuple[int, str]]:
    for event_id in session.scalars(select(Event.id).order_by(Event.id)).all() * 2:
        notifications.deliver(session, event_id, now=NOW)
    found = select(Notice).where(Notice.title.contains("登记事项")).order_by(Notice.id)
    return [(notice.organisation_id, notice.title) for notice in session.scalars(found)]


def test_the_bureau_is_asked_and_both_are_told_once(session, house, bureau):
    enterprise, _ = make_buyer(session)
    confirm(session, bureau, state(session, house.officer, relation(enterprise.code)))

    assert deliver_all(session) == [
        (actor_of(bureau).organisation_id, "机构登记事项等待确认"),
        (house.organisation.id, "登记事项已确认"),
        (enterprise.id, "登记事项已确认"),
    ]


def test_a_rejection_is_told_to_who_stated_it_with_the_reason(session, house, bureau):
    enterprise, _ = make_buyer(session)
    statement = state(session, house.officer, relation(enterprise.code))
    statements.decide(session, actor_of(bureau), statement.id, confirms=False, reason="材料不符", now=NOW)

    assert deliver_all(session)[1:] == [(house.organisation.id, "登记事项未确认")]
    notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert notice.params["reason"] == "材料不符"


def test_the_bureau_finds_it_among_its_tasks(session, house, bureau, client: FlaskClient):
    state_former_name(session, house.officer)
    session.commit()
    sign_in(client, bureau)

    page = client.get("/console").get_data(as_text=True)

    assert "1 项机构登记事项等待确认" in page
    assert f'href="{LIST}?state=proposed"' in page
