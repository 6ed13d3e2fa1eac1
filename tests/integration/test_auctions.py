"""Announce, register, bid, withdraw and close on a real database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, OrganisationRelation
from market.accounts.rules import OrganisationKind, Role
from market.accounts.service import add_membership, declare_relation
from market.achievements.models import IPRight
from market.auctions import queries, service
from market.auctions.errors import BidRefused, LotRefused, RegistrationRefused
from market.auctions.models import Bid, BidRefusal, Lot, LotRegistration
from market.auctions.vocabulary import LotState, SaleKind
from market.kernel.clock import local_date
from market.kernel.errors import NotAllowed, NotFound
from market.kernel.events import Event, verify_stream
from market.listings.errors import ListingHasProblems
from market.listings.models import Listing
from tests.conftest import NOW
from tests.factories.auctions import (
    START_FEN,
    STEP_FEN,
    announcement,
    bid,
    make_auction_listing,
    make_bidder,
    make_buyer,
    make_lot,
    make_running_lot,
    move_times,
)
from tests.factories.listings import make_achievement
from tests.factories.public_listings import make_public_listing
from tests.factories.world import actor_of, make_institution, make_organisation, make_person

ENDED = {"opens_in": -timedelta(hours=2), "closes_in": -timedelta(seconds=1)}


def events_of(session: Session, lot: Lot) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.stream == f"lot:{lot.id}").order_by(Event.sequence)))


def actions_of(session: Session, lot: Lot) -> list[str]:
    return [one.action for one in events_of(session, lot)]


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def state_of_listings(lot: Lot) -> set[str]:
    return {item.offer.listing.state for item in lot.items}


# announce


def test_a_lot_over_two_listings_starts_at_the_sum_of_their_prices_and_takes_them_along(session):
    institution = make_institution(session)
    listings = [make_auction_listing(session, institution, title) for title in ("甲", "乙")]
    lot = make_lot(session, institution, listings=listings)
    assert (lot.number, lot.start_price_fen, lot.deposit_fen) == ("JJ202600001", 2 * START_FEN, 0)
    assert (lot.notice_days, lot.minimum_hours, lot.soft_close_seconds) == (15, 24, 300)
    assert state_of_listings(lot) == {"bidding"}


def test_the_announcement_is_recorded_with_what_it_sells(session):
    lot = make_lot(session)
    [announced] = events_of(session, lot)
    offer = lot.items[0].offer
    assert announced.action == "lot.announced"
    assert announced.payload == {
        "seller_organisation_id": lot.seller_organisation_id,
        "seller_county": "330302",
        "start_price_fen": START_FEN,
        "step_fen": STEP_FEN,
        "currency": "CNY",
        "opens_at": lot.opens_at.isoformat(),
        "closes_at": lot.closes_at.isoformat(),
        "offers": [
            {"offer_id": offer.id, "listing_id": offer.listing_id, "achievement_id": offer.listing.achievement_id}
        ],
    }


def test_the_closing_is_due_in_the_queue_at_the_announced_end(session):
    lot = make_lot(session)
    statement = text("SELECT args, scheduled_at FROM procrastinate_jobs WHERE task_name = 'auctions.close_lot'")
    assert [tuple(row) for row in session.execute(statement)] == [({"lot_id": lot.id}, lot.closes_at)]


def test_lots_are_numbered_on(session):
    assert [make_lot(session).number, make_lot(session).number] == ["JJ202600001", "JJ202600002"]


def test_another_institutions_offer_is_not_there(session):
    listing = make_auction_listing(session, make_institution(session))
    stranger = actor_of(make_institution(session).officer)
    with pytest.raises(NotFound):
        service.announce_lot(session, stranger, [listing.offers[0].id], announcement(session), NOW)
    assert (count(session, Lot), listing.state) == (0, "published")


def test_an_offer_of_another_way_cannot_be_auctioned(session):
    institution = make_institution(session)
    listing = make_public_listing(session, "甲", organisation=institution.organisation, ways=("assignment",))
    with pytest.raises(LotRefused) as caught:
        service.announce_lot(session, actor_of(institution.officer), [listing.offers[0].id], announcement(session), NOW)
    assert (caught.value.code, count(session, Lot)) == ("lot.not_for_auction", 0)


def test_a_listing_in_a_lot_cannot_go_into_a_second_one(session):
    institution = make_institution(session)
    listing = make_auction_listing(session, institution)
    make_lot(session, institution, listings=[listing])
    with pytest.raises(LotRefused) as caught:
        make_lot(session, institution, listings=[listing])
    assert (caught.value.code, count(session, Lot)) == ("lot.listing_not_published", 1)


def test_a_right_that_has_run_out_since_the_publication_keeps_the_listing_from_the_lot(session):
    institution = make_institution(session)
    listing = make_public_listing(
        session, "甲", organisation=institution.organisation, ways=("auction",), patent_numbers=("202310000001.5",)
    )
    listing.achievement.rights[0].expires_on = NOW.date()
    with pytest.raises(ListingHasProblems):
        make_lot(session, institution, listings=[listing])
    assert (count(session, Lot), listing.state) == (0, "published")


def test_only_the_transfer_officer_announces(session):
    institution = make_institution(session)
    listing = make_auction_listing(session, institution)
    with pytest.raises(NotAllowed):
        service.announce_lot(session, actor_of(institution.head), [listing.offers[0].id], announcement(session), NOW)
    assert count(session, Lot) == 0


# register


def test_a_verified_enterprise_is_registered_once_under_a_code_of_its_own(session):
    lot = make_lot(session)
    actor = actor_of(make_buyer(session)[1])
    first = service.register_bidder(session, actor, lot.id, NOW)
    again = service.register_bidder(session, actor, lot.id, NOW)
    assert again.id == first.id
    assert actions_of(session, lot) == ["lot.announced", "lot.bidder_registered"]


def test_an_acquirer_abroad_is_asked_for_what_the_law_asks_before_she_is_registered(session):
    lot = make_lot(session)
    offer = lot.items[0].offer
    offer.listing.achievement.is_fiscally_funded = True
    actor = actor_of(make_buyer(session)[1])

    def refused() -> str:
        session.flush()
        with pytest.raises(ListingHasProblems) as refusal:
            service.register_bidder(session, actor, lot.id, NOW, is_abroad=True)
        assert (count(session, LotRegistration), actions_of(session, lot)) == (0, ["lot.announced"])
        return refusal.value.code

    assert refused() == "offer.domestic_only"
    offer.terms = {"buyer_scope": "any"}
    assert refused() == "offer.foreign_gate"
    offer.listing.achievement.is_fiscally_funded = False
    session.flush()

    assert service.register_bidder(session, actor, lot.id, NOW, is_abroad=True).is_abroad
    at_home = actor_of(make_buyer(session)[1])
    assert not service.register_bidder(session, at_home, lot.id, NOW).is_abroad


def test_codes_in_a_lot_differ_also_when_chance_repeats_itself(session):
    lot = make_lot(session)
    draws = iter(["AAAA", "AAAA", "AAAA", "BBBB"])
    codes = [
        service.register_bidder(
            session, actor_of(make_buyer(session)[1]), lot.id, NOW, new_code=lambda: next(draws)
        ).bidder_code
        for _ in range(2)
    ]
    assert codes == ["AAAA", "BBBB"]


@pytest.mark.parametrize("side", ["seller", "operator"])
def test_who_also_works_for_the_seller_or_the_operator_does_not_register_an_enterprise(session, side):
    institution = make_institution(session)
    lot = make_running_lot(session, institution)
    organisation, person = make_buyer(session)
    own = institution.organisation if side == "seller" else make_organisation(session, OrganisationKind.OPERATOR)
    add_membership(session, person, own, set(), now=NOW)
    colleague = actor_of(make_person(session, organisation, Role.ENTERPRISE_USER))

    with pytest.raises(RegistrationRefused) as refused:
        service.register_bidder(session, actor_of(person), lot.id, service.bid_time(session))

    assert refused.value.code == "registration.insider"
    assert count(session, LotRegistration) == 0
    service.register_bidder(session, colleague, lot.id, service.bid_time(session))
    assert count(session, LotRegistration) == 1


def test_a_colleague_who_also_works_for_the_seller_bids_for_nobody(session):
    lot = make_running_lot(session)
    bidder = make_bidder(session, lot)
    insider = make_person(session, session.get_one(Organisation, bidder.organisation_id))
    add_membership(
        session, insider, session.get_one(Organisation, lot.seller_organisation_id), {Role.COMPLETER}, now=NOW
    )

    with pytest.raises(BidRefused) as refused:
        bid(session, actor_of(insider), lot, 100_000)
    assert (refused.value.code, lot.bid_count) == ("bid.insider", 0)


def with_right(session: Session, lot: Lot) -> tuple[Listing, IPRight]:
    """The lot's listing, and a patent given to what it sells."""
    listing = lot.items[0].offer.listing
    right = make_achievement(session, session.get_one(Organisation, lot.seller_organisation_id)).rights[0]
    right.achievement = listing.achievement
    session.flush()
    return listing, right


def test_a_lot_whose_right_lapses_is_terminated_and_its_listing_falls_back(session):
    lot = make_running_lot(session)
    listing, right = with_right(session, lot)
    at = service.bid_time(session)
    assert service.terminate_lot_of_dead_right(session, lot.id, at) is LotState.ANNOUNCED

    right.legal_status = "lapsed"
    session.flush()
    assert list(service.lots_of_dead_rights(session, local_date(at), 10)) == [lot.id]
    assert service.terminate_lot_of_dead_right(session, lot.id, at) is LotState.TERMINATED
    assert listing.state == "published"  # the listings' own sweep pauses it
    assert service.terminate_lot_of_dead_right(session, lot.id, at) is LotState.TERMINATED
    assert list(service.lots_of_dead_rights(session, local_date(at), 10)) == []


def test_a_lot_that_came_to_its_end_keeps_its_result_when_a_right_lapses_later(session):
    lot = make_running_lot(session)
    bid(session, make_bidder(session, lot), lot, 500_000)
    move_times(session, lot, closes_in=-timedelta(seconds=1))
    with_right(session, lot)[1].legal_status = "lapsed"
    session.flush()

    assert service.terminate_lot_of_dead_right(session, lot.id, service.bid_time(session)) is LotState.ANNOUNCED


@pytest.mark.parametrize("case", ["unverified", "related", "ended"])
def test_who_may_not_take_part_is_refused_and_nothing_is_written(session, case):
    lot = make_lot(session)
    organisation, person = make_buyer(session, is_verified=case != "unverified")
    if case == "related":
        declare_relation(
            session,
            organisation.id,
            lot.seller_organisation_id,
            reason="参股",
            source="申报",
            source_date=NOW.date(),
            now=NOW,
        )
    if case == "ended":
        move_times(session, lot, **ENDED)
    with pytest.raises(RegistrationRefused):
        service.register_bidder(session, actor_of(person), lot.id, service.bid_time(session))
    assert (count(session, LotRegistration), actions_of(session, lot)) == (0, ["lot.announced"])


# bid


def test_bids_are_numbered_lead_and_are_recorded(session):
    lot = make_running_lot(session)
    one, two = make_bidder(session, lot), make_bidder(session, lot)
    receipts = [bid(session, one, lot, 500_000), bid(session, two, lot, 520_000), bid(session, one, lot, 530_000)]
    assert [receipt.sequence for receipt in receipts] == [1, 2, 3]
    assert (lot.bid_count, lot.high_fen) == (3, 53_000_000)
    assert actions_of(session, lot)[3:] == ["lot.bid_accepted"] * 3
    assert events_of(session, lot)[-1].payload == {
        "sequence": 3,
        "registration_id": lot.leading_registration_id,
        "price_fen": 53_000_000,
        "closes_at_after": lot.closes_at.isoformat(),
    }
    assert verify_stream(session, f"lot:{lot.id}") == []


def test_a_bids_time_is_the_databases_clock_after_the_lock_not_the_start_of_the_transaction(session):
    lot = make_running_lot(session)
    actor = make_bidder(session, lot)
    began = session.scalar(select(func.now()))
    before = service.bid_time(session)
    receipt = bid(session, actor, lot, 500_000)
    assert began < before < receipt.placed_at < service.bid_time(session)


def test_the_same_form_sent_twice_is_one_bid(session):
    lot = make_running_lot(session)
    actor = make_bidder(session, lot)
    token = service.new_form_token()
    first, again = bid(session, actor, lot, 500_000, token), bid(session, actor, lot, 500_000, token)
    assert (again.sequence, again.placed_at, again.is_repeat) == (first.sequence, first.placed_at, True)
    assert count(session, Bid) == 1


def test_the_same_form_with_another_amount_is_refused(session):
    lot = make_running_lot(session)
    actor = make_bidder(session, lot)
    token = service.new_form_token()
    bid(session, actor, lot, 500_000, token)
    with pytest.raises(BidRefused) as caught:
        bid(session, actor, lot, 600_000, token)
    assert (caught.value.code, count(session, Bid)) == ("bid.form_used", 1)


def test_two_bidders_may_happen_to_use_the_same_token(session):
    lot = make_running_lot(session)
    token = service.new_form_token()
    bid(session, make_bidder(session, lot), lot, 500_000, token)
    assert bid(session, make_bidder(session, lot), lot, 510_000, token).sequence == 2


@pytest.mark.parametrize("token", ["", "kurz", "x" * 65, "abc\x00defgh", "有效的令牌令牌令牌"])
def test_a_broken_form_token_is_refused(session, token):
    lot = make_running_lot(session)
    actor = make_bidder(session, lot)
    with pytest.raises(BidRefused) as caught:
        service.place_bid(session, actor, lot.id, "500000", token)
    assert (caught.value.code, count(session, Bid)) == ("bid.form_broken", 0)


def test_who_is_not_registered_cannot_bid(session):
    lot = make_running_lot(session)
    with pytest.raises(BidRefused) as caught:
        bid(session, actor_of(make_buyer(session)[1]), lot, 500_000)
    assert (caught.value.code, count(session, Bid), lot.bid_count) == ("bid.not_registered", 0, 0)


def test_after_the_end_a_bid_is_refused_though_no_worker_has_closed_the_lot(session):
    lot = make_running_lot(session)
    actor = make_bidder(session, lot)
    move_times(session, lot, **ENDED)
    with pytest.raises(BidRefused) as caught:
        bid(session, actor, lot, 500_000)
    assert (caught.value.code, lot.state, count(session, Bid)) == ("bid.after_end", "announced", 0)


def test_a_bid_in_the_last_minutes_moves_the_stored_end(session):
    lot = make_running_lot(session)
    actor = make_bidder(session, lot)
    move_times(session, lot, closes_in=timedelta(minutes=2))
    receipt = bid(session, actor, lot, 500_000)
    assert lot.closes_at == receipt.placed_at + timedelta(minutes=5)
    assert queries.bid_history(lot.id)[0].moved_end_to == lot.closes_at


def test_a_refusal_is_kept_apart_with_its_time_and_sentence(session):
    lot = make_running_lot(session)
    actor = make_bidder(session, lot)
    with pytest.raises(BidRefused) as caught:
        bid(session, actor, lot, 1)
    service.record_refusal(session, actor, lot.id, "1\x00" + "9" * 60, caught.value)
    session.flush()
    [kept] = session.scalars(select(BidRefusal))
    assert (kept.code, kept.refused_at) == ("bid.below_start", caught.value.at)
    assert kept.amount_as_typed == "1" + "9" * 39
    assert "¥500,000.00" in kept.message


@pytest.mark.parametrize("table", ["bid", "bid_refusal"])
def test_the_database_refuses_to_change_or_remove_bids_and_refusals(session, table):
    lot = make_running_lot(session)
    actor = make_bidder(session, lot)
    bid(session, actor, lot, 500_000)
    with pytest.raises(BidRefused) as caught:
        bid(session, actor, lot, 510_000)
    service.record_refusal(session, actor, lot.id, "510000", caught.value)
    session.flush()
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(text(f"UPDATE {table} SET lot_id = lot_id"))


def test_an_accepted_bid_costs_six_statements(session):
    lot = make_running_lot(session)
    one, two = make_bidder(session, lot), make_bidder(session, lot)
    bid(session, one, lot, 500_000)
    lot_id = lot.id
    session.commit()
    statements = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
    service.place_bid(session, two, lot_id, "510000", service.new_form_token())
    assert len(statements) == 6, statements


# withdraw and close


def test_before_it_opens_a_lot_is_withdrawn_with_its_reason_and_the_listing_goes_back(session):
    institution = make_institution(session)
    lot = make_lot(session, institution)
    service.withdraw_lot(session, actor_of(institution.head), lot.id, " 共有人提出异议 ", NOW)
    assert (lot.state, state_of_listings(lot)) == ("withdrawn", {"published"})
    assert queries.withdrawal_reason(lot.id) == "共有人提出异议"


@pytest.mark.parametrize("case", ["running", "stranger", "no reason"])
def test_a_withdrawal_out_of_order_changes_nothing(session, case):
    institution = make_institution(session)
    lot = make_running_lot(session, institution) if case == "running" else make_lot(session, institution)
    officer = make_institution(session).officer if case == "stranger" else institution.officer
    with pytest.raises((LotRefused, NotFound)):
        service.withdraw_lot(
            session, actor_of(officer), lot.id, "" if case == "no reason" else "理由", service.bid_time(session)
        )
    assert (lot.state, state_of_listings(lot), actions_of(session, lot)) == (
        "announced",
        {"bidding"},
        ["lot.announced"],
    )


def test_a_lot_without_bids_closes_unsold_and_the_listing_goes_back_on_the_shelf(session):
    lot = make_running_lot(session)
    move_times(session, lot, **ENDED)
    assert service.close_lot(session, lot.id, service.bid_time(session)) is LotState.UNSOLD
    assert state_of_listings(lot) == {"published"}
    closed = events_of(session, lot)[-1]
    assert (closed.action, closed.payload["reason"], closed.actor_person_id) == ("lot.unsold", "no_bids", None)


def test_one_single_bidder_buys_and_it_is_recorded_as_a_listed_sale(session):
    lot = make_running_lot(session)
    actor = make_bidder(session, lot)
    bid(session, actor, lot, 500_000)
    move_times(session, lot, **ENDED)
    assert service.close_lot(session, lot.id, service.bid_time(session)) is LotState.SOLD
    assert (lot.sale_kind, lot.independent_bidder_count) == (SaleKind.LISTED, 1)
    assert state_of_listings(lot) == {"sold"}


def test_the_highest_of_two_bidders_buys_and_the_event_says_everything_that_is_counted(session):
    lot = make_running_lot(session)
    one, two = make_bidder(session, lot), make_bidder(session, lot)
    make_bidder(session, lot)  # registered, never bids: not counted
    bid(session, one, lot, 500_000)
    bid(session, two, lot, 600_000)
    move_times(session, lot, **ENDED)
    service.close_lot(session, lot.id, service.bid_time(session))
    offer = lot.items[0].offer
    assert events_of(session, lot)[-1].payload == {
        "seller_organisation_id": lot.seller_organisation_id,
        "seller_county": "330302",
        "buyer_organisation_id": two.organisation_id,
        "buyer_county": "330302",
        "start_price_fen": START_FEN,
        "price_fen": 60_000_000,
        "currency": "CNY",
        "bidder_count": 2,
        "independent_bidder_count": 2,
        "sale_kind": "competitive",
        "offers": [
            {"offer_id": offer.id, "listing_id": offer.listing_id, "achievement_id": offer.listing.achievement_id}
        ],
    }


def test_two_bidders_of_one_group_do_not_make_a_sale_competitive(session):
    lot = make_running_lot(session)
    one, two = make_bidder(session, lot), make_bidder(session, lot)
    declare_relation(
        session,
        one.organisation_id,
        two.organisation_id,
        reason="同一控制人",
        source="申报",
        source_date=NOW.date(),
        now=NOW,
    )
    bid(session, one, lot, 500_000)
    bid(session, two, lot, 600_000)
    move_times(session, lot, **ENDED)
    service.close_lot(session, lot.id, service.bid_time(session))
    assert (lot.sale_kind, lot.independent_bidder_count) == (SaleKind.LISTED, 1)


@pytest.mark.parametrize(
    ("ended", "kind"),
    [(timedelta(days=-1), SaleKind.COMPETITIVE), (timedelta(minutes=1), SaleKind.LISTED)],
    ids=["before the announcement", "while the lot was announced"],
)
def test_a_relation_counts_until_it_ended_before_the_announcement(session, ended, kind):
    lot = make_running_lot(session)
    one, two = make_bidder(session, lot), make_bidder(session, lot)
    low, high = sorted((one.organisation_id, two.organisation_id))
    relation = OrganisationRelation(
        first_id=low,
        second_id=high,
        reason="同一控制人",
        source="申报",
        source_date=NOW.date(),
        created_at=NOW,
        ended_at=lot.announced_at + ended,
    )
    session.add(relation)
    bid(session, one, lot, 500_000)
    bid(session, two, lot, 600_000)
    move_times(session, lot, **ENDED)
    service.close_lot(session, lot.id, service.bid_time(session))
    assert lot.sale_kind == kind


def test_closing_too_early_changes_nothing(session):
    lot = make_running_lot(session)
    bid(session, make_bidder(session, lot), lot, 500_000)
    before = actions_of(session, lot)
    assert service.close_lot(session, lot.id, lot.closes_at - timedelta(microseconds=1)) is LotState.ANNOUNCED
    assert (lot.state, actions_of(session, lot), state_of_listings(lot)) == ("announced", before, {"bidding"})


def test_a_late_and_a_second_closing_give_the_same_result_once(session):
    lot = make_running_lot(session)
    bid(session, make_bidder(session, lot), lot, 500_000)
    move_times(session, lot, opens_in=-timedelta(days=9), closes_in=-timedelta(days=3))
    first = service.bid_time(session)
    service.close_lot(session, lot.id, first)
    after = actions_of(session, lot)
    assert service.close_lot(session, lot.id, first + timedelta(days=1)) is LotState.SOLD
    assert (actions_of(session, lot), lot.closed_at) == (after, first)
    assert after.count("lot.sold") == 1


def test_the_sweep_finds_just_the_lots_past_their_end(session):
    due, running, withdrawn = make_running_lot(session), make_running_lot(session), make_lot(session)
    move_times(session, due, **ENDED)
    withdrawn.state = "withdrawn"
    session.flush()
    assert service.due_lots(session, service.bid_time(session), 10) == [due.id]
    assert running.state == "announced"


# what others may know


def test_before_the_end_nobody_but_the_bidder_sees_who_is_behind_a_code(session):
    institution = make_institution(session)
    lot = make_running_lot(session, institution)
    mine, rival = make_bidder(session, lot), make_bidder(session, lot, name="秘密企业")
    bid(session, rival, lot, 500_000)
    bid(session, mine, lot, 510_000)
    for viewer in (None, institution.organisation.id, mine.organisation_id):
        view = queries.lot_view(lot.number, service.bid_time(session), viewer)
        rows = queries.bid_history(lot.id, viewer)
        assert "秘密企业" not in repr((view, rows))
        assert [row.is_mine for row in rows] == [viewer == mine.organisation_id, False]


def test_after_the_end_only_the_winner_gets_a_name(session):
    lot = make_running_lot(session)
    loser, winner = make_bidder(session, lot, name="落选企业"), make_bidder(session, lot, name="竞得企业")
    bid(session, loser, lot, 500_000)
    bid(session, winner, lot, 510_000)
    move_times(session, lot, **ENDED)
    service.close_lot(session, lot.id, service.bid_time(session))
    shown = repr((queries.lot_view(lot.number, service.bid_time(session)), queries.bid_history(lot.id)))
    assert "竞得企业" in shown
    assert "落选企业" not in shown


def test_the_enterprise_role_is_needed_to_register(session):
    institution = make_institution(session)
    lot = make_lot(session, institution)
    actor = actor_of(institution.officer)
    assert not actor.has(Role.ENTERPRISE_USER)
    with pytest.raises(NotAllowed):
        service.register_bidder(session, actor, lot.id, NOW)
    assert count(session, LotRegistration) == 0
