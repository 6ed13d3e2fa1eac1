"""How PostgreSQL finds and weighs the words of a question: numbers and names exactly, words by LIKE.

For a statement over `Listing` joined with its leading `Achievement` and its `Organisation`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, func, literal, or_, select

from market.accounts.models import Organisation, OrganisationName
from market.achievements.models import Achievement, IPRight
from market.listings.models import Listing, ListingMember
from search.engines.database_writings import all_writings
from search.query import SearchQuery
from search.ranking import EXACT_NAME_SCORE, EXACT_NUMBER_SCORE, NUMBER_PREFIX_SCORE, minimum_match

MAXIMUM_WORDS = 16
TITLE_SCORE = 3.0
TEXT_SCORE = 1.0
_BARE = func.lower(func.replace(IPRight.number, ".", ""))
_OF_LISTING = and_(ListingMember.listing_id == Listing.id, IPRight.achievement_id == ListingMember.achievement_id)


def scored(query: SearchQuery) -> tuple[ColumnElement[Any], ColumnElement[bool]]:
    """The score of a listing, and whether the question finds it; without words every listing, all alike."""
    if not query.has_words:
        return literal(0.0, Float), literal(True)
    ways = [(condition, score) for condition, score in _lookups(query)]
    words = (*query.terms, *query.characters)[:MAXIMUM_WORDS]
    if words:
        written = [all_writings(query, word) for word in words]
        in_title = [_holds(Listing.title.expression, one) for one in written]
        in_text = [_holds(described(), one) for one in written]
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


def _holds(text: ColumnElement[str], writings: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(*(text.icontains(one, autoescape=True) for one in writings))


def described() -> ColumnElement[str]:
    """What a listing says of itself besides its title."""
    columns = (Listing.summary, Listing.problem, Listing.advantage, Achievement.abstract, Achievement.completers)
    return func.concat_ws(" ", *columns, Organisation.name)


def _lookups(query: SearchQuery) -> list[tuple[ColumnElement[bool], float]]:
    ways = [(has_number(key), EXACT_NUMBER_SCORE) for key in query.numbers]
    ways += [(begins_with(key), NUMBER_PREFIX_SCORE) for key in query.prefixes]
    if query.name:
        ways.append((named(query.name), EXACT_NAME_SCORE))
    return ways


def has_number(key: str) -> ColumnElement[bool]:
    """The listing's own number, or a right's with or without check digit, prefix and kind code."""
    publication = func.lower(func.coalesce(IPRight.publication_number, ""))
    written = or_(_BARE.regexp_match(f"^{key}[0-9x]?$"), publication.regexp_match(f"^(cn)?{key}([a-z][0-9]?)?$"))
    return or_(func.lower(Listing.number) == key, select(IPRight.id).where(_OF_LISTING, written).exists())


def begins_with(key: str) -> ColumnElement[bool]:
    """The listing's own number, or that of a right, begins so."""
    begins = select(IPRight.id).where(_OF_LISTING, _BARE.startswith(key, autoescape=True)).exists()
    return or_(func.lower(Listing.number).startswith(key, autoescape=True), begins)


def named(name: str) -> ColumnElement[bool]:
    """The institution has or had this name, or this code."""
    former = select(OrganisationName.id).where(
        OrganisationName.organisation_id == Listing.organisation_id, func.lower(OrganisationName.name) == name
    )
    return or_(func.lower(Organisation.name) == name, func.lower(Organisation.code) == name, former.exists())
