"""What the register asks of the listings: which achievements are on offer or on their way there."""

from __future__ import annotations

from sqlalchemy import select

from market.achievements.listed import OpenListings
from market.listings.models import Listing
from market.listings.vocabulary import ENDED_STATES, ListingState

OPEN_LISTINGS = OpenListings(
    select(
        Listing.achievement_id.label("achievement_id"),
        Listing.id.label("listing_id"),
        Listing.number.label("number"),
        Listing.state.label("state"),
    ).where(Listing.state.not_in([state.value for state in ENDED_STATES])),
    lambda state: ListingState(state).label,
    frozenset({ListingState.NEGOTIATING, ListingState.PUBLICITY, ListingState.BIDDING, ListingState.TRIAL}),
)
