"""Background steps of the notices."""

from __future__ import annotations

from market.auctions.service import bid_time
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.jobs import job
from market.notifications import mailing, outbidding, service


@job("notifications.deliver")
def deliver(event_id: int) -> None:
    """Write the notices that an event deserves, once."""
    with transaction() as session:
        service.deliver(session, event_id, now=current_time())


@job("notifications.tell_outbid", cron="* * * * * 10")
def tell_outbid() -> None:
    """Every minute, ten seconds before the mails go: who was outbid is told, once for each bid of hers."""
    with transaction() as session:
        outbidding.tell_outbid(session, now=bid_time(session))


@job("notifications.send_mails", cron="* * * * * 20")
def send_mails() -> None:
    """Every minute: one mail for each person for whom notices are due."""
    with transaction() as session:
        mailing.send_due(session, now=current_time())
