"""Listings like another, for its public page: near in meaning, and by the words of its title, classes and trade."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from market.kernel.db import current_session
from market.listings.detail_queries import ListingView
from search.classification import titles_of
from search.engines.base import EngineUnavailable, SearchEngine
from search.meaning.embedder import MODEL
from search.meaning.fusion import fused
from search.meaning.hybrid import HybridEngine
from search.models import SearchEntry
from search.query import MAXIMUM_TEXT_CHARACTERS, in_ordinary_words
from search.ranking import Hit, Neighbour

logger = logging.getLogger(__name__)
LEAST_ALIKE = 0.15
"""Least cosine of two listings' vectors: of the demonstration's 295 listings each has about ten that are this near."""
_FORMULAIC = re.compile("一种|新型|方法|装置|用于|及其|其他|一般")
"""Words of every third title: they tell no two listings apart, and were half of the engine's work at 100,000."""


def similar_ids(engine: SearchEngine, listing: ListingView, limit: int) -> Sequence[int] | None:
    """Ids of the most similar listings, best first, without the listing itself; None when the engine is down.

    The page then asks the database for the same class or industry. The listing's own vector is asked with, so that
    nothing has to be computed; a listing that has none yet, or an engine without meaning, is answered by words.
    """
    words = engine.words if isinstance(engine, HybridEngine) else engine
    query = replace(in_ordinary_words(question(listing)).at_page(1, limit + 1), counts_facets=False)
    try:
        found = words.search(query).hits
    except EngineUnavailable as reason:
        logger.warning("no similar listings from the engine: %s", reason)
        return None
    near = _neighbours(words, listing.id, limit + 1) if words is not engine else []
    ranked: Sequence[Hit] = fused(found, near) if near else found
    return [hit.id for hit in ranked if hit.id != listing.id][:limit]


def _neighbours(engine: SearchEngine, listing_id: int, limit: int) -> list[Neighbour]:
    """The listings nearest in meaning, the listing itself among them; none without a vector."""
    statement = select(SearchEntry.vector).where(
        SearchEntry.listing_id == listing_id, SearchEntry.vector_model == MODEL, SearchEntry.vector.is_not(None)
    )
    vector = current_session().scalar(statement)
    if vector is None:
        return []
    try:
        return engine.nearest(vector, limit, LEAST_ALIKE)
    except EngineUnavailable as reason:
        logger.warning("similar listings by words alone: %s", reason)
        return []


def question(listing: ListingView) -> str:
    """Title first, then the titles of the patents' classes and the industry, as far as a question may be long.

    Formulaic words are left out: they would cost most and find nothing alike.
    """
    classes = dict.fromkeys(title for right in listing.rights for title in titles_of(right.main_class))
    telling = [" ".join(_FORMULAIC.sub(" ", text).split()) for text in (listing.title, *classes)]
    return " ".join((*filter(None, telling), listing.industry.label))[:MAXIMUM_TEXT_CHARACTERS]
