"""Use cases of the auctions: announce, register, bid, withdraw, suspend, close. Locks in the order listing, lot."""

from market.auctions.service.announcing import announce_lot, announcement_limits
from market.auctions.service.bidding import (
    BidClock,
    BidReceipt,
    database_clock,
    new_form_token,
    place_bid,
    record_refusal,
    told_clock,
)
from market.auctions.service.closing import (
    bid_time,
    close_lot,
    due_lots,
    end_of,
    lots_of_dead_rights,
    terminate_lot_of_dead_right,
    withdraw_lot,
)
from market.auctions.service.registering import CodeSource, random_code, register_bidder
from market.auctions.service.shared import phase_of, standing_of, terms_of
from market.auctions.service.suspending import (
    ask_lot_end,
    decide_lot_end,
    lots_of_achievement,
    lots_of_unclear_owners,
    resume_lot,
    suspend_encumbered,
    suspend_lot,
    suspend_unowned,
)

__all__ = [
    "BidClock",
    "BidReceipt",
    "CodeSource",
    "announce_lot",
    "announcement_limits",
    "ask_lot_end",
    "bid_time",
    "close_lot",
    "database_clock",
    "decide_lot_end",
    "due_lots",
    "end_of",
    "lots_of_achievement",
    "lots_of_dead_rights",
    "lots_of_unclear_owners",
    "new_form_token",
    "phase_of",
    "place_bid",
    "random_code",
    "record_refusal",
    "register_bidder",
    "resume_lot",
    "standing_of",
    "suspend_encumbered",
    "suspend_lot",
    "suspend_unowned",
    "terminate_lot_of_dead_right",
    "terms_of",
    "told_clock",
    "withdraw_lot",
]
