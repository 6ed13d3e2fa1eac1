"""What the register asks of the deals: which achievements were licensed or transferred by a signed contract."""

from __future__ import annotations

from sqlalchemy import case, select

from market.achievements.listed import LICENSED, TRANSFERRED, USED
from market.deals.models import Deal
from market.deals.vocabulary import DealState
from market.listings.models import ListingMember, Offer
from market.listings.vocabulary import TransferWay

SIGNED = (
    DealState.PAYING,
    DealState.REGISTERING,
    DealState.DISTRIBUTING,
    DealState.FOLLOW_UP,
    DealState.CLOSED,
)
_PASSES_ON = (TransferWay.ASSIGNMENT, TransferWay.AUCTION, TransferWay.EQUITY)
_LICENCES = (
    TransferWay.EXCLUSIVE_LICENCE,
    TransferWay.SOLE_LICENCE,
    TransferWay.ORDINARY_LICENCE,
    TransferWay.OPEN_LICENCE,
    TransferWay.TRY_FIRST,
)

OUTCOMES = (
    select(
        ListingMember.achievement_id.label("achievement_id"),
        case(
            (Offer.transfer_way.in_(_PASSES_ON), TRANSFERRED),
            (Offer.transfer_way.in_(_LICENCES), LICENSED),
            else_=USED,
        ).label("outcome"),
    )
    .select_from(Deal)
    .join(Offer, Offer.id == Deal.offer_id)
    .join(ListingMember, ListingMember.listing_id == Offer.listing_id)
    .where(Deal.state.in_(SIGNED))
)
