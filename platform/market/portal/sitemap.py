"""The map of the site for search machines (sitemaps.org): one file up to 50,000 addresses, beyond them an index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.auctions.models import Lot
from market.listings.models import Listing
from market.listings.vocabulary import READABLE_STATES
from market.portal.institutions import shown

LARGEST = 50_000
"""Addresses in one file, by the protocol."""
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
PAGES = ("/", "/listings", "/lots", "/announcements", "/institutions", "/open-list", "/record")
_READABLE = Listing.state.in_([state.value for state in READABLE_STATES])


@dataclass(frozen=True)
class Place:
    """One address of the site, absolute; `changed` when its content last changed."""

    address: str
    changed: datetime | None = None


def file_count(session: Session, largest: int = LARGEST) -> int:
    """How many files the map needs: the first holds pages, institutions and lots, the others listings; 1 = no index."""
    listings = session.scalar(select(func.count(Listing.id)).where(_READABLE)) or 0
    if listings + len(_first_places(session)) <= largest:
        return 1
    return 1 + -(-listings // largest)


def places(session: Session, number: int, files: int, largest: int = LARGEST) -> list[Place]:
    """The addresses of file `number` (1 …) of `files`, as paths."""
    first = _first_places(session) if number == 1 else []
    if files == 1:
        return first + _listing_places(session, 0, largest)
    return first if number == 1 else _listing_places(session, (number - 2) * largest, largest)


def _first_places(session: Session) -> list[Place]:
    institutions = session.scalars(select(Organisation.code).where(*shown()).order_by(Organisation.id))
    lots = session.execute(
        select(Lot.number, func.coalesce(Lot.closed_at, Lot.announced_at)).order_by(Lot.id.desc()).limit(LARGEST // 2)
    )
    found = [Place(page) for page in PAGES]
    found += [Place(f"/institutions/{code}") for code in institutions]
    return found + [Place(f"/lots/{number}", changed) for number, changed in lots]


def _listing_places(session: Session, offset: int, limit: int) -> list[Place]:
    statement = (
        select(Listing.number, Listing.updated_at).where(_READABLE).order_by(Listing.id).offset(offset).limit(limit)
    )
    return [Place(f"/listings/{number}", changed) for number, changed in session.execute(statement)]


def urlset_xml(found: Iterable[Place]) -> str:
    """One file of the map."""
    return _document("urlset", "url", found)


def index_xml(found: Sequence[Place]) -> str:
    """The index of the files."""
    return _document("sitemapindex", "sitemap", found)


def _document(root: str, element: str, found: Iterable[Place]) -> str:
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">']
    for place in found:
        changed = f"<lastmod>{place.changed.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if place.changed else ""
        lines.append(f"<{element}><loc>{escape(place.address)}</loc>{changed}</{element}>")
    lines.append(f"</{root}>\n")
    return "\n".join(lines)
