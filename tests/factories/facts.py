"""Facts for tests of pages and scores, each over a real event row and a real listing."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.evaluation.models import Fact
from market.kernel.clock import SHANGHAI
from market.kernel.events import EventDraft, record
from market.listings.models import Listing
from tests.factories.public_listings import make_public_listing


def make_fact(
    session: Session, institution: Organisation, kind: str, on: date, *, listing: Listing | None = None, **columns: Any
) -> Fact:
    """A fact of the institution on that day, about a new (or the given) listing."""
    listing = listing or make_public_listing(session, f"{kind} {on}", organisation=institution)
    at = datetime.combine(on, time(12), SHANGHAI)
    event = record(session, EventDraft("listing", listing.id, "listing.edited", at))
    ways = columns.pop("ways", ["assignment"])
    details = {"ways": ways, "listing_ids": [listing.id], "number": listing.number, "title": listing.title}
    fact = Fact(
        event_id=event.id,
        kind=kind,
        occurred_on=on,
        institution_id=institution.id,
        institution_county=institution.county_code,
        subject_kind="listing",
        subject_id=listing.id,
        achievement_id=listing.achievement_id,
        details=details | columns.pop("details", {"published_on": on.isoformat()}),
        **columns,
    )
    session.add(fact)
    session.flush()
    return fact
