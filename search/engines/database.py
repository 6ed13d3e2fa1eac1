"""The reduced answer of PostgreSQL, for when the engine is down: numbers, names and words by LIKE, facets by SQL.

It reads what the other engines index, finds less (no analysis of full width or accents) and ranks coarsely.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements.models import Achievement
from market.listings.models import Listing
from market.listings.vocabulary import PUBLIC_STATES
from search.engines import database_facets
from search.engines.base import SearchAnswer, nothing_found
from search.engines.database_filters import favour, fulfilled
from search.engines.database_words import scored
from search.query import SearchQuery, Sort
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
        ordered = select(matched.c.id, matched.c.score).where(*chosen).order_by(*_order(query, matched))
        hits = self._hits(ordered.limit(query.limit).offset(query.offset))
        facets = database_facets.counts(self._session, query, matched) if query.counts_facets else {}
        return SearchAnswer(self.name, total, hits, facets)

    def walk(self, query: SearchQuery, block: int) -> Iterator[tuple[Hit, ...]]:
        if query.matches_nothing:
            return
        matched = _matched(query)
        chosen = database_facets.filters(query, matched.c.id)
        hits = self._hits(select(matched.c.id, matched.c.score).where(*chosen).order_by(*_order(query, matched)))
        for start in range(0, len(hits), block):
            yield hits[start : start + block]

    def _hits(self, wanted: Select[*tuple[Any, ...]]) -> tuple[Hit, ...]:
        return tuple(Hit(listing_id, float(score)) for listing_id, score in self._session.execute(wanted))


def _order(query: SearchQuery, matched: CTE) -> tuple[ColumnElement[Any], ...]:
    """The same orders as those of the engines' sort keys."""
    listing_id, newest = matched.c.id, (matched.c.published_at.desc().nulls_last(), matched.c.id.desc())
    if query.is_sorted_by_score:
        return (matched.c.score.desc(), *newest)
    if query.sort is Sort.CHEAPEST:
        return (database_facets.lowest_price(listing_id).asc().nulls_last(), listing_id.desc())
    if query.sort is Sort.DEAREST:
        return (database_facets.lowest_price(listing_id).desc().nulls_last(), listing_id.desc())
    if query.sort is Sort.WATCHED:
        return (database_facets.watchers(listing_id).desc(), listing_id.desc())
    if query.sort is Sort.CLOSING:
        return (database_facets.open_lot_closes(listing_id, query.asked_at).asc().nulls_last(), *newest)
    return newest


def _matched(query: SearchQuery) -> CTE:
    """Every public listing that the words match, with its score; no filter yet."""
    score, condition = scored(query)
    return (
        select(Listing.id, (score + favour(query)).label("score"), Listing.published_at)
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .join(Achievement, Achievement.id == Listing.achievement_id)
        .where(Listing.state.in_(PUBLIC_STATES), condition, fulfilled(query))
        .cte("matched")
    )
