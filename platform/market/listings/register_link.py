"""What the register asks of the listings: which achievements are on offer or on their way there."""

from __future__ import annotations

from sqlalchemy import select

from market.achievements.listed import OpenListings
from market.listings.models import Listing, ListingMember
from market.listings.vocabulary import ListingState

OPEN_LISTINGS = OpenListings(
    select(
        ListingMember.achievement_id.label("achievement_id"),
        Listing.id.label("listing_id"),
        Listing.number.label("number"),
        Listing.state.label("state"),
    )
    .join(ListingMember, ListingMember.listing_id == Listing.id)
    .where(ListingMember.is_open),
    lambda state: ListingState(state).label,
    frozenset({ListingState.NEGOTIATING, ListingState.PUBLICITY, ListingState.BIDDING, ListingState.TRIAL}),
)
