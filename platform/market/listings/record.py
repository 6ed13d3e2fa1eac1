"""The event rows of a listing, and the snapshot that its publication leaves in the record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.rules import Actor
from market.achievements.models import IPRight
from market.kernel.events import Event, EventDraft, record
from market.listings.models import Listing
from market.listings.vocabulary import ListingAction

WRITING = (
    "listing.created",
    "listing.edited",
    f"listing.{ListingAction.SUBMIT.value}",
    "listing.change_saved",
    "listing.change_submitted",
)


def record_listing(
    session: Session,
    listing: Listing,
    action: str,
    actor: Actor | None,
    now: datetime,
    state_before: str | None,
    reason: str | None = None,
    *,
    snapshot: bool = False,
    **more: Any,
) -> None:
    """Append what happened to the listing's stream; `more` joins the payload."""
    session.flush()
    payload: dict[str, Any] = {
        "listing_id": listing.id,
        "achievement_id": listing.achievement_id,
        "organisation_id": listing.organisation_id,
    }
    record(
        session,
        EventDraft(
            subject_kind="listing",
            subject_id=listing.id,
            action=action,
            occurred_at=now,
            actor_person_id=actor.person_id if actor else None,
            actor_organisation_id=actor.organisation_id if actor else None,
            state_before=state_before,
            state_after=listing.state,
            reason=reason,
            payload=payload | (snapshot_of(session, listing) if snapshot else {}) | more,
        ),
    )


def snapshot_of(session: Session, listing: Listing) -> dict[str, Any]:
    """What was published, so that facts can be derived from the record alone."""
    rights = session.scalars(
        select(IPRight).where(IPRight.achievement_id.in_(listing.achievement_ids)).order_by(IPRight.id)
    )
    return {
        "number": listing.number,
        "title": listing.title,
        "organisation_county": session.get_one(Organisation, listing.organisation_id).county_code,
        "technical_field": listing.technical_field,
        "industry": listing.industry,
        "offers": [
            {
                "offer_id": offer.id,
                "way": offer.transfer_way,
                "pricing": offer.pricing,
                "price_fen": offer.price_fen,
                "currency": offer.currency,
            }
            for offer in listing.offers
        ],
        "rights": [
            {
                "number": right.number,
                "kind": right.kind,
                "has_check_digit": right.has_check_digit,
                "legal_status": right.legal_status,
                "expires_on": right.expires_on.isoformat() if right.expires_on else None,
            }
            for right in rights
        ],
    } | ({"achievement_ids": list(listing.achievement_ids)} if listing.members else {})


def writers_of(session: Session, listing_id: int) -> set[int | None]:
    """Everybody who wrote, changed or submitted the listing or a change of it: none of them reviews it."""
    statement = select(Event.actor_person_id).where(
        Event.subject_kind == "listing", Event.subject_id == listing_id, Event.action.in_(WRITING)
    )
    return set(session.scalars(statement))
