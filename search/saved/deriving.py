"""The keys of saved questions are kept as the present analysis makes them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from search.saved.models import SavedSearch, SavedSearchKey
from search.saved.question import in_force
from search.saved.telling import derivation, keys_of_question
from search.synonyms.current import current_dictionary

BLOCK = 500


def write_keys(session: Session, questions: Sequence[tuple[int, str]]) -> None:
    """Write the keys of new questions (id, question)."""
    rows, dictionary = [], current_dictionary(session)
    for saved_id, question in questions:
        telling = keys_of_question(in_force(question, dictionary))
        rows += [
            {"key": key, "saved_search_id": saved_id, "weight": weight, "needs": telling.needs}
            for key, weight in telling.hashed.items()
        ]
    if rows:
        session.execute(insert(SavedSearchKey), rows)


def derive_stale(session: Session) -> int:
    """Make the keys of some questions anew whose keys were made otherwise; returns how many, 0 when all are as they should be."""
    current = derivation(current_dictionary(session))
    edges = session.execute(select(func.min(SavedSearch.derivation), func.max(SavedSearch.derivation))).one()
    if set(edges) <= {current, None}:
        return 0
    stale = (
        select(SavedSearch.id, SavedSearch.question)
        .where(SavedSearch.derivation != current)
        .order_by(SavedSearch.id)
        .limit(BLOCK)
        .with_for_update(skip_locked=True)
    )
    found = [(row.id, row.question) for row in session.execute(stale)]
    ids = [saved_id for saved_id, _ in found]
    session.execute(delete(SavedSearchKey).where(SavedSearchKey.saved_search_id.in_(ids)))
    write_keys(session, found)
    session.execute(update(SavedSearch).where(SavedSearch.id.in_(ids)).values(derivation=current))
    return len(found)
