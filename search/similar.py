"""Listings like another, for its public page: the words of its title and its trade, asked of the engine."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from market.listings.detail_queries import ListingView
from search.classification import titles_of
from search.engines.base import EngineUnavailable, SearchEngine
from search.query import MAXIMUM_TEXT_CHARACTERS, from_text

logger = logging.getLogger(__name__)
_FORMULAIC = re.compile("一种|新型|方法|装置|用于|及其|其他|一般")
"""Words of every third title: they tell no two listings apart, and were half of the engine's work at 100,000."""


def similar_ids(engine: SearchEngine, listing: ListingView, limit: int) -> Sequence[int] | None:
    """Ids of the most similar listings, best first, without the listing itself; None when the engine is down.

    The page then asks the database for the same class or industry.
    """
    query = replace(from_text(question(listing)).at_page(1, limit + 1), counts_facets=False)
    try:
        found = engine.search(query)
    except EngineUnavailable as reason:
        logger.warning("no similar listings from the engine: %s", reason)
        return None
    return [hit.id for hit in found.hits if hit.id != listing.id][:limit]


def question(listing: ListingView) -> str:
    """Title first, then the titles of the patents' classes and the industry, as far as a question may be long.

    Formulaic words are left out: they would cost most and find nothing alike.
    """
    classes = dict.fromkeys(title for right in listing.rights for title in titles_of(right.main_class))
    telling = [" ".join(_FORMULAIC.sub(" ", text).split()) for text in (listing.title, *classes)]
    return " ".join((*filter(None, telling), listing.industry.label))[:MAXIMUM_TEXT_CHARACTERS]
