"""The loader of a saved search."""

from __future__ import annotations

from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.kernel.errors import NotFound
from search.saved.models import SavedSearch


def saved_search_for(session: Session, actor: Actor, saved_id: int) -> SavedSearch:
    """The saved search, if it is the actor's own, for whichever organisation she acts. Raises NotFound otherwise."""
    saved = session.get(SavedSearch, saved_id)
    if saved is None or saved.person_id != actor.person_id:
        raise NotFound
    return saved
