"""Saved searches for tests: somebody's question, and listings that come and change under it."""

from __future__ import annotations

from urllib.parse import parse_qsl

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.listings.models import Listing
from market.notifications.models import Notice
from search.saved import jobs, service
from search.saved.models import SavedSearch, SavedSearchHit
from search.saved.question import Question, asked
from search.saved.vocabulary import Rhythm
from tests.conftest import NOW
from tests.factories.world import actor_of, make_organisation, make_person


def make_reader(session: Session) -> Person:
    """Somebody of a new enterprise."""
    return make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)


def question(text: str) -> Question:
    """The question of a query string; a text without = is its words."""
    return asked(MultiDict(parse_qsl(text) if "=" in text else [("q", text)]))


def save_search(
    session: Session, person: Person, text: str, *, name: str = "", rhythm: Rhythm = Rhythm.INSTANT
) -> SavedSearch:
    """The question, saved now."""
    return service.save(session, actor_of(person), question(text), name or text, rhythm, now=NOW)


def change(session: Session, listing: Listing, **columns: object) -> None:
    """What a service does to a listing when it changes something: columns and a higher version; then its job runs."""
    for name, value in columns.items():
        setattr(listing, name, value)
    listing.version += 1
    session.flush()
    come(listing)


def come(*listings: Listing) -> None:
    """The jobs of new or changed listings run, and whatever they defer."""
    for listing in listings:
        jobs.match_saved(listing.id)
    jobs.tell_saved()


def told(session: Session) -> list[Notice]:
    """All notices of saved searches, in their order."""
    statement = select(Notice).where(Notice.deduplication_key.startswith("saved_search")).order_by(Notice.id)
    return list(session.scalars(statement))


def new_hits(session: Session, saved: SavedSearch) -> list[int]:
    """Ids of the listings that it found since it was saved, in their order."""
    found = (SavedSearchHit.saved_search_id == saved.id, SavedSearchHit.is_new.is_(True))
    return list(session.scalars(select(SavedSearchHit.listing_id).where(*found).order_by(SavedSearchHit.id)))
