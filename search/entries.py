"""The revision of a listing's entry: raised by whoever changes what the index holds of it without changing the listing."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from search.models import SearchEntry


def touch(session: Session, listing_ids: Iterable[int]) -> None:
    """Raise the revision of the listings, in the order of their ids; who touches defers their index jobs as well."""
    rows = [{"listing_id": listing_id, "revision": 1} for listing_id in sorted(set(listing_ids))]
    if rows:
        statement = insert(SearchEntry).values(rows)
        raised = {"revision": SearchEntry.revision + 1}
        session.execute(statement.on_conflict_do_update(index_elements=[SearchEntry.listing_id], set_=raised))
