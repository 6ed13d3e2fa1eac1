"""How many listings hold the words of a question."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from search import service
from search.engines.base import SearchEngine
from search.engines.database import DatabaseEngine
from search.meaning.hybrid import HybridEngine
from search.query import SearchQuery


def count_by_words(session: Session, engine: SearchEngine, query: SearchQuery, *, is_reduced: bool) -> int:
    """Hits by words alone: by meaning something near is found for any question. Facets are not counted.

    `is_reduced`: the engine did not answer this page's question, so that PostgreSQL is asked at once.
    """
    one = replace(query, page=1, page_size=1, counts_facets=False)
    if is_reduced:
        return DatabaseEngine(session).search(one).total
    words = engine.words if isinstance(engine, HybridEngine) else engine
    return service.answer(session, words, one, is_strict=True).found.total
