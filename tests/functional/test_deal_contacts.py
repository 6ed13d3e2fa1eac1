"""The two sides of a deal see with whom to talk; nobody else does, and nobody once it is cancelled."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.deals.models import Application, Deal
from market.deals.vocabulary import DealState
from market.kernel.events import Event
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


def applied(client: FlaskClient, session: Session, institution: Institution, buyer: Person) -> Application:
    """An application on a listing that names a contact."""
    listing = make_published_listing(session, institution, LICENCE)
    listing.contact_name, listing.contact_role, listing.contact_phone = "郑联络", "技术转移办公室", "0577-86590001"
    session.commit()
    sign_in(client, buyer)
    offer = offer_of(listing, TransferWay.ORDINARY_LICENCE)
    client.post(f"/offers/{offer.id}/application", data={"plan": PLAN, "price": "100,000"})
    return session.scalars(select(Application)).one()


def looks(session: Session) -> list[int | None]:
    """Who saw the listing's contact, by the record."""
    shown = select(Event.actor_person_id).where(Event.action == "application.contact_shown").order_by(Event.id)
    return list(session.scalars(shown))


def application_page(client: FlaskClient, application: Application, person: Person) -> str:
    sign_in(client, person)
    return client.get(f"/console/applications/{application.number}").get_data(as_text=True)


def test_the_contact_of_the_listing_is_told_once_the_application_is_accepted(
    client: FlaskClient, session: Session
) -> None:
    institution = make_institution(session)
    buyer = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)
    rival = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)
    application = applied(client, session, institution, buyer)
    address = f"/console/applications/{application.number}"
    assert "86590001" not in application_page(client, application, buyer)
    assert looks(session) == []

    sign_in(client, institution.head)
    client.post(f"{address}/decision", data={"decision": "accept"})
    page = application_page(client, application, buyer)
    assert [words in page for words in ("郑联络", "技术转移办公室", "0577-86590001")] == [True, True, True]
    client.get(address)
    assert looks(session) == [buyer.id]

    sign_in(client, rival)
    with client.get(address) as answer:
        assert answer.status_code == 404
    listing_number = application.offer.listing.number
    for seen in (address, f"/listings/{listing_number}", f"/listings/{listing_number}?language=en"):
        assert "86590001" not in client.get(seen).get_data(as_text=True)
    assert looks(session) == [buyer.id]

    deal = session.scalars(select(Deal)).one()
    deal.state = DealState.CANCELLED.value
    session.commit()
    assert "86590001" not in application_page(client, application, buyer)


def test_a_declined_application_opens_no_contact(client: FlaskClient, session: Session) -> None:
    institution = make_institution(session)
    buyer = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)
    application = applied(client, session, institution, buyer)
    sign_in(client, institution.head)
    decision = {"decision": "decline", "reason": "价格相差较大。"}
    client.post(f"/console/applications/{application.number}/decision", data=decision)

    page = application_page(client, application, buyer)
    assert ("价格相差较大。" in page, "86590001" in page, looks(session)) == (True, False, [])
