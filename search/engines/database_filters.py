"""Conditions of a question as SQL, for a statement over `Listing` with its leading `Achievement` and `Organisation`.

Every leaf is true or false, never unknown: a listing without a price is "not under 10,000 yuan" here as elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, false, func, literal, not_, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.types import Date

from market.accounts.models import Organisation, OrganisationName
from market.achievements.models import Achievement, IPRight
from market.kernel.clock import SHANGHAI
from market.kernel.money import CNY
from market.listings.models import Listing, ListingMember, Offer
from search.analysis import fold
from search.documents import FIRST_DAY
from search.engines import database_facets
from search.engines.conditions import favoured_lookups
from search.engines.database_words import (
    TEXT_SCORE,
    TITLE_SCORE,
    begins_with,
    claims_of_listing,
    described,
    has_number,
    named,
)
from search.engines.database_writings import writings
from search.query import SearchQuery
from search.syntax.fields import IPC_GROUP
from search.syntax.tree import And, Condition, Leaf, Not, Number, Or, Phrase, Range, Term, Words

Check = ColumnElement[bool]
_part = aliased(Achievement)
_RIGHTS = and_(ListingMember.listing_id == Listing.id, IPRight.achievement_id == ListingMember.achievement_id)


def fulfilled(query: SearchQuery) -> Check:
    """The listing fulfils the conditions of a question."""
    return literal(True) if query.where is None else _checked(query.where, query.asked_at)


def favour(query: SearchQuery) -> ColumnElement[Any]:
    """What the numbers, names and words asked for in the conditions add to the score."""
    total: ColumnElement[Any] = literal(0.0, Float)
    for field, key, score in favoured_lookups(query):
        total = total + case((has_number(key) if field == "numbers" else named(key), score), else_=0.0)
    for term in query.favoured:
        for text, score in ((Listing.title.expression, TITLE_SCORE), (described(), TEXT_SCORE)):
            total = total + case((_holds(text, term), score), else_=0.0)
    return total


def _checked(condition: Condition, asked_at: int) -> Check:
    if isinstance(condition, And):
        return and_(*(_checked(part, asked_at) for part in condition.parts))
    if isinstance(condition, Or):
        return or_(*(_checked(part, asked_at) for part in condition.parts))
    if isinstance(condition, Not):
        return not_(_checked(condition.part, asked_at))
    return func.coalesce(_leaf(condition, asked_at), false())


def _leaf(leaf: Leaf, asked_at: int) -> Check:
    if isinstance(leaf, Words):
        text = _text(leaf.fields)
        return and_(*(_holds(text, term) for term in dict.fromkeys(leaf.terms)))
    if isinstance(leaf, Phrase):
        return _in_text(_text(leaf.fields), dict.fromkeys((leaf.text, fold(leaf.text))))
    if isinstance(leaf, Number):
        return or_(*map(has_number, leaf.exact), *map(begins_with, leaf.beginnings))
    if isinstance(leaf, Range):
        return _within(leaf)
    return _in_group(leaf.values) if leaf.facet == IPC_GROUP else _having(leaf, asked_at)


def _holds(text: ColumnElement[str], term: str) -> Check:
    return _in_text(text, writings(term))


def _in_text(text: ColumnElement[str], written: Iterable[str]) -> Check:
    return or_(*(text.icontains(one, autoescape=True) for one in written))


def _text(fields: Iterable[str]) -> ColumnElement[str]:
    columns: dict[str, list[ColumnElement[Any]]] = {
        "title": [Listing.title.expression],
        "summary": [Listing.summary.expression],
        "problem": [Listing.problem.expression],
        "advantage": [Listing.advantage.expression],
        "abstract": [Listing.application.expression, Listing.abstract.expression, _bundled()],
        "claims": [claims_of_listing()],
        "applicant": [Organisation.name.expression, _former_names()],
        "inventor": [Achievement.completers.expression, _inventors()],
    }
    chosen = [column for field in fields for column in columns.get(field, [])]
    if chosen:
        return func.concat_ws("\n", *chosen)
    return func.concat_ws(
        "\n", Listing.title, described(), _bundled(), claims_of_listing(), _former_names(), _inventors()
    )


def _former_names() -> ColumnElement[Any]:
    names = select(func.string_agg(OrganisationName.name, "\n"))
    return names.where(OrganisationName.organisation_id == Listing.organisation_id).correlate(Listing).scalar_subquery()


def _bundled() -> ColumnElement[Any]:
    """Titles and abstracts of everything that is offered together."""
    texts = select(func.string_agg(func.concat_ws("\n", _part.title, _part.abstract), "\n"))
    bundled = and_(ListingMember.listing_id == Listing.id, _part.id == ListingMember.achievement_id)
    return texts.where(bundled).correlate(Listing).scalar_subquery()


def _inventors() -> ColumnElement[Any]:
    return select(func.string_agg(IPRight.inventors, "\n")).where(_RIGHTS).correlate(Listing).scalar_subquery()


def _within(leaf: Range) -> Check:
    number: ColumnElement[Any] = {"price": _price, "trl_level": _level, "published": _day}[leaf.field]()
    low, high = (_date(one) if leaf.field == "published" else one for one in (leaf.low, leaf.high))
    return and_(*([number >= low] if low is not None else []), *([number <= high] if high is not None else []))


def _date(days: int | None) -> Any:
    return None if days is None else FIRST_DAY + timedelta(days=days)


def _price() -> ColumnElement[Any]:
    lowest = select(func.min(Offer.price_fen)).where(Offer.listing_id == Listing.id, Offer.currency == CNY)
    return lowest.correlate(Listing).scalar_subquery()


def _level() -> ColumnElement[Any]:
    return Achievement.trl.expression


def _day() -> ColumnElement[Any]:
    return cast(func.timezone(str(SHANGHAI), Listing.published_at), Date)


def _having(leaf: Term, asked_at: int) -> Check:
    having = database_facets.values(leaf.facet, asked_at).subquery()
    return Listing.id.in_(select(having.c.listing_id).where(having.c.value.in_(leaf.values)))


def _in_group(codes: Iterable[str]) -> Check:
    """A right has one of the IPC main groups or symbols, however it is written (A61F 2/08, A61F2/08(2006.01)I)."""
    symbols = func.array_to_string(func.array_prepend(IPRight.main_class, IPRight.further_classes), "\n")
    written = func.upper(func.replace(symbols, " ", ""))
    patterns = [rf"(^|\n){code[:4]}0*{code[4:]}(\D|$)" for code in codes]
    matching = or_(*(written.regexp_match(pattern) for pattern in patterns))
    return select(IPRight.id).where(_RIGHTS, matching).correlate(Listing).exists()
