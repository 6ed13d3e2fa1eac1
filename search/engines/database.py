"""The reduced answer of PostgreSQL, for when the engine is down: numbers, names and words by LIKE, facets by SQL.

It reads what the other engines index, finds less (no analysis of full width or accents) and ranks coarsely.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import ARRAY, CTE, BigInteger, ColumnElement, Float, Select, column, func, literal, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements.models import Achievement
from market.listings.models import Listing
from market.listings.vocabulary import PUBLIC_STATES
from search.engines import database_facets
from search.engines.base import FacetCount, SearchAnswer, nothing_found
from search.engines.database_filters import favour, fulfilled
from search.engines.database_limits import TookTooLong, at_most
from search.engines.database_words import scored
from search.engines.page_time import database_is_slow, database_was_slow
from search.query import SearchQuery, Sort
from search.ranking import Hit

logger = logging.getLogger(__name__)
STATEMENT_SECONDS = 2.0
MAXIMUM_MATCHES = 100_000


class DatabaseEngine:
    """Implements AnswersQueries on the session that it is given."""

    name = "database"

    def __init__(self, session: Session, *, statement_seconds: float = STATEMENT_SECONDS) -> None:
        """A statement may take `statement_seconds`; then less is looked through, at the end nothing."""
        self._session = session
        self._statement_seconds = statement_seconds

    def search(self, query: SearchQuery) -> SearchAnswer:
        """All texts are looked through; if that takes too long titles alone; then the answer is empty and says so.

        A page whose search took long gets no second one: it is empty at once.
        """
        if query.matches_nothing:
            return nothing_found(self.name)
        if database_was_slow():
            return replace(nothing_found(self.name), is_cut=True)
        begin = time.monotonic()
        try:
            return self._within_time(query)
        finally:
            if time.monotonic() - begin > self._statement_seconds / 2:
                database_is_slow()

    def _within_time(self, query: SearchQuery) -> SearchAnswer:
        for titles_only in (False, True):
            try:
                with at_most(self._session, self._statement_seconds):
                    matched = self._kept(query, titles_only=titles_only)
                    found = self._found(query, matched)
            except TookTooLong:
                logger.warning("PostgreSQL looked for longer than %s s", self._statement_seconds)
            else:
                return replace(found, facets=self._facets(query, matched), is_cut=titles_only)
        return replace(nothing_found(self.name), is_cut=True)

    def _found(self, query: SearchQuery, matched: CTE) -> SearchAnswer:
        chosen = database_facets.filters(query, matched.c.id)
        total = self._session.scalar(select(func.count()).select_from(matched).where(*chosen)) or 0
        ordered = select(matched.c.id, matched.c.score).where(*chosen).order_by(*_order(query, matched))
        hits = self._hits(ordered.limit(query.limit).offset(query.offset))
        return SearchAnswer(self.name, total, hits)

    def _facets(self, query: SearchQuery, matched: CTE) -> dict[str, tuple[FacetCount, ...]]:
        """None at all when counting takes too long: the hits are worth more."""
        if not query.counts_facets:
            return {}
        try:
            with at_most(self._session, self._statement_seconds):
                return database_facets.counts(self._session, query, matched)
        except TookTooLong:
            return {}

    def walk(self, query: SearchQuery, block: int) -> Iterator[tuple[Hit, ...]]:
        """As `search` looks: through all texts, else through titles alone, else through nothing."""
        if query.matches_nothing:
            return
        hits: tuple[Hit, ...] = ()
        for titles_only in (False, True):
            with suppress(TookTooLong), at_most(self._session, self._statement_seconds):
                matched = self._kept(query, titles_only=titles_only)
                chosen = database_facets.filters(query, matched.c.id)
                wanted = select(matched.c.id, matched.c.score).where(*chosen)
                hits = self._hits(wanted.order_by(*_order(query, matched)))
                break
        for start in range(0, len(hits), block):
            yield hits[start : start + block]

    def _kept(self, query: SearchQuery, *, titles_only: bool) -> CTE:
        """What the question matches, looked for once: page, number and facets are counted over it.

        At most as many as MAXIMUM_MATCHES, the best. Without words or conditions nothing is looked for.
        """
        matched = _matched(query, titles_only=titles_only)
        if not query.text.strip():
            return matched
        best = select(matched.c.id, matched.c.score).order_by(matched.c.score.desc(), matched.c.id.desc())
        found = self._session.execute(best.limit(MAXIMUM_MATCHES)).all()
        ids, scores = [listing_id for listing_id, _ in found], [float(score) for _, score in found]
        arrays = func.unnest(literal(ids, ARRAY(BigInteger)), literal(scores, ARRAY(Float)))
        kept = arrays.table_valued(column("id", BigInteger), column("score", Float), name="kept").render_derived()
        statement = select(Listing.id, kept.c.score, Listing.published_at).join(kept, kept.c.id == Listing.id)
        return statement.cte("matched")

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


def _matched(query: SearchQuery, *, titles_only: bool = False) -> CTE:
    """Every public listing that the words match, with its score; no filter yet."""
    words = scored(query, titles_only=titles_only)
    statement = (
        select(Listing.id, (words.score + favour(query)).label("score"), Listing.published_at)
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .join(Achievement, Achievement.id == Listing.achievement_id)
        .where(Listing.state.in_(PUBLIC_STATES), words.finds, fulfilled(query))
    )
    return words.joined(statement).cte("matched")
