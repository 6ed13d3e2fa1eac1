"""Who acquires abroad is asked for the approval that the law wants, when she applies and when she is accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.rules import Actor, OrganisationKind
from market.deals import service
from market.deals.models import Application, Deal
from market.deals.service import ApplicationDraft
from market.kernel.money import Money
from market.listings.errors import ListingHasProblems
from market.listings.models import Listing
from market.listings.rules import OfferDraft
from tests.conftest import NOW
from tests.factories.listings import LICENCE, SALE, make_published_listing
from tests.factories.world import actor_of, make_actor, make_institution, sign_in

PLAN = "用于高温蒸汽阀门的密封，明年六月前投产，需要机构派人指导。"
APPROVAL = {"foreign_gate": "项目管理机构批复〔2026〕5 号，2026-10-01"}
EVERYWHERE = replace(SALE, terms={"buyer_scope": "any"}, confirmations=APPROVAL)


@pytest.fixture
def institution(session):
    return make_institution(session)


@pytest.fixture
def buyer(session) -> Actor:
    return make_actor(session, OrganisationKind.ENTERPRISE)


def publish(session: Session, institution, offer: OfferDraft, *, is_funded: bool | None = None) -> Listing:
    listing = make_published_listing(session, institution, offer)
    listing.achievement.is_fiscally_funded = is_funded
    session.flush()
    return listing


def apply(session: Session, buyer: Actor, listing: Listing, *, is_abroad: bool = True) -> Application:
    draft = ApplicationDraft(PLAN, Money(10_000_000), is_abroad=is_abroad)
    return service.apply_on_offer(session, buyer, listing.offers[0].id, draft, now=NOW)


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_an_offer_for_the_mainland_takes_no_applicant_abroad(session, institution, buyer):
    listing = publish(session, institution, SALE, is_funded=True)

    with pytest.raises(ListingHasProblems) as refused:
        apply(session, buyer, listing)

    assert (refused.value.code, count(session, Application)) == ("offer.domestic_only", 0)
    assert apply(session, buyer, listing, is_abroad=False).is_abroad is False


def test_with_the_approval_shown_she_applies_and_is_accepted(session, institution, buyer):
    listing = publish(session, institution, EVERYWHERE, is_funded=True)

    application = apply(session, buyer, listing)
    deal = service.accept_application(session, actor_of(institution.head), application.id, now=NOW)

    assert (application.is_abroad, deal.application_id) == (True, application.id)


@pytest.mark.parametrize("is_funded", [True, None])
def test_without_the_approval_she_is_refused_with_the_article(session, institution, buyer, is_funded):
    listing = publish(session, institution, EVERYWHERE, is_funded=is_funded)
    listing.offers[0].preconditions.clear()
    session.flush()

    with pytest.raises(ListingHasProblems) as refused:
        apply(session, buyer, listing)

    assert (refused.value.code, count(session, Application)) == ("offer.foreign_gate", 0)
    assert "34" in refused.value.problems[0].article


def test_what_is_not_paid_by_the_state_needs_no_approval(session, institution, buyer):
    listing = publish(session, institution, EVERYWHERE, is_funded=False)
    listing.offers[0].preconditions.clear()
    session.flush()

    assert apply(session, buyer, listing).is_abroad


def test_an_ordinary_licence_is_open_to_her(session, institution, buyer):
    assert apply(session, buyer, publish(session, institution, LICENCE, is_funded=True)).is_abroad


def test_an_approval_that_is_gone_when_she_is_to_be_accepted_keeps_her_out(session, institution, buyer):
    listing = publish(session, institution, EVERYWHERE, is_funded=True)
    application = apply(session, buyer, listing)
    listing.offers[0].preconditions.clear()
    session.flush()

    with pytest.raises(ListingHasProblems) as refused:
        service.accept_application(session, actor_of(institution.head), application.id, now=NOW)

    assert (refused.value.code, count(session, Deal)) == ("offer.foreign_gate", 0)


def test_the_form_asks_and_says_why_not(session, client, institution):
    listing = publish(session, institution, SALE, is_funded=True)
    buyer = make_actor(session, OrganisationKind.ENTERPRISE)
    person = session.get_one(Person, buyer.person_id)
    session.commit()
    sign_in(client, person)
    address = f"/offers/{listing.offers[0].id}/application"
    with client.get(address) as page:
        assert 'name="is_abroad"' in page.get_data(as_text=True)

    with client.post(address, data={"plan": PLAN, "price": "100000", "is_abroad": "y"}) as answer:
        assert answer.status_code == 422
        assert "只面向境内受让方" in answer.get_data(as_text=True)
    assert count(session, Application) == 0
