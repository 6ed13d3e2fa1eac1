"""With whom each side of a deal talks: who applied or registered, and who answered or announced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, Person
from market.accounts.rules import Actor
from market.auctions.models import Lot, LotRegistration
from market.deals.models import Application, Deal
from market.deals.vocabulary import ApplicationState, DealState
from market.kernel.db import current_session
from market.kernel.events import Event, EventDraft, record
from market.kernel.locks import lock_row
from market.listings.models import Listing, Offer

CONTACT_SHOWN = "application.contact_shown"


@dataclass(frozen=True)
class Contact:
    """A person of one side, with the address at which she is reached."""

    organisation_name: str
    person_name: str
    email: str


def contacts_for(actor: Actor, deal: Deal) -> list[Contact]:
    """The two sides' persons; nobody but the two sides learns them, and not once the deal is cancelled."""
    if actor.organisation_id not in (deal.seller_organisation_id, deal.buyer_organisation_id):
        return []
    if deal.state == DealState.CANCELLED.value:
        return []
    seller_person_id, buyer_person_id = _persons_of(deal)
    sides = ((deal.seller_organisation_id, seller_person_id), (deal.buyer_organisation_id, buyer_person_id))
    return [contact for side in sides if (contact := _contact(*side)) is not None]


@dataclass(frozen=True)
class ListingContact:
    """Whom the institution named on the listing; never public."""

    name: str
    role: str
    phone: str


def listing_contact_for(actor: Actor, application: Application) -> ListingContact | None:
    """The listing's contact, for the applicant whose application was accepted, until the deal is cancelled."""
    if actor.organisation_id != application.applicant_organisation_id:
        return None
    if application.state != ApplicationState.ACCEPTED:
        return None
    statement = (
        select(Listing.contact_name, Listing.contact_role, Listing.contact_phone)
        .join(Offer, Offer.listing_id == Listing.id)
        .join(Deal, Deal.offer_id == Offer.id)
        .where(Deal.application_id == application.id, Deal.state != DealState.CANCELLED, Listing.contact_name != "")
    )
    row = current_session().execute(statement).first()
    return None if row is None else ListingContact(*row)


def record_contact_shown(session: Session, actor: Actor, application_id: int, *, now: datetime) -> None:
    """Keep that the person saw the listing's contact; once for each person."""
    application = lock_row(session, Application, application_id)
    seen = select(Event.id).where(
        Event.subject_kind == "application",
        Event.subject_id == application.id,
        Event.action == CONTACT_SHOWN,
        Event.actor_person_id == actor.person_id,
    )
    if session.scalar(seen.limit(1)) is not None:
        return
    draft = EventDraft(
        subject_kind="application",
        subject_id=application.id,
        action=CONTACT_SHOWN,
        occurred_at=now,
        actor_person_id=actor.person_id,
        actor_organisation_id=actor.organisation_id,
        state_before=application.state,
        state_after=application.state,
        payload={"number": application.number, "seller_organisation_id": application.seller_organisation_id},
    )
    record(session, draft)


def _persons_of(deal: Deal) -> tuple[int | None, int | None]:
    """Who acted for the seller and for the buyer when the deal came about."""
    session = current_session()
    if deal.application_id is not None:
        application = session.get_one(Application, deal.application_id)
        return application.decided_by_id, application.applied_by_id
    lot = session.get_one(Lot, deal.lot_id)
    if lot.winner_registration_id is None:
        return lot.created_by_id, None
    return lot.created_by_id, session.get_one(LotRegistration, lot.winner_registration_id).registered_by_id


def _contact(organisation_id: int, person_id: int | None) -> Contact | None:
    statement = (
        select(Organisation.name, Person.display_name, Person.email)
        .join(Person, Person.id == person_id)
        .where(Organisation.id == organisation_id, Person.is_enabled.is_(True))
    )
    row = current_session().execute(statement).first()
    return None if row is None else Contact(*row)
