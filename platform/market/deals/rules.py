"""Decisions about applications and deals."""

from __future__ import annotations

from market.deals.vocabulary import ApplicationAction as Do
from market.deals.vocabulary import ApplicationState as Is
from market.deals.vocabulary import DealKind, DealState
from market.kernel.transitions import TransitionTable
from market.listings.vocabulary import ListingState, Pricing, TransferWay

TRANSITIONS: TransitionTable[Is, Do] = TransitionTable(
    "application",
    {
        (Is.SUBMITTED, Do.ACCEPT): Is.ACCEPTED,
        (Is.SUBMITTED, Do.DECLINE): Is.DECLINED,
        (Is.SUBMITTED, Do.WITHDRAW): Is.WITHDRAWN,
    },
)

OPEN_LISTING_STATES = frozenset({ListingState.PUBLISHED, ListingState.NEGOTIATING, ListingState.TRIAL})
"""States of a listing in which applications are taken."""

BINDING_WAYS = frozenset(
    {TransferWay.ASSIGNMENT, TransferWay.EXCLUSIVE_LICENCE, TransferWay.SOLE_LICENCE, TransferWay.EQUITY}
)
"""Ways that leave nothing for another buyer: an accepted application takes the listing into negotiation."""

ENDED_DEAL_STATES = frozenset({DealState.CLOSED, DealState.CANCELLED})
"""States in which a deal binds nobody any more."""

PLAN_MINIMUM = 20
PLAN_MAXIMUM = 2000

_KINDS = {
    TransferWay.OPEN_LICENCE: DealKind.OPEN_LICENCE,
    TransferWay.TRY_FIRST: DealKind.TRY_FIRST,
    TransferWay.INVEST_FIRST: DealKind.INVEST_FIRST,
    TransferWay.AUCTION: DealKind.AUCTION,
}


def deal_kind(way: TransferWay) -> DealKind:
    """The kind of deal that a way of transfer leads to."""
    return _KINDS.get(way, DealKind.AGREED_PRICE)


def needs_price(pricing: Pricing) -> bool:
    """Whether the applicant must say a price; a free trial and a formula carry their own."""
    return pricing in (Pricing.FIXED, Pricing.NEGOTIABLE)
