"""An agreed price in publicity, on a real database: two persons, statutory days, objections, restart, signing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.membership_queries import person_ids_of
from market.accounts.models import Organisation
from market.accounts.queries import actor_for
from market.accounts.rules import OrganisationKind, Role
from market.accounts.service import add_membership, declare_relation
from market.deals import jobs
from market.deals import service as deals
from market.deals.models import Deal
from market.deals.publicity import objections, service
from market.deals.publicity.errors import PublicityRefused
from market.deals.publicity.models import Publicity, PublicityObjection
from market.kernel.errors import NotAllowed, NotFound, Refusal, TransitionRefused
from market.kernel.events import Event, verify_stream
from market.kernel.money import Money
from market.listings.models import Listing
from market.listings.service import change_state
from market.listings.vocabulary import ListingAction
from tests.conftest import NOW
from tests.factories.listings import LICENCE, TRIAL
from tests.factories.publicity import DRAFT, OBJECTION, confirm, make_agreed_deal, make_running, object_to
from tests.factories.world import actor_of, make_institution, make_organisation, make_person

LAST_DAY = date(2026, 12, 7)
"""15 natural days after Sunday, 22 November 2026."""
AFTER = NOW + timedelta(days=16)


@pytest.fixture
def institution(session):
    return make_institution(session, county_code="330304")


@pytest.fixture
def buyer(session):
    return make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)


@pytest.fixture
def stranger(session):
    return make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)


@pytest.fixture
def deal(session, institution, buyer):
    return make_agreed_deal(session, institution, buyer)


def listing_of(session: Session, deal: Deal) -> Listing:
    return session.get_one(Listing, deal.offer.listing_id)


def relate(session: Session, deal: Deal) -> None:
    declare_relation(
        session,
        deal.seller_organisation_id,
        deal.buyer_organisation_id,
        reason="参股 30%",
        source="企业信用信息公示系统",
        source_date=date(2026, 11, 1),
        now=NOW,
    )


def states(session: Session, deal: Deal) -> tuple[str, str]:
    return deal.state, listing_of(session, deal).state


def actions(session: Session, deal: Deal) -> list[str]:
    statement = select(Event.action).where(Event.subject_kind == "deal", Event.subject_id == deal.id)
    return list(session.scalars(statement.order_by(Event.sequence)))


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_one_person_writes_the_price_another_starts_and_fifteen_days_later_it_may_be_signed(session, institution, deal):
    confirmed = confirm(session, institution, deal)
    assert (states(session, deal), confirmed.started_at) == (("price_confirmed", "negotiating"), None)

    running = service.start_publicity(session, actor_of(institution.head), deal.id, now=NOW)
    assert running is confirmed
    assert states(session, deal) == ("publicity", "publicity")
    shown = (running.title, running.transfer_way, running.price_fen, running.days, running.ends_on)
    assert shown == (listing_of(session, deal).title, "assignment", 11_000_000, 15, LAST_DAY)

    service.complete_publicity(session, deal.id, now=AFTER)
    assert (running.state, *states(session, deal)) == ("completed", "signing", "publicity")
    assert actions(session, deal) == [
        "deal.begun", "deal.price_confirmed", "deal.publicity_started", "deal.publicity_completed",
    ]  # fmt: skip
    verify_stream(session, f"deal:{deal.id}")


def test_on_its_last_day_nothing_goes_on_to_signing(session, institution, deal):
    running = make_running(session, institution, deal)

    with pytest.raises(PublicityRefused) as refused:
        service.complete_publicity(session, deal.id, now=NOW + timedelta(days=15))
    assert (refused.value.code, running.state, deal.state) == ("publicity.running", "running", "publicity")


def test_the_clock_takes_what_is_over_and_nothing_else(session, institution, buyer, deal):
    other = make_agreed_deal(session, institution, buyer)
    running = make_running(session, institution, deal, now=NOW - timedelta(days=20))
    later = make_running(session, institution, other)
    session.commit()

    jobs.end_publicities()
    jobs.end_publicities()
    session.expire_all()
    assert (running.state, deal.state) == ("completed", "signing")
    assert (later.state, other.state) == ("running", "publicity")
    assert actions(session, deal).count("deal.publicity_completed") == 1


def test_who_wrote_the_price_does_not_start_it(session, institution, deal):
    organisation = institution.organisation
    membership = add_membership(
        session, make_person(session), organisation, {Role.TRANSFER_OFFICER, Role.INSTITUTION_HEAD}, now=NOW
    )
    both = actor_for(membership.person_id, membership.id)
    assert both is not None
    service.confirm_price(session, both, deal.id, DRAFT, now=NOW)

    with pytest.raises(NotAllowed) as refused:
        service.start_publicity(session, both, deal.id, now=NOW)
    assert (refused.value.code, states(session, deal)) == ("publicity.own", ("price_confirmed", "negotiating"))


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"price_basis": " "}, "publicity.basis", "price_basis"),
        ({"unit_notice": "网"}, "publicity.unit", "unit_notice"),
        ({"is_related": True}, "publicity.related_note", "related_note"),
    ],
)
def test_a_price_is_confirmed_with_its_basis_its_place_and_its_relation(
    session, institution, deal, changed, code, field
):
    with pytest.raises(PublicityRefused) as refused:
        confirm(session, institution, deal, replace(DRAFT, **changed))
    assert (refused.value.code, refused.value.field) == (code, field)
    assert (deal.state, count(session, Publicity)) == ("negotiating", 0)


@pytest.mark.parametrize("how", ["recorded", "a person of both"])
def test_a_related_buyer_who_is_not_marked_cannot_be_published(session, institution, buyer, deal, how):
    if how == "recorded":
        relate(session, deal)
    else:
        enterprise = session.get_one(Organisation, deal.buyer_organisation_id)
        add_membership(session, institution.head, enterprise, {Role.ENTERPRISE_USER}, now=NOW)
    with pytest.raises(PublicityRefused) as refused:
        confirm(session, institution, deal)
    assert (refused.value.code, deal.state) == ("publicity.related_unmarked", "negotiating")

    marked = confirm(session, institution, deal, replace(DRAFT, is_related=True, related_note="完成人参股"))
    assert (marked.is_related, marked.related_note) == (True, "完成人参股")


def test_a_buyer_who_became_related_since_keeps_it_from_starting(session, institution, deal):
    confirm(session, institution, deal)
    relate(session, deal)

    with pytest.raises(PublicityRefused) as refused:
        service.start_publicity(session, actor_of(institution.head), deal.id, now=NOW)
    assert (refused.value.code, states(session, deal)) == (
        "publicity.related_unmarked", ("price_confirmed", "negotiating"),
    )  # fmt: skip


def test_a_free_trial_has_no_agreed_price_to_confirm(session, institution, buyer):
    trial = make_agreed_deal(session, institution, buyer, TRIAL)

    with pytest.raises(PublicityRefused) as refused:
        confirm(session, institution, trial)
    assert (refused.value.code, trial.state) == ("publicity.not_negotiating", "negotiating")


def test_another_price_before_the_start_replaces_the_first(session, institution, deal):
    first = confirm(session, institution, deal)
    second = confirm(session, institution, deal, replace(DRAFT, price=Money(13_000_000)))

    assert (second.id, second.price_fen, deal.price_fen) == (first.id, 13_000_000, 13_000_000)
    assert count(session, Publicity) == 1


def test_a_running_price_is_not_rewritten(session, institution, deal):
    make_running(session, institution, deal)

    with pytest.raises(PublicityRefused):
        confirm(session, institution, deal, replace(DRAFT, price=Money(1_000_000)))
    assert (deal.price_fen, count(session, Publicity)) == (11_000_000, 1)


def test_a_licence_that_leaves_room_for_others_keeps_its_listing_open(session, institution, buyer):
    licence = make_agreed_deal(session, institution, buyer, LICENCE)
    make_running(session, institution, licence)
    assert states(session, licence) == ("publicity", "published")

    service.complete_publicity(session, licence.id, now=AFTER)
    assert states(session, licence) == ("signing", "published")


def test_a_deal_in_publicity_is_not_cancelled_by_the_side_door(session, institution, deal):
    make_running(session, institution, deal)

    with pytest.raises(Refusal):
        deals.cancel_deal(session, actor_of(institution.officer), deal.id, reason="不卖了", now=NOW)
    assert states(session, deal) == ("publicity", "publicity")


def test_an_objection_stops_the_days_and_its_rejection_gives_them_back(session, institution, stranger, deal):
    running = make_running(session, institution, deal)
    on_day_ten = NOW + timedelta(days=10)
    objection = object_to(session, stranger, running, now=on_day_ten)
    assert (running.paused_on, objection.due_on) == (date(2026, 12, 2), date(2026, 12, 7))

    with pytest.raises(PublicityRefused) as refused:
        service.complete_publicity(session, deal.id, now=NOW + timedelta(days=40))
    assert (refused.value.code, deal.state) == ("publicity.objection", "publicity")

    head, decided_at = actor_of(institution.head), on_day_ten + timedelta(days=3)
    objections.decide_objection(session, head, objection.id, upholds=False, reason="评估报告已更新。", now=decided_at)
    assert (objection.state, running.paused_on, running.paused_days) == ("rejected", None, 3)
    assert running.ends_on == date(2026, 12, 10)
    with pytest.raises(PublicityRefused):
        service.complete_publicity(session, deal.id, now=NOW + timedelta(days=18))
    service.complete_publicity(session, deal.id, now=NOW + timedelta(days=19))
    assert deal.state == "signing"


def test_the_days_run_again_only_after_the_last_objection(session, institution, buyer, stranger, deal):
    running = make_running(session, institution, deal)
    first = object_to(session, stranger, running)
    second = object_to(session, buyer, running, now=NOW + timedelta(days=1))
    head = actor_of(institution.head)

    objections.decide_objection(session, head, first.id, upholds=False, reason="不成立。", now=NOW + timedelta(days=2))
    assert (running.paused_on, running.ends_on) == (date(2026, 11, 22), LAST_DAY)
    objections.decide_objection(session, head, second.id, upholds=False, reason="不成立。", now=NOW + timedelta(days=4))
    assert (running.paused_on, running.paused_days, running.ends_on) == (None, 4, date(2026, 12, 11))


def test_an_upheld_objection_sends_the_price_back_and_drops_the_others(session, institution, buyer, stranger, deal):
    running = make_running(session, institution, deal)
    first, second = object_to(session, stranger, running), object_to(session, buyer, running)
    head = actor_of(institution.head)
    objections.decide_objection(session, head, first.id, upholds=True, reason="价格应重新评估。", now=NOW)

    assert (first.state, second.state, running.state) == ("upheld", "dropped", "voided")
    assert running.void_reason == "价格应重新评估。"
    assert states(session, deal) == ("negotiating", "negotiating")
    again = make_running(session, institution, deal, now=NOW + timedelta(days=5))
    assert (again.id != running.id, again.ends_on) == (True, date(2026, 12, 14))


@pytest.mark.parametrize("who", ["confirmed the price", "objected herself", "belongs to the buyer"])
def test_who_has_a_part_in_it_decides_no_objection(session, institution, stranger, deal, who):
    running = make_running(session, institution, deal)
    head = institution.head
    objection = object_to(session, head if who == "objected herself" else stranger, running)
    if who == "confirmed the price":
        session.execute(Publicity.__table__.update().values(started_by_id=stranger.id, confirmed_by_id=head.id))
    if who == "belongs to the buyer":
        enterprise = session.get_one(Organisation, deal.buyer_organisation_id)
        add_membership(session, head, enterprise, {Role.ENTERPRISE_USER}, now=NOW)

    with pytest.raises(NotAllowed) as refused:
        objections.decide_objection(session, actor_of(head), objection.id, upholds=False, reason="不成立。", now=NOW)
    assert (refused.value.code, objection.state, running.state) == ("objection.own", "open", "running")


def test_a_decision_has_a_reason_and_stands(session, institution, stranger, deal):
    running = make_running(session, institution, deal)
    objection, head = object_to(session, stranger, running), actor_of(institution.head)
    with pytest.raises(PublicityRefused):
        objections.decide_objection(session, head, objection.id, upholds=True, reason=" ", now=NOW)
    assert (objection.state, running.state) == ("open", "running")

    objections.decide_objection(session, head, objection.id, upholds=False, reason="不成立。", now=NOW)
    with pytest.raises(TransitionRefused):
        objections.decide_objection(session, head, objection.id, upholds=True, reason="改主意了。", now=NOW)
    assert (objection.state, running.state) == ("rejected", "running")


def test_another_institution_decides_nothing_and_ends_nothing(session, institution, stranger, deal):
    running = make_running(session, institution, deal)
    objection = object_to(session, stranger, running)
    other = actor_of(make_institution(session).head)

    with pytest.raises(NotFound):
        objections.decide_objection(session, other, objection.id, upholds=True, reason="不成立。", now=NOW)
    with pytest.raises(NotFound):
        service.void_publicity(session, other, deal.id, reason="不成立。", now=NOW)
    assert (objection.state, running.state) == ("open", "running")


def test_the_same_words_are_one_objection_and_a_person_has_three(session, institution, stranger, deal):
    running = make_running(session, institution, deal)
    assert object_to(session, stranger, running).id == object_to(session, stranger, running).id
    for number in (2, 3):
        object_to(session, stranger, running, f"{OBJECTION}{number}")

    with pytest.raises(PublicityRefused) as refused:
        object_to(session, stranger, running, f"{OBJECTION}4")
    assert (refused.value.code, count(session, PublicityObjection)) == ("objection.heap", 3)


@pytest.mark.parametrize("days", [16, 400])
def test_after_the_last_day_nobody_objects(session, institution, stranger, deal, days):
    running = make_running(session, institution, deal)

    with pytest.raises(PublicityRefused) as refused:
        object_to(session, stranger, running, now=NOW + timedelta(days=days))
    assert (refused.value.code, running.paused_on, count(session, PublicityObjection)) == ("objection.closed", None, 0)


def test_the_record_does_not_name_who_objected(session, institution, stranger, deal):
    running = make_running(session, institution, deal)
    object_to(session, stranger, running)
    event = session.scalars(select(Event).where(Event.action == "deal.objection_raised")).one()

    assert (event.actor_person_id, event.actor_organisation_id) == (None, None)
    assert stranger.id in person_ids_of(session, actor_of(stranger).organisation_id)
    assert OBJECTION not in str(event.payload)


def test_another_person_than_who_started_ends_it_with_a_reason(session, institution, deal):
    running = make_running(session, institution, deal)
    with pytest.raises(NotAllowed) as refused:
        service.void_publicity(session, actor_of(institution.head), deal.id, reason="价格写错了。", now=NOW)
    assert refused.value.code == "publicity.own_start"
    officer = actor_of(institution.officer)
    with pytest.raises(PublicityRefused):
        service.void_publicity(session, officer, deal.id, reason=" ", now=NOW)
    assert (running.state, *states(session, deal)) == ("running", "publicity", "publicity")

    service.void_publicity(session, officer, deal.id, reason="价格写错了。", now=NOW)
    assert (running.state, *states(session, deal)) == ("voided", "negotiating", "negotiating")
    deals.cancel_deal(session, officer, deal.id, reason="谈不拢。", now=NOW)
    assert states(session, deal) == ("cancelled", "published")


@pytest.mark.parametrize("action", [ListingAction.PAUSE, ListingAction.FALL_BACK])
def test_a_listing_that_moves_stops_the_signing_and_ends_the_publicity(session, institution, deal, action):
    running = make_running(session, institution, deal)
    listing = listing_of(session, deal)
    change_state(session, listing.id, action, actor=None, now=NOW, reason="质押登记")
    with pytest.raises(PublicityRefused) as refused:
        service.complete_publicity(session, deal.id, now=AFTER)
    assert (refused.value.code, deal.state) == ("publicity.listing_moved", "publicity")

    assert service.void_after_change(session, listing.id, before=NOW, now=NOW) == 1
    assert service.void_after_change(session, listing.id, before=NOW, now=NOW) == 0
    assert (running.state, deal.state) == ("voided", "negotiating")
    assert listing.state == ("paused" if action is ListingAction.PAUSE else "negotiating")


def test_a_publicity_begun_after_the_change_is_not_ended_by_its_late_job(session, institution, deal):
    running = make_running(session, institution, deal, now=NOW + timedelta(hours=1))

    assert service.void_after_change(session, running.listing_id, before=NOW, now=NOW + timedelta(hours=2)) == 0
    assert running.state == "running"


def test_a_title_changed_since_the_confirmation_is_confirmed_again(session, institution, deal):
    confirm(session, institution, deal)
    listing_of(session, deal).title = "另一个名称"
    session.flush()

    with pytest.raises(PublicityRefused) as refused:
        service.start_publicity(session, actor_of(institution.head), deal.id, now=NOW)
    assert (refused.value.code, deal.state) == ("publicity.stale", "price_confirmed")


def test_only_an_enterprises_institution_of_the_deal_confirms(session, buyer, deal):
    other = actor_of(make_institution(session).officer)
    with pytest.raises(NotFound):
        service.confirm_price(session, other, deal.id, DRAFT, now=NOW)
    with pytest.raises(NotAllowed):
        service.confirm_price(session, actor_of(buyer), deal.id, DRAFT, now=NOW)
    assert (deal.state, count(session, Publicity)) == ("negotiating", 0)
