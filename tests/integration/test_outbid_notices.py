"""Who was outbid is told: once for each bid of hers that was overtaken, without a name, while there is time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, Person
from market.auctions import service as auctions
from market.auctions.models import Lot
from market.kernel.mail import MailMessage, absolute_url
from market.notifications import mailing
from market.notifications.models import Notice, NoticeDelivery
from market.notifications.outbidding import PAUSE, tell_outbid
from tests.factories.auctions import bid, make_bidder, make_running_lot, move_times

FIRST, RIVAL = "瓯江泵阀有限公司", "飞云江密封件厂"


@pytest.fixture
def lot(session: Session) -> Lot:
    return make_running_lot(session)


@pytest.fixture
def bidders(session: Session, lot: Lot):
    made = make_bidder(session, lot, name=FIRST), make_bidder(session, lot, name=RIVAL)
    bid(session, made[0], lot, 500_000)
    bid(session, made[1], lot, 510_000)
    return made


def notices(session: Session) -> list[Notice]:
    return list(session.scalars(select(Notice).order_by(Notice.id)))


def test_the_overtaken_enterprise_is_told_price_end_and_way_but_no_name(session, lot, bidders):
    assert tell_outbid(session, now=auctions.bid_time(session)) == 1

    (notice,) = notices(session)
    assert (notice.organisation_id, notice.path) == (bidders[0].organisation_id, f"/lots/{lot.number}")
    assert notice.params["price"] == "¥510,000.00"
    assert notice.due_on is not None
    assert RIVAL not in str(notice.params)
    assert set(notice.params) == {"title", "number", "price", "closes_at"}


def test_the_mail_says_where_to_bid_and_by_when(session, lot, bidders):
    now = auctions.bid_time(session)
    tell_outbid(session, now=now)

    mailing.send_due(session, now=now)

    person = session.get_one(Person, bidders[0].person_id)
    (mail,) = session.scalars(select(MailMessage).where(MailMessage.recipient == person.email)).all()
    assert mail.subject == "出价已被超过"
    assert absolute_url(f"/lots/{lot.number}") in mail.body
    assert "（北京时间）截止前再次出价" in mail.body


def test_running_twice_and_the_rivals_further_bids_tell_nothing_more(session, lot, bidders):
    now = auctions.bid_time(session)
    third = make_bidder(session, lot)
    tell_outbid(session, now=now)
    bid(session, third, lot, 530_000)
    bid(session, bidders[1], lot, 540_000)

    told = [tell_outbid(session, now=now + step) for step in (timedelta(0), PAUSE * 2, PAUSE * 2)]

    assert told == [1, 0, 0]
    assert [notice.organisation_id for notice in notices(session)] == [
        bidders[0].organisation_id,
        third.organisation_id,
    ]


def test_in_a_quick_exchange_she_is_told_again_only_after_the_pause(session, lot, bidders):
    now = auctions.bid_time(session)
    tell_outbid(session, now=now)
    bid(session, bidders[0], lot, 520_000)
    bid(session, bidders[1], lot, 530_000)

    assert tell_outbid(session, now=now + timedelta(minutes=1)) == 0
    assert tell_outbid(session, now=now + PAUSE) == 1
    assert [notice.organisation_id for notice in notices(session)] == [bidders[0].organisation_id] * 2


def test_who_leads_again_before_the_step_is_told_nothing(session, lot, bidders):
    bid(session, bidders[0], lot, 520_000)

    assert tell_outbid(session, now=auctions.bid_time(session)) == 1
    assert notices(session)[0].organisation_id == bidders[1].organisation_id


def test_who_only_registered_is_told_nothing(session, lot, bidders):
    watching = make_bidder(session, lot)

    tell_outbid(session, now=auctions.bid_time(session))

    assert watching.organisation_id not in {notice.organisation_id for notice in notices(session)}


def test_after_the_end_nobody_is_called_to_bid(session, lot, bidders):
    move_times(session, lot, opens_in=-timedelta(hours=3), closes_in=-timedelta(minutes=1))

    assert tell_outbid(session, now=auctions.bid_time(session)) == 0
    assert (notices(session), session.scalars(select(NoticeDelivery)).all()) == ([], [])


def test_two_enterprises_behind_are_both_told_and_neither_of_the_other(session, lot, bidders):
    third = make_bidder(session, lot)
    bid(session, third, lot, 550_000)

    assert tell_outbid(session, now=auctions.bid_time(session)) == 2
    assert {notice.organisation_id for notice in notices(session)} == {one.organisation_id for one in bidders}
    name = session.get_one(Organisation, third.organisation_id).name
    assert all(name not in str(notice.params) for notice in notices(session))
