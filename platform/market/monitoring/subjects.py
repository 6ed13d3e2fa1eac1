"""What a fact is about: the listing, lot or application, with its number, title and page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from market.auctions.models import Lot
from market.deals.models import Application
from market.kernel.db import current_session
from market.listings.models import Listing
from market.monitoring.queries import FactRow


@dataclass(frozen=True)
class Record:
    """A fact and what it is about. `listing_number` or `lot_number` leads to a page; `number` is what it is called."""

    fact: FactRow
    number: str
    title: str
    listing_number: str | None
    lot_number: str | None


def records(rows: Sequence[FactRow]) -> list[Record]:
    """The facts with what they are about: three queries, however many rows."""
    listings = _listings({listing_id for row in rows for listing_id in row.listing_ids})
    lots = _lots({row.subject_id for row in rows if row.subject_kind == "lot"})
    applications = _applications({row.subject_id for row in rows if row.subject_kind == "application"})
    return [_record(row, listings, lots, applications) for row in rows]


def _record(
    row: FactRow,
    listings: dict[int, tuple[str, str]],
    lots: dict[int, tuple[str, str]],
    applications: dict[int, str],
) -> Record:
    listing_number, listing_title = next(
        (listings[listing_id] for listing_id in row.listing_ids if listing_id in listings), (None, "")
    )
    if row.subject_kind == "lot":
        number, title = lots.get(row.subject_id, ("", listing_title))
        return Record(row, number, title, None, number or None)
    number = applications.get(row.subject_id, "") if row.subject_kind == "application" else listing_number or ""
    return Record(row, number, listing_title, listing_number, None)


def _listings(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    statement = select(Listing.id, Listing.number, Listing.title).where(Listing.id.in_(list(ids)))
    return {row.id: (row.number, row.title) for row in current_session().execute(statement)}


def _lots(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    statement = select(Lot.id, Lot.number, Lot.title).where(Lot.id.in_(list(ids)))
    return {row.id: (row.number, row.title) for row in current_session().execute(statement)}


def _applications(ids: Iterable[int]) -> dict[int, str]:
    statement = select(Application.id, Application.number).where(Application.id.in_(list(ids)))
    return {row.id: row.number for row in current_session().execute(statement)}
