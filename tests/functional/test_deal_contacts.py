"""The two sides of a deal see with whom to talk; nobody else does, and nobody once it is cancelled."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.deals.models import Application, Deal
from market.deals.vocabulary import DealState
from market.listings.vocabulary import TransferWay
from tests.factories.listings import LICENCE, make_published_listing, offer_of
from tests.factories.world import Institution, make_institution, make_organisation, make_person, sign_in

PLAN = "用于高温蒸汽阀门的密封，明年六月前投产，需要机构派人指导。"


def make_deal(client: FlaskClient, session: Session, institution: Institution, buyer: Person) -> Deal:
    """An application that was accepted."""
    offer = offer_of(make_published_listing(session, institution, LICENCE), TransferWay.ORDINARY_LICENCE)
    session.commit()
    sign_in(client, buyer)
    client.post(f"/offers/{offer.id}/application", data={"plan": PLAN, "price": "100,000"})
    number = session.scalars(select(Application.number)).one()
    sign_in(client, institution.officer)
    client.post(f"/console/applications/{number}/decision", data={"decision": "accept"})
    return session.scalars(select(Deal)).one()


def page_of(client: FlaskClient, deal: Deal, person: Person) -> str:
    sign_in(client, person)
    return client.get(f"/console/deals/{deal.number}").get_data(as_text=True)


def test_both_sides_see_whom_to_write_to_until_the_deal_is_cancelled(client: FlaskClient, session: Session) -> None:
    institution = make_institution(session)
    buyer = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)
    bureau = make_person(session, make_organisation(session, OrganisationKind.BUREAU), Role.SUPERVISOR)
    deal = make_deal(client, session, institution, buyer)
    addresses = (f"mailto:{institution.officer.email}", f"mailto:{buyer.email}")

    seen = [[address in page_of(client, deal, person) for address in addresses] for person in (buyer, institution.head)]
    assert seen == [[True, True], [True, True]]
    page = page_of(client, deal, bureau)
    assert (deal.number in page, "mailto:" in page) == (True, False)

    deal.state = DealState.CANCELLED.value
    session.commit()
    assert "mailto:" not in page_of(client, deal, buyer)
