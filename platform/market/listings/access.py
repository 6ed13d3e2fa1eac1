"""Listings as far as the user may see them; "not yours" looks like "not there"."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from market.accounts.policy import Act, Rows, rows_for
from market.accounts.rules import Actor
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.listings.models import Listing
from market.listings.vocabulary import READABLE_STATES, ListingState


def public_listing(number: str) -> Listing:
    """The listing behind a public page, with achievement and organisation in the same query; raises NotFound."""
    found = public_listings([number])
    return _found(found[0] if found else None)


def public_listings(numbers: Sequence[str]) -> list[Listing]:
    """Those of the listings that have a public page, in the order of their numbers' list: one query."""
    if not numbers:
        return []
    statement = (
        select(Listing)
        .where(Listing.number.in_(numbers), Listing.state.in_([state.value for state in READABLE_STATES]))
        .options(joinedload(Listing.achievement), joinedload(Listing.organisation))
    )
    found = {listing.number: listing for listing in current_session().scalars(statement)}
    return [found[number] for number in numbers if number in found]


def listing_for(actor: Actor, number: str) -> Listing:
    """The listing behind a console page: the institution's own, or any that reached the operator; raises NotFound."""
    statement = select(Listing).where(Listing.number == number, visible_to(actor))
    return _found(current_session().scalar(statement))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition that a listing may be seen in the console by this actor."""
    if rows_for(actor, Act.READ_LISTINGS) is Rows.REACHED_PLATFORM:
        reached_platform = Listing.platform_reviewed_by_id.is_not(None)
        drafting = [ListingState.DRAFT, ListingState.CHECKING, ListingState.INSTITUTION_REVIEW]
        return (Listing.state == ListingState.PLATFORM_REVIEW) | (reached_platform & Listing.state.not_in(drafting))
    return Listing.organisation_id == actor.organisation_id


def _found(listing: Listing | None) -> Listing:
    if listing is None:
        raise NotFound
    return listing
