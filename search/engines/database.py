"""The reduced answer of PostgreSQL, for when the engine is down: numbers, names and words by LIKE, facets by SQL.

It reads what the other engines index, finds less (no analysis of full width or accents) and ranks coarsely.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements.models import Achievement
from market.listings.models import Listing, Offer
from market.listings.vocabulary import PUBLIC_STATES
from search.documents import FACETS
from search.engines.base import FacetCount, SearchAnswer, in_facet_order, nothing_found
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
        chosen = _filters(query, matched)
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
        facets = {facet: self._counts(query, matched, facet) for facet in FACETS if query.counts_facets}
        return SearchAnswer(self.name, total, hits, facets)

    def _counts(self, query: SearchQuery, matched: CTE, facet: str) -> tuple[FacetCount, ...]:
        others = _filters(query, matched, without=facet)
        if facet == "way":
            value: ColumnElement[Any] = Offer.transfer_way.expression
            statement = select(value, func.count()).join_from(matched, Offer, Offer.listing_id == matched.c.id)
        else:
            value = matched.c[facet]
            statement = select(value, func.count()).select_from(matched)
        rows = self._session.execute(statement.where(*others).group_by(value))
        return in_facet_order({found: count for found, count in rows if found})


def _matched(query: SearchQuery) -> CTE:
    """Every public listing that the words match, with its score and its facets; no filter yet."""
    score, condition = scored(query)
    return (
        select(
            Listing.id,
            score.label("score"),
            Listing.published_at,
            Organisation.code.label("institution"),
            Listing.county_code.label("county"),
            Listing.technical_field.label("field"),
        )
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .join(Achievement, Achievement.id == Listing.achievement_id)
        .where(Listing.state.in_(PUBLIC_STATES), condition)
        .cte("matched")
    )


def _filters(query: SearchQuery, matched: CTE, without: str | None = None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for facet, values in query.filters:
        if facet == without:
            continue
        if facet == "way":
            offered = select(Offer.id).where(Offer.listing_id == matched.c.id, Offer.transfer_way.in_(values))
            conditions.append(offered.exists())
        else:
            conditions.append(matched.c[facet].in_(values))
    return conditions
