"""The pages on which a lot is suspended, resumed and terminated, as the people see them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from market.accounts.rules import OrganisationKind, Role
from market.achievements.editing.statements import EncumbranceDraft, record_encumbrance
from market.achievements.vocabulary import EncumbranceKind
from market.auctions import service
from market.auctions.models import Lot
from market.kernel.events import Event
from tests.factories.auctions import bid, make_bidder, make_running_lot
from tests.factories.listings import make_achievement
from tests.factories.world import actor_of, make_institution, make_organisation, make_person, sign_in


@pytest.fixture
def institution(session):
    return make_institution(session)


@pytest.fixture
def operator(session):
    return make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)


@pytest.fixture
def lot(session, institution) -> Lot:
    """A running lot with a bid, of something whose patent was pledged since."""
    made = make_running_lot(session, institution)
    bid(session, make_bidder(session, made), made, 500_000)
    right = make_achievement(session, institution.organisation).rights[0]
    right.achievement = made.items[0].offer.listing.achievement
    session.flush()
    at = service.bid_time(session)
    burden = EncumbranceDraft(EncumbranceKind.PLEDGE, "温州某银行", at.date())
    record_encumbrance(session, actor_of(institution.officer), right.id, burden, now=at)
    event = session.scalars(select(Event).where(Event.action == "achievement.encumbered")).one()
    service.suspend_encumbered(session, event.id, at)
    session.commit()
    return made


def text_of(answer) -> str:
    with answer:
        return answer.get_data(as_text=True)


def post(client, lot, step, **fields):
    with client.post(f"/console/lots/{lot.number}/{step}", data=fields) as answer:
        return answer.status_code, answer.get_data(as_text=True)


def test_everybody_reads_why_a_lot_is_suspended_and_only_who_may_finds_the_way_to_resume_it(client, lot, institution):
    page = text_of(client.get(f"/lots/{lot.number}"))
    assert "竞价已中止" in page
    assert "权利负担" in page
    assert "/suspension" not in page

    sign_in(client, institution.officer)
    assert f"/console/lots/{lot.number}/suspension" in text_of(client.get(f"/lots/{lot.number}"))


def test_the_seller_resumes_with_the_paper_that_the_page_asks_for(session, client, lot, institution):
    sign_in(client, institution.head)
    page = text_of(client.get(f"/console/lots/{lot.number}/suspension"))
    assert "恢复须有依据文件" in page
    assert "民法典第444条" in page

    status, page = post(client, lot, "resumption", reason="质权人同意", paper="")
    session.expire_all()
    assert (status, lot.state) == (422, "suspended")
    assert "质权人同意</textarea>" in page

    status, _ = post(client, lot, "resumption", reason="质权人同意", paper="同意函 2026-11-22")
    session.expire_all()
    assert (status, lot.state) == (302, "announced")
    assert "恢复竞价" in text_of(client.get(f"/lots/{lot.number}"))


def test_the_seller_asks_for_the_end_and_the_platform_decides(session, client, lot, institution, operator):
    sign_in(client, institution.officer)
    assert post(client, lot, "termination", reason="")[0] == 422
    assert post(client, lot, "termination", reason="质权人不同意")[0] == 302
    page = text_of(client.get(f"/console/lots/{lot.number}/suspension"))
    assert "等待申请人以外" in page
    assert 'value="approve"' not in page
    assert post(client, lot, "termination/decision", decision="approve")[0] == 403

    sign_in(client, operator)
    page = text_of(client.get(f"/console/lots/{lot.number}/suspension"))
    assert "质权人不同意" in page
    assert post(client, lot, "termination/decision")[0] == 422
    assert post(client, lot, "termination/decision", decision="decline", reason="")[0] == 422
    session.expire_all()
    assert lot.state == "suspended"
    assert post(client, lot, "termination/decision", decision="approve")[0] == 302
    session.expire_all()
    assert lot.state == "terminated"
    assert "质权人不同意" in text_of(client.get(f"/lots/{lot.number}"))


def test_who_asked_does_not_find_the_buttons_and_is_refused(session, client, lot, operator):
    sign_in(client, operator)
    post(client, lot, "termination", reason="不能消除")
    assert 'value="approve"' not in text_of(client.get(f"/console/lots/{lot.number}/suspension"))
    status, _ = post(client, lot, "termination/decision", decision="approve")
    session.expire_all()
    assert (status, lot.state) == (422, "suspended")


def test_the_platform_suspends_for_a_fault_with_a_public_reason(session, client, institution, operator):
    running = make_running_lot(session, institution)
    session.commit()
    sign_in(client, operator)
    assert "权利负担由系统自动中止" in text_of(client.get(f"/console/lots/{running.number}/suspension"))
    assert post(client, running, "suspension", cause="burden", reason="质押")[0] == 422
    assert post(client, running, "suspension", cause="fault", reason="")[0] == 422
    session.expire_all()
    assert running.state == "announced"

    assert post(client, running, "suspension", cause="fault", reason="机房断电")[0] == 302
    assert "机房断电" in text_of(client.get(f"/lots/{running.number}"))

    sign_in(client, institution.officer)
    assert "恢复竞价</button>" not in text_of(client.get(f"/console/lots/{running.number}/suspension"))


def test_another_institutions_suspension_is_not_there(session, client, lot):
    sign_in(client, make_institution(session).officer)
    with client.get(f"/console/lots/{lot.number}/suspension") as answer:
        assert answer.status_code == 404
    assert post(client, lot, "resumption", reason="x", paper="y")[0] == 404
    session.expire_all()
    assert lot.state == "suspended"
