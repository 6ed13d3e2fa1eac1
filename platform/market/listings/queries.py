"""Reads of listings for pages; frozen rows, never ORM rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from market.accounts.models import Organisation
from market.accounts.policy import Act, Rows, rows_for
from market.accounts.rules import Actor
from market.achievements.models import Achievement
from market.kernel.db import current_session
from market.kernel.lists import Order, Orders
from market.kernel.money import Money
from market.listings.access import visible_to
from market.listings.models import Listing, ListingChange, ListingMember, Offer
from market.listings.vocabulary import (
    OPEN_CHANGES,
    PUBLIC_STATES,
    ChangeState,
    ListingState,
    TransferWay,
)

BUNDLED_TITLES: ColumnElement[list[str] | None] = (
    select(func.array_agg(aggregate_order_by(Achievement.title, ListingMember.position)))
    .join(ListingMember, ListingMember.achievement_id == Achievement.id)
    .where(ListingMember.listing_id == Listing.id, ListingMember.position > 0)
    .correlate(Listing)
    .scalar_subquery()
)
"""What `Listing` offers beside its leading achievement, in its order; NULL for a listing of one."""


@dataclass(frozen=True)
class ListingRow:
    """One line of a list."""

    number: str
    title: str
    state: ListingState
    organisation_name: str
    ways: tuple[TransferWay, ...]
    price: Money | None
    published_at: datetime | None
    updated_at: datetime
    review_reason: str | None


def console_conditions(actor: Actor, state: str, text: str, change: str = "") -> list[ColumnElement[bool]]:
    """Conditions of the console's list of listings; `change` is the state of a change that waits beside them."""
    conditions = [visible_to(actor)]
    if state in set(ListingState):
        conditions.append(Listing.state == state)
    if change in changes_shown_to(actor):
        conditions.append(Listing.id.in_(select(ListingChange.listing_id).where(ListingChange.state == change)))
    if text:
        conditions.append(or_(Listing.title.ilike(f"%{text}%"), Listing.number.ilike(f"%{text}%")))
    return conditions


def changes_shown_to(actor: Actor) -> tuple[ChangeState, ...]:
    """The states in which this actor sees a change: the operator once it has reached the platform."""
    if rows_for(actor, Act.READ_LISTINGS) is Rows.REACHED_PLATFORM:
        return (ChangeState.PLATFORM_REVIEW,)
    return tuple(state for state in ChangeState if state in OPEN_CHANGES)


def count_changes(actor: Actor, state: ChangeState) -> int:
    """How many listings that the actor sees have a change in this state."""
    return count_listings(console_conditions(actor, "", "", state))


def count_listings(conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many listings fit."""
    return current_session().scalar(select(func.count(Listing.id)).where(*conditions)) or 0


def count_by_state(actor: Actor) -> dict[ListingState, int]:
    """How many listings of each state the actor may see in the console."""
    statement = select(Listing.state, func.count()).where(visible_to(actor)).group_by(Listing.state)
    return {ListingState(state): number for state, number in current_session().execute(statement)}


ORDERS = Orders(
    {
        "number": Listing.number,
        "title": Listing.title,
        "organisation": Organisation.name,
        "published": Listing.published_at,
        "updated": Listing.updated_at,
    },
    default=(Listing.updated_at.desc(), Listing.id.desc()),
    last=Listing.id,
)
FRESH_FIRST = Order("published", True, (Listing.published_at.desc().nulls_last(), Listing.id.desc()))


def list_listings(
    conditions: Sequence[ColumnElement[bool]], *, limit: int | None = None, offset: int = 0, order: Order | None = None
) -> list[ListingRow]:
    """Listings in the order (by itself the last changed first) with their ways and lowest price: two queries."""
    session = current_session()
    statement = (
        select(Listing, Organisation.name)
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .where(*conditions)
        .order_by(*(order or ORDERS.default).columns)
        .limit(limit)
        .offset(offset)
    )
    rows = session.execute(statement).all()
    offers = _offers_of([listing.id for listing, _ in rows])
    return [_row(listing, name, offers.get(listing.id, [])) for listing, name in rows]


def _offers_of(listing_ids: Sequence[int]) -> dict[int, list[Offer]]:
    found: dict[int, list[Offer]] = {}
    statement = select(Offer).where(Offer.listing_id.in_(listing_ids)).order_by(Offer.listing_id, Offer.position)
    for offer in current_session().scalars(statement):
        found.setdefault(offer.listing_id, []).append(offer)
    return found


def _row(listing: Listing, organisation_name: str, offers: Sequence[Offer]) -> ListingRow:
    prices = [Money(offer.price_fen, offer.currency) for offer in offers if offer.price_fen is not None]
    return ListingRow(
        number=listing.number,
        title=listing.title,
        state=ListingState(listing.state),
        organisation_name=organisation_name,
        ways=tuple(TransferWay(offer.transfer_way) for offer in offers),
        price=min(prices) if prices else None,
        published_at=listing.published_at,
        updated_at=listing.updated_at,
        review_reason=listing.review_reason,
    )


def fresh_listings(limit: int) -> list[ListingRow]:
    """The last published ones that are on the market."""
    on_market = Listing.state.in_([state.value for state in PUBLIC_STATES])
    return list_listings([on_market], limit=limit, order=FRESH_FIRST)


def own_achievement(achievement_id: int, actor: Actor) -> Achievement | None:
    """The actor's own achievement that she is about to list."""
    statement = select(Achievement).where(
        Achievement.id == achievement_id, Achievement.organisation_id == actor.organisation_id
    )
    return current_session().scalar(statement)


def open_listing_number(achievement_id: int) -> str | None:
    """The number of the listing that has not ended and that the achievement leads."""
    statement = select(Listing.number).join(ListingMember, ListingMember.listing_id == Listing.id)
    statement = statement.where(
        ListingMember.achievement_id == achievement_id, ListingMember.is_open, ListingMember.position == 0
    )
    return current_session().scalar(statement)
