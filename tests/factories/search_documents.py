"""Documents of search without a database: a listing with few words, and a source that holds a list of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from search.documents import ListingDocument

START = datetime(2026, 11, 1, tzinfo=UTC)


def listing(listing_id: int, title: str, **fields: Any) -> ListingDocument:
    """A listing of 温州大学, published `listing_id` hours after START; `fields` are those of ListingDocument."""
    defaults: dict[str, Any] = {
        "version": 1,
        "number": f"WZ2026001{listing_id:05d}3",
        "institution_code": "WZU",
        "institution_name": "温州大学",
        "county_code": "330304",
        "tech_field": "materials",
        "ways": ("transfer",),
        "published_at": START + timedelta(hours=listing_id),
    }
    return ListingDocument(id=listing_id, title=title, **(defaults | fields))


class ListSource:
    """The database of these tests: a table that can change while an index is built."""

    def __init__(self, documents: Sequence[ListingDocument]) -> None:
        self.rows = {document.id: document for document in documents}

    def versions(self, after_id: int, limit: int) -> list[tuple[int, int]]:
        """As indexing.Source."""
        return [(one, self.rows[one].version) for one in sorted(self.rows) if one > after_id][:limit]

    def documents(self, ids: Sequence[int]) -> list[ListingDocument]:
        """As indexing.Source."""
        return [self.rows[one] for one in ids if one in self.rows]
