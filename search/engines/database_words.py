"""How PostgreSQL finds and weighs the words of a question: numbers and names exactly, words by LIKE.

For a statement over `Listing` joined with its leading `Achievement` and its `Organisation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, FromClause, Select, Subquery, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import aliased

from market.accounts.models import Organisation, OrganisationName
from market.achievements.claims import claims_column, published
from market.achievements.models import Achievement, IPRight
from market.listings.models import Listing, ListingMember
from search.engines.database_writings import all_writings
from search.query import SearchQuery
from search.ranking import EXACT_NAME_SCORE, EXACT_NUMBER_SCORE, NUMBER_PREFIX_SCORE, minimum_match

MAXIMUM_WORDS = 16
TITLE_SCORE = 3.0
TEXT_SCORE = 1.0
_BETWEEN = " .-_/·"
_BARE = func.lower(func.translate(IPRight.number, _BETWEEN, ""))
_PUBLICATION = func.regexp_replace(
    func.lower(func.translate(func.coalesce(IPRight.publication_number, ""), _BETWEEN, "")), "^cn", ""
)
_part = aliased(Achievement)
_OF_LISTING = and_(ListingMember.listing_id == Listing.id, IPRight.achievement_id == ListingMember.achievement_id)


@dataclass(frozen=True)
class Scored:
    """The score of a listing, and whether the question finds it; `claimed` and `looked` are to be joined for both, if there."""

    score: ColumnElement[Any]
    finds: ColumnElement[bool]
    looked: FromClause | None = None
    claimed: FromClause | None = None

    def joined(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """The statement with what the score stands on."""
        if self.claimed is not None:
            statement = statement.outerjoin(self.claimed, self.claimed.c.listing_id == Listing.id)
        return statement if self.looked is None else statement.join(self.looked, true())


def scored(query: SearchQuery, *, titles_only: bool = False) -> Scored:
    """How listings are found and weighed; without words every listing, all alike.

    Titles are also those of what a listing bundles. `titles_only` leaves its other texts aside, which cost most.
    """
    if not query.has_words:
        return Scored(literal(0.0, Float), literal(True))
    ways = [(condition, score) for condition, score in _lookups(query)]
    words = (*query.terms, *query.characters)[:MAXIMUM_WORDS]
    if not words:
        return Scored(_sum(ways), or_(*(condition for condition, _ in ways)))
    claimed = None if titles_only else _with_claims()
    found = _looked_up([all_writings(query, word) for word in words], claimed)
    enough = found.c.held >= minimum_match(query, len(words))
    return Scored(_sum(ways) + found.c.weight, or_(*(condition for condition, _ in ways), enough), found, claimed)


def _with_claims() -> Subquery:
    """Listings of which a right has claims that everybody may read: most have none, and then none are looked for."""
    statement = select(ListingMember.listing_id).distinct()
    offered = statement.join(IPRight, IPRight.achievement_id == ListingMember.achievement_id)
    return offered.where(IPRight.claims != "", published()).subquery("claimed")


def claims_of_listing() -> ColumnElement[Any]:
    """Claims of all rights that a listing offers, as far as everybody may read them."""
    statement = select(func.string_agg(claims_column(), "\n")).select_from(ListingMember)
    offered = statement.join(IPRight, IPRight.achievement_id == ListingMember.achievement_id)
    return offered.where(ListingMember.listing_id == Listing.id).correlate(Listing).scalar_subquery()


def _looked_up(words: Sequence[tuple[str, ...]], claimed: FromClause | None) -> FromClause:
    """For each listing how many of the words it holds, and their weight: every text is put together once, and looked
    at once for each word; without `claimed` titles alone. OFFSET 0 keeps PostgreSQL from doing it again wherever the
    outcome is used.
    """
    told: ColumnElement[str] = literal("")
    if claimed is not None:
        told = func.concat_ws(" ", described(), case((claimed.c.listing_id.is_not(None), claims_of_listing())))
    written = select(func.lower(Listing.title).label("title"), func.lower(told).label("text")).offset(0)
    around = (Listing, Achievement, Organisation, *(() if claimed is None else (claimed,)))
    lower = written.correlate(*around).lateral("lower")
    titles = [or_(_among(lower.c.title, one), Listing.id.in_(_bundling(one))) for one in words]
    texts = [literal(False) if claimed is None else _among(lower.c.text, one) for one in words]
    looked = select(
        *(one.label(f"title_{place}") for place, one in enumerate(titles)),
        *(one.label(f"text_{place}") for place, one in enumerate(texts)),
    ).select_from(lower)
    seen = looked.offset(0).correlate(*around).lateral("looked")
    columns = [(seen.c[f"title_{place}"], seen.c[f"text_{place}"]) for place in range(len(words))]
    held = _sum([(or_(*pair), 1) for pair in columns])
    weight = _sum([part for title, text in columns for part in ((title, TITLE_SCORE), (text, TEXT_SCORE))])
    return select(held.label("held"), weight.label("weight")).select_from(seen).lateral("found")


def _among(lower_text: ColumnElement[str], writings: tuple[str, ...]) -> ColumnElement[bool]:
    """`strpos` skips through a long text, LIKE tries at every character."""
    return or_(*(func.strpos(lower_text, one.lower()) > 0 for one in writings))


def _bundling(writings: tuple[str, ...]) -> Select[int]:
    """Ids of the listings that bundle something of such a title."""
    parts = select(ListingMember.listing_id).join(_part, _part.id == ListingMember.achievement_id)
    return parts.where(ListingMember.position > 0, _among(func.lower(_part.title), writings))


def _sum(parts: list[tuple[ColumnElement[bool], float]]) -> ColumnElement[Any]:
    total: ColumnElement[Any] = literal(0.0, Float)
    for condition, score in parts:
        total = total + case((condition, score), else_=0.0)
    return total


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
    written = or_(_BARE.regexp_match(f"^{key}[0-9x]?$"), _PUBLICATION.regexp_match(f"^{key}([a-z][0-9]?)?$"))
    return or_(func.lower(Listing.number) == key, select(IPRight.id).where(_OF_LISTING, written).exists())


def begins_with(key: str) -> ColumnElement[bool]:
    """The listing's own number, or that of a right, begins so."""
    written = or_(_BARE.startswith(key, autoescape=True), _PUBLICATION.startswith(key, autoescape=True))
    begins = select(IPRight.id).where(_OF_LISTING, written).exists()
    return or_(func.lower(Listing.number).startswith(key, autoescape=True), begins)


def named(name: str) -> ColumnElement[bool]:
    """The institution has or had this name, or this code."""
    former = select(OrganisationName.id).where(
        OrganisationName.organisation_id == Listing.organisation_id, func.lower(OrganisationName.name) == name
    )
    return or_(func.lower(Organisation.name) == name, func.lower(Organisation.code) == name, former.exists())
