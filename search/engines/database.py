"""The reduced answer of PostgreSQL, for when the engine is down: numbers, names and words by LIKE, facets by SQL.

It reads what the other engines index, finds less (no analysis of full width or accents) and ranks coarsely.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, Float, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, OrganisationName
from market.achievements.models import Achievement, IPRight
from market.listings.models import Listing, ListingMember, Offer
from market.listings.vocabulary import PUBLIC_STATES
from search.documents import FACETS
from search.engines.base import FacetCount, SearchAnswer, in_facet_order, nothing_found
from search.query import SearchQuery
from search.ranking import EXACT_NAME_SCORE, EXACT_NUMBER_SCORE, NUMBER_PREFIX_SCORE, Hit, minimum_match

MAXIMUM_WORDS = 16
TITLE_SCORE = 3.0
TEXT_SCORE = 1.0
_BARE = func.lower(func.replace(IPRight.number, ".", ""))
_OF_LISTING = and_(ListingMember.listing_id == Listing.id, IPRight.achievement_id == ListingMember.achievement_id)


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
    score, condition = _scored(query)
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


def _scored(query: SearchQuery) -> tuple[ColumnElement[Any], ColumnElement[bool]]:
    if not query.has_words:
        return literal(0.0, Float), literal(True)
    ways = [(condition, score) for condition, score in _lookups(query)]
    words = (*query.terms, *query.characters)[:MAXIMUM_WORDS]
    if words:
        in_title = [Listing.title.icontains(word, autoescape=True) for word in words]
        in_text = [_text().icontains(word, autoescape=True) for word in words]
        held: ColumnElement[Any] = _sum([(or_(*pair), 1) for pair in zip(in_title, in_text, strict=True)])
        ways.append((held >= minimum_match(len(words)), 0.0))
        weighted = [(one, TITLE_SCORE) for one in in_title] + [(one, TEXT_SCORE) for one in in_text]
    else:
        weighted = []
    return _sum([*ways, *weighted]), or_(*(condition for condition, _ in ways))


def _sum(parts: list[tuple[ColumnElement[bool], float]]) -> ColumnElement[Any]:
    total: ColumnElement[Any] = literal(0.0, Float)
    for condition, score in parts:
        total = total + case((condition, score), else_=0.0)
    return total


def _text() -> ColumnElement[str]:
    columns = (Listing.summary, Listing.problem, Listing.advantage, Achievement.abstract, Achievement.completers)
    return func.concat_ws(" ", *columns, Organisation.name)


def _lookups(query: SearchQuery) -> list[tuple[ColumnElement[bool], float]]:
    ways = [(_numbered(key), EXACT_NUMBER_SCORE) for key in query.numbers]
    ways += [(_beginning(key), NUMBER_PREFIX_SCORE) for key in query.prefixes]
    if query.name:
        ways.append((_named(query.name), EXACT_NAME_SCORE))
    return ways


def _numbered(key: str) -> ColumnElement[bool]:
    """The listing's own number, or a right's with or without check digit, prefix and kind code."""
    publication = func.lower(func.coalesce(IPRight.publication_number, ""))
    written = or_(_BARE.regexp_match(f"^{key}[0-9x]?$"), publication.regexp_match(f"^(cn)?{key}([a-z][0-9]?)?$"))
    return or_(func.lower(Listing.number) == key, select(IPRight.id).where(_OF_LISTING, written).exists())


def _beginning(key: str) -> ColumnElement[bool]:
    begins = select(IPRight.id).where(_OF_LISTING, _BARE.startswith(key, autoescape=True)).exists()
    return or_(func.lower(Listing.number).startswith(key, autoescape=True), begins)


def _named(name: str) -> ColumnElement[bool]:
    former = select(OrganisationName.id).where(
        OrganisationName.organisation_id == Listing.organisation_id, func.lower(OrganisationName.name) == name
    )
    return or_(func.lower(Organisation.name) == name, func.lower(Organisation.code) == name, former.exists())


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
