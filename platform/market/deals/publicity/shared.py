"""What the steps of a publicity share: rows in the order of locks, its end, what follows for deal and listing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.deals.models import Deal
from market.deals.publicity import rules
from market.deals.publicity.models import Publicity, PublicityObjection
from market.deals.publicity.vocabulary import ObjectionAction, ObjectionState, PublicityAction, PublicityState
from market.deals.service import record_deal
from market.deals.vocabulary import DealState
from market.kernel.errors import NotFound
from market.kernel.locks import lock_row
from market.listings.models import Listing, Offer
from market.listings.service import change_state
from market.listings.vocabulary import ListingAction, ListingState

OPEN_STATES = (PublicityState.CONFIRMED, PublicityState.RUNNING)


def locked_deal(session: Session, deal_id: int) -> tuple[Listing, Deal]:
    """Listing before deal, as everywhere (kernel.locks). Raises NotFound."""
    listing_id = session.scalar(
        select(Offer.listing_id).join(Deal, Deal.offer_id == Offer.id).where(Deal.id == deal_id)
    )
    if listing_id is None:
        raise NotFound
    return lock_row(session, Listing, listing_id), lock_row(session, Deal, deal_id)


def sold_deal(session: Session, actor: Actor, deal_id: int) -> tuple[Listing, Deal]:
    """The deal, locked, if the actor's organisation sells in it; raises NotFound."""
    listing, deal = locked_deal(session, deal_id)
    if deal.seller_organisation_id != actor.organisation_id:
        raise NotFound
    return listing, deal


def open_publicity(session: Session, deal_id: int) -> Publicity | None:
    """The deal's publicity that is written or runs, freshly read."""
    statement = select(Publicity).where(Publicity.deal_id == deal_id, Publicity.state.in_(OPEN_STATES))
    return session.scalar(statement.execution_options(populate_existing=True))


def open_objections(session: Session, publicity_id: int) -> list[PublicityObjection]:
    """Those that nobody has decided, oldest first."""
    undecided = (
        PublicityObjection.publicity_id == publicity_id,
        PublicityObjection.state == ObjectionState.OPEN,
    )
    return list(session.scalars(select(PublicityObjection).where(*undecided).order_by(PublicityObjection.id)))


def end_publicity(
    session: Session,
    listing: Listing,
    deal: Deal,
    publicity: Publicity,
    reason: str,
    actor: Actor | None,
    now: datetime,
    **more: Any,
) -> None:
    """Void it: the deal is back in negotiation, its listing too where nobody else can have it meanwhile.

    Undecided objections are dropped: what they were against is no longer there. The reason is public.
    """
    publicity.state = rules.PUBLICITIES.target(PublicityState(publicity.state), PublicityAction.VOID)
    publicity.void_reason, publicity.ended_at = reason, now
    for objection in open_objections(session, publicity.id):
        objection.state = rules.OBJECTIONS.target(ObjectionState.OPEN, ObjectionAction.DROP)
        objection.decided_by_id, objection.decided_at = actor.person_id if actor else None, now
        objection.decision_reason = reason
    before = DealState(deal.state)
    deal.state = DealState.NEGOTIATING
    record_deal(
        session, deal, "deal.publicity_voided", actor, now, before, reason, publicity_number=publicity.number, **more
    )
    if listing.state == ListingState.PUBLICITY:
        change_state(session, listing.id, ListingAction.FALL_BACK, actor=actor, now=now, reason=reason)
        change_state(session, listing.id, ListingAction.START_NEGOTIATION, actor=actor, now=now)
