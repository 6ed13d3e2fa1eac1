"""The reduced answer of PostgreSQL, for when the engine is down: numbers, names and words by LIKE, facets by SQL.

It reads what the other engines index, finds less (no analysis of full width or accents) and ranks coarsely.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements.models import Achievement
from market.listings.models import Listing
from market.listings.vocabulary import PUBLIC_STATES
from search.engines import database_facets
from search.engines.base import SearchAnswer, nothing_found
from search.engines.database_words import scored
from search.query import SearchQuery
from search.ranking import Hit


class DatabaseEngine:
    """Implements AnswersQueries on the session that it is given."""

    name = "database"

    def __init__(self, session: Session) -> None:
        self._session = session

    def search(self, query: SearchQuery) -> SearchAnswer:
        if query.matches_nothing:
            return nothing_found(self.name)
        matched = _matched(query)
        chosen = database_facets.filters(query, matched.c.id)
        total = self._session.scalar(select(func.count()).select_from(matched).where(*chosen)) or 0
        order: list[ColumnElement[Any]] = [matched.c.score.desc()] if query.is_sorted_by_score else []
        page = (
            select(matched.c.id, matched.c.score)
            .where(*chosen)
            .order_by(*order, matched.c.published_at.desc(), matched.c.id.desc())
            .limit(query.limit)
            .offset(query.offset)
        )
        hits = tuple(Hit(listing_id, float(score)) for listing_id, score in self._session.execute(page))
        facets = database_facets.counts(self._session, query, matched) if query.counts_facets else {}
        return SearchAnswer(self.name, total, hits, facets)


def _matched(query: SearchQuery) -> CTE:
    """Every public listing that the words match, with its score; no filter yet."""
    score, condition = scored(query)
    return (
        select(Listing.id, score.label("score"), Listing.published_at)
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .join(Achievement, Achievement.id == Listing.achievement_id)
        .where(Listing.state.in_(PUBLIC_STATES), condition)
        .cte("matched")
    )
