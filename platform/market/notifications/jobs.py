"""Background steps of the notices."""

from __future__ import annotations

from market.kernel.db import transaction
from market.kernel.jobs import job
from market.notifications import service


@job("notifications.deliver")
def deliver(event_id: int) -> None:
    """Write the notices that an event deserves, once."""
    with transaction() as session:
        service.deliver(session, event_id)
