"""Changes of synonyms, made through the services."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.models import Person
from search.synonyms import service
from search.synonyms.models import SynonymChange
from search.synonyms.rules import Draft
from tests.factories.world import actor_of


def propose_group(
    session: Session,
    person: Person,
    *words: str,
    code: str | None = None,
    narrower: tuple[str, ...] = (),
    now: datetime,
) -> SynonymChange:
    """A new group, or another reading of the named one, as somebody proposed it."""
    return service.propose(session, actor_of(person), code, Draft(words, narrower), "用户常这样检索", now=now)
