"""A burden on a right stops the lot that sells it; bidding goes on or ends by people, and everybody concerned is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.rules import Actor, OrganisationKind, Role
from market.achievements.editing.statements import EncumbranceDraft, end_encumbrance, record_encumbrance
from market.achievements.models import Encumbrance
from market.achievements.vocabulary import EncumbranceKind
from market.auctions import queries, service
from market.auctions.errors import BidRefused, LotRefused
from market.auctions.models import Lot, LotSuspension
from market.auctions.vocabulary import LotState, SuspensionCause
from market.kernel.errors import NotAllowed, NotFound
from market.kernel.events import Event, verify_stream
from market.listings.errors import ListingHasProblems
from market.notifications.models import Notice
from market.notifications.service import deliver
from tests.conftest import NOW
from tests.factories.auctions import bid, make_bidder, make_lot, make_running_lot, move_times
from tests.factories.listings import make_achievement
from tests.factories.world import Institution, actor_of, make_actor, make_institution, make_person

CONSENT = "质权人同意函 温银函〔2026〕7 号，2026-11-21"


@pytest.fixture
def institution(session) -> Institution:
    return make_institution(session)


@pytest.fixture
def officer(institution) -> Actor:
    return actor_of(institution.officer)


@pytest.fixture
def operator(session) -> Actor:
    return make_actor(session, OrganisationKind.OPERATOR)


@pytest.fixture
def lot(session, institution) -> Lot:
    """A running lot that sells something with a living patent."""
    made = make_running_lot(session, institution)
    give_right(session, made)
    return made


def give_right(session: Session, lot: Lot) -> int:
    right = make_achievement(session, session.get_one(Organisation, lot.seller_organisation_id)).rights[0]
    right.achievement = lot.items[0].offer.listing.achievement
    session.flush()
    return right.id


def encumber(session: Session, officer: Actor, lot: Lot, kind: EncumbranceKind = EncumbranceKind.PLEDGE) -> Event:
    """A burden from today on, recorded after the lot was announced."""
    right = lot.items[0].offer.listing.achievement.rights[0]
    at = service.bid_time(session)
    day = at.date() - timedelta(days=1)
    record_encumbrance(session, officer, right.id, EncumbranceDraft(kind, "温州某银行", day), now=at)
    statement = select(Event).where(Event.action == "achievement.encumbered").order_by(Event.id.desc())
    return session.scalars(statement.limit(1)).one()


def suspend(session: Session, officer: Actor, lot: Lot, kind: EncumbranceKind = EncumbranceKind.PLEDGE) -> Event:
    event = encumber(session, officer, lot, kind)
    service.suspend_encumbered(session, event.id, service.bid_time(session))
    assert lot.state == "suspended"
    return event


def last(session: Session, lot: Lot) -> Event:
    statement = select(Event).where(Event.stream == f"lot:{lot.id}").order_by(Event.sequence.desc())
    return session.scalars(statement.limit(1)).one()


def told(session: Session, event: Event) -> dict[int, str]:
    """Whom the event tells what."""
    deliver(session, event.id)
    rows = session.scalars(select(Notice).where(Notice.deduplication_key.startswith(f"event:{event.id}:")))
    return {row.organisation_id: row.message % row.params for row in rows}


def snapshot(session: Session, lot: Lot) -> tuple[object, ...]:
    session.flush()
    events = session.scalar(select(func.count(Event.id)))
    row = session.scalar(select(LotSuspension).where(LotSuspension.lot_id == lot.id))
    asked = row.end_asked_at if row else None
    return lot.state, lot.closes_at, lot.items[0].offer.listing.state, events, asked


# what the register does


@pytest.mark.parametrize("kind", list(EncumbranceKind))
def test_a_new_burden_suspends_the_running_lot_and_its_bids_stay(session, officer, lot, kind):
    bidder = make_bidder(session, lot)
    bid(session, bidder, lot, 500_000)

    suspend(session, officer, lot, kind)

    assert (lot.state, lot.bid_count, lot.items[0].offer.listing.state) == ("suspended", 1, "bidding")
    with pytest.raises(BidRefused) as refused:
        bid(session, bidder, lot, 510_000)
    assert (refused.value.code, lot.bid_count) == ("bid.suspended", 1)
    verify_stream(session, f"lot:{lot.id}")


def test_seller_and_bidders_are_told_of_the_suspension_and_of_no_name(session, officer, institution, lot):
    buyers = [make_bidder(session, lot, name=name) for name in ("甲公司", "乙公司")]

    suspend(session, officer, lot)

    messages = told(session, last(session, lot))
    assert set(messages) == {institution.organisation.id, *(buyer.organisation_id for buyer in buyers)}
    assert "申请终结" in messages[institution.organisation.id]
    assert "继续有效" in messages[buyers[0].organisation_id]
    assert not any(name in text for text in messages.values() for name in ("甲公司", "乙公司"))
    assert not any(str(buyer.organisation_id) in str(last(session, lot).payload.get("offers")) for buyer in buyers)


def test_the_same_event_suspends_once(session, officer, lot):
    event = suspend(session, officer, lot)
    before = snapshot(session, lot)

    service.suspend_encumbered(session, event.id, service.bid_time(session))

    assert snapshot(session, lot) == before


def test_a_burden_that_has_ended_before_the_job_ran_suspends_nothing(session, officer, lot):
    event = encumber(session, officer, lot)
    burden = session.scalars(select(Encumbrance)).one()
    today = service.bid_time(session).date()
    end_encumbrance(session, officer, burden.id, today - timedelta(days=1), now=service.bid_time(session))
    before = snapshot(session, lot)

    service.suspend_encumbered(session, event.id, service.bid_time(session))

    assert snapshot(session, lot) == before


def test_a_lot_that_came_to_its_end_keeps_its_result_whatever_is_recorded_later(session, officer, lot):
    move_times(session, lot, closes_in=-timedelta(seconds=1))
    event = encumber(session, officer, lot)

    service.suspend_encumbered(session, event.id, service.bid_time(session))

    assert lot.state == "announced"


def test_a_lot_whose_owner_comes_into_question_is_suspended(session, lot):
    service.suspend_unowned(session, lot.id, service.bid_time(session))
    assert lot.state == "announced"

    lot.items[0].offer.listing.achievement.ownership_status = "pending"
    session.flush()
    assert list(service.lots_of_unclear_owners(session)) == [lot.id]
    service.suspend_unowned(session, lot.id, service.bid_time(session))

    assert (lot.state, last(session, lot).payload["cause"]) == ("suspended", "ownership")


def test_a_suspended_lot_does_not_close(session, officer, lot):
    bid(session, make_bidder(session, lot), lot, 500_000)
    suspend(session, officer, lot)

    assert service.close_lot(session, lot.id, lot.closes_at + timedelta(days=1)) is LotState.SUSPENDED
    assert lot.winner_registration_id is None


def test_a_pledged_right_is_not_announced_for_bidding_without_consent(session, institution, officer):
    lot = make_running_lot(session, institution)
    give_right(session, lot)
    service.terminate_lot_of_dead_right(session, lot.id, NOW)  # nothing is dead: nothing happens
    suspend(session, officer, lot)
    service.ask_lot_end(session, officer, lot.id, reason="质权人不同意", now=service.bid_time(session))
    operator = make_actor(session, OrganisationKind.OPERATOR)
    service.decide_lot_end(session, operator, lot.id, approves=True, reason="", now=service.bid_time(session))
    listing = lot.items[0].offer.listing
    assert listing.state == "paused"

    listing.state = "published"
    session.flush()
    with pytest.raises(ListingHasProblems) as refused:
        make_lot(session, institution, listings=[listing], now=service.bid_time(session))
    assert refused.value.code == "offer.free_of_pledge"
    assert session.scalar(select(func.count(Lot.id))) == 1


# resumed


def test_with_the_pledgees_consent_bidding_goes_on_with_the_rest_of_its_time(session, officer, institution, lot):
    buyer = make_bidder(session, lot)
    bid(session, buyer, lot, 500_000)
    suspend(session, officer, lot)
    at = service.bid_time(session) + timedelta(days=2)

    service.resume_lot(session, officer, lot.id, reason="质权人已书面同意", paper=CONSENT, now=at)

    assert (lot.state, lot.closes_at) == ("announced", at + timedelta(hours=lot.minimum_hours))
    assert (lot.high_fen, last(session, lot).payload["paper"]) == (50_000_000, CONSENT)
    messages = told(session, last(session, lot))
    assert set(messages) == {institution.organisation.id, buyer.organisation_id}
    assert "截止时间改为" in messages[buyer.organisation_id]
    bid(session, make_bidder(session, lot), lot, 510_000)


def test_a_lot_that_is_resumed_before_it_opens_keeps_its_times(session, officer, institution):
    lot = make_running_lot(session, institution)
    give_right(session, lot)
    move_times(session, lot, opens_in=timedelta(days=5), closes_in=timedelta(days=6))
    times = lot.opens_at, lot.closes_at
    suspend(session, officer, lot)

    service.resume_lot(session, officer, lot.id, reason="同意", paper=CONSENT, now=service.bid_time(session))

    assert (lot.state, (lot.opens_at, lot.closes_at)) == ("announced", times)


def test_the_burden_that_somebody_answered_does_not_suspend_again_a_new_one_does(session, officer, lot):
    event = suspend(session, officer, lot)
    service.resume_lot(session, officer, lot.id, reason="同意", paper=CONSENT, now=service.bid_time(session))

    service.suspend_encumbered(session, event.id, service.bid_time(session))
    assert lot.state == "announced"
    suspend(session, officer, lot, EncumbranceKind.PRESERVATION)


@pytest.mark.parametrize(
    ("kind", "paper", "code"),
    [
        (EncumbranceKind.PLEDGE, "", "offer.free_of_pledge"),
        (EncumbranceKind.PLEDGE, "  ", "offer.free_of_pledge"),
        (EncumbranceKind.EXCLUSIVE_LICENCE, "", "offer.free_of_licence"),
        (EncumbranceKind.PRESERVATION, CONSENT, "offer.free_of_preservation"),
    ],
)
def test_while_the_law_keeps_it_a_lot_is_not_resumed(session, officer, lot, kind, paper, code):
    suspend(session, officer, lot, kind)
    before = snapshot(session, lot)

    with pytest.raises(ListingHasProblems) as refused:
        service.resume_lot(session, officer, lot.id, reason="继续", paper=paper, now=service.bid_time(session))

    assert refused.value.code == code
    assert snapshot(session, lot) == before


def test_resuming_needs_a_reason_and_a_suspension(session, officer, lot):
    before = snapshot(session, lot)
    with pytest.raises(LotRefused) as refused:
        service.resume_lot(session, officer, lot.id, reason="继续", paper="", now=service.bid_time(session))
    assert (refused.value.code, snapshot(session, lot)) == ("lot.not_suspended", before)

    suspend(session, officer, lot)
    before = snapshot(session, lot)
    with pytest.raises(LotRefused) as refused:
        service.resume_lot(session, officer, lot.id, reason=" ", paper=CONSENT, now=service.bid_time(session))
    assert (refused.value.code, snapshot(session, lot)) == ("lot.suspension_reason", before)


def test_another_institution_and_a_bidder_reach_nothing(session, officer, lot):
    bidder = make_bidder(session, lot)
    suspend(session, officer, lot)
    stranger = actor_of(make_institution(session).officer)
    before, at = snapshot(session, lot), service.bid_time(session)
    for act in (service.resume_lot, service.ask_lot_end):
        more = {"paper": CONSENT} if act is service.resume_lot else {}
        with pytest.raises(NotFound):
            act(session, stranger, lot.id, reason="继续", now=at, **more)
        with pytest.raises(NotAllowed):
            act(session, bidder, lot.id, reason="继续", now=at, **more)
    assert snapshot(session, lot) == before


# the platform's hand


def test_the_platform_suspends_for_a_fault_and_only_the_platform_resumes(session, officer, operator, lot):
    at = service.bid_time(session)
    service.suspend_lot(session, operator, lot.id, SuspensionCause.FAULT, "机房断电", at)
    assert (lot.state, last(session, lot).reason) == ("suspended", "机房断电")
    before = snapshot(session, lot)

    with pytest.raises(LotRefused) as refused:
        service.resume_lot(session, officer, lot.id, reason="继续", paper="", now=at)
    assert (refused.value.code, snapshot(session, lot)) == ("lot.suspended_by_platform", before)

    service.resume_lot(session, operator, lot.id, reason="已修复", paper="", now=at)
    assert lot.state == "announced"


def test_the_seller_suspends_nothing_and_nobody_suspends_twice_or_without_a_reason(session, officer, operator, lot):
    at, before = service.bid_time(session), snapshot(session, lot)
    with pytest.raises(NotAllowed):
        service.suspend_lot(session, officer, lot.id, SuspensionCause.FAULT, "不想卖了", at)
    with pytest.raises(LotRefused) as refused:
        service.suspend_lot(session, operator, lot.id, SuspensionCause.FAULT, " ", at)
    assert (refused.value.code, snapshot(session, lot)) == ("lot.suspension_reason", before)

    service.suspend_lot(session, operator, lot.id, SuspensionCause.OBJECTION, "有人异议", at)
    before = snapshot(session, lot)
    with pytest.raises(LotRefused) as refused:
        service.suspend_lot(session, operator, lot.id, SuspensionCause.FAULT, "再中止", at)
    assert (refused.value.code, snapshot(session, lot)) == ("lot.not_running", before)


# terminated


def test_a_lot_is_terminated_by_a_second_person_only(session, officer, operator, institution, lot):
    buyer = make_bidder(session, lot)
    bid(session, buyer, lot, 500_000)
    suspend(session, officer, lot)
    at = service.bid_time(session)
    service.ask_lot_end(session, operator, lot.id, reason="质权人不同意转让", now=at)
    before = snapshot(session, lot)
    with pytest.raises(NotAllowed) as refused:
        service.decide_lot_end(session, operator, lot.id, approves=True, reason="", now=at)
    assert (refused.value.code, snapshot(session, lot)) == ("lot.own_request", before)
    with pytest.raises(NotAllowed):
        service.decide_lot_end(session, officer, lot.id, approves=True, reason="", now=at)
    assert snapshot(session, lot) == before

    second = make_actor(session, OrganisationKind.BUREAU, Role.SUPERVISOR)
    service.decide_lot_end(session, second, lot.id, approves=True, reason="", now=at)

    assert (lot.state, lot.items[0].offer.listing.state, lot.winner_registration_id) == ("terminated", "paused", None)
    assert queries.withdrawal_reason(lot.id) == "质权人不同意转让"
    messages = told(session, last(session, lot))
    assert set(messages) == {institution.organisation.id, buyer.organisation_id}
    assert "不收取保证金" in messages[buyer.organisation_id]


def test_a_declined_end_leaves_the_lot_suspended_and_may_be_asked_for_again(session, officer, operator, lot):
    suspend(session, officer, lot)
    at = service.bid_time(session)
    with pytest.raises(LotRefused) as refused:
        service.decide_lot_end(session, operator, lot.id, approves=True, reason="", now=at)
    assert (refused.value.code, lot.state) == ("lot.end_not_asked", "suspended")
    service.ask_lot_end(session, officer, lot.id, reason="不卖了", now=at)
    before = snapshot(session, lot)
    with pytest.raises(LotRefused) as refused:
        service.ask_lot_end(session, officer, lot.id, reason="还是不卖", now=at)
    assert (refused.value.code, snapshot(session, lot)) == ("lot.end_asked", before)
    with pytest.raises(LotRefused) as refused:
        service.decide_lot_end(session, operator, lot.id, approves=False, reason=" ", now=at)
    assert (refused.value.code, snapshot(session, lot)) == ("lot.suspension_reason", before)

    service.decide_lot_end(session, operator, lot.id, approves=False, reason="请先征得质权人意见", now=at)

    assert (lot.state, last(session, lot).action) == ("suspended", "lot.end_declined")
    service.ask_lot_end(session, officer, lot.id, reason="质权人书面不同意", now=at)


def test_who_may_decide_is_told_that_an_end_is_asked_for(session, officer, operator, lot):
    suspend(session, officer, lot)
    service.ask_lot_end(session, officer, lot.id, reason="质权人不同意", now=service.bid_time(session))

    assert operator.organisation_id in told(session, last(session, lot))


def test_bidders_are_told_when_a_lapsed_right_ends_their_lot(session, institution, lot):
    buyer = make_bidder(session, lot)
    lot.items[0].offer.listing.achievement.rights[0].legal_status = "lapsed"
    session.flush()

    service.terminate_lot_of_dead_right(session, lot.id, service.bid_time(session))

    assert set(told(session, last(session, lot))) == {institution.organisation.id, buyer.organisation_id}


def test_a_right_that_lapses_while_the_lot_is_suspended_ends_it_and_the_suspension(session, officer, lot):
    suspend(session, officer, lot)
    lot.items[0].offer.listing.achievement.rights[0].legal_status = "lapsed"
    session.flush()

    at = lot.closes_at + timedelta(days=1)
    assert service.terminate_lot_of_dead_right(session, lot.id, at) is LotState.TERMINATED

    session.expire_all()
    row = session.scalars(select(LotSuspension)).one()
    assert (row.outcome, row.ended_by_id, row.suspended_at.date() >= date(2026, 1, 1)) == ("terminated", None, True)


def test_two_persons_of_one_operator_may_end_a_lot(session, officer, operator, lot):
    suspend(session, officer, lot)
    service.ask_lot_end(session, operator, lot.id, reason="不能消除", now=service.bid_time(session))
    colleague = actor_of(make_person(session, session.get_one(Organisation, operator.organisation_id), Role.OPERATOR))

    service.decide_lot_end(session, colleague, lot.id, approves=True, reason="", now=service.bid_time(session))

    assert lot.state == "terminated"
