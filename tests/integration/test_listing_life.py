"""The life of a published listing: longer life, notices before its end, the register's changes, the platform's hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor, OrganisationKind
from market.achievements.editing.statements import EncumbranceDraft, end_encumbrance, record_encumbrance
from market.achievements.models import Encumbrance
from market.achievements.service import confirm_legal_status
from market.achievements.vocabulary import EncumbranceKind, LegalStatus
from market.kernel.errors import NotAllowed, TransitionRefused
from market.kernel.events import Event
from market.listings import jobs, lifecycle, service
from market.listings.errors import ListingHasProblems, ListingRefused, ReasonMissing
from market.listings.models import Listing
from market.listings.vocabulary import ListingAction, ListingState, WithdrawalKind
from market.notifications.models import Notice
from market.notifications.service import deliver
from tests.conftest import NOW
from tests.factories.listings import LICENCE, make_draft_listing, make_published_listing
from tests.factories.world import actor_of, make_actor, make_institution

NEAR = date(2026, 12, 20)
FAR = date(2027, 6, 1)


@pytest.fixture
def institution(session):
    return make_institution(session)


@pytest.fixture
def officer(institution) -> Actor:
    return actor_of(institution.officer)


@pytest.fixture
def operator(session) -> Actor:
    return make_actor(session, OrganisationKind.OPERATOR)


@pytest.fixture
def listing(session, institution, operator) -> Listing:
    return make_published_listing(session, institution, LICENCE, operator=operator)


def actions(session: Session, listing: Listing, *wanted: str) -> list[Event]:
    statement = select(Event).where(Event.subject_kind == "listing", Event.subject_id == listing.id)
    return list(session.scalars(statement.where(Event.action.in_(wanted)).order_by(Event.sequence)))


def told(session: Session, event: Event) -> list[tuple[int, str]]:
    deliver(session, event.id)
    rows = session.scalars(select(Notice).where(Notice.deduplication_key.startswith(f"event:{event.id}:")))
    return [(row.organisation_id, row.title) for row in rows]


def encumber(
    session: Session, officer: Actor, listing: Listing, kind: EncumbranceKind = EncumbranceKind.PLEDGE
) -> Event:
    draft = EncumbranceDraft(kind, "温州某银行", date(2026, 11, 20))
    record_encumbrance(session, officer, listing.achievement.rights[0].id, draft, now=NOW)
    return session.scalars(select(Event).where(Event.action == "achievement.encumbered")).one()


# longer life


def test_near_its_end_a_listing_lives_on_for_twelve_months(session, officer, listing):
    listing.expires_on = NEAR

    lifecycle.extend_listing(session, officer, listing.id, confirms_legal_status=True, now=NOW)

    assert (listing.state, listing.expires_on) == ("published", date(2027, 12, 20))
    assert actions(session, listing, "listing.extended")[0].payload["expires_on"] == "2027-12-20"


@pytest.mark.parametrize(
    ("expires_on", "confirms", "code"),
    [(FAR, True, "listing.not_extendable"), (NEAR, False, "listing.not_looked_up")],
)
def test_a_listing_lives_on_neither_early_nor_unseen(session, officer, listing, expires_on, confirms, code):
    listing.expires_on = expires_on

    with pytest.raises(ListingRefused) as refused:
        lifecycle.extend_listing(session, officer, listing.id, confirms_legal_status=confirms, now=NOW)

    assert refused.value.code == code
    assert listing.expires_on == expires_on


def test_a_listing_whose_right_lapsed_does_not_live_on(session, officer, listing):
    listing.expires_on = NEAR
    listing.achievement.rights[0].legal_status = "lapsed"
    session.flush()

    with pytest.raises(ListingHasProblems):
        lifecycle.extend_listing(session, officer, listing.id, confirms_legal_status=True, now=NOW)

    assert listing.expires_on == NEAR


def test_a_paused_listing_does_not_live_on(session, officer, listing):
    listing.expires_on = NEAR
    service.pause_listing(session, officer, listing.id, reason="核对", now=NOW)

    with pytest.raises(ListingRefused):
        lifecycle.extend_listing(session, officer, listing.id, confirms_legal_status=True, now=NOW)

    assert listing.expires_on == NEAR


# told before its end


def test_the_institution_is_told_once_that_the_end_is_near(session, institution, listing):
    listing.expires_on = NEAR

    for _ in range(2):
        lifecycle.tell_expiry(session, listing.id, NOW)

    (event,) = actions(session, listing, "listing.expiring")
    assert told(session, event) == [(institution.organisation.id, "展示期将满")]


def test_after_a_longer_life_the_next_end_is_told_anew(session, officer, listing):
    listing.expires_on = NEAR
    lifecycle.tell_expiry(session, listing.id, NOW)
    lifecycle.extend_listing(session, officer, listing.id, confirms_legal_status=True, now=NOW)

    lifecycle.tell_expiry(session, listing.id, NOW)
    assert len(actions(session, listing, "listing.expiring")) == 1
    lifecycle.tell_expiry(session, listing.id, NOW + timedelta(days=370))

    assert len(actions(session, listing, "listing.expiring")) == 2


def test_a_far_end_is_not_told(session, listing):
    lifecycle.tell_expiry(session, listing.id, NOW)

    assert actions(session, listing, "listing.expiring") == []
    assert listing.expiry_told_for is None


def test_the_sweep_tells_of_ends_that_are_near(session, listing):
    listing.expires_on = NEAR
    session.commit()

    jobs.sweep()

    session.expire_all()
    assert len(actions(session, listing, "listing.expiring")) == 1
    assert listing.state == "published"


def test_what_expires_is_classed_as_ended_by_the_clock(session, listing):
    listing.expires_on = date(2026, 11, 21)
    session.commit()

    jobs.sweep()

    session.expire_all()
    assert (listing.state, listing.withdrawal_kind) == ("withdrawn", WithdrawalKind.LIFE_ENDED)


# the register's changes


@pytest.mark.parametrize("kind", list(EncumbranceKind))
def test_a_new_burden_pauses_the_listing_and_tells_why(session, institution, officer, listing, kind):
    event = encumber(session, officer, listing, kind)

    for _ in range(2):
        jobs.follow_register(event.id)

    session.expire_all()
    assert (listing.state, listing.review_reason) == ("paused", lifecycle.ENCUMBERED)
    (paused,) = actions(session, listing, "listing.pause")
    assert paused.payload["kind"] == kind.value
    assert told(session, paused) == [(institution.organisation.id, "挂牌已中止")]


def test_a_burden_that_ended_before_the_job_came_pauses_nothing(session, officer, listing):
    event = encumber(session, officer, listing)
    burden = session.scalars(select(Encumbrance)).one()
    end_encumbrance(session, officer, burden.id, date(2026, 11, 21), now=NOW)

    jobs.follow_register(event.id)

    session.expire_all()
    assert listing.state == "published"


def test_a_listing_in_bidding_stays_with_its_lot(session, officer, listing):
    service.change_state(session, listing.id, ListingAction.START_BIDDING, actor=officer, now=NOW)
    event = encumber(session, officer, listing)

    jobs.follow_register(event.id)

    session.expire_all()
    assert listing.state == "bidding"


def test_what_came_back_after_the_burden_is_not_paused_by_a_late_job(session, officer, listing):
    event = encumber(session, officer, listing)
    service.pause_listing(session, officer, listing.id, reason="核对质押合同", now=NOW)
    service.change_state(session, listing.id, ListingAction.RESUME, actor=officer, now=NOW + timedelta(hours=1))

    jobs.follow_register(event.id)

    session.expire_all()
    assert listing.state == "published"


def test_a_lapse_in_the_register_pauses_at_once(session, officer, listing):
    right = listing.achievement.rights[0]
    confirm_legal_status(session, officer, right.id, LegalStatus.LAPSED, reason="年费未缴，登记簿已终止", now=NOW)
    event = session.scalars(select(Event).where(Event.action == "achievement.status_confirmed")).one()
    assert jobs.wants(event)

    jobs.follow_register(event.id)

    session.expire_all()
    assert (listing.state, listing.review_reason) == ("paused", jobs.RIGHT_ENDED)


def test_a_status_that_is_alive_asks_for_nothing(session, officer, listing):
    right = listing.achievement.rights[0]
    confirm_legal_status(session, officer, right.id, LegalStatus.ALIVE, reason="登记簿副本 2026-11-20", now=NOW)

    event = session.scalars(select(Event).where(Event.action == "achievement.status_confirmed")).one()

    assert not jobs.wants(event)


def test_while_the_right_is_lost_the_listing_does_not_come_back(session, officer, listing):
    listing.achievement.rights[0].legal_status = "lapsed"
    service.pause_listing(session, officer, listing.id, reason="核对", now=NOW)

    with pytest.raises(ListingHasProblems):
        service.resume_listing(session, officer, listing.id, now=NOW)

    assert listing.state == "paused"


# withdrawn by the seller, suspended and taken down by the platform


@pytest.mark.parametrize("kind", [WithdrawalKind.RETRACTED, WithdrawalKind.RIGHT_LOST])
def test_a_withdrawal_has_a_class_until_the_listing_comes_back(session, officer, listing, kind):
    service.withdraw_listing(session, officer, listing.id, reason="另有安排", now=NOW, kind=kind)
    assert (listing.state, listing.withdrawal_kind) == ("withdrawn", kind)
    assert actions(session, listing, "listing.withdraw")[0].payload["withdrawal_kind"] == kind.value

    service.renew_listing(session, officer, listing.id, now=NOW)

    assert (listing.state, listing.withdrawal_kind) == ("draft", None)


def test_the_platform_takes_down_what_was_reported_and_says_so(session, institution, operator, listing):
    lifecycle.take_down_listing(session, operator, listing.id, reason="举报查实：冒用他人专利", now=NOW)

    assert (listing.state, listing.withdrawal_kind) == ("withdrawn", WithdrawalKind.REPORTED)
    (event,) = actions(session, listing, "listing.withdraw")
    assert told(session, event) == [(institution.organisation.id, "挂牌被平台下架")]


def test_the_platform_suspends_and_the_institution_is_told(session, institution, operator, listing):
    lifecycle.suspend_listing(session, operator, listing.id, reason="接到举报，核实权属", now=NOW)

    assert (listing.state, listing.review_reason) == ("paused", "接到举报，核实权属")
    (event,) = actions(session, listing, "listing.pause")
    assert told(session, event) == [(institution.organisation.id, "挂牌被平台中止")]


def test_the_sellers_own_pause_and_withdrawal_are_not_told_to_itself(session, officer, listing):
    service.pause_listing(session, officer, listing.id, reason="核对", now=NOW)
    service.withdraw_listing(session, officer, listing.id, reason="另有安排", now=NOW)

    assert [told(session, event) for event in actions(session, listing, "listing.pause", "listing.withdraw")] == [
        [],
        [],
    ]


@pytest.mark.parametrize("act", [lifecycle.suspend_listing, lifecycle.take_down_listing])
def test_the_platforms_hand_needs_a_reason_and_an_operator(session, officer, operator, listing, act):
    with pytest.raises(ReasonMissing):
        act(session, operator, listing.id, reason=" ", now=NOW)
    with pytest.raises(NotAllowed):
        act(session, officer, listing.id, reason="试试", now=NOW)

    assert (listing.state, listing.withdrawal_kind) == (ListingState.PUBLISHED, None)


@pytest.mark.parametrize("act", [lifecycle.suspend_listing, lifecycle.take_down_listing])
def test_a_draft_is_nothing_to_take_down(session, institution, operator, act):
    listing = make_draft_listing(session, institution)

    with pytest.raises(TransitionRefused):
        act(session, operator, listing.id, reason="举报", now=NOW)

    assert listing.state == "draft"
