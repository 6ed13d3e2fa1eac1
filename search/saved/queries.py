"""Reads of saved searches for pages and exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.rules import Actor
from market.kernel.db import current_session
from market.kernel.lists import ListQuery, Orders
from market.listings.models import Listing
from market.listings.vocabulary import READABLE_STATES, ListingState
from search.queries import institution_names
from search.query import SearchQuery
from search.saved.models import SavedSearch, SavedSearchHit
from search.saved.question import address_of, stored
from search.saved.vocabulary import Rhythm


@dataclass(frozen=True)
class SavedRow:
    """A saved search in its list. `new` are hits since the last look; `found` all that it found since it was saved.

    `through` is the latest hit that the page knows of: what comes later stays new.
    """

    id: int
    name: str
    query: SearchQuery
    address: str
    rhythm: Rhythm
    created_at: datetime
    new: int
    found: int
    last_found_at: datetime | None
    through: int


@dataclass(frozen=True)
class FoundRow:
    """A listing that a saved search found; `state` None and no title when its page is not public any more."""

    listing_id: int
    number: str
    title: str
    organisation_name: str
    state: ListingState | None
    found_at: datetime
    is_new: bool


_OF_SEARCH = (SavedSearchHit.saved_search_id == SavedSearch.id, SavedSearchHit.is_new.is_(True))
_FOUND = select(func.count(SavedSearchHit.id)).where(*_OF_SEARCH).correlate(SavedSearch).scalar_subquery()
_NEW = (
    select(func.count(SavedSearchHit.id))
    .where(*_OF_SEARCH, SavedSearchHit.id > SavedSearch.seen_through)
    .correlate(SavedSearch)
    .scalar_subquery()
)
_LAST = select(func.max(SavedSearchHit.found_at)).where(*_OF_SEARCH).correlate(SavedSearch).scalar_subquery()
_THROUGH = (
    select(func.coalesce(func.max(SavedSearchHit.id), 0)).where(*_OF_SEARCH).correlate(SavedSearch).scalar_subquery()
)
_STATEMENT = select(
    SavedSearch,
    _NEW.label("new"),
    _FOUND.label("found"),
    _LAST.label("last_found_at"),
    _THROUGH.label("through"),
)


def _saved_row(found: Any) -> SavedRow:
    saved: SavedSearch = found[0]
    return SavedRow(
        id=saved.id,
        name=saved.name,
        query=stored(saved.question),
        address=address_of(saved.question),
        rhythm=Rhythm(saved.rhythm),
        created_at=saved.created_at,
        new=found.new,
        found=found.found,
        last_found_at=found.last_found_at,
        through=found.through,
    )


ORDERS = Orders(
    {"name": SavedSearch.name, "new": _NEW, "found": _LAST, "created": SavedSearch.created_at},
    default=((_NEW > 0).desc(), SavedSearch.created_at.desc(), SavedSearch.id.desc()),
    last=SavedSearch.id,
)
SAVED = ListQuery(_STATEMENT, _saved_row, ORDERS)


def conditions(actor: Actor, rhythm: Rhythm | None, text: str, *, only_new: bool) -> list[ColumnElement[bool]]:
    """Conditions of the list of her own searches; the words are looked for in their names."""
    wanted: list[ColumnElement[bool]] = [SavedSearch.person_id == actor.person_id]
    if rhythm is not None:
        wanted.append(SavedSearch.rhythm == rhythm.value)
    if text:
        wanted.append(SavedSearch.name.icontains(text, autoescape=True))
    if only_new:
        wanted.append(_NEW > 0)
    return wanted


def saved_row(session: Session, saved_id: int) -> SavedRow:
    """One saved search as its page shows it; the caller has loaded it by its actor."""
    return _saved_row(session.execute(_STATEMENT.where(SavedSearch.id == saved_id)).one())


_READABLE = Listing.state.in_(READABLE_STATES)
_TITLE = case((_READABLE, Listing.title), else_="")
_IS_NEW = SavedSearchHit.id > SavedSearch.seen_through
_HITS = (
    select(
        Listing.id.label("listing_id"),
        Listing.number,
        _TITLE.label("title"),
        Organisation.name.label("organisation_name"),
        case((_READABLE, Listing.state)).label("state"),
        SavedSearchHit.found_at,
        _IS_NEW.label("is_new"),
    )
    .join(SavedSearch, SavedSearch.id == SavedSearchHit.saved_search_id)
    .join(Listing, Listing.id == SavedSearchHit.listing_id)
    .join(Organisation, Organisation.id == Listing.organisation_id)
)


def _found_row(found: Any) -> FoundRow:
    state = None if found.state is None else ListingState(found.state)
    return FoundRow(**(dict(found._mapping) | {"state": state}))


HIT_ORDERS = Orders(
    {"title": _TITLE, "institution": Organisation.name, "found": SavedSearchHit.found_at},
    default=(SavedSearchHit.id.desc(),),
    last=SavedSearchHit.id,
)
HITS = ListQuery(_HITS, _found_row, HIT_ORDERS)
"""What saved searches found, the latest first unless the order says otherwise."""


def hit_conditions(saved_id: int, text: str, *, only_new: bool) -> list[ColumnElement[bool]]:
    """Conditions of what a saved search has found since it was saved; the words are looked for in title and number."""
    wanted: list[ColumnElement[bool]] = [SavedSearchHit.saved_search_id == saved_id, SavedSearchHit.is_new.is_(True)]
    if text:
        wanted.append(or_(*(one.icontains(text, autoescape=True) for one in (_TITLE, Listing.number))))
    if only_new:
        wanted.append(_IS_NEW)
    return wanted


def institutions_of(searches: Sequence[SearchQuery]) -> dict[str, str]:
    """Names of the institutions that the questions choose, by code."""
    codes = sorted({code for query in searches for code in query.selected("institution")})
    return institution_names(current_session(), codes)
