"""Background steps of the auctions: closing. The sweep is what closes; the job at the announced end is only quicker."""

from __future__ import annotations

from market.auctions import service
from market.auctions.vocabulary import LotState
from market.kernel import jobs
from market.kernel.clock import local_date
from market.kernel.db import transaction
from market.kernel.events import Event
from market.kernel.jobs import job

SWEEP_LIMIT = 100


@job("auctions.close_lot")
def close_lot(lot_id: int) -> None:
    """Close the lot if it has come to its end; if late bids moved the end, come back then."""
    with transaction() as session:
        now = service.bid_time(session)  # before the lock: a lot is never closed by a time that a bid could still have
        if service.close_lot(session, lot_id, now) is LotState.ANNOUNCED:
            jobs.defer(session, "auctions.close_lot", run_at=service.end_of(session, lot_id), lot_id=lot_id)


@job("auctions.close_due_lots", cron="* * * * * */5")
def close_due_lots() -> None:
    """Close every lot past its end, each in a transaction of its own; those that others work on are left to them."""
    with transaction() as session:
        now = service.bid_time(session)
        due = service.due_lots(session, now, SWEEP_LIMIT)
    for lot_id in due:
        with transaction() as session:
            service.close_lot(session, lot_id, service.bid_time(session))


@job("auctions.end_dead_lots", cron="*/10 * * * *")
def end_dead_lots() -> None:
    """Terminate lots whose right has run out or lapsed, suspend those whose owner is in question; each by itself."""
    with transaction() as session:
        now = service.bid_time(session)
        dead = service.lots_of_dead_rights(session, local_date(now), SWEEP_LIMIT)
    for lot_id in dead:
        with transaction() as session:
            service.terminate_lot_of_dead_right(session, lot_id, service.bid_time(session))
    with transaction() as session:
        unclear = service.lots_of_unclear_owners(session)
    for lot_id in unclear:
        with transaction() as session:
            service.suspend_unowned(session, lot_id, service.bid_time(session))


@job("auctions.follow_register")
def follow_register(event_id: int) -> None:
    """Suspend the running lots of an achievement of which the register's event says that a right is encumbered."""
    with transaction() as session:
        service.suspend_encumbered(session, event_id, service.bid_time(session))


def wants(event: Event) -> bool:
    """Whether `follow_register` is asked about the event."""
    return event.action == "achievement.encumbered"
