"""Listings like another: the search engine's answer where app.py wired one, else the same class or industry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, case, exists, or_, select
from sqlalchemy.orm import Session, aliased

from market.accounts.models import Organisation
from market.achievements.models import IPRight
from market.achievements.vocabulary import MaturityStage
from market.listings.detail_queries import ListingView
from market.listings.models import Listing, ListingMember
from market.listings.vocabulary import PUBLIC_STATES

SHOWN = 4
ASKED = 40
"""So many the engine is asked for: those of another trade are left out."""
SUBCLASS = 4
"""Characters of an IPC symbol up to its subclass: F16K."""
_PUBLIC = tuple(state.value for state in PUBLIC_STATES)

FindSimilar = Callable[[ListingView, int], Sequence[int] | None]
"""(listing, how many) → ids, the most similar first; None when the engine does not answer."""


@dataclass(frozen=True)
class SimilarRow:
    """One similar listing on the page."""

    number: str
    title: str
    organisation_name: str
    maturity_stage: MaturityStage


_provided: list[FindSimilar] = []


def provide_similar(find: FindSimilar) -> None:
    """Wire the engine (app.py only); a later one replaces it."""
    _provided[:] = [find]


def similar_to(session: Session, listing: ListingView) -> list[SimilarRow]:
    """At most four listings of the same trade or class, the most similar first: one query beside the engine."""
    ids = _provided[0](listing, ASKED) if _provided else None
    return _in_database(session, listing) if ids is None else _found(session, listing, ids)


def _found(session: Session, listing: ListingView, ids: Sequence[int]) -> list[SimilarRow]:
    """Of what the engine found, what is on the market and of the same industry or field."""
    if not ids:
        return []
    statement = _COLUMNS.where(
        Listing.id.in_(ids),
        Listing.id != listing.id,
        Listing.state.in_(_PUBLIC),
        or_(Listing.industry == listing.industry.value, Listing.technical_field == listing.technical_field.value),
    )
    rows = {row.id: row for row in session.execute(statement)}
    return [_row(rows[id_]) for id_ in ids if id_ in rows][:SHOWN]


def _in_database(session: Session, listing: ListingView) -> list[SimilarRow]:
    """Without the engine: the same subclass first, then industry and field together, the newest first."""
    alike = (Listing.industry == listing.industry.value) & (Listing.technical_field == listing.technical_field.value)
    symbols = sorted({one.main_class[:SUBCLASS] for one in listing.rights if len(one.main_class) >= SUBCLASS})
    first = []
    if symbols:
        right = aliased(IPRight)
        begins = or_(*(right.main_class.startswith(symbol, autoescape=True) for symbol in symbols))
        same_class = exists().where(
            ListingMember.listing_id == Listing.id, right.achievement_id == ListingMember.achievement_id, begins
        )
        first, alike = [case((same_class, 0), else_=1)], same_class | alike
    statement = (
        _COLUMNS.where(Listing.id != listing.id, Listing.state.in_(_PUBLIC), alike)
        .order_by(*first, Listing.published_at.desc().nulls_last(), Listing.id.desc())
        .limit(SHOWN)
    )
    return [_row(row) for row in session.execute(statement)]


_COLUMNS = select(Listing.id, Listing.number, Listing.title, Organisation.name, Listing.maturity_stage).join(
    Organisation, Organisation.id == Listing.organisation_id
)


def _row(row: Row[int, str, str, str, str]) -> SimilarRow:
    return SimilarRow(row[1], row[2], row[3], MaturityStage(row[4]))
