"""By which day something is to be done: working days from the moment when it began to wait."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select

from market.kernel.clock import local_date
from market.kernel.db import current_session
from market.kernel.events import Event
from market.kernel.holidays import load_calendar
from market.kernel.parameters import parameter
from market.listings.models import Listing
from market.listings.vocabulary import ListingState

REPLY, REVIEW, VERIFICATION = "service.reply_days", "service.review_days", "service.verification_days"


def due_day(since: datetime | None, key: str) -> date | None:
    """The last day for what has waited since then, under the value in force on the day when it began to wait."""
    if since is None:
        return None
    began, session = local_date(since), current_session()
    return load_calendar(session).working_days_after(began, int(parameter(session, key, began)))


def oldest_in_review(state: ListingState, organisation_id: int | None = None) -> datetime | None:
    """Since when the listing that has waited longest has been in this state; None without any."""
    latest = (
        select(func.max(Event.occurred_at).label("since"))
        .join(Listing, Listing.id == Event.subject_id)
        .where(Event.subject_kind == "listing", Event.state_after == state.value, Listing.state == state.value)
        .group_by(Listing.id)
    )
    if organisation_id is not None:
        latest = latest.where(Listing.organisation_id == organisation_id)
    rows = latest.subquery()
    oldest: datetime | None = current_session().scalar(select(func.min(rows.c.since)))
    return oldest
