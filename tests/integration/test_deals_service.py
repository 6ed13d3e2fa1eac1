"""Applications and deals on a real database."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.queries import actor_for, memberships_of
from market.accounts.rules import Actor, OrganisationKind, Role
from market.accounts.service import add_membership, declare_relation
from market.auctions import service as auctions
from market.deals import jobs, service
from market.deals.errors import ApplicationRefused
from market.deals.models import Application, Deal
from market.deals.service import ApplicationDraft
from market.kernel.db import current_session, db, transaction
from market.kernel.errors import NotAllowed, NotFound, Refusal, TransitionRefused
from market.kernel.events import Event, verify_stream
from market.kernel.money import Money
from market.listings.models import Listing
from market.listings.service import change_state, pause_listing, withdraw_listing
from market.listings.vocabulary import ListingAction, TransferWay
from tests.conftest import NOW
from tests.factories.auctions import bid, make_bidder, make_running_lot, move_times
from tests.factories.listings import (
    AUCTION,
    INVESTMENT,
    LICENCE,
    SALE,
    TRIAL,
    make_draft_listing,
    make_published_listing,
    offer_of,
)
from tests.factories.world import actor_of, make_actor, make_institution, make_organisation

PLAN = "用于高温蒸汽阀门的密封，明年六月前投产，需要机构派人指导。"
PRICE = Money(10_000_000)


@pytest.fixture
def institution(session):
    return make_institution(session, county_code="330304")


@pytest.fixture
def head(institution):
    return actor_of(institution.head)


@pytest.fixture
def buyer(session):
    return make_actor(
        session, organisation=make_organisation(session, OrganisationKind.ENTERPRISE, county_code="330381")
    )


def apply(session: Session, actor: Actor, offer_id: int, plan: str = PLAN, price: Money | None = PRICE) -> Application:
    return service.apply_on_offer(session, actor, offer_id, ApplicationDraft(plan, price), now=NOW)


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def events_of(session: Session, application: Application) -> list[Event]:
    statement = select(Event).where(Event.stream == f"application:{application.id}").order_by(Event.sequence)
    return list(session.scalars(statement))


def refused(session: Session, code: str, act: Callable[[], object]) -> None:
    """The act is refused with this code, a sentence, and nothing changed."""
    before = (count(session, Application), count(session, Deal), count(session, Event))
    with pytest.raises(Refusal) as answer:
        act()
    assert answer.value.code == code
    assert answer.value.sentence
    assert (count(session, Application), count(session, Deal), count(session, Event)) == before


# apply


def test_an_application_is_numbered_and_recorded_with_both_sides(session, institution, buyer):
    listing = make_published_listing(session, institution)

    application = apply(session, buyer, offer_of(listing).id)

    assert (application.number, application.state) == ("SQ2026000001", "submitted")
    [event] = events_of(session, application)
    assert (event.action, event.state_before, event.state_after) == ("application.submitted", None, "submitted")
    assert event.payload == {
        "number": "SQ2026000001",
        "seller_organisation_id": institution.organisation.id,
        "seller_county": "330304",
        "buyer_organisation_id": buyer.organisation_id,
        "buyer_county": "330381",
        "is_related": False,
        "transfer_way": "assignment",
        "price_fen": 10_000_000,
        "currency": "CNY",
        "offer_id": offer_of(listing).id,
        "listing_id": listing.id,
        "achievement_id": listing.achievement_id,
    }


def test_a_related_applicant_is_marked(session, institution, buyer):
    declare_relation(
        session, buyer.organisation_id, institution.organisation.id, reason="控股", source="企业年报", source_date=NOW.date(), now=NOW
    )  # fmt: skip

    application = apply(session, buyer, offer_of(make_published_listing(session, institution)).id)

    assert events_of(session, application)[0].payload["is_related"] is True


def test_an_enterprise_that_is_not_verified_cannot_apply(session, institution):
    waiting = make_organisation(session, OrganisationKind.ENTERPRISE, is_verified=False)
    actor = make_actor(session, organisation=waiting)
    offer = offer_of(make_published_listing(session, institution))

    refused(session, "application.unverified", lambda: apply(session, actor, offer.id))


@pytest.mark.parametrize(
    ("terms", "way", "code"),
    [
        (AUCTION, TransferWay.AUCTION, "application.auction"),
        (INVESTMENT, TransferWay.INVEST_FIRST, "application.invest_first"),
    ],
)
def test_ways_with_their_own_door_take_no_application(session, institution, buyer, terms, way, code):
    offer = offer_of(make_published_listing(session, institution, terms), way)

    refused(session, code, lambda: apply(session, buyer, offer.id))


def test_the_same_enterprise_has_one_open_application_on_an_offer(session, institution, buyer):
    offer = offer_of(make_published_listing(session, institution))
    apply(session, buyer, offer.id)

    refused(session, "application.exists", lambda: apply(session, buyer, offer.id))


def test_after_a_withdrawal_it_may_apply_again_and_on_another_way_at_once(session, institution, buyer):
    listing = make_published_listing(session, institution, SALE, LICENCE)
    first = apply(session, buyer, listing.offers[0].id)
    other = apply(session, buyer, listing.offers[1].id)
    service.withdraw_application(session, buyer, first.id, now=NOW)

    again = apply(session, buyer, listing.offers[0].id)

    assert [one.state for one in (first, other, again)] == ["withdrawn", "submitted", "submitted"]


@pytest.mark.parametrize(
    ("plan", "price", "code"),
    [
        ("太短", PRICE, "application.plan"),
        (" " * 40, PRICE, "application.plan"),
        ("长" * 2001, PRICE, "application.plan"),
        (PLAN, None, "application.price"),
    ],
)
def test_an_application_says_what_for_and_for_how_much(session, institution, buyer, plan, price, code):
    offer = offer_of(make_published_listing(session, institution))

    refused(session, code, lambda: apply(session, buyer, offer.id, plan, price))


def test_a_free_trial_needs_no_price(session, institution, buyer):
    offer = offer_of(make_published_listing(session, institution, TRIAL), TransferWay.TRY_FIRST)

    assert apply(session, buyer, offer.id, price=None).proposed_price_fen is None


def test_a_paused_listing_takes_no_application(session, institution, head, buyer):
    listing = make_published_listing(session, institution)
    pause_listing(session, head, listing.id, reason="核对", now=NOW)

    refused(session, "application.closed", lambda: apply(session, buyer, offer_of(listing).id))


@pytest.mark.parametrize("make", [make_draft_listing])
def test_an_offer_that_is_not_public_is_not_there(session, institution, buyer, make):
    listing = make(session, institution)

    refused(session, "not_found", lambda: apply(session, buyer, offer_of(listing).id))
    refused(session, "not_found", lambda: apply(session, buyer, 987_654_321))


def test_only_an_enterprise_applies(session, institution, head):
    offer = offer_of(make_published_listing(session, institution))

    with pytest.raises(NotAllowed):
        apply(session, head, offer.id)
    assert count(session, Application) == 0


# answer


@pytest.mark.parametrize(
    ("terms", "kind", "state_of_listing"),
    [
        (SALE, "agreed_price", "negotiating"),
        (LICENCE, "agreed_price", "published"),
        (TRIAL, "try_first", "published"),
    ],
)
def test_an_accepted_application_begins_a_deal_of_its_kind(
    session, institution, head, buyer, terms, kind, state_of_listing
):
    listing = make_published_listing(session, institution, terms)
    application = apply(session, buyer, listing.offers[0].id)

    deal = service.accept_application(session, head, application.id, now=NOW)

    assert (deal.number, deal.kind, deal.state) == ("JY2026000001", kind, "negotiating")
    assert (deal.seller_organisation_id, deal.buyer_organisation_id) == (head.organisation_id, buyer.organisation_id)
    assert (deal.price_fen, deal.currency, deal.application_id, deal.lot_id) == (
        10_000_000,
        "CNY",
        application.id,
        None,
    )
    assert (application.state, application.decided_by_id, application.decided_at) == ("accepted", head.person_id, NOW)
    assert listing.state == state_of_listing
    assert [event.action for event in events_of(session, application)] == [
        "application.submitted",
        "application.accepted",
    ]
    assert verify_stream(session, f"application:{application.id}") == []


def test_one_binding_deal_at_a_time_and_a_cancelled_one_makes_room(session, institution, head, buyer):
    listing = make_published_listing(session, institution, SALE)
    first = apply(session, buyer, listing.offers[0].id)
    rival = make_actor(session, OrganisationKind.ENTERPRISE)
    second = apply(session, rival, listing.offers[0].id)
    deal = service.accept_application(session, head, first.id, now=NOW)

    with pytest.raises(ApplicationRefused) as refused, session.begin_nested():
        service.accept_application(session, head, second.id, now=NOW)
    session.refresh(second)
    assert (refused.value.code, second.state) == ("application.binding_deal", "submitted")

    service.cancel_deal(session, head, deal.id, reason="价格谈不拢", now=NOW)
    assert (deal.state, listing.state) == ("cancelled", "published")
    assert service.accept_application(session, head, second.id, now=NOW).buyer_organisation_id == rival.organisation_id
    assert [(event.action, event.reason) for event in events_of_deal(session, deal)] == [
        ("deal.begun", None),
        ("deal.cancelled", "价格谈不拢"),
    ]


def events_of_deal(session: Session, deal: Deal) -> list[Event]:
    statement = select(Event).where(Event.subject_kind == "deal", Event.subject_id == deal.id)
    return list(session.scalars(statement.order_by(Event.sequence)))


@pytest.mark.parametrize("who", ["without a reason", "the buyer", "another institution"])
def test_a_deal_is_ended_by_its_seller_with_a_reason_only(session, institution, head, buyer, who):
    listing = make_published_listing(session, institution, SALE)
    application = apply(session, buyer, listing.offers[0].id)
    deal = service.accept_application(session, head, application.id, now=NOW)
    actor = {"the buyer": buyer, "another institution": make_actor(session)}.get(who, head)

    with pytest.raises(Refusal):
        service.cancel_deal(session, actor, deal.id, reason="" if who == "without a reason" else "不谈了", now=NOW)
    assert (deal.state, listing.state) == ("negotiating", "negotiating")


def test_a_declined_application_keeps_its_reason_and_makes_no_deal(session, institution, head, buyer):
    application = apply(session, buyer, offer_of(make_published_listing(session, institution)).id)

    service.decline_application(session, head, application.id, reason=" 价格低于底价 ", now=NOW)

    assert (application.state, application.decision_reason) == ("declined", "价格低于底价")
    assert events_of(session, application)[-1].reason == "价格低于底价"
    assert count(session, Deal) == 0


def test_declining_needs_a_reason(session, institution, head, buyer):
    application = apply(session, buyer, offer_of(make_published_listing(session, institution)).id)

    act = lambda: service.decline_application(session, head, application.id, reason="  ", now=NOW)  # noqa: E731

    refused(session, "application.reason", act)
    assert application.state == "submitted"


@pytest.mark.parametrize("decide", ["accept", "decline", "withdraw"])
def test_what_was_answered_stays_answered(session, institution, head, buyer, decide):
    application = apply(session, buyer, offer_of(make_published_listing(session, institution)).id)
    service.accept_application(session, head, application.id, now=NOW)
    session.commit()
    acts = {
        "accept": lambda: service.accept_application(session, head, application.id, now=NOW),
        "decline": lambda: service.decline_application(session, head, application.id, reason="晚了", now=NOW),
        "withdraw": lambda: service.withdraw_application(session, buyer, application.id, now=NOW),
    }

    with pytest.raises(TransitionRefused), transaction():
        acts[decide]()

    session.expire_all()
    assert (application.state, application.decision_reason, count(session, Deal)) == ("accepted", None, 1)


@pytest.mark.parametrize("stands", ["applied herself", "belongs to the applicant"])
def test_who_stands_on_both_sides_answers_nothing(session, institution, head, buyer, stands):
    offer = offer_of(make_published_listing(session, institution, SALE))
    applicant = buyer
    enterprise = session.get_one(Organisation, buyer.organisation_id)
    add_membership(session, institution.head, enterprise, {Role.ENTERPRISE_USER}, now=NOW)
    if stands == "applied herself":
        own = next(row for row in memberships_of(institution.head.id) if row.organisation_kind == "enterprise")
        applicant = actor_for(institution.head.id, own.membership_id)
    application = apply(session, applicant, offer.id)

    refused(session, "application.own", lambda: service.accept_application(session, head, application.id, now=NOW))
    refused(
        session,
        "application.own",
        lambda: service.decline_application(session, head, application.id, reason="不办", now=NOW),
    )
    colleague = actor_of(institution.officer)
    assert service.accept_application(session, colleague, application.id, now=NOW).application_id == application.id


@pytest.mark.parametrize("side", ["seller", "applicant"])
def test_nobody_else_answers_or_withdraws(session, institution, buyer, side):
    application = apply(session, buyer, offer_of(make_published_listing(session, institution)).id)
    stranger = actor_of(make_institution(session).head)
    competitor = make_actor(session, OrganisationKind.ENTERPRISE)

    with pytest.raises(NotFound):
        if side == "seller":
            service.accept_application(session, stranger, application.id, now=NOW)
        else:
            service.withdraw_application(session, competitor, application.id, now=NOW)

    assert (application.state, count(session, Deal)) == ("submitted", 0)


@pytest.mark.parametrize("left_by", ["pause", "withdraw", "bidding"])
def test_nothing_is_accepted_on_a_listing_that_left_the_market(session, institution, head, buyer, left_by):
    listing = make_published_listing(session, institution, LICENCE)
    application = apply(session, buyer, listing.offers[0].id)
    if left_by == "pause":
        pause_listing(session, head, listing.id, reason="核对", now=NOW)
    elif left_by == "withdraw":
        withdraw_listing(session, head, listing.id, reason="已转让", now=NOW)
    else:
        change_state(session, listing.id, ListingAction.START_BIDDING, actor=None, now=NOW)
    session.commit()

    with pytest.raises(ApplicationRefused) as answer, transaction():
        service.accept_application(session, head, application.id, now=NOW)

    assert answer.value.code == "application.listing_closed"
    session.expire_all()
    assert (application.state, count(session, Deal)) == ("submitted", 0)
    assert len(events_of(session, application)) == 1


# a sold lot


def sold_event(session: Session) -> Event:
    lot = make_running_lot(session)
    bid(session, make_bidder(session, lot), lot, 500_000)
    bid(session, make_bidder(session, lot), lot, 510_000)
    from datetime import timedelta

    move_times(session, lot, opens_in=-timedelta(hours=2), closes_in=-timedelta(seconds=1))
    auctions.close_lot(session, lot.id, auctions.bid_time(session))
    return session.scalars(select(Event).where(Event.action == "lot.sold")).one()


def test_a_sold_lot_begins_one_deal_however_often_the_job_runs(app, session):
    event = sold_event(session)
    event_id, lot_id, payload = event.id, event.subject_id, event.payload
    session.commit()

    for _ in range(2):
        with app.app_context():
            jobs.follow_lot(event_id)

    session.expire_all()
    deal = session.scalars(select(Deal)).one()
    assert (deal.kind, deal.state, deal.lot_id, deal.application_id) == ("auction", "signing", lot_id, None)
    assert (deal.price_fen, deal.offer_id) == (51_000_000, payload["offers"][0]["offer_id"])
    assert deal.buyer_organisation_id == payload["buyer_organisation_id"]


# two real connections


def test_two_forms_sent_at_once_make_one_application(committed_app):
    with committed_app.app_context():
        with transaction() as session:
            listing = make_published_listing(session, make_institution(session))
            offer_id = offer_of(listing).id
            actor = make_actor(session, OrganisationKind.ENTERPRISE)
        outcomes = at_once(committed_app, 4, lambda session: apply(session, actor, offer_id))

        assert sorted(outcomes) == ["application.exists"] * 3 + ["done"]
        assert count(current_session(), Application) == 1


def test_two_heads_who_accept_at_once_begin_one_deal(committed_app):
    with committed_app.app_context():
        with transaction() as session:
            institution = make_institution(session)
            offer_id = offer_of(make_published_listing(session, institution)).id
            application_id = apply(session, make_actor(session, OrganisationKind.ENTERPRISE), offer_id).id
            head = actor_of(institution.head)
        accept = lambda session: service.accept_application(session, head, application_id, now=NOW)  # noqa: E731
        outcomes = at_once(committed_app, 3, accept)

        assert sorted(outcomes) == ["application.transition"] * 2 + ["done"]
        assert count(current_session(), Deal) == 1
        assert current_session().scalars(select(Listing.state)).all() == ["negotiating"]


def at_once(app, times: int, act: Callable[[Session], object]) -> list[str]:
    """Run the act in so many threads, each with its own connection; what became of each."""
    start, outcomes = threading.Barrier(times), []

    def run() -> None:
        with app.app_context():
            start.wait(10)
            try:
                with transaction() as session:
                    act(session)
                outcomes.append("done")
            except Refusal as refusal:
                outcomes.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes
