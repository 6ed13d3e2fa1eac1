"""What the use cases of a lot share: its rules and standing, what it sells, its event stream."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from market.accounts.models import Membership, Organisation
from market.accounts.rules import Actor, OrganisationKind
from market.auctions import rules
from market.auctions.models import Lot, LotItem
from market.auctions.rules import LotTerms, Standing
from market.auctions.vocabulary import LotPhase, LotState
from market.kernel.events import EventDraft, record
from market.kernel.money import Money
from market.listings.models import Listing, Offer


def terms_of(lot: Lot) -> LotTerms:
    """The lot's rules as they were announced."""
    return LotTerms(
        start=Money(lot.start_price_fen, lot.currency),
        step=Money(lot.step_fen, lot.currency),
        opens_at=lot.opens_at,
        soft_close=timedelta(seconds=lot.soft_close_seconds),
    )


def standing_of(lot: Lot) -> Standing:
    """How the lot stands in the row."""
    return Standing(
        state=LotState(lot.state),
        closes_at=lot.closes_at,
        bid_count=lot.bid_count,
        high=None if lot.high_fen is None else Money(lot.high_fen, lot.currency),
        leader_id=lot.leading_registration_id,
    )


def phase_of(lot: Lot, now: datetime) -> LotPhase:
    """Where the lot stands at `now`."""
    return rules.phase(LotState(lot.state), lot.opens_at, lot.closes_at, timedelta(seconds=lot.soft_close_seconds), now)


@dataclass(frozen=True)
class Item:
    """One thing that a lot sells, as events name it."""

    offer_id: int
    listing_id: int
    achievement_id: int


def items_of(session: Session, lot_id: int) -> list[Item]:
    """What the lot sells; fixed at its announcement."""
    statement = (
        select(LotItem.offer_id, Offer.listing_id, Listing.achievement_id)
        .join(Offer, Offer.id == LotItem.offer_id)
        .join(Listing, Listing.id == Offer.listing_id)
        .where(LotItem.lot_id == lot_id)
        .order_by(LotItem.position)
    )
    return [Item(*row) for row in session.execute(statement)]


def offers_payload(session: Session, lot_id: int) -> list[dict[str, int]]:
    """The lot's items as event payloads carry them."""
    return [asdict(item) for item in items_of(session, lot_id)]


def record_on(
    session: Session,
    lot: Lot,
    action: str,
    at: datetime,
    *,
    payload: dict[str, Any],
    actor: Actor | None = None,
    before: LotState | None = None,
    after: LotState | None = None,
    reason: str | None = None,
) -> None:
    """Append to the lot's stream; the caller holds its row lock."""
    draft = EventDraft(
        subject_kind="lot",
        subject_id=lot.id,
        action=action,
        occurred_at=at,
        actor_person_id=actor.person_id if actor else None,
        actor_organisation_id=actor.organisation_id if actor else None,
        state_before=before,
        state_after=after,
        reason=reason,
        payload=payload,
    )
    record(session, draft)


def is_insider(person_id: int, seller_id: int) -> ColumnElement[bool]:
    """Whether the person also belongs to the seller or to the operator: such a person neither registers nor bids."""
    return exists().where(
        Membership.person_id == person_id,
        Membership.ended_at.is_(None),
        Membership.organisation_id == Organisation.id,
        or_(Organisation.id == seller_id, Organisation.kind == OrganisationKind.OPERATOR),
    )
