"""What the pages of the auctions share."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, g
from werkzeug.wrappers import Response as WerkzeugResponse

from market.accounts.access import optional_actor
from market.accounts.policy import Act, Rows, may, rows_for
from market.auctions import service
from market.auctions.vocabulary import LotPhase
from market.kernel.db import current_session

blueprint = Blueprint("auctions", __name__)
Answer = str | Response | WerkzeugResponse | tuple[str, int]


def auction_time() -> datetime:
    """The bids' clock, once a request: whatever is compared with a lot's times is compared by it."""
    if "auction_time" not in g:
        g.auction_time = service.bid_time(current_session())
    moment: datetime = g.auction_time
    return moment


def viewer_id() -> int | None:
    """The organisation that looks, to mark its own bids."""
    actor = optional_actor()
    return actor.organisation_id if actor else None


def may_handle(seller_id: int, phase: LotPhase) -> bool:
    """Whether the page that suspends, resumes and terminates has something for whoever looks."""
    actor = optional_actor()
    if actor is None or not may(actor, Act.READ_SUSPENSION):
        return False
    if phase is LotPhase.SUSPENDED:
        return rows_for(actor, Act.READ_SUSPENSION) is not Rows.AS_SELLER or actor.organisation_id == seller_id
    return may(actor, Act.SUSPEND_LOT) and not phase.is_over
